import BackendAPI

extension OperatorCatalogue {
  /// Section 6.25 of the header.
  static let crossEntropy: [OperatorEntry] = []
}
