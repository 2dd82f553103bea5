import BackendAPI

extension OperatorCatalogue {
  /// Section 6.24 of the header.
  static let attention: [OperatorEntry] = []
}
