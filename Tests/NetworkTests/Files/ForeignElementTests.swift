import Backplane
import DLPackABI
import Foundation
import TestSupport
import Testing

/// Elements that tensors have not: bools of other bytes than 0 and 1, types of other widths.
@Suite struct ForeignElementTests {
  private static let odd: [UInt8] = [0, 1, 2, 0x80, 0xFF]
  private static let truth: [UInt8] = [0, 1, 1, 1, 1]

  private func bytes(_ tensor: Tensor) throws -> [UInt8] { try tensor.withUnsafeBytes { Array($0) } }

  private func safetensors(_ text: String, _ data: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Array($0) } + Array(text.utf8) + data
  }

  private func npy(_ descr: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
    let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(shape)), }"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8) + data
  }

  @Test(arguments: testDevices) func boolsOfFiles(_ device: Device) throws {
    let folder = try TemporaryFolder()
    let header = #"{"b":{"dtype":"BOOL","shape":[5],"data_offsets":[0,5]}}"#
    let path = try folder.write(safetensors(header, ForeignElementTests.odd))
    let x = try load(path, device: device)["b"]!
    #expect(try bytes(x) == ForeignElementTests.truth && x.sum().item() == 4)
    let y = try loadNPY(folder.write(npy("|b1", "5,", ForeignElementTests.odd), "t.npy"), device: device)
    #expect(try bytes(y) == ForeignElementTests.truth)
    try save(["b": x], to: folder.path("again"))
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: folder.path("again"))).suffix(5) == Data(ForeignElementTests.truth))
  }

  @Test(arguments: testDevices) func boolsOfMemory(_ device: Device) throws {
    let x = Tensor([false, false, false, false, false], device: device)
    try x.withUnsafeMutableBytes { $0.copyBytes(from: ForeignElementTests.odd) }
    #expect(try bytes(x) == ForeignElementTests.truth)
    let values = [0, 1, 2, -3, 256].map { Int32($0) }
    #expect(try bytes(Tensor(values, shape: [5], dtype: .bool, device: device)) == ForeignElementTests.truth)
    #expect(
      try bytes(Tensor([0, 1, 0.5, .nan, -1], shape: [5], dtype: .bool, device: device)) == ForeignElementTests.truth)
  }

  /// What another library shares is copied if it has such bytes; what it writes later is not saved as it is.
  @Test(arguments: testDevices) func boolsOfOtherLibraries(_ device: Device) throws {
    var data = ForeignElementTests.odd
    var shape: [Int64] = [5]
    try data.withUnsafeMutableBytes { data in
      try shape.withUnsafeMutableBufferPointer { shape in
        var managed = DLManagedTensor()
        managed.dl_tensor.data = data.baseAddress
        managed.dl_tensor.device = DLDevice(device_type: DLPACK_DEVICE_CPU, device_id: 0)
        managed.dl_tensor.ndim = 1
        managed.dl_tensor.dtype = DLDataType(code: UInt8(DLPACK_CODE_BOOL), bits: 8, lanes: 1)
        managed.dl_tensor.shape = shape.baseAddress
        let x = try Tensor(dlpack: &managed, device: device)
        #expect(try bytes(x) == ForeignElementTests.truth && Array(data) == ForeignElementTests.odd)
        data.copyBytes(from: ForeignElementTests.truth)
        let y = try Tensor(dlpack: &managed, device: device)
        data[0] = 7
        let folder = try TemporaryFolder()
        for (name, write) in [
          ("a", { try save(["y": $0], to: $1) }), ("b", { try saveNPY($0, to: $1) }),
        ] as [(String, (Tensor, String) throws -> Void)] {
          try write(y, folder.path(name))
          let written = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
          #expect(written.suffix(5) == Data([1, 1, 1, 1, 1]))
        }
      }
    }
  }

  /// A type that tensors have not is an error of its tensor alone.
  @Test(arguments: ["U16", "U32", "U64", "F8_E4M3", "F8_E5M2", "F4", "Q99"]) func typesOfSafetensors(_ type: String)
    throws
  {
    let folder = try TemporaryFolder()
    let header =
      #"{"u":{"dtype":"\#(type)","shape":[2,2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#
    let path = try folder.write(safetensors(header, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F]))
    let file = try Safetensors(path)
    #expect(file.names == ["u", "x"] && file.dtype("u") == nil && file.shape("u") == [2, 2])
    #expect(try file.tensor("x", device: "reference").item() == 1)
    let message = "\(path): tensor \"u\": the data type \(type) is unknown here"
    #expect(errorMessage { _ = try file.tensor("u", device: "reference") } == message)
    #expect(errorMessage { _ = try load(path, device: "reference") } == message)
  }

  /// Unsigned numbers become what holds them all.
  @Test(arguments: testDevices) func unsignedNumPy(_ device: Device) throws {
    let folder = try TemporaryFolder()
    func read(_ descr: String, _ data: [UInt8]) throws -> Tensor {
      try loadNPY(folder.write(npy(descr, "\(data.count / Int(descr.suffix(1))!),", data)), device: device)
    }
    let small = try read("<u2", [0, 0, 1, 0, 0xFF, 0x7F, 0, 0x80, 0xFF, 0xFF])
    #expect(small.dtype == .int32 && small.toArray(Int.self) == [0, 1, 32767, 32768, 65535])
    let swapped = try read(">u2", [0, 1, 0xFF, 0xFE])
    #expect(swapped.dtype == .int32 && swapped.toArray(Int.self) == [1, 65534])
    let middle = try read("<u4", [5, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
    #expect(middle.dtype == .int64 && middle.toArray(Int.self) == [5, 4_294_967_295])
    #expect(try read(">u4", [0x80, 0, 0, 1]).toArray(Int.self) == [2_147_483_649])
    let large = try read("<u8", [9, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
    #expect(large.dtype == .int64 && large.toArray(Int.self) == [9, .max])
    let message = errorMessage { _ = try read(">u8", [0x80, 0, 0, 0, 0, 0, 0, 0]) }
    #expect(message == "\(folder.path("file")): its value 9223372036854775808 of type uint64 does not fit int64")
    // More than one piece.
    var many: [UInt8] = []
    for i in 0..<700_000 { many += [UInt8(truncatingIfNeeded: i), UInt8(truncatingIfNeeded: i >> 8)] }
    #expect(try read("<u2", many).toArray(Int.self) == (0..<700_000).map { $0 & 0xFFFF })
  }
}
