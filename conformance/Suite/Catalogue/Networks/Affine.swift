import BackendAPI

extension OperatorCatalogue {
  /// Section 6.20 of the header.
  static let affine: [OperatorEntry] = []
}
