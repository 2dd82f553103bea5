import CUDAKernelSources
import CUDATypes
import Glibc

/// The compiled kernels of one device: a module for a source file and a set of definitions, made by NVRTC when it is
/// first wanted, and kept on disk for the next process.
final class Modules: @unchecked Sendable {
  // Sendable: what changes is behind `lock`.

  private let nvrtc: cuda_nvrtc
  private let driver: cuda_driver
  private let capability: Int
  private let cache: ModuleCache
  private let lock = Lock()
  private var modules: [String: cu_module] = [:]
  private var functions: [String: cu_function] = [:]
  private var numbered: [Int: cu_function] = [:]

  init(nvrtc: cuda_nvrtc, driver: cuda_driver, capability: Int) {
    self.nvrtc = nvrtc
    self.driver = driver
    self.capability = capability
    var major: Int32 = 0
    var minor: Int32 = 0
    _ = nvrtc.nvrtcVersion(&major, &minor)
    cache = ModuleCache(compiler: "nvrtc \(major).\(minor) sm_\(capability)")
  }

  /// A kernel of a source file, compiled under definitions such as `DTYPE=9`.
  func function(_ kernel: String, of file: String, _ definitions: [String]) throws(Failure) -> cu_function {
    let key = ([file] + definitions + [kernel]).joined(separator: " ")
    return try lock.with { () throws(Failure) in
      if let found = functions[key] { return found }
      let module = try module(file, definitions)
      var function: cu_function?
      try driver.check(driver.cuModuleGetFunction(&function, module, kernel), "\(file) has no kernel \(kernel)")
      functions[key] = function
      return function!
    }
  }

  /// A kernel by a number of its own, which is made of its names where it is first wanted.
  func function(
    _ number: Int, _ names: () -> (kernel: String, file: String, definitions: [String])
  ) throws(Failure) -> cu_function {
    if let found = lock.with({ numbered[number] }) { return found }
    let names = names()
    let function = try function(names.kernel, of: names.file, names.definitions)
    lock.with { numbered[number] = function }
    return function
  }

  private func module(_ file: String, _ definitions: [String]) throws(Failure) -> cu_module {
    let key = ([file] + definitions).joined(separator: " ")
    if let found = modules[key] { return found }
    guard let text = Sources.text(file) else { throw Failure(1, "there is no source \(file)") }
    let module = try module(ofText: text, named: file, definitions)
    modules[key] = module
    return module
  }

  /// A module of a text, which has the name of a file; it is the caller's. Takes no lock: kernels that are there can be
  /// launched meanwhile.
  func module(ofText text: String, named file: String, _ definitions: [String] = []) throws(Failure) -> cu_module {
    let name = cache.name(file, text, definitions)
    var module: cu_module?
    if let image = cache.read(name), load(image, &module) == CU_OK, let module { return module }
    let image = try compile(text, file, definitions)
    try driver.check(load(image, &module), "loading \(([file] + definitions).joined(separator: " "))")
    cache.write(image, name)
    return module!
  }

  private func load(_ image: [UInt8], _ module: inout cu_module?) -> cu_result {
    image.withUnsafeBytes { driver.cuModuleLoadData(&module, $0.baseAddress) }
  }

  /// Without fused multiply-add where the source does not ask for it: the header says which results are rounded twice.
  private func compile(_ text: String, _ file: String, _ definitions: [String]) throws(Failure) -> [UInt8] {
    let options =
      ["--gpu-architecture=sm_\(capability)", "--std=c++17", "--fmad=false", "-default-device"]
      + definitions.map { "-D\($0)" }
    var program: nvrtc_program?
    let headers = Sources.headers.map(\.text), names = Sources.headers.map(\.name)
    var code = withStrings(headers) { headers in
      withStrings(names) { names in
        nvrtc.nvrtcCreateProgram(&program, text, file, Int32(Sources.headers.count), headers, names)
      }
    }
    defer { _ = nvrtc.nvrtcDestroyProgram(&program) }
    if code == 0 { code = withStrings(options) { nvrtc.nvrtcCompileProgram(program, Int32(options.count), $0) } }
    guard code == 0 else {
      throw .unavailable("NVRTC cannot compile \(file) \(definitions.joined(separator: " ")): \(log(program))")
    }
    var size = 0
    guard nvrtc.nvrtcGetCUBINSize(program, &size) == 0, size > 0 else {
      throw .unavailable("NVRTC gave no code for \(file) on sm_\(capability)")
    }
    var image = [CChar](repeating: 0, count: size)
    guard nvrtc.nvrtcGetCUBIN(program, &image) == 0 else {
      throw .unavailable("NVRTC gave no code for \(file) on sm_\(capability)")
    }
    return image.map { UInt8(bitPattern: $0) }
  }

  private func log(_ program: nvrtc_program?) -> String {
    var size = 0
    guard nvrtc.nvrtcGetProgramLogSize(program, &size) == 0, size > 1 else { return "no reason given" }
    var text = [CChar](repeating: 0, count: size)
    _ = nvrtc.nvrtcGetProgramLog(program, &text)
    return String(decoding: text.prefix { $0 != 0 }.prefix(900).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// The texts of the kernels.
enum Sources {
  struct Source: Sendable {
    let name: String
    let text: String
  }

  private static let all: [Source] = {
    var result: [Source] = []
    var source = cuda_sources()!
    while let name = source.pointee.name {
      result.append(Source(name: String(cString: name), text: String(cString: source.pointee.text)))
      source += 1
    }
    return result
  }()

  /// What the kernels include: their own headers, and as much of C's as the plugin header mentions. NVRTC brings memcpy.
  static let headers: [Source] =
    all.filter { !$0.name.hasSuffix(".cu") } + [
      Source(
        name: "stdint.h",
        text: """
          #pragma once
          typedef signed char int8_t; typedef unsigned char uint8_t; typedef short int16_t;
          typedef unsigned short uint16_t; typedef int int32_t; typedef unsigned int uint32_t;
          typedef long int64_t; typedef unsigned long uint64_t;
          """),
      Source(name: "stddef.h", text: "#pragma once\ntypedef unsigned long size_t;\n"),
      Source(name: "string.h", text: "#pragma once\n#include <stddef.h>\n"),
    ]

  static func text(_ name: String) -> String? { all.first { $0.name == name }?.text }

  /// Everything that a module is made of, for its name in the cache.
  static let everything = headers.map(\.text).joined()
}

/// Passes strings as C's arrays of them.
func withStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  let pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) } + [nil]
  return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
}
