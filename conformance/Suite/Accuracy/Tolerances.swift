/// The table of how far results may be off, for people.
public enum Tolerances {
  /// The contents of conformance/TOLERANCES.md.
  public static let markdown = """
    # Tolerances

    How far a result of a plugin may lie from the reference's. Printed by the program from the rules that it
    applies (`Suite/Accuracy/Accuracy.swift`, of functions of one operand the entries of `Suite/Catalogue`); a
    test holds this file against them. To renew it:

        conformance --tolerances > conformance/TOLERANCES.md

    The reference computes in float64 and rounds once to the type asked for: up to float32 it is off by at
    most half an ulp (a unit in the last place). An operator that is not in the table is **exact**: the same
    number, the same sign of zero, and NaN where NaN is expected (of which bits is open). COPY between equal
    types keeps the bits. Integers and bools are exact throughout.

    | Operator | Float types | What it rests on |
    | --- | --- | --- |
    \(rows)

    Of complex types, abs(x) being the magnitude of a complex number:

    | Operator | Complex types | What it rests on |
    | --- | --- | --- |
    \(complexRows)

    ## What is judged by its definition

    Factors are not unique, and an error of a Fourier transform belongs to a whole slice. Of these the residuals
    of the definition are held against a bound, for each matrix or slice; eps is the distance from 1 to the next
    number of the type, u half of it, n the greater extent, norms are Frobenius's.

    | Operator | What is asked |
    | --- | --- |
    \(judgedRows)

    ## How a result is compared

    - **n ulp**: the numbers of the type that lie between the two results are counted. float64: n + 1, the
      reference's own error being granted too. float16 and bfloat16: 1, because they are computed in float32 or
      wider and rounded once [BP-3.5], so that the two results are neighbours at worst.
    - **bounded**: the error that each element may have is computed from the operands of the case. One ulp of
      the result comes on top, for the last rounding of either side (not for FLOOR_DIVIDE, nor for SCATTER
      where it only moves values). An infinity counts as one step beyond the greatest number.
    - **Complex numbers**: the error is the distance from the expected number, so that a part which is small
      beside its like may have lost digits of its own. Where the expected number is not finite, an operand or an
      intermediate result was not, and the result is open [BP-6.3]. What is exact is so in each part.
    - A subnormal bfloat16 of an exact operator may be one ulp off: through float32 it is rounded twice.

    ## Where the numbers come from

    - **Elementary functions**: OpenCL C specification, "Relative Error as ULPs", table of the full profile
      (that of float64 has the same entries). What this header wants correctly rounded (SQRT, RECIPROCAL, DIV)
      is exact instead.
    - **SIGMOID** and **SILU** are not in OpenCL. Of 1/(1 + exp(-x)): exp's 3 ulp are up to 6 units of rounding
      (an ulp is between one and two units), the sum and the quotient one each: 8 units, each at most one ulp of
      the result. SILU multiplies by x: one more. Nor are ERFINV, LGAMMA and DIGAMMA: ERFINV has what OpenCL has for
      ERF, and LGAMMA from -2 on the 6 ulp of CUDA's documentation. A complex function has 16 ulp, the most that OpenCL
      has for any.
    - **Sums and products**: N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd edition, chapters 3
      and 4: |error| ≤ u × (roundings on the longest way) × (sum of the magnitudes of the terms). u is the unit
      of rounding of the type computed in: 2^-24 for float32 and the types of 16 bits, 2^-52 for float64 (2^-53
      for the plugin and as much for the reference). The last factor is the conditioning: where terms cancel,
      the result is small and its error is not.
    - **The length of a sum**: n terms are n roundings. float32 sums are asked to be pairwise or wider, so
      that of them there are at most 16 + log2 n: a plain sum of up to 16 terms in each of several lanes at the
      bottom, a tree above. float16 and bfloat16 are summed in float32, plainly if a plugin likes.
    - **Factorizations**: the residuals and the threshold of 30 are those of LAPACK's own tests (LAPACK Working
      Note 41). **FFT**: Higham, chapter 24, with room for mixed radices and convolutions.
    - **Fuzz cases** (T4) leave values out of account where the header does: floats outside int64 that
      become integers, and bounded operators whose operands might overflow or become subnormal on the way, since
      bounds of first order say nothing there.

    """

  private static var rows: String {
    var rows: [String] = []
    for entry in OperatorCatalogue.all {
      guard let rule = Accuracy.ofReal(entry) else { continue }
      rows.append("| \(entry.name) | \(rule.words) | \(entry.basis ?? basis[entry.name] ?? rule.basis) |")
    }
    return rows.joined(separator: "\n")
  }

