import Backplane

import struct ConformanceSuite.RandomSource

/// What is put in the place of an argument that somebody might well mean.
struct HostileValues {
  static let ints: [Int64] = [
    .max, .min, 1 << 62, -(1 << 62), 1 << 32, -(1 << 32), 1 << 40, -(1 << 40), 1 << 31, -1, 0, -2, .max - 1, .min + 1,
    1 << 53, 1 << 61, 1 << 60, 63, 64, 65, 100_000, 7, 1 << 33,
  ]
  static let doubles: [Double] = [
    .nan, .infinity, -.infinity, 1e300, -1e300, 0, -0.0, -1, 0x1p63, -0x1p63, 0x1p62, 1e19, 1e-300,
    .leastNonzeroMagnitude, 2, 0.5,
    0x1p40, 0x1p32, 1.5,
  ]
  static let strings = [
    "", "mean", "nope", "ij,jk->ik", "...", "->", "i,,j", "ii", "\u{0}", "NaN", "reflect", "cuda:99",
  ]

  /// A device other than the call's; nil where there is none.
  let foreignDevice: String?

  /// Something hostile of the parameter's type, or now and then of another.
  func value(
    for parameter: OperatorSignature.Parameter, instead base: ValueRecipe?, _ random: inout RandomSource
  ) -> ValueRecipe {
    if random.oneIn(6) { return misfit(&random) }
    switch parameter.type {
    case .tensor: return .tensor(tensor(base?.tensor, &random))
    case .tensors: return tensors(base, &random)
    case .scalar, .float: return number(&random)
    case .scalars, .floats: return list(base, &random) { number(&$0) }
    case .int: return random.oneIn(12) ? number(&random) : .int(random.element(HostileValues.ints))
    case .ints: return list(base, &random) { .int($0.element(HostileValues.ints)) }
    case .bool: return .bool(random.oneIn(2))
    case .string: return .string(random.element(HostileValues.strings))
    case .dtype: return .dtype(random.element(DType.allCases))
    case .device: return .device(random.element(["cpu", "nope", "cpu:7", "", foreignDevice ?? "cpu"]))
    case .any: return any(base, &random)
    case .anys: return list(base, &random) { any(nil, &$0) }
    }
  }

  private func number(_ random: inout RandomSource) -> ValueRecipe {
    switch random.int(0...9) {
    case 0...4: .double(random.element(HostileValues.doubles))
    case 5...7: .int(random.element(HostileValues.ints))
    case 8: .complex(random.element(HostileValues.doubles), random.element(HostileValues.doubles))
    default: .bool(true)
    }
  }

  /// Any type at all.
  private func misfit(_ random: inout RandomSource) -> ValueRecipe {
    switch random.int(0...12) {
    case 0: .null
    case 1: .bool(random.oneIn(2))
    case 2: .string(random.element(HostileValues.strings))
    case 3: .string(String(repeating: "i,", count: 20_000))
    case 4: .tensor(tensor(nil, &random))
    case 5: .list([])
    case 6: .nested(random.oneIn(40) ? 100_000 : random.element([1, 2, 20, 1000]))
    case 7: .dtype(random.element(DType.allCases))
    case 8:
      .slice(
        random.element([nil, 0, .max, .min]), random.element([nil, .max, .min]), random.element([nil, 0, -1, .max]))
    case 9: .ellipsis
    case 10: .complex(.nan, .infinity)
    case 11: .int(random.element(HostileValues.ints))
    default: .double(random.element(HostileValues.doubles))
    }
  }

  /// A list of what `element` gives, mostly made from the one that it replaces.
  private func list(
    _ base: ValueRecipe?, _ random: inout RandomSource, _ element: (inout RandomSource) -> ValueRecipe
  ) -> ValueRecipe {
    switch random.int(0...11) {
    case 0: return .list([])
    case 1: return .repeated(element(&random), 17)
    case 2: return .repeated(.int(1), 17)
    case 3: return .repeated(element(&random), random.element([300, 100_000]))
    case 4: return element(&random)
    case 5: return .list([element(&random)])
    case 6: return .list((0..<random.int(1...5)).map { _ in element(&random) })
    case 7: return .repeated(.int(random.element([0, 1, -1])), random.element([1, 2, 3, 6, 8, 16]))
    default:
      guard case .list(var values) = base, !values.isEmpty else {
        return .list((0..<random.int(1...3)).map { _ in element(&random) })
      }
      values[random.int(0...(values.count - 1))] = element(&random)
      return .list(values)
    }
  }

