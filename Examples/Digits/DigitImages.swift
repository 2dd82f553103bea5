import Backplane
import Glibc

/// Images of digits with their labels, for training and for testing.
struct DigitImages {
  /// Some images, on the device.
  struct Part {
    /// (count, rows × columns), values from 0 to 1.
    let images: Tensor
    /// (count), 0 … 9.
    let labels: Tensor
  }

  let train: Part
  let test: Part
  let rows: Int
  let columns: Int

  /// How many of the digits of this example are held back for testing. Which ones is fixed, whatever `--seed` says.
  private static let testCount = 360
  private static let splitSeed: UInt64 = 3

  /// Reads a folder with MNIST's four files, or with the two of the digits that come with this example.
  ///
  /// - Throws: ``Failure`` or `BackplaneError` that names the file.
  init(folder: String) throws {
    if let mnist = MNISTNames(folder: folder) {
      let train = try IDXPair(images: mnist.trainImages, labels: mnist.trainLabels)
      let test = try IDXPair(images: mnist.testImages, labels: mnist.testLabels)
      guard train.rows == test.rows, train.columns == test.columns else {
        throw Failure.input(
          "\(mnist.testImages): its images are \(test.rows) × \(test.columns) pixels, those of "
            + "\(mnist.trainImages) \(train.rows) × \(train.columns)")
      }
      try self.init(train, Array(0..<train.count), test, Array(0..<test.count))
    } else {
      let images = folder + "/digits-images-idx3-ubyte"
      guard access(images, F_OK) == 0 else {
        throw Failure.input(
          "\(folder): neither digits-images-idx3-ubyte nor MNIST's train-images-idx3-ubyte is there")
      }
      let all = try IDXPair(images: images, labels: folder + "/digits-labels-idx1-ubyte")
      let trainCount = all.count - DigitImages.testCount
      guard trainCount > 0 else {
        throw Failure.input(
          "\(images): it has \(all.count) images, of which \(DigitImages.testCount) are for testing")
      }
      let order = try withErrors {
        Tensor.randperm(all.count, generator: Generator(seed: DigitImages.splitSeed)).toArray(Int.self)
      }
      try self.init(all, Array(order[..<trainCount]), all, Array(order[trainCount...]))
    }
  }

  private init(_ train: IDXPair, _ trainChoice: [Int], _ test: IDXPair, _ testChoice: [Int]) throws {
    rows = train.rows
    columns = train.columns
    // 16 for the digits of this example, 255 for MNIST's.
    let highest = Float(max(train.pixels.max() ?? 1, 1))
    func part(_ pair: IDXPair, _ choice: [Int]) throws -> Part {
      var values: [Float] = []
      values.reserveCapacity(choice.count * pair.rows * pair.columns)
      for i in choice { values += pair[i].lazy.map { Float($0) / highest } }
      return try withErrors {
        Part(
          images: Tensor(values, shape: [choice.count, pair.rows * pair.columns]),
          labels: Tensor(choice.map { pair.labels[$0] }))
      }
    }
    self.train = try part(train, trainChoice)
    self.test = try part(test, testChoice)
  }
}

/// MNIST's files in a folder, under either of the spellings in use.
private struct MNISTNames {
  let trainImages: String
  let trainLabels: String
  let testImages: String
  let testLabels: String

  init?(folder: String) {
    let separators = ["-", "."]
    func path(_ part: String, _ separator: String) -> String { "\(folder)/\(part)\(separator)" }
    guard
      let separator = separators.first(where: { access(path("train-images", $0) + "idx3-ubyte", F_OK) == 0 })
    else { return nil }
    trainImages = path("train-images", separator) + "idx3-ubyte"
    trainLabels = path("train-labels", separator) + "idx1-ubyte"
    testImages = path("t10k-images", separator) + "idx3-ubyte"
    testLabels = path("t10k-labels", separator) + "idx1-ubyte"
  }
}