  private static var complexRows: String {
    OperatorCatalogue.all.compactMap { entry in
      guard let rule = Accuracy.ofComplex(entry) else { return nil }
      let basis = complexBasis[entry.name] ?? "32 × u × abs(result)"
      return "| \(entry.name) | \(rule.words) | \(basis) |"
    }.joined(separator: "\n")
  }

  private static var judgedRows: String {
    OperatorCatalogue.all.compactMap { entry in
      Accuracy.judges[entry.name].map { _ in "| \(entry.name) | \(judgedBasis[entry.name] ?? "") |" }
    }.joined(separator: "\n")
  }

  private static let judgedBasis: [String: String] = [
    "CHOLESKY": "norm(A - L L^H) ≤ 30 n eps norm(A); the same info; zeros above a positive diagonal",
    "LU": "norm(A - P L U) ≤ 30 n eps norm(A); the same info; pivots within range, no multiplier above √2",
    "SOLVE_TRIANGULAR": "norm(A X - B) ≤ 30 n eps norm(A) norm(X)",
    "QR":
      "norm(A - Q R) ≤ 30 n eps norm(A); norm(I - Q^H Q) ≤ 30 n eps; zeros below R's diagonal, LAPACK's signs on it",
    "EIGH": "norm(A V - V W) and the eigenvalues' error ≤ 30 n eps norm(A); norm(I - V^H V) ≤ 30 n eps; ascending",
    "EIG": "norm(A V - V W) and the error of the eigenvalues' sum ≤ 30 n eps norm(A); lengths within 30 n eps of 1; "
      + "conjugates of real matrices adjacent",
    "SVD": "norm(A - U S V^H) and the singular values' error ≤ 30 n eps norm(A); norm(I - U^H U) and norm(I - V^H V) "
      + "≤ 30 n eps; descending",
    "FFT": "of each slice norm(error) ≤ 30 (1 + log2 n) u norm(result), in complex128 2 n u more for the reference",
    "RNN": recurrentSteps, "LSTM": recurrentSteps, "GRU": recurrentSteps,
  ]

  private static let recurrent =
    "the roundings of each step, of its products one for each term, carried by absolute values through the steps that "
    + "follow (Conditioning+Recurrence.swift)"
  private static let recurrentSteps =
    "of each step, from what the device wrote for the one before, ≤ the roundings of the products, (I + H + 3) u times "
    + "their magnitudes, carried through the gates, whose own error is that of SIGMOID and TANH, and one ulp; the last "
    + "states are what the last step wrote"

  private static let complexBasis: [String: String] = [
    "MUL": "8 × u × abs(result)",
    "DIV": "8 × u × abs(result)",
    "POW": "(32 + 16 abs(b) (abs(log abs(a)) + pi)) × u × abs(result)",
    "EXP2": "(32 + 2 abs(x)) × u × abs(result)",
    "SUM": "as of float types",
    "MEAN": "as of float types",
    "PROD": "3 n × u × abs(result): a product is off by 2√2 u",
    "MATMUL": "(k + 2) × u × sum over k of abs(a) abs(b)",
    "SCATTER": "as of float types; MUL: 3 c × u × abs(result)",
  ]

