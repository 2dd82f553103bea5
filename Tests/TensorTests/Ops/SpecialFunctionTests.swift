import Backplane
import TestSupport
import Testing

/// A function and its values at given points, computed by PyTorch in float64; those of the trigamma function, of which
/// PyTorch gives nine digits, by mpmath.
struct GoldenFunction: Sendable, CustomTestStringConvertible {
  let name: String
  let points: [Double]
  let values: [Double]
  let apply: @Sendable (Tensor) -> Tensor

  var testDescription: String { name }

  init(_ name: String, _ points: [Double], _ values: [Double], _ apply: @escaping @Sendable (Tensor) -> Tensor) {
    self.name = name
    self.points = points
    self.values = values
    self.apply = apply
  }

  private static let wide = [-2.5, -0.75, 0, 0.25, 1.5, 9]
  private static let unit = [-1.0, -0.9, -0.25, 0, 0.5, 0.999]
  private static let nan = Double.nan, inf = Double.infinity

  static let all: [GoldenFunction] = [
    .init(
      "tan", wide, [0.74702229723866, -0.931596459944072, 0, 0.255341921221036, 14.1014199471717, -0.45231565944181]
    ) { $0.tan() },
    .init(
      "atan", wide, [-1.19028994968253, -0.643501108793284, 0, 0.244978663126864, 0.982793723247329, 1.460139105621]
    ) { $0.atan() },
    .init(
      "sinh", wide, [-6.05020448103979, -0.82231673193583, 0, 0.252612316808168, 2.12927945509482, 4051.54190208279]
    ) { $0.sinh() },
    .init("cosh", wide, [6.13228947966369, 1.29468328467684, 1, 1.03141309987957, 2.35240961524325, 4051.54202549259]) {
      $0.cosh()
    },
    .init(
      "asinh", wide, [-1.6472311463711, -0.693147180559945, 0, 0.247466461547263, 1.19476321728711, 2.89344398588587]
    ) { $0.asinh() },
    .init("acosh", wide, [nan, nan, nan, nan, 0.962423650119207, 2.88727095035762]) { $0.acosh() },
    .init("exp2", wide, [0.176776695296637, 0.594603557501361, 1, 1.18920711500272, 2.82842712474619, 512]) {
      $0.exp2()
    },
    .init("log2", wide, [nan, nan, -inf, -2, 0.584962500721156, 3.16992500144231]) { $0.log2() },
    .init("log10", wide, [nan, nan, -inf, -0.602059991327962, 0.176091259055681, 0.954242509439325]) { $0.log10() },
    .init(
      "erfc", wide,
      [1.99959304798255, 1.71115563365352, 1, 0.723673609831763, 0.0338948535246893, 4.13703174651381e-37]
    ) { $0.erfc() },
    .init(
      "lgamma", wide,
      [-0.056243716497674, 1.57570459714986, inf, 1.28802252469808, -0.120782237635245, 10.6046029027453]
    ) { $0.lgamma() },
    .init(
      "digamma", wide,
      [1.10315664064524, -2.89412020004293, -inf, -4.22745353337627, 0.0364899739785762, 2.14064147795561]
    ) { $0.digamma() },
    .init(
      "erfcx", wide, [1035.81484297262, 3.00317166362745, 1, 0.770346547730997, 0.321585416454318, 0.0623077240377747]
    ) { Special.erfcx($0) },
    .init("ndtr", wide, [0.00620966532577616, 0.226627352376868, 0.5, 0.598706325682924, 0.933192798731142, 1]) {
      Special.ndtr($0)
    },
    .init(
      "logNdtr", wide,
      [
        -5.08164827727869, -1.48444822991966, -0.693147180559945, -0.51298407540943, -0.069143455612234,
        -1.12858840595383e-19,
      ]
    ) { Special.logNdtr($0) },
    .init("i0", wide, [3.28983914405012, 1.145646778044, 1, 1.01568614122361, 1.64672318977289, 1093.58835451137]) {
      $0.i0()
    },
    .init(
      "i0e", wide, [0.270046441612203, 0.541165219203495, 1, 0.791017162139719, 0.367433609054158, 0.134959524581723]
    ) { Special.i0e($0) },
    .init(
      "i1", wide, [-2.5167162452887, -0.401992461580922, 0, 0.125979108945468, 0.981666428577908, 1030.91472251696]
    ) { Special.i1($0) },
    .init(
      "i1e", wide,
      [-0.206584649531267, -0.189887793304855, 0, 0.0981126286973683, 0.219039387420926, 0.127224983935891]
    ) { Special.i1e($0) },
    .init("entr", wide, [-inf, -inf, 0, 0.346573590279973, -0.608197662162247, -19.775021196026]) { Special.entr($0) },
    .init("sinc", wide, [0.127323954473516, 0.300105438719035, 1, 0.900316316157106, -0.212206590789194, 0]) {
      $0.sinc()
    },
    .init(
      "asin", unit, [-1.5707963267949, -1.11976951499863, -0.252680255142079, 0, 0.523598775598299, 1.52607123962616]
    ) { $0.asin() },
    .init(
      "acos", unit,
      [3.14159265358979, 2.69056584179353, 1.82347658193698, 1.5707963267949, 1.0471975511966, 0.0447250871687334]
    ) { $0.acos() },
    .init("atanh", unit, [-inf, -1.47221948958322, -0.255412811882995, 0, 0.549306144334055, 3.8002011672502]) {
      $0.atanh()
    },
    .init("erfinv", unit, [-inf, -1.16308715367667, -0.225312055012178, 0, 0.47693627620447, 2.32675376551352]) {
      $0.erfinv()
    },
    .init("ndtri", unit, [nan, nan, nan, -inf, 0, 3.09023230616781]) { Special.ndtri($0) },
    .init("logit", unit, [nan, nan, nan, -inf, 0, 6.90675477864855]) { $0.logit() },
    .init("polygamma(1)", [0.25, 1.5, 9], [17.1973291545071, 0.934802200544679, 0.117512014694031]) { $0.polygamma(1) },
    .init("polygamma(2)", [0.25, 1.5, 9], [-129.327739937537, -0.82879664423432, -0.0137933191957678]) {
      $0.polygamma(2)
    },
  ]
}

