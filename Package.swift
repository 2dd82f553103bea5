// swift-tools-version: 6.2
import PackageDescription

/// Swift 6, every warning an error: for all Swift targets alike.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

/// A plugin is a shared library that exports one symbol.
let exportsOneSymbol: [LinkerSetting] = [
  .unsafeFlags(["-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/exports.map"])
]

/// Tests are compiled once and run once: to optimize them takes longer than they gain.
let tested = strict + [.unsafeFlags(["-Onone"])]

/// The CPU kernels are one source compiled once per instruction-set level, always optimized:
/// a debug build of them would be a hundred times slower.
func kernels(_ module: String, folder: String, flags: [String]) -> Target {
  .target(
    name: module,
    dependencies: ["BackendAPI", "CPUKernelTypes", "CPULanes"],
    path: "Plugins/CPUBackend/\(folder)",
    swiftSettings: strict + [.unsafeFlags(["-Ounchecked", "-wmo", "-num-threads", "2"] + flags)])
}

let package = Package(
  name: "Backplane",
  products: [
    // With the devices cpu and reference, linked into the program: a package that depends on it needs nothing else.
    .library(name: "Backplane", targets: ["Backplane", "BuiltinDevices"]),
    .library(name: "backplane-cpu", type: .dynamic, targets: ["CPULibrary"]),
    .library(name: "backplane-cuda", type: .dynamic, targets: ["CUDABackend"]),
    .library(name: "backplane-reference", type: .dynamic, targets: ["ReferenceLibrary"]),
    .executable(name: "backplane", targets: ["CLI"]),
    .executable(name: "conformance", targets: ["conformance"]),
    .executable(name: "digits", targets: ["Digits"]),
    .executable(name: "networks", targets: ["Networks"]),
    .executable(name: "benchmarks", targets: ["Benchmarks"]),
  ],
  targets: [
    // What all others stand on, the ABI, what loads plugins, and the frontend.
    .target(name: "Text", path: "Sources/Text", swiftSettings: strict),
    .target(name: "BackendAPI", path: "Sources/BackendAPI"),
    .target(name: "DLPackABI", path: "Sources/DLPack"),
    .target(name: "ZlibABI", path: "Sources/Zlib"),
    .target(
      name: "PluginHost", dependencies: ["BackendAPI", "LinkedPlugins", "Text"], path: "Sources/PluginHost",
      swiftSettings: strict),
    .target(
      name: "Backplane", dependencies: ["BackendAPI", "DLPackABI", "PluginHost", "Text", "ZlibABI"],
      path: "Sources/Frontend",
      swiftSettings: strict),

    // Plugins. They know the ABI and nothing of the frontend.
    .target(
      name: "ReferenceBackend", dependencies: ["BackendAPI"], path: "Plugins/ReferenceBackend",
      exclude: ["Library", "README.md"], swiftSettings: strict),
    .target(
      name: "ReferenceLibrary", dependencies: ["BackendAPI", "ReferenceBackend"],
      path: "Plugins/ReferenceBackend/Library", swiftSettings: strict, linkerSettings: exportsOneSymbol),
    .target(
      name: "CPUBackend",
      dependencies: [
        "BackendAPI", "CPUKernelTypes", "CPUKernelsV1", "CPUKernelsV3", "CPUKernelsV4", "CPULanes",
        "CPUNetworkKernelsV1", "CPUNetworkKernelsV3", "CPUNetworkKernelsV4",
      ],
      path: "Plugins/CPUBackend/Plugin", swiftSettings: strict),
    .target(
      name: "CPULibrary", dependencies: ["BackendAPI", "CPUBackend"], path: "Plugins/CPUBackend/Library",
      swiftSettings: strict, linkerSettings: exportsOneSymbol),
    .target(
      name: "CPUKernelTypes", dependencies: ["BackendAPI"], path: "Plugins/CPUBackend/KernelTypes",
      swiftSettings: strict),
    kernels("CPUKernelsV1", folder: "Kernels", flags: []),
    kernels("CPUKernelsV3", folder: "KernelsV3", flags: ["-Xcc", "-march=x86-64-v3"]),
    kernels("CPUKernelsV4", folder: "KernelsV4", flags: ["-Xcc", "-march=x86-64-v4"]),
    kernels("CPUNetworkKernelsV1", folder: "NetworkKernels", flags: []),
    kernels("CPUNetworkKernelsV3", folder: "NetworkKernelsV3", flags: ["-Xcc", "-march=x86-64-v3"]),
    kernels("CPUNetworkKernelsV4", folder: "NetworkKernelsV4", flags: ["-Xcc", "-march=x86-64-v4"]),
    .systemLibrary(name: "CPULanes", path: "Plugins/CPUBackend/Lanes"),

    .target(
      name: "CUDABackend", dependencies: ["BackendAPI", "CUDATypes", "CUDAKernelSources"],
      path: "Plugins/CUDABackend/Plugin", swiftSettings: strict, linkerSettings: exportsOneSymbol),
    .systemLibrary(name: "CUDATypes", path: "Plugins/CUDABackend/CUDATypes"),
    .target(name: "CUDAKernelSources", path: "Plugins/CUDABackend/KernelSources"),

    // Plugins as parts of a program.
    .target(name: "LinkedPlugins", dependencies: ["BackendAPI"], path: "Sources/LinkedPlugins"),
    .target(
      name: "BuiltinDevices", dependencies: ["CPUBackend", "LinkedPlugins", "ReferenceBackend"],
      path: "Plugins/BuiltinDevices"),

    // Programs.
    .executableTarget(
      name: "CLI",
      dependencies: ["Backplane", "ConformanceSuite", "ELF", "Isolation", "PluginHost", "PluginTemplates", "Text"],
      path: "Sources/CLI", exclude: ["Templates"], swiftSettings: strict),
    .target(name: "ELF", path: "Sources/ELF", swiftSettings: strict),
    .target(
      name: "PluginTemplates", path: "Sources/CLI/Templates",
      exclude: ["c", "c++", "common", "rust", "swift"]),
    .target(
      name: "ConformanceSuite", dependencies: ["BackendAPI", "Isolation", "PluginHost", "Text"],
      path: "conformance/Suite",
      swiftSettings: strict),
    .target(name: "Isolation", path: "conformance/Isolation", swiftSettings: strict),
    .target(
      name: "CaseReplay", dependencies: ["Backplane", "ConformanceSuite", "Isolation", "Text"],
      path: "conformance/Replay",
      swiftSettings: strict),
    .executableTarget(
      name: "conformance", dependencies: ["ConformanceSuite", "CaseReplay", "Isolation", "PluginHost"],
      path: "conformance/Program",
      swiftSettings: strict),
    .executableTarget(
      name: "Digits", dependencies: ["Backplane", "BuiltinDevices"], path: "Examples/Digits",
      exclude: ["Data"], swiftSettings: strict),
    .executableTarget(
      name: "Networks", dependencies: ["Backplane", "BuiltinDevices"], path: "Examples/Networks", exclude: ["Text"],
      swiftSettings: strict),
    .executableTarget(
      name: "Benchmarks", dependencies: ["Backplane"], path: "Benchmarks",
      exclude: ["README.md", "compare.py", "comparison", "peers.py", "frameworks", "peak.c", "reasons.txt"],
      swiftSettings: strict),

    // What tests run in children; any amount by hand.
    .executableTarget(
      name: "fuzz", dependencies: ["Backplane", "CaseReplay", "ConformanceSuite", "ELF", "Isolation", "Text"],
      path: "Tests/Fuzz",
      swiftSettings: strict),

    // Tests find plugins and programs beside their own executable. Several targets, since each is compiled by one core.
    .target(
      name: "TestSupport", dependencies: ["Backplane"], path: "Tests/Support",
      exclude: ["Files/Fixtures", "Plugins/Fixtures"], swiftSettings: tested),
    .testTarget(
      name: "TensorTests", dependencies: ["Backplane", "DLPackABI", "TestSupport"], path: "Tests/TensorTests",
      exclude: ["Tensor/Fixtures"], swiftSettings: tested),
    .testTarget(
      name: "NetworkTests", dependencies: ["Backplane", "TestSupport"], path: "Tests/NetworkTests",
      exclude: ["NN/Goldens", "Optim/Fixtures", "Training/curves.py", "Vision/Models/Fixtures"], swiftSettings: tested),
    .testTarget(
      name: "PlatformTests", dependencies: ["Backplane", "BackendAPI", "TestSupport"], path: "Tests/PlatformTests",
      exclude: [
        "ABI/Frozen",
        "ABI/abi.txt",
        "PluginLayers/Fixtures",
        "Programs/Cases",
        "Programs/Fixtures",
      ],
      swiftSettings: tested),
    .testTarget(
      name: "ConformanceTests", dependencies: ["BackendAPI", "Backplane", "ConformanceSuite", "TestSupport", "Text"],
      path: "Tests/ConformanceTests", swiftSettings: tested),
  ]
)
