import Backplane
import Foundation
import Testing

/// Modules can be made by name, all but those that arguments cannot describe.
@Suite struct ModuleNameTests {
  @Test func everyModuleHasItsName() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../../Sources/Frontend/NN").standardizedFileURL
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var classes: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" && !file.path.contains("/Models/") {
      let declaration = #/(?m)^(?:public|open)(?: final)? class (\w+)(?:<\w+>)?: /#
      for match in try String(contentsOf: file, encoding: .utf8).matches(of: declaration) {
        classes.insert(String(match.1))
      }
    }
    let named = Set(moduleNames.map { String($0.dropFirst("nn.".count)) })
    #expect(named.count > 120)
    #expect(named.subtracting(classes).sorted() == [])
    #expect(classes.subtracting(named).subtracting(ModuleNameTests.bases).subtracting(ModuleNameTests.ofModules) == [])
  }

  /// What others are made from.
  private static let bases: Set<String> = [
    "AdaptiveMaxPoolNd", "AdaptivePoolNd", "AvgPoolNd", "BatchNormNd", "ConstantPadLayer", "ConvNd", "ConvTransposeNd",
    "DropoutLayer", "FractionalMaxPoolNd", "InstanceNormNd", "LPPoolNd", "MaxPoolNd", "MaxUnpoolNd", "NormBase",
    "PaddingLayer", "RNNBase", "RNNCellBase",
  ]

  /// What is made of other modules or of tensors.
  private static let ofModules: Set<String> = [
    "ModuleDict", "ModuleList", "NonDynamicallyQuantizableLinear", "ParameterDict", "ParameterList",
    "ParametrizationList", "Sequential", "TransformerDecoder", "TransformerEncoder",
  ]
}
