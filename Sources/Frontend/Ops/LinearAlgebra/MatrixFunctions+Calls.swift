// Powers and exponentials of matrices by name.

extension OperatorRegistry {
  mutating func addMatrixFunctions() {
    for name in ["linalg.matrix_power", "matrix_power"] {
      add("\(name)(Tensor A, int n)") { try Ops.matrixPower($0.tensor("A"), $0.int("n")) }
    }
    for name in ["linalg.matrix_exp", "matrix_exp"] { add("\(name)(Tensor A)") { try Ops.matrixExp($0.tensor("A")) } }
  }
}
