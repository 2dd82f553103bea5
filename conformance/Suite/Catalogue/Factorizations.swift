import BackendAPI

extension OperatorCatalogue {
  /// Section 6.15 of the header.
  static let factorizations: [OperatorEntry] = [
    OperatorEntry("CHOLESKY", BP_OP_CHOLESKY, .factorization, types { ([$0], [$0, .int64]) }) { signature in
      square.map { plan in
        matrixCase(plan, signature, .positiveDefinite) { m, n, batch in [batch + [n, n], batch] }
      }
        + [MatrixValues.indefinite, .zero].map { values in
          matrixCase(MatrixPlan("\(values)", [7], 5, 5), signature, values) { _, n, batch in [batch + [n, n], batch] }
        }
    },
    OperatorEntry("LU", BP_OP_LU, .factorization, types { ([$0], [$0, .int64, .int64]) }) { signature in
      @Sendable func outputs(_ m: Int, _ n: Int, _ batch: [Int]) -> [[Int]] {
        [batch + [m, n], batch + [min(m, n)], batch]
      }
      return (square + oblong).map { matrixCase($0, signature, .random, outputs) }
        + [MatrixValues.zeroColumn, .zero, .nearlySingular].map { values in
          matrixCase(MatrixPlan("\(values)", [3], 6, 6), signature, values, outputs)
        }
    },
    OperatorEntry(
      "SOLVE_TRIANGULAR", BP_OP_SOLVE_TRIANGULAR, .factorization, types { ([$0, $0], [$0]) }, cases: triangular),
    OperatorEntry("QR", BP_OP_QR, .factorization, types { ([$0], [$0, $0]) }) { signature in
      (square + oblong).flatMap { plan in
        [false, true].map { complete in
          var plan = plan
          plan.label += complete ? "-complete" : ""
          return matrixCase(plan, signature, .random) { m, n, batch in
            let k = complete ? m : min(m, n)
            return [batch + [m, k], batch + [k, n]]
          }
        }
      }
        + [MatrixValues.zeroColumn, .zero, .nearlySingular].map { values in
          matrixCase(MatrixPlan("\(values)", [3], 6, 4), signature, values) { m, n, batch in
            [batch + [m, n], batch + [n, n]]
          }
        }
    },
    OperatorEntry("EIGH", BP_OP_EIGH, .factorization, types { ([$0], [$0.part, $0, .int64]) }) { signature in
      @Sendable func outputs(_ m: Int, _ n: Int, _ batch: [Int]) -> [[Int]] { [batch + [n], batch + [n, n], batch] }
      return square.map { matrixCase($0, signature, .hermitian, outputs) }
        + [MatrixValues.positiveDefinite, .indefinite, .zero, .identity].map { values in
          matrixCase(MatrixPlan("\(values)", [3], 6, 6), signature, values, outputs)
        }
    },
    OperatorEntry("EIG", BP_OP_EIG, .factorization, types { ([$0], [$0.complexType, $0.complexType, .int64]) }) {
      signature in
      @Sendable func outputs(_ m: Int, _ n: Int, _ batch: [Int]) -> [[Int]] { [batch + [n], batch + [n, n], batch] }
      return square.map { matrixCase($0, signature, .random, outputs) }
        + [MatrixValues.hermitian, .zeroColumn, .zero, .identity, .rotation].map { values in
          matrixCase(MatrixPlan("\(values)", [3], 6, 6), signature, values, outputs)
        }
    },
    OperatorEntry("SVD", BP_OP_SVD, .factorization, types { ([$0], [$0, $0.part, $0, .int64]) }) { signature in
      (square + oblong).flatMap { plan in
        [false, true].map { full in
          var plan = plan
          plan.label += full ? "-full" : ""
          return svdCase(plan, signature, .random, full: full)
        }
      }
        + [MatrixValues.zeroColumn, .zero, .nearlySingular, .identity].map { values in
          svdCase(MatrixPlan("\(values)", [3], 6, 6), signature, values, full: false)
        }
        + [svdCase(MatrixPlan("rank-deficient-full", [2], 7, 4), signature, .zeroColumn, full: true)]
    },
  ]

  private static func types(_ operands: (DType) -> (inputs: [DType], outputs: [DType])) -> [Signature] {
    [DType.float32, .float64, .complex64, .complex128].map { dtype in
      let (inputs, outputs) = operands(dtype)
      return Signature(dtype.name, inputs, outputs)
    }
  }

