/// Calls every operator by name with hostile arguments.
enum OperatorFuzz {
  static func main(_ arguments: [String]) -> Int32 { 2 }
}
