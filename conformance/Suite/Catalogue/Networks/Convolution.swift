import BackendAPI

extension OperatorCatalogue {
  /// Section 6.21 of the header.
  static let convolution: [OperatorEntry] = []
}
