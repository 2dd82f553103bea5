/// The part of a `.npy` file before the elements: eight bytes with the format's name and version, a length, and a
/// Python dictionary.
///
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct NPYHeader {
  let type: NPYType
  let isFortranOrder: Bool
  let shape: [Int]
  /// Where the elements begin.
  let dataStart: Int

  /// The bytes before the dictionary, of the longest kind.
  static let prefixByteCount = 12
  /// A dictionary of an array that a tensor can be is a hundredth of this.
  private static let lengthLimit = 1 << 20
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Checks all that the header says against the file's size, so that reading the elements cannot go wrong.
  ///
  /// - Parameter bytes: The file, at least to the end of the header.
  /// - Parameter name: How errors call the file.
  init(_ bytes: UnsafeRawBufferPointer, fileByteCount: Int, name: String) throws(BackplaneError) {
    func fail(_ reason: String) -> BackplaneError { .file(name, "not a valid .npy file: \(reason)") }
    dataStart = try NPYHeader.byteCount(bytes, fileByteCount: fileByteCount, name: name)
    let text = UnsafeRawBufferPointer(rebasing: bytes[(bytes[6] == 1 ? 10 : 12)..<dataStart])
    let fields: NPYDictionary
    do throws(NPYDictionaryReader.Failure) {
      var reader = NPYDictionaryReader(text)
      fields = try reader.dictionary()
    } catch {
      throw fail("\(error.reason) at byte \(error.offset) of the header's dictionary")
    }
    guard let descr = fields.descr else { throw .file(name, "structured arrays are no tensors") }
    guard let type = NPYType(descr) else { throw .file(name, NPYType.explanation(descr)) }
    self.type = type
    isFortranOrder = fields.isFortranOrder
    shape = fields.shape
    let layout: Layout
    do {
      layout = try .contiguous(shape)
    } catch {
      throw .file(name, error.message)
    }
    let expected = layout.count * type.byteCount
    let given = fileByteCount - dataStart
    guard given == expected else {
      throw fail(
        "shape \(shape) of '\(descr)' takes \(expected) bytes, but \(given) follow the header: it is "
          + (given < expected ? "truncated" : "too long"))
    }
  }

  /// The bytes up to the elements, as the first ``prefixByteCount`` tell them.
  static func byteCount(
    _ prefix: UnsafeRawBufferPointer, fileByteCount: Int, name: String
  ) throws(BackplaneError) -> Int {
    func fail(_ reason: String) -> BackplaneError { .file(name, "not a valid .npy file: \(reason)") }
    guard prefix.starts(with: magic) else { throw fail("it does not begin with \\x93NUMPY") }
    guard prefix.count >= 10 else { throw fail("\(prefix.count) bytes are too few for its header") }
    let (major, minor) = (prefix[6], prefix[7])
    guard (1...3).contains(major), minor == 0 else { throw fail("version \(major).\(minor) of the format is unknown") }
    let start = major == 1 ? 10 : 12
    guard prefix.count >= start else { throw fail("\(prefix.count) bytes are too few for its header") }
    let length =
      major == 1
      ? Int(UInt16(littleEndian: prefix.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: prefix.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= fileByteCount - start else {
      throw fail("a header of \(length) bytes is announced, but the file has \(fileByteCount) bytes")
    }
    guard length <= lengthLimit else { throw fail("a header of \(length) bytes is too long") }
    return start + length
  }

  /// The bytes that NumPy writes before the elements of such an array.
  static func bytes(descr: String, isFortranOrder: Bool, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(descr)', 'fortran_order': \(isFortranOrder ? "True" : "False"), 'shape': (\(extents)), }"
    // Room for the extent along which a file grows to become longer in place.
    if let growing = isFortranOrder ? shape.last : shape.first {
      text += String(repeating: " ", count: max(0, 21 - String(growing).utf8.count))
    }
    let length = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: 64 - length % 64) + "\n"
    let count = UInt16(text.utf8.count)
    return magic + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(text.utf8)
  }
}
