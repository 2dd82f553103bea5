// mychip: a Backplane device in Swift. This file has the plugin's table. The specification is the header,
// backplane_backend.h; [BP-x.y] are its obligations.
import BackplaneBackend
import Glibc

/// Why a call failed, on its way to the host's `bp_error`.
struct Failure: Error {
  let code: Int32
  let message: String

  static func invalid(_ message: String) -> Failure { Failure(code: BP_ERROR_INVALID_ARGUMENT, message: message) }
  static func unsupported(_ message: String) -> Failure { Failure(code: BP_ERROR_UNSUPPORTED, message: message) }
  static func outOfMemory(_ message: String) -> Failure { Failure(code: BP_ERROR_OUT_OF_MEMORY, message: message) }
}

typealias Context = UnsafeMutableRawPointer?
typealias ErrorPointer = UnsafeMutablePointer<bp_error>?

/// Runs the body of a function of the table: an error becomes a status code. A trap would end the host's process
/// [BP-1.5]: whatever comes from outside is computed with &+ and its like, and checked before it becomes an index.
func status(_ err: ErrorPointer, _ body: () throws(Failure) -> Void) -> Int32 {
  do throws(Failure) {
    try body()
    return BP_OK
  } catch {
    return bp_fail(err, error.code, error.message)
  }
}

/// Runs a check of the header, which fills in the error that it is given: what it finds is thrown.
func check(_ body: (UnsafeMutablePointer<bp_error>) -> Int32) throws(Failure) {
  var error = bp_error()
  let code = body(&error)
  if code == BP_OK { return }
  let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  throw Failure(code: code, message: message)
}

/// The one symbol of the library. Quick: what is heavy waits for the first alloc or execute [BP-10.3].
@c @implementation
public func bp_plugin_open_v1(
  _ host: UnsafePointer<bp_host>!, _ out: UnsafeMutablePointer<bp_plugin>!, _ err: UnsafeMutablePointer<bp_error>!
) -> Int32 {
  status(err) { () throws(Failure) in
    guard host.pointee.abi_major == BP_ABI_MAJOR,
      Int(out.pointee.struct_size) >= MemoryLayout<bp_plugin>.offset(of: \.host_pointer)!
    else {
      let message = "the host speaks ABI \(host.pointee.abi_major), this plugin \(BP_ABI_MAJOR)"
      throw Failure(code: BP_ERROR_ABI_MISMATCH, message: message)
    }
    var plugin = bp_plugin()
    plugin.struct_size = UInt32(MemoryLayout<bp_plugin>.size)
    plugin.abi_major = BP_ABI_MAJOR
    plugin.abi_minor = BP_ABI_MINOR
    plugin.device_count = 1  // 0 where the hardware is absent, and unavailable_reason tells why [BP-8.1]
    plugin.magic = BP_PLUGIN_MAGIC
    plugin.name = cString("mychip")
    plugin.version = cString("0.1.0")
    plugin.device_info = deviceInfo
    plugin.memory_info = memoryInfo
    plugin.alloc = alloc
    plugin.free = free
    plugin.copy_from_host = copyFromHost
    plugin.copy_to_host = copyToHost
    plugin.query_op = queryOp
    plugin.execute = execute
    plugin.host_pointer = hostPointer
    plugin.wrap_host = wrapHost
    bp_plugin_fill(out, &plugin)
  }
}

/// A C string that lives as long as the process [BP-1.4].
private func cString(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

private func deviceInfo(
  _: Context, _ device: Int32, _ out: UnsafeMutablePointer<bp_device_info>?, _ err: ErrorPointer
) -> Int32 {
  var info = bp_device_info()
  info.flags = BP_DEVICE_HOST_MEMORY
  info.total_bytes = physicalMemory(_SC_PHYS_PAGES)
  info.alignment = Int64(Buffer.alignment)
  bp_set_text(&info.name, MemoryLayout.size(ofValue: info.name), "mychip")  // the hardware's
  bp_set_text(&info.details, MemoryLayout.size(ofValue: info.details), "plain loops over host memory")
  bp_answer(out, &info, UInt32(MemoryLayout<bp_device_info>.size))
  return BP_OK
}

private func memoryInfo(
  _: Context, _ device: Int32, _ out: UnsafeMutablePointer<bp_memory_info>?, _ err: ErrorPointer
) -> Int32 {
  var info = bp_memory_info()
  info.total_bytes = physicalMemory(_SC_PHYS_PAGES)
  info.free_bytes = physicalMemory(_SC_AVPHYS_PAGES)
  bp_answer(out, &info, UInt32(MemoryLayout<bp_memory_info>.size))
  return BP_OK
}

private func queryOp(
  _: Context, _ device: Int32, _ op: UnsafePointer<bp_op>?, _ out: UnsafeMutablePointer<bp_op_info>?,
  _ err: ErrorPointer
) -> Int32 {
  do throws(Failure) { bp_answer_query(out, try Call(op!).flags, nil) } catch { bp_answer_query(out, 0, error.message) }
  return BP_OK
}

private func execute(
  _: Context, _ device: Int32, _ stream: bp_stream, _ op: UnsafePointer<bp_op>?, _ err: ErrorPointer
) -> Int32 {
  status(err) { () throws(Failure) in try Call(op!).run() }
}
