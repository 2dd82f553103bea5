import BackendAPI

extension OperatorCatalogue {
  /// Section 6.26 of the header.
  static let recurrence: [OperatorEntry] = []
}
