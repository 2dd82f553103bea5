import BackendAPI
import CUDATypes

// Streams and events of the table.

let streamCreate:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<bp_stream>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, out, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      guard let out else { throw .invalid("stream_create: out is NULL") }
      out.pointee = UInt64(UInt(bitPattern: Unmanaged.passRetained(try Stream(device)).toOpaque()))
    }
  }

let streamDestroy: @convention(c) (UnsafeMutableRawPointer?, Int32, bp_stream) -> Void = { _, _, stream in
  if let pointer = UnsafeRawPointer(bitPattern: UInt(stream)) { Unmanaged<Stream>.fromOpaque(pointer).release() }
}

let streamQuery:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, stream, done, err in
    status(err) { () throws(Failure) in
      _ = try Backend.of(context).device(number)
      guard let done else { throw .invalid("stream_query: done is NULL") }
      done.pointee = try Stream.of(stream, "stream_query").isDone() ? 1 : 0
    }
  }

let streamSynchronize:
  @convention(c) (UnsafeMutableRawPointer?, Int32, bp_stream, UnsafeMutablePointer<bp_error>?) -> Int32 = {
    context, number, stream, err in
    status(err) { () throws(Failure) in
      _ = try Backend.of(context).device(number)
      try Stream.of(stream, "stream_synchronize").synchronize()
    }
  }

let streamWait:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_stream, bp_event, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, stream, event, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      let stream = try Stream.of(stream, "stream_wait")
      let event = try Event.of(event, "stream_wait")
      try device.check(device.driver.cuStreamWaitEvent(stream.handle, event.handle, 0), "stream_wait")
    }
  }

let eventCreate:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<bp_event>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, out, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      guard let out else { throw .invalid("event_create: out is NULL") }
      out.pointee = UInt64(UInt(bitPattern: Unmanaged.passRetained(try Event(device)).toOpaque()))
    }
  }

let eventDestroy: @convention(c) (UnsafeMutableRawPointer?, Int32, bp_event) -> Void = { _, _, event in
  if let pointer = UnsafeRawPointer(bitPattern: UInt(event)) { Unmanaged<Event>.fromOpaque(pointer).release() }
}

let eventRecord:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_event, bp_stream, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, event, stream, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      let event = try Event.of(event, "event_record")
      let stream = try Stream.of(stream, "event_record")
      try device.check(device.driver.cuEventRecord(event.handle, stream.handle), "event_record")
      event.stream = stream
    }
  }

let eventQuery:
  @convention(c) (
    UnsafeMutableRawPointer?, Int32, bp_event, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<bp_error>?
  ) -> Int32 = { context, number, event, done, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      let event = try Event.of(event, "event_query")
      guard let done else { throw .invalid("event_query: done is NULL") }
      let code = device.driver.cuEventQuery(event.handle)
      done.pointee = code == CU_NOT_READY ? 0 : 1
      if code != CU_NOT_READY { try event.finished(code) }
    }
  }

let eventSynchronize:
  @convention(c) (UnsafeMutableRawPointer?, Int32, bp_event, UnsafeMutablePointer<bp_error>?) -> Int32 = {
    context, number, event, err in
    status(err) { () throws(Failure) in
      let device = try Backend.of(context).device(number)
      let event = try Event.of(event, "event_synchronize")
      try event.finished(device.driver.cuEventSynchronize(event.handle))
    }
  }