  private static let square: [MatrixPlan] = {
    let sizes = [0, 1, 2, 3, 5, 8, 17, 33].map { MatrixPlan("\($0)x\($0)", [], $0, $0) }
    let n = 6
    let layouts: [(String, Layout)] = [
      ("transposed", Layout([n, n], strides: [1, n])), ("sliced", Layout([n, n], strides: [n + 5, 1], lead: 3)),
      ("step2", Layout([n, n], strides: [2 * n, 2])), ("negative", Layout([n, n], strides: [-n, -1])),
      ("batch-permuted", Layout([3, n, n], strides: [n, 3 * n, 1])),
      ("batch-broadcast", Layout([3, n, n], strides: [0, n, 1])),
    ]
    let outputs = [("output-transposed", [1, n]), ("output-sliced", [n + 4, 1]), ("output-step2", [2 * n, 2])]
    return sizes + [
      MatrixPlan("batch", [3], 5, 5), MatrixPlan("batch-rank4", [2, 3], 4, 4), MatrixPlan("batch-empty", [0], 4, 4),
      MatrixPlan("batch-of-empty", [2], 0, 0), MatrixPlan("rank8", [2, 1, 1, 2, 1, 2], 3, 3),
      MatrixPlan("batch-many", [301], 4, 4),
    ] + layouts.map { MatrixPlan($0, $1) }
      + outputs.map { label, strides in
        var plan = MatrixPlan(label, [], n, n)
        plan.outputStrides = strides
        return plan
      }
  }()

  private static let oblong: [MatrixPlan] =
    [(1, 7), (7, 1), (3, 8), (8, 3), (17, 33), (33, 17), (0, 3), (3, 0), (4, 5)].map {
      MatrixPlan("\($0)x\($1)", [], $0, $1)
    } + [
      MatrixPlan("batch-wide", [2, 2], 3, 5), MatrixPlan("batch-tall", [3], 5, 3),
      MatrixPlan("transposed-wide", Layout([4, 7], strides: [1, 4])),
      MatrixPlan("sliced-tall", Layout([7, 4], strides: [9, 1], lead: 2)),
    ]

  private static func matrixCase(
    _ plan: MatrixPlan, _ signature: Signature, _ values: MatrixValues,
    _ outputs: @escaping @Sendable (_ m: Int, _ n: Int, _ batch: [Int]) -> [[Int]]
  ) -> OperatorCase {
    OperatorCase(plan.label) { random in
      let input = Operand(plan.input, values.make(signature.dtype, plan.input.withoutBroadcast.shape, &random))
      let shapes = outputs(plan.rows, plan.columns, plan.batch)
      return Operation(
        [input],
        zip(signature.outputs, shapes).enumerated().map { i, output in
          Operand(output.0, i == 0 ? plan.outputLayout(output.1) : Layout(contiguous: output.1))
        })
    }
  }

  private static func svdCase(
    _ plan: MatrixPlan, _ signature: Signature, _ values: MatrixValues, full: Bool
  ) -> OperatorCase {
    matrixCase(plan, signature, values) { m, n, batch in
      let k = min(m, n)
      return [batch + [m, full ? m : k], batch + [k], batch + [full ? n : k, n], batch]
    }
  }

  @Sendable private static func triangular(_ signature: Signature) -> [OperatorCase] {
    func make(_ plan: MatrixPlan, _ columns: Int, _ values: MatrixValues, upper: Bool, unit: Bool) -> OperatorCase {
      let label = "\(plan.label)-\(columns)\(upper ? "-upper" : "-lower")\(unit ? "-unit" : "")"
      return OperatorCase(label) { random in
        let a = Operand(plan.input, values.make(signature.dtype, plan.input.withoutBroadcast.shape, &random))
        let shape = plan.batch + [plan.rows, columns]
        let b = Operand(signature.dtype, Layout(contiguous: shape), .random, &random)
        return Operation(
          [a, b], [Operand(signature.dtype, plan.outputLayout(shape))], .triangular(upper: upper, unit: unit))
      }
    }
    var cases = square.enumerated().map { i, plan in
      make(
        plan, plan.outputStrides == nil ? [1, 4, 0][i % 3] : plan.columns,
        .triangle(upper: i % 2 == 0, unit: i % 4 > 1),
        upper: i % 2 == 0, unit: i % 4 > 1)
    }
    for upper in [false, true] {
      for unit in [false, true] {
        cases.append(
          make(MatrixPlan("wide", [2], 9, 9), 13, .triangle(upper: upper, unit: unit), upper: upper, unit: unit))
      }
      cases.append(make(MatrixPlan("singular", [], 4, 4), 3, .singularTriangle, upper: upper, unit: false))
    }
    return cases
  }
}

/// Where the matrices of a case lie.
struct MatrixPlan: Sendable {
  var label: String
  let input: Layout
  /// Of output 0's last two axes, where it is not contiguous.
  var outputStrides: [Int]?

  init(_ label: String, _ batch: [Int], _ rows: Int, _ columns: Int) {
    self.init(label, Layout(contiguous: batch + [rows, columns]))
  }

  init(_ label: String, _ input: Layout) {
    self.label = label
    self.input = input
  }

  var rows: Int { input.shape[input.rank - 2] }
  var columns: Int { input.shape[input.rank - 1] }
  var batch: [Int] { Array(input.shape.dropLast(2)) }

  func outputLayout(_ shape: [Int]) -> Layout {
    if let outputStrides, shape.count == 2 { return Layout(shape, strides: outputStrides, lead: 1) }
    return Layout(contiguous: shape)
  }
}