@Suite struct SpecialFunctionTests {
  @Test(arguments: GoldenFunction.all, testDevices)
  func values(_ function: GoldenFunction, _ device: Device) {
    let double = function.apply(Tensor(function.points, dtype: .float64, device: device))
    #expect(double.dtype == .float64)
    #expect(areClose(double.toArray(), function.values, tolerance: 1e-11), "\(double)")
    let float = function.apply(Tensor(function.points, device: device))
    #expect(float.dtype == .float32)
    #expect(areClose(float.toArray(), function.values, tolerance: 3e-5), "\(float)")
  }

  @Test(arguments: GoldenFunction.all, oneOfEachKind)
  func gradients(_ function: GoldenFunction, _ device: Device) throws {
    // Away from the ends of the domains, where the slopes are infinite.
    for point in function.points where ![-1, 0, 0.999].contains(point) {
      let x = Tensor([point], dtype: .float64, device: device, requiresGrad: true)
      guard function.apply(x).item().isFinite else { continue }
      try gradcheck({ function.apply($0[0]) }, [x])
    }
  }

  @Test(arguments: testDevices) func emptyAndIntegers(_ device: Device) {
    for function in GoldenFunction.all {
      #expect(function.apply(Tensor.empty([0, 3], device: device)).shape == [0, 3])
      #expect(function.apply(Tensor([1, 2], device: device)).dtype == .float32)
      #expect(function.apply(Tensor(0.5, dtype: .bfloat16, device: device)).dtype == .bfloat16)
    }
  }

  @Test(arguments: testDevices) func errorsNameTheTrouble(_ device: Device) {
    let integers = Tensor([1, 2], device: device)
    #expect(errorMessage { integers.exp_() } == "result type Float can't be cast to the desired output type Long")
    #expect(errorMessage { integers.tan_() } == "result type Float can't be cast to the desired output type Long")
    #expect(errorMessage { _ = integers.polygamma(-1) } == "polygamma(n, x) does not support negative n.")
    #expect(errorMessage { _ = integers.hypot(integers) }.contains("not implemented for 'Long'"))
  }
}
