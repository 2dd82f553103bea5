/// Sums of products over named dimensions.
extension Ops {
  /// Σ over dims of a · b: those of `dimsA` against those of `dimsB`; the rest of a, then the rest of b, remain.
  static func tensordot(_ a: Tensor, _ b: Tensor, _ dimsA: [Int], _ dimsB: [Int]) throws(BackplaneError) -> Tensor {
    guard dimsA.count == dimsB.count else {
      throw BackplaneError(.value, "both dimension lists should have same length")
    }
    guard a.dtype == b.dtype else {
      throw BackplaneError(.dtype, "both inputs should have same dtype")
    }
    var (x, y) = (a, b)
    var first: [Int] = [], second: [Int] = []
    for (dimA, dimB) in zip(dimsA, dimsB) {
      let i = try normalize(dimA, rank: a.layout.rank), j = try normalize(dimB, rank: b.layout.rank)
      guard !first.contains(i), !second.contains(j) else {
        throw BackplaneError(.value, "dim \(first.contains(i) ? i : j) appears multiple times in the list of dims")
      }
      first.append(i)
      second.append(j)
      // An extent of 1 meets any other: the other side is summed.
      let (p, q) = (try extent(a, i), try extent(b, j))
      if p == 1, q != 1 { y = try sum(y, [j], keepDim: true, dtype: y.dtype) }
      if q == 1, p != 1 { x = try sum(x, [i], keepDim: true, dtype: x.dtype) }
      guard p == q || p == 1 || q == 1 else {
        throw BackplaneError(
          .shape,
          "contracted dimensions need to match, but first has size \(p) in dim \(i) and second has size \(q) in dim \(j)"
        )
      }
    }
    x = try cast(x, a.dtype)
    y = try cast(y, b.dtype)
    let restA = (0..<a.layout.rank).filter { !first.contains($0) }
    let restB = (0..<b.layout.rank).filter { !second.contains($0) }
    let inner = first.reduce(1) { $0 * x.layout.elements[$1] }
    let rows = restA.map { a.layout.elements[$0] }, columns = restB.map { b.layout.elements[$0] }
    let left = try reshape(permute(x, restA + first), [rows.reduce(1, *), inner])
    let right = try reshape(permute(y, second + restB), [inner, columns.reduce(1, *)])
    return try reshape(matmul(left, right), rows + columns)
  }

  // MARK: Einstein's summation

  /// Sums of products by Einstein's convention: `ij,jk->ik`.
  static func einsum(_ equation: String, _ operands: [Tensor]) throws(BackplaneError) -> Tensor {
    let plan = try EinsumPlan(equation, operands)
    try requireSameDevice(operands)
    var aligned: [Tensor] = []
    for (x, labels) in zip(operands, plan.inputs) { aligned.append(try plan.align(x, labels)) }
    // From left to right; what no later operand and not the result has is summed on the way.
    var result = aligned[0]
    for (i, x) in aligned.enumerated().dropFirst() {
      let summed = (plan.outputCount..<plan.count).filter { d in
        !aligned[(i + 1)...].contains { $0.layout.elements[d] != 1 }
      }
      result = try sumOfProducts(result, x, summed)
    }
    if aligned.count == 1, plan.count > plan.outputCount {
      result = try sum(result, Array(plan.outputCount..<plan.count), keepDim: true)
    }
    return try squeeze(result, dims: Array(plan.outputCount..<plan.count))
  }

