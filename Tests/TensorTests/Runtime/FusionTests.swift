import Backplane
import Foundation
import TestSupport
import Testing

/// Elementwise operators on tensors large enough to wait for each other give what they give one by one: what small
/// tensors, which never wait, give.
@Suite struct FusionTests {
  /// Enough elements to wait, and no multiple of any vector or block.
  private static let count = 70_003
  /// Few enough not to.
  private static let pieceCount = 9_001

  /// A line of a random program: which operator, and of which values.
  private struct Line {
    let kind: Int
    let a: Int
    let b: Int
    let number: Double
  }

  private static func lines(_ seed: UInt64, _ inputCount: Int) -> [Line] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(truncatingIfNeeded: (state >> 33) % UInt64(bound))
    }
    return (0..<(3 + draw(30))).map { i in
      Line(kind: draw(24), a: draw(inputCount + i), b: draw(inputCount + i), number: Double(draw(64)) / 8 - 3.75)
    }
  }

  /// The values of a program that are left at its end; others die on the way, after their last reader or before.
  private static func run(_ lines: [Line], _ inputs: [Tensor]) -> [Tensor] {
    var values = inputs.map { Optional($0) }
    func value(_ i: Int) -> Tensor { values[i] ?? inputs[i % inputs.count] }
    for (i, line) in lines.enumerated() {
      let a = value(line.a), b = value(line.b)
      let x = a.dtype.isFloatingPoint ? a : a.float()
      let result: Tensor
      switch line.kind {
      case 0: result = a + b
      case 1: result = a - b
      case 2: result = x * b
      case 3: result = a / b
      case 4: result = a.maximum(b)
      case 5: result = a * line.number
      case 6: result = line.number - a
      case 7: result = a.exp()
      case 8: result = a.tanh()
      case 9: result = x.floor()
      case 10: result = x.abs().sqrt()
      case 11: result = a.sigmoid()
      case 12: result = F.relu(x)
      case 13: result = Tensor.where(a > b, x, b)
      case 14: result = Tensor.where(a .<= line.number, x, line.number)
      case 15: result = a.double()
      case 16: result = a.half()
      case 17: result = a.bfloat16()
      case 18: result = (x.clamp(min: -100, max: 100).nanToNum()).int()
      case 19: result = -x
      case 20:
        result = x.clone()
        result.mul_(line.number).add_(1)
      case 21:
        result = x * 2
        let before = result + 0
        result.sub_(b.to(result.dtype))
        result.add_(before)
      case 22: result = F.gelu(x)
      default: result = x.sin()
      }
      values.append(result)
      // Some values are dropped; who reads them later reads an input.
      if i % 3 == 1, line.a >= inputs.count { values[line.a] = nil }
    }
    return values[inputs.count...].compactMap { $0 }
  }

  private static func bytes(_ x: Tensor) throws -> [UInt8] { try x.withUnsafeBytes { Array($0) } }

  /// Bytes of elements, with one NaN for all.
  private static func bits(_ x: Tensor) throws -> [UInt8] {
    try bytes(x.dtype.isFloatingPoint ? Tensor.where(x.isnan(), Tensor([Double.nan]).to(x.dtype).to(x.device), x) : x)
  }

  @Test(arguments: ["cpu", "reference"] as [Device], 1...24)
  func randomProgramsAreEqualToTheBit(_ device: Device, _ seed: Int) throws {
    if device == "reference", seed > 6 { return }
    let generator = Generator(seed: UInt64(seed))
    let inputs = (0..<3).map { _ in Tensor.randn([Self.count], generator: generator).to(device) }
    let lines = Self.lines(UInt64(seed), inputs.count)
    let whole = Self.run(lines, inputs)
    var pieces: [[Tensor]] = []
    for low in stride(from: 0, to: Self.count, by: Self.pieceCount) {
      let part = inputs.map { $0[low..<min(Self.count, low + Self.pieceCount)].clone() }
      pieces.append(Self.run(lines, part))
    }
    for (i, result) in whole.enumerated() {
      let expected = cat(pieces.map { $0[i] })
      #expect(try Self.bits(result) == Self.bits(expected), "value \(i) of seed \(seed), \(result.dtype)")
    }
  }

  @Test(arguments: testDevices) func broadcastOperands(_ device: Device) throws {
    let x = Tensor.randn([300, 257], generator: Generator(seed: 1)).to(device)
    let row = Tensor.randn([257], generator: Generator(seed: 2)).to(device)
    let column = Tensor.randn([300, 1], generator: Generator(seed: 3)).to(device)
    let y = ((x + row) * column - x.mean(dim: 1, keepDim: true)).relu()
    let z = x.t().contiguous().t() + x[.all, .newAxis].squeeze(1) * 2
    for i in [0, 17, 299] {
      let line = x[i]
      #expect(try Self.bytes(y[i]) == Self.bytes(((line + row) * column[i] - line.mean(dim: 0, keepDim: true)).relu()))
      #expect(try Self.bytes(z[i]) == Self.bytes(line + line * 2))
    }
  }

  @Test(arguments: testDevices) func whatIsWrittenLaterIsNotSeen(_ device: Device) throws {
    let n = Self.count
    let x = Tensor.ones([n], device: device)
    let a = x + 1
    x.fill_(5)
    let b = x + 1
    x[0..<10].zero_()
    let c = x + 1
    x.add_(1)
    let d = x * 1
    #expect(a.sum().item() == Double(2 * n) && b.sum().item() == Double(6 * n))
    #expect(c.sum().item() == Double(6 * n - 50) && d.sum().item() == Double(6 * n - 50))
    // Through views, of what waits and of what a waiting operator reads.
    let y = x * 2
    let view = y[5...]
    y.add_(1)
    let sum = view + 0
    view.mul_(0)
    #expect(sum[0].item() == 3 && sum[5].item() == 13 && y[4].item() == 3 && y.sum().item() == 15)
  }

  @Test(arguments: ["cpu", "reference"] as [Device]) func theHostWritesInTurn(_ device: Device) throws {
    let x = Tensor.ones([Self.count], device: device)
    let a = x + 1
    try x.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: Float.self) { $0.update(repeating: 3) }
    }
    let b = x + 1
    let shared = try Tensor(dlpack: x.toDLPack(), device: device)
    shared.fill_(9)
    let c = x + 1
    try shared.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: Float.self) { $0.update(repeating: 1) }
    }
    let d = x + 1
    #expect(a[7].item() == 2 && b[7].item() == 4 && c[7].item() == 10 && d[7].item() == 2)
  }

  @Test(arguments: testDevices) func gradientsAreThoseOfThePieces(_ device: Device) throws {
    let n = Self.count
    func gradients(_ a: Tensor, _ b: Tensor) -> [Tensor] {
      let (a, b) = (a.detach().requiresGrad_(), b.detach().requiresGrad_())
      let y = (a * b + 0.5).tanh() * b - a.exp() / (b * b + 1)
      y.backward(gradient: Tensor.ones([a.numel], device: device))
      return [a.grad!, b.grad!]
    }
    let a = Tensor.randn([n], generator: Generator(seed: 4)).to(device)
    let b = Tensor.randn([n], generator: Generator(seed: 5)).to(device)
    let whole = gradients(a, b)
    for low in stride(from: 0, to: n, by: 20_000) {
      let high = min(n, low + 20_000)
      let part = gradients(a[low..<high].clone(), b[low..<high].clone())
      for (x, y) in zip(whole, part) { #expect(try Self.bytes(x[low..<high]) == Self.bytes(y)) }
    }
  }

  @Test func aValueChangedBeforeItsGradientIsFound() {
    let x = Tensor.randn([Self.count], generator: Generator(seed: 6)).requiresGrad_()
    let y = x.exp()
    let z = y * y
    noGrad { _ = y.add_(1) }
    #expect(errorMessage { z.sum().backward() }.contains("modified by an inplace operation"))
  }

  @Test func errorsOfShapeAndTypeComeAtOnce() {
    let x = Tensor.ones([Self.count]), y = Tensor.ones([Self.count + 1])
    #expect(errorMessage { _ = (x * 2).exp() + y }.contains("must match the size of tensor b"))
    #expect(errorMessage { _ = -(x .> 0) }.contains("bool tensor is not supported"))
    #expect((x * 2).sum().item() == Double(2 * Self.count))
  }

  @Test(arguments: ["cpu", "reference"] as [Device]) func manyThreads(_ device: Device) async throws {
    nonisolated(unsafe) let shared = Tensor.randn([Self.count], generator: Generator(seed: 8)).to(device)
    let expected = try Self.bytes(((shared * 2).tanh() - shared).exp())
    let areEqual = await withTaskGroup(of: Bool.self) { group in
      for i in 0..<16 {
        group.addTask {
          var isEqual = true
          for _ in 0..<(device == "cpu" ? 20 : 2) {
            let unused = shared + Double(i)
            let y = ((shared * 2).tanh() - shared).exp()
            let z = unused * 0 + y
            isEqual = isEqual && (try? Self.bytes(y)) == expected && (z - y).abs().sum().item() == 0
          }
          return isEqual
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(areEqual)
  }

  /// In a process of its own, where nobody else counts.
  @Test func whatNobodyReadsCostsNothing() async throws {
    await #expect(processExitsWith: .success) {
      setenv("BACKPLANE_FUSION", "1", 1)
      let x = Tensor.ones([1 << 20])
      _ = (x * 2).exp()
      try synchronize("cpu")
      let before = try memoryStatistics("cpu")
      for _ in 0..<10 { _ = ((x * 2).exp() + x).tanh() }
      #expect(try memoryStatistics("cpu").allocationCount == before.allocationCount)
      let y = ((x * 2).exp() + x).tanh()
      #expect(try memoryStatistics("cpu").allocated == before.allocated)
      try synchronize("cpu")
      // The result alone; what it was made of has never had memory.
      #expect(try memoryStatistics("cpu").allocationCount == before.allocationCount + 1)
      #expect(y[0].item() > 0.99)
    }
  }

  @Test func outOfMemoryNamesTheOperatorThatWantedIt() async throws {
    await #expect(processExitsWith: .success) {
      setenv("BACKPLANE_FUSION", "1", 1)
      let x = Tensor.ones([1 << 24])
      _ = (x + 1).sum().item()
      try emptyCache("cpu")
      var results: [Tensor] = []
      let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
      let bytes = (pages.flatMap { UInt($0) } ?? 0) * 4096 + 300_000_000
      var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
      setrlimit(__rlimit_resource_t(9), &limit)  // RLIMIT_AS
      for i in 0..<12 { results.append((x * 2 + Double(i)).tanh()) }
      let message = errorMessage { _ = results[0].sum().item() }
      #expect(message.hasPrefix("tanh: cpu out of memory. Tried to allocate 64.00 MiB"), "\(message)")
      #expect(errorMessage { _ = results[11][3].item() } == message)
      results = []
      #expect((x * 2 + 1).sum().item() == 3 * Double(1 << 24))
    }
  }

  @Test func turnedOff() async throws {
    await #expect(processExitsWith: .success) {
      setenv("BACKPLANE_FUSION", "0", 1)
      let x = Tensor.ones([1 << 20])
      let before = try memoryStatistics("cpu")
      let y = x * 2
      #expect(try memoryStatistics("cpu").allocationCount == before.allocationCount + 1)
      #expect(y[1].item() == 2)
    }
  }
}
