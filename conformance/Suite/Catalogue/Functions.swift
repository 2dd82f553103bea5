import BackendAPI
import Glibc

extension OperatorCatalogue {
  /// Section 6.12 of the header.
  static let functions: [OperatorEntry] = [
    unary(
      "TAN", BP_OP_TAN, within: .ulps(5), complex: .periodic, ranges: { _ in [-10...10, -1e5...1e5, 1.5707...1.5708] }),
    unary("ASIN", BP_OP_ASIN, within: .ulps(4), complex: .branched, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary("ACOS", BP_OP_ACOS, within: .ulps(4), complex: .branched, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary("ATAN", BP_OP_ATAN, within: .ulps(5), complex: .branched, ranges: { _ in [-10...10, -1e-3...1e-3] }),
    unary(
      "SINH", BP_OP_SINH, within: .ulps(4), complex: .periodic,
      ranges: { [symmetricExponents($0), -1...1, -1e-3...1e-3] }),
    unary("COSH", BP_OP_COSH, within: .ulps(4), complex: .periodic, ranges: { [symmetricExponents($0), -1...1] }),
    unary(
      "ASINH", BP_OP_ASINH, within: .ulps(4), complex: .branched, ranges: { [-10...10, -1e-3...1e-3, positive($0)] }),
    unary("ACOSH", BP_OP_ACOSH, within: .ulps(4), complex: .branched, ranges: { [1...10, 1...1.001, positive($0)] }),
    unary(
      "ATANH", BP_OP_ATANH, within: .ulps(5), complex: .branched, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary(
      "EXP2", BP_OP_EXP2, within: .ulps(3), complex: .periodic, ranges: { [binaryExponents($0), -1...1, -1e-3...1e-3] }),
    unary("LOG2", BP_OP_LOG2, within: .ulps(3), complex: .branched, ranges: { [positive($0), 0...10, 0.9...1.1] }),
    unary("LOG10", BP_OP_LOG10, within: .ulps(3), complex: .branched, ranges: { [positive($0), 0...10, 0.9...1.1] }),
    unary("ERFC", BP_OP_ERFC, within: .ulps(16), ranges: { _ in [-6...6, -1e-2...1e-2, 2...28] }),
    unary(
      "ERFINV", BP_OP_ERFINV, within: .ulps(16), basis: "as ERF", ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary(
      "LGAMMA", BP_OP_LGAMMA, within: .bounded(Conditioning.logGamma),
      basis: "from -2 on 12 × u × abs(result), below 16 × u × the terms of the reflection formula: log pi + "
        + "abs(log abs(sin pi x)) + lgamma(1 - x)", ranges: { [-20...20, 0.9...2.1, -3...(-2), positive($0)] }),
    unary(
      "DIGAMMA", BP_OP_DIGAMMA, within: .bounded(Conditioning.digamma),
      basis: "8 × u × (abs(result) + 5), of negative x also + abs(pi/tan(pi x)) + log(1 - x)",
      ranges: { [-20...20, 1.4...1.5, -1e-3...1e-3, positive($0)] }),
  ]

  /// Up to where exp overflows.
  private static func symmetricExponents(_ dtype: DType) -> ClosedRange<Double> {
    let greatest = Glibc.log(dtype.format!.greatest) + 1
    return -greatest...greatest
  }

  /// Where exp2 goes from 0 through the subnormals to infinity.
  private static func binaryExponents(_ dtype: DType) -> ClosedRange<Double> {
    Glibc.log2(dtype.format!.leastSubnormal) - 1...Glibc.log2(dtype.format!.greatest) + 1
  }
}
