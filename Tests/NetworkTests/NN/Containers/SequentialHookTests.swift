import Backplane
import TestSupport
import Testing

/// A layer and the activation after it are one operator, but for those who look at what is between.
@Suite struct SequentialHookTests {
  @Test(arguments: testDevices) func hooksOfMapsAndActivationsRun(_ device: Device) {
    let x = Tensor([[1.0, -2]], device: device)
    for position in 0..<2 {
      let model = Sequential(Linear(2, 3, device: device), ReLU())
      let expected = model(x)
      var seen: [Tensor] = []
      let handle = model[position].registerForwardHook { _, inputs, outputs in
        seen += inputs + outputs
        return nil
      }
      #expect(areClose(model(x).toArray(), expected.toArray()))
      #expect(seen.map(\.shape) == [position == 0 ? [1, 2] : [1, 3], [1, 3]])
      handle.remove()
      _ = model(x)
      #expect(seen.count == 2)
    }
  }
}
