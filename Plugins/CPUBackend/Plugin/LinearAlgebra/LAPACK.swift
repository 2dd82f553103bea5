import BackendAPI
import Glibc

/// LAPACK's functions for one number type, from OpenBLAS.
///
/// Matrices are column-major. Numbers are passed by address and the lengths of strings behind all else, as Fortran has
/// it. One struct serves the four types: what the complex functions take beyond the real ones stands in functions of
/// their own.
struct LAPACK: Sendable {
  typealias Letter = UnsafePointer<CChar>
  typealias Number = UnsafePointer<Int32>
  typealias Data = UnsafeMutableRawPointer

  let potrf: @convention(c) (Letter, Number, Data, Number, Data, Int) -> Void
  let getrf: @convention(c) (Number, Number, Data, Number, Data, Data) -> Void
  let trsm:
    @convention(c) (
      Letter, Letter, Letter, Letter, Number, Number, Data, Data, Number, Data, Number, Int, Int, Int, Int
    ) -> Void
  let geqrf: @convention(c) (Number, Number, Data, Number, Data, Data, Number, Data) -> Void
  /// `orgqr`, or for complex numbers `ungqr`.
  let orgqr: @convention(c) (Number, Number, Number, Data, Number, Data, Data, Number, Data) -> Void

  typealias SYEVD =
    @convention(c) (
      Letter, Letter, Number, Data, Number, Data, Data, Number, Data, Number, Data, Int, Int
    ) -> Void
  typealias HEEVD =
    @convention(c) (
      Letter, Letter, Number, Data, Number, Data, Data, Number, Data, Number, Data, Number, Data, Int, Int
    ) -> Void
  typealias RealGEEV =
    @convention(c) (
      Letter, Letter, Number, Data, Number, Data, Data, Data, Number, Data, Number, Data, Number, Data, Int, Int
    ) -> Void
  typealias ComplexGEEV =
    @convention(c) (
      Letter, Letter, Number, Data, Number, Data, Data, Number, Data, Number, Data, Number, Data, Data, Int, Int
    ) -> Void
  typealias RealGESDD =
    @convention(c) (
      Letter, Number, Number, Data, Number, Data, Data, Number, Data, Number, Data, Number, Data, Data, Int
    ) -> Void
  typealias ComplexGESDD =
    @convention(c) (
      Letter, Number, Number, Data, Number, Data, Data, Number, Data, Number, Data, Number, Data, Data, Data, Int
    ) -> Void

  enum Functions: Sendable {
    case real(syevd: SYEVD, geev: RealGEEV, gesdd: RealGESDD)
    case complex(heevd: HEEVD, geev: ComplexGEEV, gesdd: ComplexGESDD)
  }

  /// Those whose arguments differ.
  let functions: Functions
  /// How many calls may run at once.
  let limit: Int

  private static let single = load("s", isComplex: false)
  private static let double = load("d", isComplex: false)
  private static let singleComplex = load("c", isComplex: true)
  private static let doubleComplex = load("z", isComplex: true)

  /// The functions for a type, or why they are not there.
  static func library(_ type: Int32) throws(Failure) -> LAPACK {
    switch type {
    case BP_FLOAT32: try single.get()
    case BP_FLOAT64: try double.get()
    case BP_COMPLEX64: try singleComplex.get()
    default: try doubleComplex.get()
    }
  }

  private static func load(_ prefix: String, isComplex: Bool) -> Result<LAPACK, Failure> {
    Result { () throws(Failure) in
      // Loads the library, and has it use one thread.
      let library = try OpenBLAS.library()
      func find(_ name: String) throws(Failure) -> UnsafeMutableRawPointer {
        try library.symbol("\(prefix)\(name)_")
      }
      let functions: Functions =
        try isComplex
        ? .complex(
          heevd: unsafeBitCast(find("heevd"), to: HEEVD.self), geev: unsafeBitCast(find("geev"), to: ComplexGEEV.self),
          gesdd: unsafeBitCast(find("gesdd"), to: ComplexGESDD.self))
        : .real(
          syevd: unsafeBitCast(find("syevd"), to: SYEVD.self), geev: unsafeBitCast(find("geev"), to: RealGEEV.self),
          gesdd: unsafeBitCast(find("gesdd"), to: RealGESDD.self))
      return LAPACK(
        potrf: unsafeBitCast(
          try find("potrf"), to: (@convention(c) (Letter, Number, Data, Number, Data, Int) -> Void).self),
        getrf: unsafeBitCast(
          try find("getrf"), to: (@convention(c) (Number, Number, Data, Number, Data, Data) -> Void).self),
        trsm: unsafeBitCast(
          try find("trsm"),
          to: (@convention(c) (
            Letter, Letter, Letter, Letter, Number, Number, Data, Data, Number, Data, Number, Int, Int, Int, Int
          ) -> Void).self),
        geqrf: unsafeBitCast(
          try find("geqrf"),
          to: (@convention(c) (Number, Number, Data, Number, Data, Data, Number, Data) -> Void).self),
        orgqr: unsafeBitCast(
          try find(isComplex ? "ungqr" : "orgqr"),
          to: (@convention(c) (Number, Number, Number, Data, Number, Data, Data, Number, Data) -> Void).self),
        functions: functions, limit: library.limit)
    }
  }
}
