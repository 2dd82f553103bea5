import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func byName() throws {
    let table = try SpellingTable("Modules, optimizers and schedules by name")
    let x = Tensor([1.0, -2])
    let w = Tensor([1.0, -2], requiresGrad: true)
    try table.row("Linear(in_features=3, out_features=1, bias=False)") {
      try module("nn.Linear", [3, 1], ["bias": false])
    }
    try table.row("tensor(4.)") { try module("nn.MSELoss").call([.tensor(x), .tensor(x + 2)]).tensor! }
    try table.row("0.1") { try optimizer("optim.Adam", [w], ["lr": 0.1]).parameterGroups[0].lr }
    try table.row("[0.1]") {
      try schedule("optim.lr_scheduler.StepLR", SGD([w], lr: 0.1), [10], ["gamma": 0.5]).getLastLr()
    }
    try table.row("tensor([1., 0.])") { try call("relu", [.tensor(x)]).tensor! }
    table.matchesTheArticle()
  }
}
