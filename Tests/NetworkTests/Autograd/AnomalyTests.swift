import Backplane
import TestSupport
import Testing

/// The mode that names the operation of a gradient that is NaN, and who called it.
@Suite struct AnomalyTests {
  private func leaf(_ values: [Double], _ device: Device = "cpu") -> Tensor {
    Tensor(values, device: device, requiresGrad: true)
  }

  /// A function to be named.
  @inline(never)
  private func lossOfLogarithm(_ x: Tensor) -> Tensor { (x.log() * 0).sum() }

  @Test(arguments: testDevices) func aGradientThatIsNaNIsFound(_ device: Device) {
    let message = errorMessage { detectAnomaly { lossOfLogarithm(leaf([0, 1], device)).backward() } }
    let lines = message.split(separator: "\n")
    #expect(lines.first == "Function 'LogBackward0' returned nan values in its 0th output.")
    #expect(
      lines.dropFirst().first == "Error detected in LogBackward0. Traceback of forward call that caused the error:")
    // The outermost call first, the one that called the operation last; nothing of Backplane's own.
    #expect(lines.last?.contains("lossOfLogarithm") == true, "\(message)")
    #expect(lines.dropFirst(2).contains { $0.contains("aGradientThatIsNaNIsFound") })
    #expect(!lines.dropFirst(2).contains { $0.contains("in Backplane.") })
    #expect(
      errorMessage { detectAnomaly { (leaf([0], device).sqrt() * 0).sum().backward() } }
        .hasPrefix("Function 'SqrtBackward0' returned nan values in its 0th output."))
  }

  @Test func theOperandIsCounted() {
    #expect(
      errorMessage { detectAnomaly { (leaf([1]) * Tensor([Double.nan])).sum().backward() } }
        .hasPrefix("Function 'MulBackward0' returned nan values in its 0th output."))
    #expect(
      errorMessage { detectAnomaly { (Tensor([Double.nan]) * leaf([1])).sum().backward() } }
        .hasPrefix("Function 'MulBackward0' returned nan values in its 1th output."))
  }

  @Test func nothingIsFoundOutside() {
    let x = leaf([0, 1])
    #expect(errorMessage { lossOfLogarithm(x).backward() } == "(no error)")
    #expect(x.grad!.toArray(Double.self)[0].isNaN)
    let graph = detectAnomaly { lossOfLogarithm(x) }
    #expect(errorMessage { graph.backward() } == "(no error)")
    #expect(errorMessage { detectAnomaly(checkNan: false) { lossOfLogarithm(x).backward() } } == "(no error)")
    #expect(errorMessage { detectAnomaly { (leaf([1, 2]).log() * 2).sum().backward() } } == "(no error)")
  }

  @Test func withoutTheForwardThereIsNoTrace() {
    let graph = lossOfLogarithm(leaf([0]))
    #expect(
      errorMessage { detectAnomaly { graph.backward() } }
        == "Function 'LogBackward0' returned nan values in its 0th output.\nNo forward pass information available. Enable "
        + "detect anomaly during forward pass for more information.")
  }

  @Test func otherErrorsSayWhereToo() {
    let message = errorMessage {
      detectAnomaly(checkNan: false) {
        let h = leaf([1]) * 1
        let y = lossOfLogarithm(h)
        h.add_(1)
        y.backward()
      }
    }
    #expect(message.contains("modified by an inplace operation") && message.contains("Hint: the traceback below shows"))
    #expect(message.contains("Error detected in LogBackward0.") && message.contains("lossOfLogarithm"))
  }

  @Test func functionsOfTheProgram() {
    struct Broken: CustomFunction {
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0] * 1] }
      func backward(_ context: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
        [gradOutputs[0]! * Double.nan]
      }
    }
    #expect(
      errorMessage { detectAnomaly { Broken().apply(leaf([1])).sum().backward() } }
        .hasPrefix("Function 'BrokenBackward' returned nan values in its 0th output."))
  }

  @Test func theModeCanBeAskedFor() {
    #expect(!isAnomalyEnabled && !isAnomalyCheckNanEnabled)
    detectAnomaly { #expect(isAnomalyEnabled && isAnomalyCheckNanEnabled) }
    detectAnomaly(checkNan: false) { #expect(isAnomalyEnabled && !isAnomalyCheckNanEnabled) }
    #expect(!isAnomalyEnabled)
  }
}

/// The mode for the whole program, which other tests would notice: in a process of its own.
@Suite struct ProgramWideAnomalyTests {
  @Test func theWholeProgramIsPutIntoTheMode() async {
    await #expect(processExitsWith: .success) {
      setDetectAnomaly(true)
      precondition(isAnomalyEnabled && isAnomalyCheckNanEnabled)
      let x = Tensor([0.0], requiresGrad: true)
      let message = errorMessage { (x.log() * 0).sum().backward() }
      precondition(message.hasPrefix("Function 'LogBackward0' returned nan values"))
      setDetectAnomaly(true, checkNan: false)
      precondition(isAnomalyEnabled && !isAnomalyCheckNanEnabled)
      setDetectAnomaly(false)
      setDetectAnomaly(false)
      precondition(!isAnomalyEnabled)
      precondition(errorMessage { (x.log() * 0).sum().backward() } == "(no error)")
    }
  }
}
