import CPUKernelTypes
public func fmaLoop(_ a: UnsafePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ n: Int) {
  var i = 0
  while i + 16 <= n {
    let x = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD16<Float>.self)
    var y = x
    y = x.addingProduct(x, y)
    y = y.squareRoot()
    UnsafeMutableRawPointer(b + i).storeBytes(of: y, as: SIMD16<Float>.self)
    i += 16
  }
}
