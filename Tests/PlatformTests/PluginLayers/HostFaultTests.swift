import BackendAPI
import Backplane
import Foundation
import TestSupport
import Testing

/// What the program that calls a plugin does wrong is found too, and kept from the plugin.
@Suite struct HostFaultTests {
  private func withHost(
    _ test: String, fault: String = "NONE", _ body: (TestTable, PlantedFault) throws -> Void
  ) throws {
    let plugin = try PlantedFault(fault, for: test)
    defer { plugin.remove() }
    try body(TestTable(table: Validation.wrap(try plugin.table())), plugin)
  }

  private func expect(
    _ plugin: PlantedFault, _ obligation: String, _ function: String, _ words: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let finding = plugin.findings.last
    #expect(finding?.obligation == obligation && finding?.function == function, sourceLocation: sourceLocation)
    #expect(finding?.party == .host, sourceLocation: sourceLocation)
    #expect(finding?.message.contains(words) == true, "\(plugin.findings)", sourceLocation: sourceLocation)
  }

  @Test func buffersThatAreGone() throws {
    try withHost("gone") { host, plugin in
      let buffers = (0..<3).map { _ in host.alloc(64).buffer }
      host.free(buffers[0])
      #expect(plugin.findings.isEmpty)
      host.free(buffers[0])
      expect(plugin, "BP-8.4", "free", "was given back already")
      host.free(12345)
      expect(plugin, "BP-8.4", "free", "is none that the plugin gave out")
      #expect(host.add(buffers[0], buffers[1], buffers[2], count: 16).code == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-8.4", "execute", "input 0 is no tensor: buffer #1 was given back already")
      #expect(host.write([1], to: buffers[0]) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-8.4", "copy_from_host", "was given back already")
      #expect(plugin.findings.count == 4)
    }
  }

  @Test func rangesThatLeaveTheBuffer() throws {
    try withHost("range") { host, plugin in
      let buffers = (0..<3).map { _ in host.alloc(64).buffer }
      #expect(host.write([Float](repeating: 0, count: 17), to: buffers[0]) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-8.5", "copy_from_host", "68 bytes at offset 0 leave the buffer of 64 bytes")
      #expect(host.add(buffers[0], buffers[1], buffers[2], count: 17).code == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-5.1", "execute", "input 0 with the shape [17]")
      #expect(host.add(buffers[0], buffers[1], buffers[2], count: 4, offsets: (0, 2, 0)).code != BP_OK)
      expect(plugin, "BP-4.4", "execute", "input 1 at offset 2 is not aligned")
      #expect(host.add(buffers[0], buffers[1], buffers[2], count: -1).code != BP_OK)
      expect(plugin, "BP-4.1", "execute", "has the shape [-1]")
      #expect(host.add(buffers[0], buffers[1], buffers[2], count: .max).code != BP_OK)
      expect(plugin, "BP-5.1", "execute", "leaves its buffer")
    }
  }

  @Test func operandsThatOverlap() throws {
    try withHost("overlap") { host, plugin in
      let (a, b) = (host.alloc(64).buffer, host.alloc(64).buffer)
      // The same view is allowed: the plugin says so.
      #expect(host.add(a, b, a, count: 16).code == BP_OK)
      #expect(plugin.findings.isEmpty)
      #expect(host.add(a, b, a, count: 8, offsets: (0, 0, 4)).code == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-4.3", "execute", "output 0 overlaps")
    }
  }

  @Test func aStreamOfAPluginWithoutStreams() throws {
    try withHost("stream") { host, plugin in
      let a = host.alloc(64).buffer
      #expect(host.add(a, a, a, count: 16, stream: 3).code == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-9.1", "execute", "stream 3")
    }
  }

