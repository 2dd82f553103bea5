import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func elementwiseOperators() throws {
    let table = try SpellingTable("Elementwise operators")
    let a = Tensor([7, -7, 8])
    let b = Tensor([2, 3, 5])
    let x = Tensor([0.25, 0.5, 0.75])
    let y = Tensor([-1.5, 0.5, 2.5])
    let m = Tensor([true, false, true])
    var v = Tensor([1.0, 2])
    table.row("tensor([ 9, -4, 13])") { a + b }
    table.row("tensor([ 6, -8,  7])") { a - 1 }
    table.row("tensor([ 14, -14,  16])") { 2 * a }
    table.row("tensor([ 3.5000, -2.3333,  1.6000])") { a / b }
    table.row("tensor([1, 2, 3])") { a % b }
    table.row("tensor([ 4,  9, 25])") { b ** 2 }
    table.row("tensor([-7,  7, -8])") { -a }
    table.row("tensor([2., 3.])", v) { v += 1 }
    table.row("tensor([0., 1.])", v) { v -= 2 }
    table.row("tensor([0., 4.])", v) { v *= 4 }
    table.row("tensor([0.0000, 0.5000])", v) { v /= 8 }
    table.row("tensor([1.0000, 1.5000])") { v.add_(1) }
    table.row("tensor([0.0000, 0.5000])") { v.sub_(1) }
    table.row("tensor([0., 1.])") { v.mul_(2) }
    table.row("tensor([0.0000, 0.2500])") { v.div_(4) }
    table.row("tensor([0.0000, 0.0625])") { v.pow_(2) }
    table.row("tensor([0., 0.])") { v.zero_() }
    table.row("tensor([3., 3.])") { v.fill_(3) }
    table.row("tensor([27, 23, 58])") { a.add(b, alpha: 10) }
    table.row("tensor([ 3, -3,  1])") { a.floorDivide(b) }
    table.row("tensor([ 3, -2,  1])") { a.div(b, roundingMode: .trunc) }
    table.row("tensor([1, 2, 3])") { a.remainder(b) }
    table.row("tensor([ 1, -1,  3])") { a.fmod(b) }
    table.row("tensor([False, False, False])") { a .== b }
    table.row("tensor([False,  True,  True])") { a .!= 7 }
    table.row("tensor([False,  True, False])") { a .< b }
    table.row("tensor([False,  True, False])") { a .<= b }
    table.row("tensor([ True, False,  True])") { a .> b }
    table.row("tensor([ True, False,  True])") { a .>= b }
    table.row("false") { a.equal(b) }
    table.row("true") { x.allclose(x + 1e-9) }
    table.row("tensor([True, True, True])") { x.isclose(x + 1e-9) }
    table.row("tensor([False, False, False])") { m.logicalAnd(~m) }
    table.row("tensor([True, True, True])") { m.logicalOr(~m) }
    table.row("tensor([False, False, False])") { m.logicalXor(m) }
    table.row("tensor([False, False, False])") { a.logicalNot() }
    table.row("tensor([2, 1, 0])") { a & b }
    table.row("tensor([ 7, -5, 13])") { a | b }
    table.row("tensor([ 5, -6, 13])") { a ^ b }
    table.row("tensor([-8,  6, -9])") { ~a }
    table.row("tensor([-8,  6, -9])") { a.bitwiseNot() }
    table.row("tensor([ 8, 12, 20])") { b << 2 }
    table.row("tensor([ 3, -4,  4])") { a >> 1 }
    table.row("tensor([0.2500, 0.5000, 0.7500])") { x.abs() }
    table.row("tensor([7, 7, 8])") { a.abs() }
    table.row("tensor([ 1.5000, -0.5000, -2.5000])") { y.neg() }
    table.row("tensor([-1.,  1.,  1.])") { y.sign() }
    table.row("tensor([2.2500, 0.2500, 6.2500])") { y.square() }
    table.row("tensor([4.0000, 2.0000, 1.3333])") { x.reciprocal() }
    table.row("tensor([0.5000, 0.7071, 0.8660])") { x.sqrt() }
    table.row("tensor([2.0000, 1.4142, 1.1547])") { x.rsqrt() }
    table.row("tensor([  8,  27, 125])") { b.pow(3) }
    table.row("tensor([1.2840, 1.6487, 2.1170])") { x.exp() }
    table.row("tensor([1.1892, 1.4142, 1.6818])") { x.exp2() }
    table.row("tensor([0.2840, 0.6487, 1.1170])") { x.expm1() }
    table.row("float32") { b.exp().dtype }
    table.row("tensor([-1.3863, -0.6931, -0.2877])") { x.log() }
    table.row("tensor([-2.0000, -1.0000, -0.4150])") { x.log2() }
    table.row("tensor([-0.6021, -0.3010, -0.1249])") { x.log10() }
    table.row("tensor([0.2231, 0.4055, 0.5596])") { x.log1p() }
    table.row("tensor([-1.0000,  0.5000,  1.0000])") { y.clamp(min: -1, max: 1) }
    table.row("tensor([0.0000, 0.5000, 2.5000])") { y.clamp(min: 0) }
    table.row("tensor([0.2500, 0.5000, 2.5000])") { x.maximum(y) }
    table.row("tensor([-1.5000,  0.5000,  0.7500])") { x.minimum(y) }
    table.row("tensor([0.2500, 0.5000, 2.5000])") { x.fmax(y) }
    table.row("tensor([-1.5000,  0.5000,  0.7500])") { x.fmin(y) }
    table.row("tensor([-2.,  0.,  2.])") { y.floor() }
    table.row("tensor([-1.,  1.,  3.])") { y.ceil() }
    table.row("tensor([-2.,  0.,  2.])") { y.round() }
    table.row("tensor([0.2000, 0.5000, 0.8000])") { x.round(decimals: 1) }
    table.row("tensor([-1.,  0.,  2.])") { y.trunc() }
    table.row("tensor([-0.5000,  0.5000,  0.5000])") { y.frac() }
    table.row("tensor([False, False, False])") { y.isnan() }
    table.row("tensor([False, False, False])") { y.isinf() }
    table.row("tensor([True, True, True])") { y.isfinite() }
    table.row("tensor([1., 0.])") { Tensor([1.0, .nan]).nanToNum() }
    table.row("tensor([-0.6250,  0.5000,  1.6250])") { x.lerp(y, 0.5) }
    table.row("tensor([ 4.7500,  1.0000, 13.2500])") { x.addcmul(y, y, value: 2) }
    table.row("tensor([-11.7500,   2.5000,   7.4167])") { x.addcdiv(y, x, value: 2) }
    table.row("tensor([0.2500, 0.5000, 0.7500])") { `where`(m, x, y) }
    table.row("tensor([0.2500, 0.5000, 0.7500])") { x.where(m, y) }
    table.row("tensor([0.0000, 0.5000, 0.0000])") { y.maskedFill(m, 0) }
    table.row("tensor([1, 1, 1])") { a.gcd(a + b) }
    table.row("tensor([14, 21, 40])") { a.lcm(b) }
    table.row("tensor([ 1.,  4., 24.])") { x.ldexp(b) }
    table.row("(tensor([-0.7500,  0.5000,  0.6250]), tensor([1, 0, 2], dtype=int32))") { y.frexp() }
    table.row("tensor([False, False,  True])") { x.nextafter(y) .> x }
    table.matchesTheArticle()
  }
}
