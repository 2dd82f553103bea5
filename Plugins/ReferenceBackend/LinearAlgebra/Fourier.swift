import BackendAPI
import Glibc

/// Section 6.16 of the header: the transform by its definition.
let fourierOperators: [Operator] = [
  Operator(BP_OP_FFT, "FFT", .complex, inputs: [.common]) { call throws(Failure) in
    try call.requireEqualShapes()
    let params = try call.parameters(bp_fft_params())
    let (x, y) = (call.inputs[0], call.outputs[0])
    let axis = try call.checkedAxis(params.axis, rank: x.rank)
    if x.count == 0 { return }
    let n = x.shape[axis]
    // exp(∓2πi j/n) for each j: the product jk is taken modulo n, for large angles lose digits.
    let sign: Double = params.inverse != 0 ? 1 : -1
    let roots = (0..<n).map { rootOfUnity($0, n, sign) }
    let elements = x.elements(Complex.self)
    var result = elements
    let inner = x.shape[(axis + 1)...].reduce(1, *)
    for outer in 0..<(x.count / (n * inner)) {
      for i in 0..<inner {
        let first = outer * n * inner + i
        for k in 0..<n {
          var sum = Complex.zero
          for j in 0..<n { sum += elements[first + j * inner] * roots[j * k % n] }
          result[first + k * inner] = params.scale * sum
        }
      }
    }
    y.store(elements: result)
  }
]

/// exp(sign 2πi j/n), exact at the quarters of a turn.
private func rootOfUnity(_ j: Int, _ n: Int, _ sign: Double) -> Complex {
  // Of the eighth of a turn that the angle falls into, sine and cosine of what lies beyond the nearest quarter.
  let quarter = (8 * j + n) / (2 * n)
  let angle = 2 * Double.pi * Double(4 * j - quarter * n) / Double(4 * n)
  let (c, s) = (cos(angle), sin(angle))
  let root =
    switch quarter % 4 {
    case 0: Complex(c, s)
    case 1: Complex(-s, c)
    case 2: Complex(-c, -s)
    default: Complex(s, -c)
    }
  return Complex(root.real, sign * root.imaginary)
}
