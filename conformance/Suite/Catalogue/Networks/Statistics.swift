import BackendAPI

extension OperatorCatalogue {
  /// Section 6.23 of the header.
  static let statistics: [OperatorEntry] = []
}
