import BackendAPI

extension OperatorCatalogue {
  /// Section 6.17 of the header.
  static let onePassActivations: [OperatorEntry] = []
}
