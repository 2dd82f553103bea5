extension Golden {
  static let functions: [Golden] = []
  static let values: [Golden] = []
}