  @Test func twoThreadsAtOnce() throws {
    try withHost("threads", fault: "SLOW") { host, plugin in
      let buffers = (0..<4).map { _ in host.alloc(64).buffer }
      for buffer in buffers.prefix(2) { _ = host.write([Float](repeating: 3, count: 16), to: buffer) }
      // The first call stays inside the plugin until the second one has been found at the door.
      let gate = try plugin.gate()
      let group = DispatchGroup()
      func add(into buffer: bp_buffer) {
        Thread.detachNewThread {
          #expect(host.add(buffers[0], buffers[1], buffer, count: 16).code == BP_OK)
          group.leave()
        }
      }
      for buffer in buffers.suffix(2) {
        group.enter()
        add(into: buffer)
        while gate.callsInside() == 0 { sched_yield() }
      }
      while plugin.findings.isEmpty { sched_yield() }
      gate.open()
      group.wait()
      #expect(plugin.findings.count == 1)
      expect(plugin, "BP-1.6", "execute", "another thread's call on the same device has not returned yet")
      for buffer in buffers.suffix(2) { #expect(host.read(buffer, count: 16).values == Array(repeating: 6, count: 16)) }
    }
  }

  /// What the definitions in section 6 of the header do not call elementwise, but for FILL.
  private static let withoutImmediates = [
    "ARANGE", "RANDOM_UNIFORM", "RANDOM_NORMAL", "RANDOM_INTEGER", "SUM", "PROD", "MEAN", "MAX", "MIN", "ARGMAX",
    "ARGMIN", "MATMUL", "GATHER", "SCATTER", "SOFTMAX", "LOG_SOFTMAX", "SOFTMAX_BACKWARD", "LOG_SOFTMAX_BACKWARD",
    "ADAM_STEP", "SGD_STEP", "SORT", "CUMSUM", "CUMPROD", "CUMMAX", "CUMMIN", "CHOLESKY", "LU", "SOLVE_TRIANGULAR",
    "QR", "EIGH", "EIG", "SVD", "FFT", "RMSPROP_STEP", "ADAGRAD_STEP", "SUM_OF_SQUARES", "DROPOUT", "TOPK", "LINEAR",
    "CONVOLUTION", "CONVOLUTION_INPUT", "CONVOLUTION_WEIGHT", "MAX_POOL", "MAX_POOL_BACKWARD", "AVERAGE_POOL",
    "AVERAGE_POOL_BACKWARD", "NORMALIZE", "NORMALIZE_BACKWARD", "NORMALIZE_FROZEN", "ATTENTION", "ATTENTION_BACKWARD",
    "CROSS_ENTROPY", "CROSS_ENTROPY_BACKWARD", "RNN", "LSTM", "GRU", "RNN_BACKWARD", "LSTM_BACKWARD", "GRU_BACKWARD",
  ]

  /// Every operator of the header, those of ABI 1.1 included.
  @Test func immediatesWhereNoneMayBe() throws {
    try withHost("immediate") { host, plugin in
      let operators = try OperatorTests.headerOperators()
      for name in HostFaultTests.withoutImmediates { #expect(operators.values.contains(name), "\(name)") }
      for (id, name) in operators.sorted(by: { $0.key < $1.key }) {
        let before = plugin.findings.count
        _ = host.execute(id, to: host.alloc(64).buffer)
        let found = plugin.findings.dropFirst(before).filter { $0.obligation == "BP-4.6" }
        #expect(found.count == (HostFaultTests.withoutImmediates.contains(name) ? 1 : 0), "\(name): \(found)")
        #expect(found.allSatisfy { $0.message.contains("is an immediate, which \(name) has none of") })
      }
      // Of an operator that this host does not know it is not known.
      _ = host.execute(9999, to: host.alloc(64).buffer)
      #expect(plugin.findings.last?.obligation != "BP-4.6")
    }
  }

  /// Against the header's table of definitions.
  @Test func operandsThatNoDefinitionHas() throws {
    try withHost("definition") { host, plugin in
      let (a, b) = (host.alloc(64).buffer, host.alloc(64).buffer)
      #expect(host.execute(BP_OP_ADD, on: a, to: b) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-5.1", "execute", "ADD takes 2 inputs and 1 output, not 1 and 1")
      #expect(host.execute(BP_OP_ARGMAX, on: a, to: b) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-5.1", "execute", "ARGMAX of float32: output 0 is float32, not int64")
      #expect(host.execute(BP_OP_SOFTMAX, on: a, to: b) == BP_ERROR_INVALID_ARGUMENT)
      expect(plugin, "BP-5.6", "execute", "params is NULL")
      #expect(plugin.findings.count == 3)
    }
  }

  @Test func streamsAndEventsThatAreGone() throws {
    let file = try CompiledPlugin.makeFolder().appendingPathComponent("libbackplane-streams.so")
    defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
    try CompiledPlugin.compile("toy.c", ["TOY_NAME=\"streams\""], to: file)
    let table = Validation.wrap(try openTable(file))
    var findings: [String] { Validation.findings.filter { $0.plugin == "streams" }.map { "\($0)" } }
    var (stream, event): (bp_stream, bp_event) = (0, 0)
    #expect(table.stream_create(table.context, 0, &stream, nil) == BP_OK)
    #expect(table.event_create(table.context, 0, &event, nil) == BP_OK)
    #expect(table.event_record(table.context, 0, event, stream, nil) == BP_OK)
    #expect(table.stream_wait(table.context, 0, stream, event, nil) == BP_OK)
    table.event_destroy(table.context, 0, event)
    table.stream_destroy(table.context, 0, stream)
    #expect(findings.isEmpty)
    #expect(table.stream_synchronize(table.context, 0, stream, nil) == BP_ERROR_INVALID_ARGUMENT)
    table.stream_destroy(table.context, 0, stream)
    table.event_destroy(table.context, 0, event)
    #expect(table.stream_synchronize(table.context, 0, 99, nil) == BP_ERROR_INVALID_ARGUMENT)
    #expect(findings.count == 4)
    #expect(findings[0].contains("[BP-9.1] the host, streams:0, stream_synchronize: stream #1 was given back"))
    #expect(findings[1].contains("[BP-9.1] the host, streams:0, stream_destroy"))
    #expect(findings[2].contains("[BP-9.2] the host, streams:0, event_destroy"))
    #expect(findings[3].contains("stream 99 is none that the plugin gave out"))
  }
}
