import Backplane
import Testing

@Suite struct ProgressTests {
  @Test func lines() {
    func line(
      _ count: Int, _ total: Int?, _ seconds: Double, _ description: String = "", _ postfix: String = "",
      _ width: Int = 60
    )
      -> String
    { ProgressBar.line(count, of: total, seconds: seconds, description: description, postfix: postfix, width: width) }
    // As tqdm's format_meter has them.
    #expect(line(0, 100, 0) == "  0%|                               | 0/100 [00:00<?, ?it/s]")
    #expect(line(50, 100, 10) == " 50%|███████████▌           | 50/100 [00:10<00:10, 5.00it/s]")
    #expect(line(100, 100, 3723).hasSuffix("| 100/100 [1:02:03<00:00, 37.23s/it]"))
    #expect(line(7, nil, 2) == "7it [00:02, 3.50it/s]" && line(120, 100, 2) == "120it [00:02, 60.00it/s]")
    let full = line(1, 3, 1, "epoch 1", "loss=0.213")
    #expect(
      full.hasPrefix("epoch 1:  33%|") && full.hasSuffix("| 1/3 [00:01<00:02, 1.00it/s, loss=0.213]")
        && full.count == 60)
    #expect(line(1, 3, 1, "a description that is longer than the line", "", 30).count == 30)
  }

  @Test func goesThroughASequence() {
    #expect(progress([3, 1, 2]).map { $0 * 2 } == [6, 2, 4])
    #expect(Array(progress(0..<4, description: "x")) == [0, 1, 2, 3])
    let squares = progress(sequence(first: 2) { $0 < 100 ? $0 * $0 : nil })
    squares.setPostfix(["loss": 1])
    squares.setDescription("squares")
    #expect(Array(squares) == [2, 4, 16, 256] && squares.bar.count == 4 && squares.bar.total == nil)
    #expect(Array(squares).count == 4 && squares.bar.count == 4)
    let data = TensorDataset(Tensor.arange(10, device: "reference"))
    let loader = progress(DataLoader(data, batchSize: 4))
    #expect(loader.bar.total == 3 && loader.reduce(0) { count, _ in count + 1 } == 3 && loader.bar.count == 3)
  }

  /// On a terminal: not more often than ten times a second, wiped out where the next line is shorter.
  @Test func whatIsWritten() {
    var time = 0.0
    var written: [String] = []
    let bar = ProgressBar(
      total: 10, description: "a long description", leave: true, isShown: true, width: 60, clock: { time }
    ) { written.append($0) }
    for _ in 0..<10 {
      time += 0.04
      bar.update()
    }
    #expect(written.count == 1 + 3)
    bar.setDescription("b")
    time += 1
    bar.setPostfix(["loss": 0.25, "acc": 1])
    #expect(written.last?.contains("acc=1, loss=0.25]") == true && written.last?.hasPrefix("\rb: 100%|") == true)
    bar.close()
    bar.close()
    #expect(written.last == "\n" && written.count == 7)
    let gone = ProgressBar(total: 2, description: "", leave: false, isShown: true, width: 40, clock: { time }) {
      written.append($0)
    }
    gone.close()
    #expect(written.last == "\r" + String(repeating: " ", count: written[7].count - 1) + "\r")
    let quiet = ProgressBar(total: 2, description: "", leave: true, isShown: false, width: 40, clock: { time }) {
      written.append($0)
    }
    let count = written.count
    quiet.update()
    quiet.close()
    #expect(written.count == count)
  }
}