  /// Σ a b over dimensions of two tensors of equal rank that broadcast, as one product of batches of matrices; summed
  /// dimensions keep extent 1.
  private static func sumOfProducts(_ a: Tensor, _ b: Tensor, _ dims: [Int]) throws(BackplaneError) -> Tensor {
    let rank = a.layout.rank
    var (x, y) = (a, b)
    var batch: [Int] = [], left: [Int] = [], right: [Int] = [], inner: [Int] = []
    for d in 0..<rank {
      let (p, q) = (a.layout.elements[d] != 1, b.layout.elements[d] != 1)
      if dims.contains(d) {
        if p && q {
          inner.append(d)
        } else {
          if p { x = try cast(sum(x, [d], keepDim: true), x.dtype) }
          if q { y = try cast(sum(y, [d], keepDim: true), y.dtype) }
          batch.append(d)
        }
      } else if p && !q {
        left.append(d)
      } else if q && !p {
        right.append(d)
      } else {
        batch.append(d)
      }
    }
    func extent(_ dims: [Int], _ x: Tensor) -> Int { dims.reduce(1) { $0 * x.layout.elements[$1] } }
    let n = extent(batch, x)
    let k = extent(inner, x)
    let lhs = try reshape(permute(x, batch + left + inner + right), [n, extent(left, x), k])
    let rhs = try reshape(permute(y, batch + inner + right + left), [n, k, extent(right, y)])
    let shape =
      (batch + left).map { x.layout.elements[$0] } + right.map { y.layout.elements[$0] } + inner.map { _ in 1 }
    let order = batch + left + right + inner
    let product = try reshape(matmul(lhs, rhs), shape)
    return try permute(product, (0..<rank).map { d in order.firstIndex(of: d)! })
  }
}

/// An equation of `einsum`, checked against its operands: every label, and every dimension that an ellipsis stands for,
/// has a place, those of the result first.
struct EinsumPlan {
  enum Label: Hashable {
    case letter(Character)
    /// Counted from the back, so that ellipses of several lengths broadcast.
    case ellipsis(Int)
  }

  let inputs: [[Label]]
  private let places: [Label: Int]
  let outputCount: Int
  var count: Int { places.count }

  init(_ equation: String, _ operands: [Tensor]) throws(BackplaneError) {
    guard !operands.isEmpty else {
      throw BackplaneError(.value, "einsum(): must provide at least one operand")
    }
    let text = equation.filter { $0 != " " }
    let sides = EinsumPlan.sides(text)
    let terms = sides.left.split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == operands.count else {
      throw BackplaneError(
        .value,
        terms.count > operands.count
          ? "einsum(): fewer operands were provided than specified in the equation"
          : "einsum(): more operands were provided than specified in the equation")
    }
    var inputs: [[Label]] = []
    var extents: [Label: Int] = [:]
    var counts: [Character: Int] = [:]
    var ellipsisCount = 0
    for (i, (term, x)) in zip(terms, operands).enumerated() {
      let labels = try EinsumPlan.labels(term, rank: x.layout.rank, operand: i)
      for (d, label) in labels.enumerated() {
        if case .letter(let letter) = label { counts[letter, default: 0] += 1 }
        if case .ellipsis(let k) = label { ellipsisCount = Swift.max(ellipsisCount, k) }
        let extent = x.layout.elements[d], known = extents[label] ?? 1
        guard extent == known || extent == 1 || known == 1 else {
          throw BackplaneError(
            .shape,
            "einsum(): subscript \(label.text) has size \(extent) for operand \(i) which does not broadcast with "
              + "previously seen size \(known)")
        }
        extents[label] = known == 1 ? extent : known
      }
      for (d, label) in labels.enumerated() {
        let twin = labels.firstIndex(of: label)!
        guard x.layout.elements[twin] == x.layout.elements[d] else {
          throw BackplaneError(
            .shape,
            "einsum(): subscript \(label.text) is repeated for operand \(i) but the sizes don't match, "
              + "\(x.layout.elements[d]) != \(x.layout.elements[twin])")
        }
      }
      inputs.append(labels)
    }
    var output: [Label] = []
    let ellipses = (0..<ellipsisCount).map { Label.ellipsis(ellipsisCount - $0) }
    if let right = sides.right {
      output = try EinsumPlan.labels(right, ellipses: ellipses)
      for label in output where extents[label] == nil {
        throw BackplaneError(
          .value, "einsum(): output subscript \(label.text) does not appear in the equation for any input operand")
      }
      guard Set(output).count == output.count else {
        throw BackplaneError(
          .value, "einsum(): output subscript appears more than once in the output")
      }
    } else {
      output = ellipses + counts.filter { $0.value == 1 }.keys.sorted().map { Label.letter($0) }
    }
    var places: [Label: Int] = [:]
    for label in output { places[label] = places.count }
    for label in inputs.joined() where places[label] == nil { places[label] = places.count }
    self.inputs = inputs
    self.places = places
    outputCount = output.count
  }