  private func tensors(_ base: ValueRecipe?, _ random: inout RandomSource) -> ValueRecipe {
    guard case .list(var values) = base, !values.isEmpty else { return .list([.tensor(tensor(nil, &random))]) }
    switch random.int(0...7) {
    case 0: return .list([])
    case 1: return .repeated(values[0], random.element([17, 30, 65, 300]))
    case 2: return .list(values.map { .tensor(tensor($0.tensor, &random)) })
    case 3: return .list(values + [misfit(&random)])
    default:
      let i = random.int(0...(values.count - 1))
      values[i] = .tensor(tensor(values[i].tensor, &random))
      return .list(values)
    }
  }

  private func any(_ base: ValueRecipe?, _ random: inout RandomSource) -> ValueRecipe {
    switch random.int(0...5) {
    case 0: number(&random)
    case 1: list(base, &random) { .int($0.element(HostileValues.ints)) }
    case 2: list(base, &random) { number(&$0) }
    case 3: list(base, &random) { misfit(&$0) }
    case 4:
      list(base, &random) {
        .slice(
          $0.element([nil, 0, 1, .max, .min, -1]), $0.element([nil, .max, .min, 2]),
          $0.element([nil, 0, 1, -1, .max, .min]))
      }
    default: list(base, &random) { .tensor(tensor(nil, &$0)) }
    }
  }

  private static let shapes: [[Int]] = [
    [], [0], [2, 0], [0, 3], [0, 0], [1], [1, 1], [1000], [5], [3, 2], [2, 3, 4, 5], [0, 4, 4], [1, 0, 5, 5],
    [2, 4, 0, 3],
    [1, 1, 1, 1, 1, 1, 1, 1, 2], [1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2],
  ]
  private static let hugeExtents: [[Int]] = [
    [1 << 50], [1 << 25, 1 << 25], [1 << 30, 1 << 20], [1 << 16, 1, 1 << 30],
  ]

  private func tensor(_ base: TensorRecipe?, _ random: inout RandomSource) -> TensorRecipe {
    var recipe = base ?? TensorRecipe(shape: [2, 3])
    // What is expanded already has extents that fit one another.
    if case .expanded = recipe.layout { recipe.layout = .contiguous }
    switch random.int(0...15) {
    case 0...1: recipe.shape = random.element(HostileValues.shapes)
    case 2:
      guard !recipe.shape.isEmpty else { break }
      let d = random.int(0...(recipe.shape.count - 1))
      recipe.shape[d] = max(0, recipe.shape[d] + random.element([1, -1, -recipe.shape[d], 3]))
    case 3: recipe.shape.insert(random.element([0, 1, 2]), at: 0)
    case 4: if !recipe.shape.isEmpty { recipe.shape.removeFirst() }
    case 5...6: recipe.dtype = random.element(DType.allCases)
    case 7: recipe.layout = .transposed
    case 8: recipe.layout = .spread
    case 9:
      if !recipe.shape.isEmpty {
        recipe.layout = .expanded(recipe.shape)
        recipe.shape = Array(repeating: 1, count: recipe.shape.count)
      }
    case 10:
      guard random.oneIn(6) else { break }
      let extents = random.element(HostileValues.hugeExtents)
      recipe.layout = .expanded(extents)
      recipe.shape = Array(repeating: 1, count: extents.count)
    case 11: recipe.device = foreignDevice
    case 12 where recipe.dtype.isFloatingPoint || recipe.dtype.isComplex: recipe.requiresGrad = true
    default:
      if recipe.dtype.isFloatingPoint || recipe.dtype.isComplex {
        recipe.content = .reals(contents(HostileValues.doubles, ordinary: [0.5, 1, 0.25], &random))
      } else {
        recipe.content = .wholes(contents(HostileValues.ints, ordinary: [0, 1], &random))
      }
    }
    return recipe
  }

  /// One of the extremes all over, or some among others.
  private func contents<Element>(_ extremes: [Element], ordinary: [Element], _ random: inout RandomSource) -> [Element]
  {
    let one = random.element(extremes)
    return switch random.int(0...2) {
    case 0: [one]
    case 1: ordinary + [one]
    default: [one, random.element(extremes), random.element(extremes)]
    }
  }
}
