import Backplane
import Foundation
import TestSupport
import Testing

/// Archives as NumPy wrote them, and as this module writes them; damaged ones.
@Suite struct NPZTests {
  @Test(arguments: [false, true]) func roundTrip(compressed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("t.npz")
    let tensors = [
      "a/b é": Tensor([[1.0, 2], [3, 4]], device: "reference").t(), "": Tensor(5, device: "reference"),
      "long": Tensor.arange(100_000, device: "reference"), "none": Tensor.zeros([0, 2], device: "reference"),
    ]
    try saveNPZ(tensors, to: path, compressed: compressed)
    let loaded = try loadNPZ(path, device: "reference")
    #expect(loaded.keys.sorted() == tensors.keys.sorted())
    for (name, x) in tensors {
      let y = try #require(loaded[name])
      #expect(y.shape == x.shape && y.dtype == x.dtype && y.toArray(Double.self) == x.toArray(Double.self))
    }
    #expect(folder.contents == ["t.npz"])
  }

  @Test func whatNumPyWrote() throws {
    let folder = try TemporaryFolder()
    let file = try NPZ(folder.write([UInt8](try #require(Data(base64Encoded: NPZTests.npz)))))
    #expect(file.names == ["x", "y"])
    #expect(try file.tensor("x", device: "reference").shape == [4, 4])
    #expect(try file.tensor("y", device: "reference").toArray(Int.self) == [0, 1, 2])
    #expect(errorMessage { _ = try file.tensor("z") }.contains("there is no array \"z\""))
  }

  /// Every damage is an error of the file or leaves what is read as it was: the checksum sees to it.
  @Test func everyByteChanged() throws {
    let folder = try TemporaryFolder()
    let good = [UInt8](try #require(Data(base64Encoded: NPZTests.npz)))
    for count in stride(from: 0, to: good.count, by: 3) {
      let path = try folder.write(Array(good.prefix(count)))
      #expect(errorKind { _ = try loadNPZ(path, device: "reference") } == .file)
    }
    for position in good.indices {
      for value: UInt8 in [0, 0x7F, 0xFF] {
        var bytes = good
        bytes[position] = value
        let path = try folder.write(bytes)
        let kind = errorKind {
          for (_, x) in try loadNPZ(path, device: "reference") {
            #expect([[Double](repeating: 0, count: 16), [0, 1, 2]].contains(x.toArray(Double.self)))
          }
        }
        #expect(kind == nil || kind == .file)
      }
    }
  }

  static let npz =
    "UEsDBC0AAAAIAAAAIQArN7Zq//////////8FABQAeC5ucHkBABAAwAAAAAAAAABJAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc"
    + "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6CiaaOgq1CmQDLgYKAQBQSwMELQAAAAgAAAAhAPdA"
    + "Eur//////////wUAFAB5Lm5weQEAEACYAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RS"
    + "lJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYoYITSTFAaAFBLAQItAy0AAAAIAAAAIQArN7ZqSQAAAMAAAAAF"
    + "AAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQItAy0AAAAIAAAAIQD3QBLqTAAAAJgAAAAFAAAAAAAAAAAAAACAAYAAAAB5Lm5w"
    + "eVBLBQYAAAAAAgACAGYAAAADAQAAAAA="
}
