import Glibc

/// Text that a plugin wrote, made fit to be shown: what is not UTF-8, and control characters that a terminal would
/// obey, become U+FFFD.
package enum PluginText {
  /// Text in an array of fixed size, whether or not the plugin terminated it.
  package static func text<Array>(in array: Array) -> String {
    withUnsafeBytes(of: array) { readable(UnsafeRawBufferPointer(rebasing: $0.prefix { $0 != 0 })) }
  }

  /// A string of the plugin's, of which no more than `limit` bytes are read; nil for NULL.
  package static func text(at pointer: UnsafePointer<CChar>?, limit: Int = 1024) -> String? {
    pointer.map { readable(UnsafeRawBufferPointer(start: $0, count: strnlen($0, limit))) }
  }

  /// Whether a string is UTF-8 as it stands.
  static func isUTF8(_ pointer: UnsafePointer<CChar>) -> Bool {
    String(validatingCString: pointer) != nil
  }

  private static func readable(_ bytes: UnsafeRawBufferPointer) -> String {
    let decoded = String(decoding: bytes, as: UTF8.self)
    guard decoded.unicodeScalars.contains(where: isControl) else { return decoded }
    var scalars = String.UnicodeScalarView()
    for scalar in decoded.unicodeScalars { scalars.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return String(scalars)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
  }
}
