import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func dataTypes() throws {
    let table = try SpellingTable("Data types")
    let x = Tensor([-1.7, 300.0, 0.0])
    let n = Tensor([300, -1])
    table.row("float32") { x.dtype }
    table.row("tensor([ -1.7000, 300.0000,   0.0000], dtype=float64)") { x.to(.float64) }
    table.row("true") { x.to(.float32) === x }
    table.row("tensor([ -1.7000, 300.0000,   0.0000], dtype=float64)") { x.double() }
    table.row("tensor([300.,  -1.])") { n.float() }
    table.row("tensor([65504.,    inf], dtype=float16)") { Tensor([65519.0, 65520]).half() }
    table.row("tensor([65536.,    inf], dtype=bfloat16)") { Tensor([65504, 3.4e38]).bfloat16() }
    table.row("tensor([ -1, 300,   0], dtype=int32)") { x.int() }
    table.row("tensor([ -1, 300,   0])") { x.long() }
    table.row("tensor([300,  -1], dtype=int16)") { n.short() }
    table.row("tensor([44, -1], dtype=int8)") { n.to(.int8) }
    table.row("tensor([ 44, 255], dtype=uint8)") { n.byte() }
    table.row("tensor([ True,  True, False])") { x.bool() }
    table.row("tensor([300.+0.j,  -1.+0.j])") { n.to(.complex64) }
    table.row("tensor([300.+0.j,  -1.+0.j], dtype=complex128)") { n.to(.complex128) }
    table.row("tensor([300.,  -1.])") { n.typeAs(x) }
    table.row("65504.0") { finfo(.float16).max }
    table.row("1.1920928955078125e-07") { finfo(.float32).eps }
    table.row("2.2250738585072014e-308") { finfo(.float64).tiny }
    table.row("-3.3895313892515355e+38") { finfo(.bfloat16).min }
    table.row("2147483647") { iinfo(.int32).max }
    table.row("-128") { iinfo(.int8).min }
    table.row("float32") { (n + 1.5).dtype }
    table.row("float32") { (n / n).dtype }
    table.row("float32") { (x + Tensor(1.0, dtype: .float64)).dtype }
    table.row("int64") { n.int().sum().dtype }
    table.row("int64") { (x .> 0).sum().dtype }
    table.row("float16") { promoteTypes(.int64, .float16) }
    table.row("float32") { resultType(n, 1.5) }
    table.row("false") { canCast(.float32, .int64) }
    table.row("true") { x.isFloatingPoint }
    table.row("false") { x.isComplex }
    table.matchesTheArticle()
  }
}
