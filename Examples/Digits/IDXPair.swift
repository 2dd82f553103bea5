import Backplane

/// A file of images and the file of their labels, as they are.
struct IDXPair {
  let count: Int
  let rows: Int
  let columns: Int
  let pixels: [UInt8]
  let labels: [Int]

  /// - Throws: ``Failure`` or `BackplaneError` that names the file.
  init(images imagePath: String, labels labelPath: String) throws {
    let images = try IDX.read(imagePath)
    let labels = try IDX.read(labelPath)
    guard images.dtype == .uint8, images.dim == 3, images.numel > 0 else {
      throw Failure.input(
        "\(imagePath): images of bytes, (count, rows, columns), are needed; it holds \(images.dtype) of shape "
          + "\(images.shape)")
    }
    guard labels.dtype == .uint8, labels.dim == 1 else {
      throw Failure.input(
        "\(labelPath): labels of bytes, (count), are needed; it holds \(labels.dtype) of shape \(labels.shape)"
      )
    }
    count = images.size(0)
    guard labels.numel == count else {
      throw Failure.input(
        "\(labelPath): it has \(labels.numel) labels for the \(count) images of \(imagePath)")
    }
    rows = images.size(1)
    columns = images.size(2)
    pixels = try withErrors { images.toArray(UInt8.self) }
    self.labels = try withErrors { labels.toArray(UInt8.self) }.map(Int.init)
    if let wrong = self.labels.firstIndex(where: { $0 > 9 }) {
      throw Failure.input("\(labelPath): label \(wrong) is \(self.labels[wrong]), not a digit from 0 to 9")
    }
  }

  /// The pixels of one image.
  subscript(index: Int) -> ArraySlice<UInt8> {
    pixels[index * rows * columns..<(index + 1) * rows * columns]
  }
}
