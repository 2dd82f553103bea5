/// Opens damaged files of every format.
enum FileFuzz {
  static func main(_ arguments: [String]) -> Int32 { 2 }
}
