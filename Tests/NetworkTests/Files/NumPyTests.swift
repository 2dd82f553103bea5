import Backplane
import DLPackABI
import Foundation
import TestSupport
import Testing

/// A Python with NumPy, found when the tests run: `BACKPLANE_PYTHON`, or else `python3`.
private struct Python {
  /// The interpreter as a shared library, and where it looks for modules.
  let library: String
  let path: String

  static let found: Python? = {
    let script = """
      import sys, os, sysconfig, numpy
      name = sysconfig.get_config_var("INSTSONAME") or ""
      place = os.path.join(sysconfig.get_config_var("LIBDIR") or "", name)
      print(place if os.path.exists(place) else name)
      print(repr(sys.path))
      """
    let python = ProcessInfo.processInfo.environment["BACKPLANE_PYTHON"] ?? "python3"
    let env = URL(fileURLWithPath: "/usr/bin/env")
    guard let run = try? Program(at: env, [python, "-c", script]), run.status == 0 else { return nil }
    let lines = run.output.split(separator: "\n").map(String.init)
    guard lines.count == 2, lines[0].contains(".so"), dlopen(lines[0], RTLD_NOW | RTLD_GLOBAL) != nil else {
      return nil
    }
    return Python(library: lines[0], path: lines[1])
  }()
}

@Suite struct NumPyTests {
  /// NumPy in this process works on a tensor's memory, and a tensor on NumPy's.
  @Test(.enabled(if: Python.found != nil, "needs Python with NumPy and its shared library: set BACKPLANE_PYTHON"))
  func memoryIsShared() throws {
    let python = try #require(Python.found)
    let handle = try #require(dlopen(python.library, RTLD_NOW | RTLD_GLOBAL))
    typealias Initialize = @convention(c) (Int32) -> Void
    typealias Run = @convention(c) (UnsafePointer<CChar>) -> Int32
    // 0: the signals remain the test's.
    unsafeBitCast(try #require(dlsym(handle, "Py_InitializeEx")), to: Initialize.self)(0)
    let run = unsafeBitCast(try #require(dlsym(handle, "PyRun_SimpleString")), to: Run.self)

    let x = Tensor([[1.0, 2, 3], [4, 5, 6]], device: "reference")
    let managed = try x.toDLPack()
    let address = UInt(bitPattern: managed.pointee.dl_tensor.data)
    let results = UnsafeMutablePointer<UInt>.allocate(capacity: 2)
    results.initialize(repeating: 0, count: 2)
    defer { results.deallocate() }
    let status = run(
      """
      import sys, ctypes
      sys.path = \(python.path)
      import numpy
      new, pointer, rename = (ctypes.pythonapi.PyCapsule_New, ctypes.pythonapi.PyCapsule_GetPointer,
                              ctypes.pythonapi.PyCapsule_SetName)
      new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
      pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
      rename.argtypes = [ctypes.py_object, ctypes.c_char_p]
      class Shared:
          def __dlpack__(self, **options): return new(\(UInt(bitPattern: managed)), b"dltensor", None)
          def __dlpack_device__(self): return (1, 0)
      ours = numpy.from_dlpack(Shared())
      results = (ctypes.c_size_t * 2).from_address(\(UInt(bitPattern: results)))
      results[0] = ours.__array_interface__["data"][0]
      # Older NumPy takes imported arrays for read-only.
      ctypes.cast(results[0], ctypes.POINTER(ctypes.c_float))[5] = ours.sum()
      theirs = numpy.arange(4, dtype=numpy.float64)
      capsule = theirs.__dlpack__()
      results[1] = pointer(capsule, b"dltensor")
      name = b"used_dltensor"
      rename(capsule, name)
      """)
    #expect(status == 0)
    #expect(results[0] == address)
    #expect(x.toArray(Int.self) == [1, 2, 3, 4, 5, 21])

    let source = try #require(UnsafeMutablePointer<DLManagedTensor>(bitPattern: results[1]))
    let theirs = try Tensor(dlpack: source, device: "reference")
    #expect(theirs.dtype == .float64 && theirs.toArray(Int.self) == [0, 1, 2, 3])
    theirs.fill_(9)
    #expect(run("assert (theirs == 9).all()\ndel ours, capsule") == 0)
  }
}