  /// What each bound is made of: u is the unit of rounding, n the number of terms.
  private static let basis: [String: String] = [
    "FLOOR_DIVIDE": "exact while the type holds every integer; beyond 1/u one ulp of the result",
    "SUM": "depth × u × sum of abs(x), with depth n, for float32 min(n, 16 + log2 n)",
    "MEAN": "SUM's / n, and u × sum of abs(x) / n for the division",
    "PROD": "n × u × abs(result)",
    "MATMUL": "k × u × sum over k of abs(a) abs(b)",
    "SCATTER":
      "ADD: c × u × (abs(initial) + sum of abs(source)); MUL: c × u × abs(result), with c sources on the "
      + "element; SET, MAX, MIN: exact",
    "SOFTMAX": "abs(y) × u × ((max - x) + 6 + S + 1), with S the sum's relative error: the mean of (max - x) "
      + "weighted by exp(x - max), + 6 for exp + n",
    "LOG_SOFTMAX": "u × ((max - x) + S + 6 abs(log sum) + (max - x) + abs(log sum) + 1), S as in SOFTMAX",
    "SOFTMAX_BACKWARD": "(n + 3) × u × abs(y) (abs(g) + sum of abs(g y))",
    "LOG_SOFTMAX_BACKWARD": "(n + 8) × u × (abs(g) + exp(y) sum of abs(g))",
    "ADAM_STEP":
      "the roundings of each line of the header's formula, carried through to m, v and p (Conditioning.adamStep)",
    "SGD_STEP": "likewise, to b and p (Conditioning.sgdStep)",
    "GELU_BACKWARD":
      "abs(g) × (the error of PHI as of GELU, and u × (abs(x) phi(x) (x² + 9) + 2 (PHI + abs(x) phi(x))))",
    "GELU_TANH_BACKWARD":
      "abs(g) × the roundings of (1 + T)/2 + x/2 (1 - T²) t', carried through (Conditioning.geluTanhBackward)",
    "SILU_BACKWARD": "abs(g) × the roundings of s (1 + x (1 - s)), carried through, with 8 ulp of s",
    "SIGMOID_BACKWARD": "3 × u × abs(result)",
    "TANH_BACKWARD": "abs(g) × u × (y² + 2 (1 - y²))",
    "MAX_POOL_BACKWARD": "c × u × sum of abs(g), with c windows whose index it is",
    "AVERAGE_POOL": "(depth + 1) × u × sum of abs(x) / divisor, depth as of SUM",
    "AVERAGE_POOL_BACKWARD": "(c + 1) × u × sum of abs(g / divisor), with c windows that hold the element",
    "CONVOLUTION": "k × u × sum of the magnitudes of the k terms that meet in the element, the bias being one",
    "CONVOLUTION_INPUT": "likewise",
    "CONVOLUTION_WEIGHT": "likewise",
    "ATTENTION":
      "sum over the keys of share × abs(v) × (r + R + (2 S + 4) u + the rounding of a share to q's type), with "
      + "r = (E + 4) u × scale × sum of abs(q k) and what the exponential loses, R the mean of r weighted by the shares + "
      + "(2 S + 12) u (Conditioning.attention)",
    "ATTENTION_BACKWARD": "likewise, through the gradients of shares and scores (Conditioning.attentionBackward)",
    "NORMALIZE":
      "the mean as MEAN; its error and the roundings of each line of the header's formula, carried through to "
      + "scale and y (Conditioning.normalize)",
    "NORMALIZE_BACKWARD": "(depth + 9) × u × scale (abs(h) + M(abs(h)) + abs(z) M(abs(h z))); of the sums "
      + "(depth + 3) × u × sum of abs(g z), of abs(g)",
    "NORMALIZE_FROZEN": "10 × u × ((abs(x) + abs(mean)) abs(weight) / sqrt(variance + eps) + abs(bias))",
    "CROSS_ENTROPY": "L as LOG_SOFTMAX's logarithm; its error, 4 u of a difference and C + 5 u of their sum, weighted "
      + "(Conditioning.crossEntropy)",
    "CROSS_ENTROPY_BACKWARD": "abs(g) × the weights × P u (abs(x - L) + 6), and 6 u of each term, C u of W "
      + "(Conditioning.crossEntropyBackward)",
    "RMSPROP_STEP": "likewise, to v, a, b and p (Conditioning.rmspropStep)",
    "ADAGRAD_STEP": "likewise, to s and p (Conditioning.adagradStep)",
    "SUM_OF_SQUARES": "(depth + 1) × u × sum of x², depth as in SUM",
    "LINEAR":
      "(k + 1) × u × (abs(bias) + sum over k of abs(x) abs(w)), carried through the function's slope, and its own: "
      + "8 u of SIGMOID, 9 of SILU, 10 of TANH, relative to them; GELU 20 u abs(x), with tanh 11 (Conditioning.linear)",
    "RNN_BACKWARD": recurrent, "LSTM_BACKWARD": recurrent, "GRU_BACKWARD": recurrent,
  ]
}

extension Accuracy {
  fileprivate var words: String {
    switch self {
    case .bits: "the same bits"
    case .exact: "exact"
    case .exactUpToZeroSign: "exact, of 0 and -0 either"
    case .ulps(let ulps): "\(Int(ulps)) ulp"
    case .bounded: "bounded"
    case .judged: "by its definition"
    }
  }

  fileprivate var basis: String {
    switch self {
    case .ulps: "OpenCL C, full profile"
    case .exactUpToZeroSign: "the header leaves the sign of zero open"
    default: ""
    }
  }
}