  /// What stands before and after the arrow.
  private static func sides(_ text: String) -> (left: Substring, right: Substring?) {
    var previous: Character = " "
    for i in text.indices {
      if text[i] == ">", previous == "-" { return (text[..<text.index(before: i)], text[text.index(after: i)...]) }
      previous = text[i]
    }
    return (text[...], nil)
  }

  private static func letters(_ term: Substring, operand: String) throws(BackplaneError) -> [Character?] {
    var result: [Character?] = []
    var rest = term
    while let c = rest.first {
      if rest.hasPrefix("...") {
        guard !result.contains(nil) else {
          throw BackplaneError(
            .value, "einsum(): found '.' for \(operand) for which an ellipsis was already found")
        }
        result.append(nil)
        rest = rest.dropFirst(3)
        continue
      }
      guard c != "." else {
        throw BackplaneError(
          .value, "einsum(): found '.' for \(operand) that is not part of any ellipsis")
      }
      guard c.isASCII, c.isLetter else {
        throw BackplaneError(
          .value, "einsum(): invalid subscript given at index for \(operand), subscripts must be in [a-zA-Z]")
      }
      result.append(c)
      rest = rest.dropFirst()
    }
    return result
  }

  /// The labels of an operand's dimensions.
  private static func labels(_ term: Substring, rank: Int, operand: Int) throws(BackplaneError) -> [Label] {
    let letters = try letters(term, operand: "operand \(operand)")
    let named = letters.compactMap { $0 }.count
    let rest = rank - named
    guard rest == 0 || rest > 0 && letters.contains(nil) else {
      throw BackplaneError(
        .shape,
        "einsum(): the number of subscripts in the equation (\(named)) \(letters.contains(nil) ? "is more than" : "does not match") "
          + "the number of dimensions (\(rank)) for operand \(operand)\(letters.contains(nil) ? "" : " and no ellipsis was given")"
      )
    }
    return letters.flatMap { letter -> [Label] in
      if let letter { return [.letter(letter)] }
      return (0..<rest).map { .ellipsis(rest - $0) }
    }
  }

  private static func labels(_ term: Substring, ellipses: [Label]) throws(BackplaneError) -> [Label] {
    try letters(term, operand: "the output").flatMap { letter -> [Label] in
      if let letter { return [.letter(letter)] }
      return ellipses
    }
  }

  /// An operand with a dimension for every label in its place, diagonals taken where a label comes twice.
  func align(_ operand: Tensor, _ labels: [Label]) throws(BackplaneError) -> Tensor {
    var x = operand
    var own = labels
    var d = 0
    while d < own.count {
      if let twin = own[..<d].firstIndex(of: own[d]) {
        // The diagonal becomes the last dimension.
        x = try Ops.diagonalView(x, twin, d)
        let label = own.remove(at: d)
        own.remove(at: twin)
        own.append(label)
        d -= 1
      } else {
        d += 1
      }
    }
    let order = own.indices.sorted { places[own[$0]]! < places[own[$1]]! }
    x = try Ops.permute(x, order)
    let present = Set(own.map { places[$0]! })
    for place in 0..<count where !present.contains(place) { x = try Ops.unsqueeze(x, place) }
    return x
  }
}

extension EinsumPlan.Label {
  fileprivate var text: String {
    if case .letter(let letter) = self { return "\(letter)" }
    return "..."
  }
}
