import Backplane
import TestSupport
import Testing

extension ComingFromPyTorchTests {
  @Test func seeing() throws {
    let table = try SpellingTable("Seeing")
    let net = Sequential(Linear(2, 4), ReLU(), Linear(4, 1))
    let losses = [1.0, 0.5, 0.25]
    var history = History()
    var count = 0
    let folder = try TemporaryFolder()
    let (directory, picture) = (folder.path("runs"), folder.path("loss.svg"))
    table.row("17") { summary(net, inputSize: [1, 2]).totalParams }
    table.row("3", count) { for _ in progress(losses) { count += 1 } }
    table.row("[1.0, 0.5, 0.25]", history["loss"]!) { for loss in losses { history.append("loss", loss) } }
    try table.row("1", history.curves.count) { try history.save(to: picture) }
    try table.row("1", history.curves.count) { try SummaryWriter(logDir: directory).addScalar("loss", 0.5, 1) }
    table.matchesTheArticle()
  }
}
