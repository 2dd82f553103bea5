extension Golden {
  /// Sections 6.13 and 6.14, worked by hand.
  static let slices: [Golden] = {
    let x = Tensor.floats(.float32, [3, -1, .nan, 2, 2, -.infinity], [2, 3])
    let ties = Tensor.integers(.int64, [2, 1, 2, 1, 3, 1])
    let zeros = Tensor.floats(.float32, [0, -0.0, -1, 0])
    func both(_ values: [Double], _ places: [Int64]) -> [Tensor] {
      [.floats(.float32, values, [2, 3]), .integers(.int64, places, [2, 3])]
    }
    func sort(_ x: Tensor, _ outputs: [Tensor], descending: Bool = false, axis: Int = 0) -> Golden {
      Golden(
        "SORT", descending ? "golden-descending" : "golden", [x], outputs, .sort(axis: axis, descending: descending))
    }
    func first(_ k: Int, _ values: [Double], _ places: [Int64], descending: Bool = true) -> Golden {
      Golden(
        "TOPK", [x], [.floats(.float32, values, [2, k]), .integers(.int64, places, [2, k])],
        .sort(axis: 1, descending: descending))
    }
    return [
      sort(x, both([-1, 3, .nan, -.infinity, 2, 2], [1, 0, 2, 2, 0, 1]), axis: 1),
      sort(x, both([.nan, 3, -1, 2, 2, -.infinity], [2, 0, 1, 0, 1, 2]), descending: true, axis: 1),
      sort(x, both([2, -1, -.infinity, 3, 2, .nan], [1, 0, 1, 0, 1, 0]), axis: 0),
      sort(ties, [.integers(.int64, [1, 1, 1, 2, 2, 3]), .integers(.int64, [1, 3, 5, 0, 2, 4])]),
      sort(ties, [.integers(.int64, [3, 2, 2, 1, 1, 1]), .integers(.int64, [4, 0, 2, 1, 3, 5])], descending: true),
      sort(zeros, [.floats(.float32, [-1, 0, -0.0, 0]), .integers(.int64, [2, 0, 1, 3])]),
      sort(
        .integers(.bool, [1, 0, 2, 0]), [.integers(.bool, [0, 0, 1, 1]), .integers(.int64, [1, 3, 0, 2])]),
      first(2, [.nan, 3, 2, 2], [2, 0, 0, 1]), first(1, [-1, -.infinity], [1, 2], descending: false),
      first(0, [], []), first(3, [-1, 3, .nan, -.infinity, 2, 2], [1, 0, 2, 2, 0, 1], descending: false),
      Golden(
        "TOPK", "golden-ties", [ties], [.integers(.int64, [3, 2, 2, 1]), .integers(.int64, [4, 0, 2, 1])],
        .sort(axis: 0, descending: true)),
      Golden("CUMSUM", [.floats(.float32, [1, 2, -4, 0.5])], [.floats(.float32, [1, 3, -1, -0.5])], .axis(0)),
      Golden(
        "CUMSUM", "golden-columns", [.integers(.uint8, [200, 1, 100, 2], [2, 2])],
        [.integers(.int64, [200, 1, 300, 3], [2, 2])], .axis(0)),
      Golden("CUMSUM", [.integers(.bool, [1, 0, 2])], [.integers(.int64, [1, 1, 2])], .axis(0)),
      Golden(
        "CUMSUM", [.floats(.complex64, [1, 2, 3, -4, -1, 0.5], [3])],
        [.floats(.complex64, [1, 2, 4, -2, 3, -1.5], [3])], .axis(0)),
      Golden("CUMPROD", [.floats(.float32, [2, -3, 0, 5])], [.floats(.float32, [2, -6, 0, 0])], .axis(0)),
      Golden("CUMPROD", [.integers(.int64, [.max, 2, 2])], [.integers(.int64, [.max, -2, -4])], .axis(0)),
      Golden(
        "CUMPROD", [.floats(.complex64, [1, 2, 3, -4], [2])], [.floats(.complex64, [1, 2, 11, 2], [2])], .axis(0)),
      Golden("CUMMAX", [x], both([3, 3, .nan, 2, 2, 2], [0, 0, 2, 0, 1, 1]), .axis(1)),
      Golden("CUMMIN", [x], both([3, -1, .nan, 2, 2, -.infinity], [0, 1, 2, 0, 1, 2]), .axis(1)),
      Golden(
        "CUMMAX", "golden-nan", [.floats(.float32, [1, .nan, 5, .nan])],
        [.floats(.float32, [1, .nan, .nan, .nan]), .integers(.int64, [0, 1, 1, 3])], .axis(0)),
      Golden(
        "CUMMIN", [ties], [.integers(.int64, [2, 1, 1, 1, 1, 1]), .integers(.int64, [0, 1, 1, 3, 3, 5])], .axis(0)),
    ]
  }()
}
