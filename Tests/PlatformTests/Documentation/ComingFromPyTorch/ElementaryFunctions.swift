import Backplane
import Testing

extension ComingFromPyTorchTests {
  @Test func elementaryFunctions() throws {
    let table = try SpellingTable("Elementary and special functions")
    let x = Tensor([0.25, 0.5, 0.75])
    let y = Tensor([1.5, 2, 2.5])
    let z = Tensor([ComplexFloat(1, 2), ComplexFloat(3, -4)])
    table.row("tensor([0.2474, 0.4794, 0.6816])") { x.sin() }
    table.row("tensor([0.9689, 0.8776, 0.7317])") { x.cos() }
    table.row("tensor([0.2553, 0.5463, 0.9316])") { x.tan() }
    table.row("tensor([0.2527, 0.5236, 0.8481])") { x.asin() }
    table.row("tensor([1.3181, 1.0472, 0.7227])") { x.acos() }
    table.row("tensor([0.2450, 0.4636, 0.6435])") { x.atan() }
    table.row("tensor([0.1651, 0.2450, 0.2915])") { x.atan2(y) }
    table.row("tensor([0.2526, 0.5211, 0.8223])") { x.sinh() }
    table.row("tensor([1.0314, 1.1276, 1.2947])") { x.cosh() }
    table.row("tensor([0.2449, 0.4621, 0.6351])") { x.tanh() }
    table.row("tensor([0.2475, 0.4812, 0.6931])") { x.asinh() }
    table.row("tensor([0.9624, 1.3170, 1.5668])") { y.acosh() }
    table.row("tensor([0.2554, 0.5493, 0.9730])") { x.atanh() }
    table.row("tensor([1.5207, 2.0616, 2.6101])") { x.hypot(y) }
    table.row("tensor([0.0262, 0.0349, 0.0436])") { y.deg2rad() }
    table.row("tensor([ 85.9437, 114.5916, 143.2395])") { y.rad2deg() }
    table.row("tensor([0.2763, 0.5205, 0.7112])") { x.erf() }
    table.row("tensor([0.7237, 0.4795, 0.2888])") { x.erfc() }
    table.row("tensor([0.2253, 0.4769, 0.8134])") { x.erfinv() }
    table.row("tensor([1.2880, 0.5724, 0.2033])") { x.lgamma() }
    table.row("tensor([-4.2275, -1.9635, -1.0859])") { x.digamma() }
    table.row("tensor([0.9348, 0.6449, 0.4904])") { y.polygamma(1) }
    table.row("tensor([0.5622, 0.6225, 0.6792])") { x.sigmoid() }
    table.row("tensor([-1.0986,  0.0000,  1.0986])") { x.logit() }
    table.row("tensor([0.9003, 0.6366, 0.3001])") { x.sinc() }
    table.row("tensor([1.0157, 1.0635, 1.1456])") { x.i0() }
    table.row("tensor([-0.6745,  0.0000,  0.6745])") { Special.ndtri(x) }
    table.row("tensor([0.1014, 0.3466, 0.6872])") { x.xlogy(y) }
    table.row("tensor([1.7519, 2.2014, 2.6602])") { x.logaddexp(y) }
    table.row("tensor([-0.2500, -0.5000, -0.7500])") { x.copysign(-y) }
    table.row("tensor([0.2543, 0.3265, 0.4192])") { x.softmax(0) }
    table.row("tensor([-1.3693, -1.1193, -0.8693])") { x.logSoftmax(0) }
    table.row("tensor([0., 0., 0.])") { (x - y).relu() }
    table.row("tensor([1., 3.])") { z.real }
    table.row("tensor([ 2., -4.])") { z.imag }
    table.row("tensor([1.-2.j, 3.+4.j])") { z.conj() }
    table.row("tensor([ 1.1071, -0.9273])") { z.angle() }
    table.row("tensor([2.2361, 5.0000])") { z.abs() }
    table.row("tensor([0.2500+1.5000j, 0.5000+2.0000j, 0.7500+2.5000j])") { complex(x, y) }
    table.row("tensor([1.4534+0.3711j, 1.7552+0.9589j, 1.8292+1.7041j])") { polar(y, x) }
    table.row("tensor([[ 1.,  2.],\n        [ 3., -4.]])") { z.viewAsReal() }
    table.row("tensor([-3.+4.j, -7.-24.j])") { z * z }
    table.row("tensor([ -1.1312+2.4717j, -13.1288+15.2008j])") { z.exp() }
    table.row("tensor([0.9844, 0.9385, 0.8642])") { Special.besselJ0(x) }
    table.matchesTheArticle()
  }
}
