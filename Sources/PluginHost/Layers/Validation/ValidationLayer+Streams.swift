import BackendAPI

extension ValidationLayer {
  func streamCreate(_ device: Int32, _ out: UnsafeMutablePointer<bp_stream>?, _ err: ErrorPointer) -> Int32 {
    check("stream_create", [device], err) { call in
      guard let out else { return call.refuse("BP-9.1", "out is NULL") }
      var stream: bp_stream = 0
      let code = call.invoke { inner.stream_create(inner.context, device, &stream, $0) }
      guard code == BP_OK else { return code }
      let made = Stream(inner: stream, device: device, marker: CallMarker())
      out.pointee = state.withLock { $0.streams.add(made) }
      return BP_OK
    }
  }

  func streamDestroy(_ device: Int32, _ stream: bp_stream) {
    check("stream_destroy", device) { call in
      do throws(HostFault) {
        let known = try self.stream(stream, device)
        state.withLock { _ = $0.streams.remove(stream) }
        call.invoke { inner.stream_destroy(inner.context, device, known) }
      } catch {
        call.find(error.obligation, error.message, by: .host)
      }
    }
  }

  func streamQuery(
    _ device: Int32, _ stream: bp_stream, _ done: UnsafeMutablePointer<Int32>?, _ err: ErrorPointer
  ) -> Int32 {
    withStream("stream_query", device, stream, err) { call, known in
      queryDone(done, &call) { self.inner.stream_query(self.inner.context, device, known, $0, $1) }
    }
  }

  func streamSynchronize(_ device: Int32, _ stream: bp_stream, _ err: ErrorPointer) -> Int32 {
    withStream("stream_synchronize", device, stream, err) { call, known in
      call.invoke { self.inner.stream_synchronize(self.inner.context, device, known, $0) }
    }
  }

  func streamWait(_ device: Int32, _ stream: bp_stream, _ event: bp_event, _ err: ErrorPointer) -> Int32 {
    withStream("stream_wait", device, stream, err) { call, known throws(HostFault) in
      let mark = try self.event(event)
      return call.invoke { self.inner.stream_wait(self.inner.context, device, known, mark.inner, $0) }
    }
  }

  func eventCreate(_ device: Int32, _ out: UnsafeMutablePointer<bp_event>?, _ err: ErrorPointer) -> Int32 {
    check("event_create", [device], err) { call in
      guard let out else { return call.refuse("BP-9.2", "out is NULL") }
      var event: bp_event = 0
      let code = call.invoke { inner.event_create(inner.context, device, &event, $0) }
      guard code == BP_OK else { return code }
      let made = Event(inner: event, device: device)
      out.pointee = state.withLock { $0.events.add(made) }
      return BP_OK
    }
  }

  func eventDestroy(_ device: Int32, _ event: bp_event) {
    check("event_destroy", device) { call in
      do throws(HostFault) {
        let known = try self.event(event)
        state.withLock { _ = $0.events.remove(event) }
        call.invoke { inner.event_destroy(inner.context, device, known.inner) }
      } catch {
        call.find(error.obligation, error.message, by: .host)
      }
    }
  }

  func eventRecord(_ device: Int32, _ event: bp_event, _ stream: bp_stream, _ err: ErrorPointer) -> Int32 {
    withStream("event_record", device, stream, err) { call, known throws(HostFault) in
      let mark = try self.event(event)
      return call.invoke { self.inner.event_record(self.inner.context, device, mark.inner, known, $0) }
    }
  }

  func eventQuery(
    _ device: Int32, _ event: bp_event, _ done: UnsafeMutablePointer<Int32>?, _ err: ErrorPointer
  ) -> Int32 {
    withEvent("event_query", device, event, err) { call, known in
      queryDone(done, &call) { self.inner.event_query(self.inner.context, device, known, $0, $1) }
    }
  }

  func eventSynchronize(_ device: Int32, _ event: bp_event, _ err: ErrorPointer) -> Int32 {
    withEvent("event_synchronize", device, event, err) { call, known in
      call.invoke { self.inner.event_synchronize(self.inner.context, device, known, $0) }
    }
  }

  // MARK: Parts

  private func event(_ handle: bp_event) throws(HostFault) -> Event {
    let (event, fault) = state.withLock { ($0.events[handle], $0.events.fault(handle)) }
    guard let event else { throw HostFault(obligation: "BP-9.2", message: "event \(fault)") }
    return event
  }

  private func withStream(
    _ function: String, _ device: Int32, _ stream: bp_stream, _ err: ErrorPointer,
    _ body: (inout CheckedCall, bp_stream) throws(HostFault) -> Int32
  ) -> Int32 {
    check(function, [device], marker: marker(device, stream), err) { call in
      do throws(HostFault) {
        return try body(&call, try self.stream(stream, device))
      } catch {
        return call.refuse(error.obligation, error.message)
      }
    }
  }

  private func withEvent(
    _ function: String, _ device: Int32, _ event: bp_event, _ err: ErrorPointer,
    _ body: (inout CheckedCall, bp_event) -> Int32
  ) -> Int32 {
    check(function, [device], err) { call in
      do throws(HostFault) {
        return body(&call, try self.event(event).inner)
      } catch {
        return call.refuse(error.obligation, error.message)
      }
    }
  }

  private func queryDone(
    _ done: UnsafeMutablePointer<Int32>?, _ call: inout CheckedCall,
    _ query: (UnsafeMutablePointer<Int32>?, ErrorPointer) -> Int32
  ) -> Int32 {
    var answer: Int32 = -1
    let code = call.invoke { query(&answer, $0) }
    if code == BP_OK, answer != 0, answer != 1 { call.find("BP-9.3", "*done is \(answer), neither 0 nor 1") }
    if code == BP_OK { done?.pointee = answer }
    return code
  }
}
