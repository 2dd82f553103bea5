import Glibc

/// The value of an environment variable; nil if unset or empty, and in a program that runs with more rights than its
/// caller: it names files and code.
public func variable(_ name: String) -> String? {
  // The C library's Swift module leaves `secure_getenv` out.
  typealias Read = @convention(c) (UnsafePointer<CChar>) -> UnsafeMutablePointer<CChar>?
  guard let read = dlsym(nil, "secure_getenv"), let value = unsafeBitCast(read, to: Read.self)(name),
    value.pointee != 0
  else { return nil }
  return String(cString: value)
}
