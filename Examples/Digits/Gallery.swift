import Backplane

/// A few test digits with what they were taken for.
enum Gallery {
  static func text(_ digits: DigitImages, _ predictions: [Int], _ labels: [Int]) throws -> String {
    func image(_ index: Int) throws -> Pictures.Image {
      let values = try withErrors { digits.test.images.select(0, index).toArray(Float.self) }
      return Pictures.Image(rows: digits.rows, columns: digits.columns, values: values)
    }
    let count = min(Pictures.countPerRow(try image(0)), labels.count)
    var choice = Array(0..<count)
    // The last one is a mistake if there is any.
    if let wrong = labels.indices.first(where: { predictions[$0] != labels[$0] }), wrong >= count {
      choice[count - 1] = wrong
    }
    return Pictures.row(
      try choice.map { index in
        let isRight = predictions[index] == labels[index]
        return (
          try image(index),
          isRight ? "\(predictions[index]) ✓" : "\(predictions[index]) ✗ is \(labels[index])"
        )
      })
  }
}
