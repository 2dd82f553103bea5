import Backplane
import Foundation
import TestSupport
import Testing

/// Fixtures/gguf_blocks.py writes the file, and what its blocks stand for.
@Suite struct GGUFTests {
  @Test func everyTypeOfBlock() throws {
    let expected: [String: Tensor] = try load(FileFixtures.path("quantized.safetensors"), device: "reference")
    for mmap in [false, true] {
      let file = try GGUF(FileFixtures.path("quantized.gguf"), mmap: mmap)
      #expect(file.version == 3 && file.names.count == expected.count + 1)
      for (name, numbers) in expected {
        for device: Device in ["cpu", "reference"] {
          let tensor = try file.tensor(name, device: device)
          #expect(tensor.dtype == (name.hasPrefix("i") ? numbers.dtype : .float32) && tensor.shape == numbers.shape)
          #expect(tensor.toArray(Double.self) == numbers.toArray(Double.self), "\(name)")
          #expect(file.shape(name) == numbers.shape && file.type(name)?.lowercased() == name)
        }
      }
      #expect(try file.tensor("f16", dtype: .float16).dtype == .float16)
      #expect(try file.tensor("q4_k", dtype: .bfloat16, device: "reference").dtype == .bfloat16)
      #expect(
        errorMessage { _ = try file.tensor("q2_k") }
          == "\(FileFixtures.path("quantized.gguf")): tensor \"q2_k\": the type Q2_K is unknown here")
      #expect(file.shape("none") == nil && errorKind { _ = try file.tensor("none") } == .file)
    }
  }

  @Test func notes() throws {
    let notes = try GGUF(FileFixtures.path("quantized.gguf")).metadata
    #expect(notes["general.architecture"]?.string == "llama" && notes["llama.block_count"]?.int == 2)
    #expect(notes["small"]?.int == -3 && notes["eps"]?.double == 0.5 && notes["flag"]?.bool == true)
    #expect(notes["huge"]?.double == 0x1p63 && notes["least"]?.int == .min)
    #expect("\(notes["tokens"]!) \(notes["nested"]!)" == "['<s>', 'né', ''] [[7], []]")
    guard case .bytes([1, 255])? = notes["bytes"] else { throw BackplaneError(.file, "\(notes["bytes"]!)") }
  }

  @Test func damagedFiles() throws {
    let folder = try TemporaryFolder()
    let whole = try FileFixtures.bytes("quantized.gguf")
    func message(_ change: (inout [UInt8]) -> Void) throws -> String {
      var bytes = whole
      change(&bytes)
      let path = try folder.write(bytes, "t.gguf")
      let message = errorMessage { _ = try GGUF(path) }
      #expect(message.hasPrefix("\(path): "), "\(message)")
      return message
    }
    #expect(try message { $0[0] = 0 }.contains("it does not begin with GGUF"))
    #expect(try message { $0[4] = 1 }.contains("version 1 of GGUF is unknown"))
    #expect(try message { $0.replaceSubrange(4..<8, with: [0, 0, 0, 3]) }.contains("big-endian"))
    #expect(try message { $0[15] = 0x7F }.contains("are announced, where"))
    #expect(try message { $0.removeLast(150) }.contains("it is truncated"))
    // Behind the last tensor that is read lies one of an unknown type.
    for count in stride(from: 0, to: whole.count - 150, by: 61) {
      let path = try folder.write(Array(whole[..<count]), "t.gguf")
      #expect(errorKind { _ = try GGUF(path) } == .file, "\(count)")
    }
  }

  @Test func asAFileOfTensors() throws {
    let path = FileFixtures.path("quantized.gguf")
    let message = errorMessage { _ = try load(path, device: "reference") as [String: Tensor] }
    #expect(message.contains("the type Q2_K is unknown here"))
  }
}
