import BackendAPI

extension OperatorCatalogue {
  /// Section 6.22 of the header.
  static let pooling: [OperatorEntry] = []
}
