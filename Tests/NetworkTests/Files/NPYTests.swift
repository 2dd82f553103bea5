import Backplane
import Foundation
import TestSupport
import Testing

/// Arrays as NumPy wrote them, and as this module writes them.
@Suite struct NPYTests {
  private func file(_ base64: String, _ folder: TemporaryFolder) throws -> String {
    try folder.write([UInt8](try #require(Data(base64Encoded: base64))))
  }

  @Test(arguments: [
    DType.bool, .uint8, .int8, .int16, .int32, .int64, .float16, .float32, .float64, .complex64, .complex128,
  ])
  func types(_ dtype: DType) throws {
    let folder = try TemporaryFolder()
    let target = folder.path("t.npy")
    for shape in [[], [0, 3], [2, 1]] {
      let count = shape.reduce(1, *)
      let x = Tensor([1.0, 0].prefix(count).map { $0 }, shape: shape, dtype: dtype, device: "reference")
      try saveNPY(x, to: target)
      let y = try loadNPY(target, device: "reference")
      #expect(y.dtype == dtype && y.shape == x.shape && y.toArray(Double.self) == x.toArray(Double.self))
    }
  }

  @Test func whatNumPyWrote() throws {
    let folder = try TemporaryFolder()
    let fortran = try loadNPY(file(NPYTests.fortran, folder), device: "reference")
    #expect(fortran.shape == [2, 3] && fortran.strides == [1, 2])
    #expect(fortran.toArray(Int.self) == [0, 1, 2, 3, 4, 5])
    let big = try loadNPY(file(NPYTests.big, folder), device: "reference")
    #expect(big.dtype == .int32 && big.toArray(Int.self) == [1, -2, 300])
    #expect(try loadNPY(file(NPYTests.bigc, folder), device: "reference").dtype == .complex64)
    let unsigned = try loadNPY(file(NPYTests.u2, folder), device: "reference")
    #expect(unsigned.dtype == .int32 && unsigned.toArray(Int.self) == [1])
  }

  /// NumPy's own bytes, of both orders.
  @Test func theBytesOfTheFormat() throws {
    let folder = try TemporaryFolder()
    for text in [NPYTests.dense, NPYTests.fortran] {
      let bytes = try #require(Data(base64Encoded: text))
      let x = try loadNPY(folder.write([UInt8](bytes)), device: "reference")
      try saveNPY(x, to: folder.path("again"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("again"))) == bytes)
    }
  }

  @Test func whatCannotBeSaved() throws {
    let folder = try TemporaryFolder()
    let x = Tensor([1.0], dtype: .bfloat16, device: "reference")
    #expect(errorMessage { try saveNPY(x, to: folder.path("t")) }.contains("no data type bfloat16"))
    #expect(folder.contents.isEmpty)
  }

  @Test func truncatedAnywhere() throws {
    let folder = try TemporaryFolder()
    let good = [UInt8](try #require(Data(base64Encoded: NPYTests.dense)))
    for count in 0..<good.count {
      let path = try folder.write(Array(good.prefix(count)))
      let error = #expect(throws: BackplaneError.self) { try loadNPY(path, device: "reference") }
      #expect(error?.kind == .file && error?.message.hasPrefix(path) == true)
    }
    let path = try folder.write(good + [0])
    #expect(errorMessage { _ = try loadNPY(path, device: "reference") }.contains("too long"))
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "not negative"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3), }", "expected ','"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (), }", "expected True or False"),
    ("{'descr': '<f4', 'fortran_order': False}", "no key 'shape'"),
    ("{'descr': '<f4', 'descr': '<f4'}", "duplicate key"),
    ("{'shape': (99999999999999999999,)}", "a number is too large"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", "more elements than memory"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", "structured"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': ()}", "Python objects"),
    ("__import__('os')", "expected '{'"),
  ])
  func headersThatLie(_ dictionary: String, _ reason: String) throws {
    let folder = try TemporaryFolder()
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(dictionary.utf8.count), 0] + Array(dictionary.utf8)
    let path = try folder.write(bytes)
    #expect(errorMessage { _ = try loadNPY(path, device: "reference") }.contains(reason))
  }

  static let fortran =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAg"
    + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAABAQAAAgD8AAIBA"
    + "AAAAQAAAoEA="

  static let big =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAg"
    + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAB/////gAAASw="

  static let bigc =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPmM4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAg"
    + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/gAAAQAAAAA=="

  static let u2 =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPHUyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAg"
    + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA=="

  static let dense =
    "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAg"
    + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAEAAAAAAAAA"
    + "AgAAAAAAAAADAAAAAAAAAAQAAAAAAAAABQAAAAAAAAA="
}
