import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func devices() throws {
    let table = try SpellingTable("Devices")
    let x = Tensor([1.0, 2])
    table.row("cpu") { x.device }
    table.row("cuda:0") { Device("cuda") }
    table.row("tensor([1., 2.])") { x.to("cpu") }
    table.row("tensor([1., 2.])") { x.cpu() }
    table.row("true") { x.to("cpu") === x }
    table.row("tensor([1., 1.])") { Tensor.ones([2], device: "cpu") }
    table.row("tensor([1., 2.], dtype=float64)") { x.to("cpu", .float64) }
    table.row("cpu") { Device.default }
    table.row("true") { deviceCount("cuda") >= 0 }
    table.row("true") { isAvailable("cpu") }
    table.matchesTheArticle()
  }
}
