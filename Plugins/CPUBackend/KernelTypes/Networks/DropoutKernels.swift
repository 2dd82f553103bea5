import BackendAPI

/// The kernel of dropout at one instruction-set level.
public struct DropoutKernels {
  /// Elements `first ..< first + n` of a tensor in row-major order, `n` of them in a row of `a` and of `out`. One is
  /// dropped where 24 random bits are below `dropsBelow`, else multiplied with `factor`.
  public typealias Run =
    @convention(c) (
      _ type: Int32, _ first: Int, _ n: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int, _ a: UnsafeRawPointer,
      _ aStride: Int, _ dropsBelow: UInt32, _ factor: Double, _ seed: UInt64, _ offset: UInt64
    ) -> Void

  public var run: Run

  public init(run: @escaping Run) { self.run = run }
}
