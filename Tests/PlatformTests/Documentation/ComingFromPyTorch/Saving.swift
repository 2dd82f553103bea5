import Backplane
import TestSupport
import Testing

extension ComingFromPyTorchTests {
  @Test func saving() throws {
    let table = try SpellingTable("Saving and loading")
    let model = Linear(2, 1)
    let optimizer = Adam(model.parameters())
    let schedule = StepLR(optimizer, 10)
    let w = Tensor([1.0, 2])
    var run: Checkpoint = ["epoch": 7, "best": 0.5]
    run["model"] = Checkpoint(model.stateDict())
    run["optimizer"] = Checkpoint(optimizer)
    let folder = try TemporaryFolder()
    let (path, safetensors, npy) = (folder.path("run.pt"), folder.path("w.safetensors"), folder.path("w.npy"))
    let quantized = FileFixtures.path("quantized.gguf")
    try table.row("4", run.dictionary!.count) { try save(run, to: path) }
    try table.row("7") { try Checkpoint(contentsOf: path)["epoch"]!.int! }
    try table.row("2", model.stateDict().count) { try model.load(Checkpoint(contentsOf: path)["model"]) }
    try table.row("0.001", optimizer.parameterGroups[0].lr) {
      try optimizer.load(Checkpoint(contentsOf: path)["optimizer"])
    }
    try table.row("0", schedule.lastEpoch) { try save(schedule.stateDict(), to: path) }
    try table.row("2", model.stateDict().count) { try save(model.stateDict(), to: path) }
    try table.row("[1, 2]") { try load(path, device: "cpu", mmap: true)["weight"]!.shape }
    try table.row("tensor([1., 2.])", w) { try save(w, to: path) }
    try table.row("tensor([1., 2.])") { try Checkpoint(contentsOf: path).tensor! }
    try table.row("tensor([1., 2.])", w) { try save(["w": w] as StateDict, to: safetensors) }
    try table.row("tensor([1., 2.])") { try load(safetensors)["w"]! }
    try table.row("tensor([1., 2.])", w) { try saveNPY(w, to: npy) }
    try table.row("tensor([1., 2.])") { try loadNPY(npy) }
    try table.row("f32") { try GGUF(quantized).names[0] }
    table.matchesTheArticle()
  }
}
