import BackendAPI
import Glibc

extension OperatorCatalogue {
  /// Section 6.12 of the header.
  static let functions: [OperatorEntry] = [
    unary("TAN", BP_OP_TAN, complex: .periodic, ranges: { _ in [-10...10, -1e5...1e5, 1.5707...1.5708] }),
    unary("ASIN", BP_OP_ASIN, complex: .branched, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary("ACOS", BP_OP_ACOS, complex: .branched, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary("ATAN", BP_OP_ATAN, complex: .branched, ranges: { _ in [-10...10, -1e-3...1e-3] }),
    unary("SINH", BP_OP_SINH, complex: .periodic, ranges: { [symmetricExponents($0), -1...1, -1e-3...1e-3] }),
    unary("COSH", BP_OP_COSH, complex: .periodic, ranges: { [symmetricExponents($0), -1...1] }),
    unary("ASINH", BP_OP_ASINH, complex: .branched, ranges: { [-10...10, -1e-3...1e-3, positive($0)] }),
    unary("ACOSH", BP_OP_ACOSH, complex: .branched, ranges: { [1...10, 1...1.001, positive($0)] }),
    unary("ATANH", BP_OP_ATANH, complex: .branched, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary("EXP2", BP_OP_EXP2, complex: .periodic, ranges: { [binaryExponents($0), -1...1, -1e-3...1e-3] }),
    unary("LOG2", BP_OP_LOG2, complex: .branched, ranges: { [positive($0), 0...10, 0.9...1.1] }),
    unary("LOG10", BP_OP_LOG10, complex: .branched, ranges: { [positive($0), 0...10, 0.9...1.1] }),
    unary("ERFC", BP_OP_ERFC, ranges: { _ in [-6...6, -1e-2...1e-2, 2...28] }),
    unary("ERFINV", BP_OP_ERFINV, ranges: { _ in [-1...1, 0.99...1, -1e-3...1e-3] }),
    unary("LGAMMA", BP_OP_LGAMMA, ranges: { [-20...20, 0.9...2.1, -3...(-2), positive($0)] }),
    unary("DIGAMMA", BP_OP_DIGAMMA, ranges: { [-20...20, 1.4...1.5, -1e-3...1e-3, positive($0)] }),
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
