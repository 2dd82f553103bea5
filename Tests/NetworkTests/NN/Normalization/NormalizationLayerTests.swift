import Backplane
import TestSupport
import Testing

@Suite struct NormalizationLayerTests {
  @Test(arguments: testDevices) func batchNormsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.BatchNorm1d", [3], [:], [.real([2, 3, 7])],
      [-3.58255434051, -5.4706849796, 5.62569002685, -0.156741882879, 0.1973766867, 5.77177816085, 1], on: device)
    try expectAgreement(
      "nn.BatchNorm1d", [3], [:], [.real([2, 3, 7])], training: false,
      [-0.838644359619, -11.4210490023, 3.73469335246, -0.156741882879, 0.201767103087, 6.2536585705, 0], on: device)
    try expectAgreement(
      "nn.BatchNorm1d", [3], ["momentum": nil, "bias": false], [.real([2, 3, 7])],
      [-4.46896805419, -5.4706849796, 5.62569002685, 0.157862939214, 1.43485447395, 1], on: device)
    try expectAgreement(
      "nn.BatchNorm1d", [3], ["affine": false, "track_running_stats": false, "eps": 0.1], [.real([2, 3, 7])],
      training: false, [5.62447844937, 6.8415517159], on: device)
    try expectAgreement(
      "nn.BatchNorm2d", [3], [:], [.real([2, 3, 6, 5])],
      [-1.26027426818, -103.809888167, 4.97450339875, -1.35820605646, 0.182746613929, 5.76817448008, 1], on: device)
    try expectAgreement(
      "nn.BatchNorm2d", [3], [:], [.real([2, 3, 6, 5])], training: false,
      [3.11668574477, -48.3535953535, -0.476181916979, -1.35820605646, 0.201767103087, 6.2536585705, 0], on: device)
    try expectAgreement(
      "nn.BatchNorm2d", [3], ["momentum": nil, "bias": false], [.real([2, 3, 6, 5])],
      [-4.24878461752, -103.809888167, 4.97450339875, 0.0115622115061, 1.39881766628, 1], on: device)
    try expectAgreement(
      "nn.BatchNorm2d", [3], ["affine": false, "track_running_stats": false, "eps": 0.1], [.real([2, 3, 6, 5])],
      training: false, [4.8137207313, 117.156243901], on: device)
    try expectAgreement(
      "nn.BatchNorm3d", [3], [:], [.real([2, 3, 4, 5, 3])],
      [-2.73253768194, -207.787216496, 0.719119829935, 3.05492265121, 0.182219770265, 5.76791932125, 1], on: device)
    try expectAgreement(
      "nn.BatchNorm3d", [3], [:], [.real([2, 3, 4, 5, 3])], training: false,
      [-1.51092662406, -96.6557952298, -0.234904487529, 3.05492265121, 0.201767103087, 6.2536585705, 0], on: device)
    try expectAgreement(
      "nn.BatchNorm3d", [3], ["momentum": nil, "bias": false], [.real([2, 3, 4, 5, 3])],
      [-0.935459751742, -207.787216496, 0.719119829935, 0.00629377486313, 1.39626607801, 1], on: device)
    try expectAgreement(
      "nn.BatchNorm3d", [3], ["affine": false, "track_running_stats": false, "eps": 0.1], [.real([2, 3, 4, 5, 3])],
      training: false, [0.873420171323, 234.028300894], on: device)
    try expectAgreement(
      "nn.BatchNorm1d", [3], [:], [.real([4, 3])],
      [-2.31928611644, -6.95176033912, 2.5730350703, -0.362935446777, 0.217874529494, 5.79749621061, 1], on: device)
    try expectAgreement(
      "nn.SyncBatchNorm", [3], [:], [.real([4, 3, 2])],
      [-4.81202024978, -9.15237410045, 3.6514238234, 2.65396579384, 0.211231225355, 5.77309960985, 1], on: device)
  }

  @Test(arguments: testDevices) func instanceNormsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.InstanceNorm1d", [3], [:], [.real([2, 3, 7])], training: false, [6.33985666841, 6.89924640886], on: device)
    try expectAgreement(
      "nn.InstanceNorm1d", [3], ["affine": true, "track_running_stats": true], [.real([3, 7])],
      [-2.42894660202, -1.46196944658, 3.62010610503, -0.0708591877035, 0.207647485783, 5.77627056662, 0], on: device)
    try expectAgreement(
      "nn.InstanceNorm1d", [3], ["affine": true, "track_running_stats": true, "bias": false], [.real([2, 3, 7])],
      training: false, [0.763572705604, -13.8738769556, 3.35224214517, -1.86461995236, 4.37277525914, 0], on: device)
    try expectAgreement(
      "nn.InstanceNorm2d", [3], [:], [.real([2, 3, 6, 5])], training: false, [5.48731246468, 121.52524302], on: device)
    try expectAgreement(
      "nn.InstanceNorm2d", [3], ["affine": true, "track_running_stats": true], [.real([3, 6, 5])],
      [-2.75415591588, -48.9557434242, 3.39943235607, 2.94723238887, 0.182696238991, 5.77055646315, 0], on: device)
    try expectAgreement(
      "nn.InstanceNorm2d", [3], ["affine": true, "track_running_stats": true, "bias": false], [.real([2, 3, 6, 5])],
      training: false, [-0.708104627256, -58.1081344868, -0.83149441113, -1.86461995236, 4.37277525914, 0], on: device)
    try expectAgreement(
      "nn.InstanceNorm3d", [3], [:], [.real([2, 3, 4, 5, 3])], training: false, [0.96010908094, 255.592724367],
      on: device)
    try expectAgreement(
      "nn.InstanceNorm3d", [3], ["affine": true, "track_running_stats": true], [.real([3, 4, 5, 3])],
      [-1.1275416461, -103.916855442, 4.59702859146, -1.22745836304, 0.182065007854, 5.76904558196, 0], on: device)
    try expectAgreement(
      "nn.InstanceNorm3d", [3], ["affine": true, "track_running_stats": true, "bias": false], [.real([2, 3, 4, 5, 3])],
      training: false, [-1.58804003817, -115.915558775, 1.66731548085, -1.86461995236, 4.37277525914, 0], on: device)
  }

  @Test(arguments: testDevices) func otherNormsAgreeWithPyTorch(_ device: Device) throws {
    try expectAgreement(
      "nn.GroupNorm", [2, 4], [:], [.real([2, 4, 3, 2])],
      [9.15517381423, -16.5781361102, -1.39909222579, 0.712464938437], on: device)
    try expectAgreement(
      "nn.GroupNorm", [4, 4], ["affine": false], [.real([2, 4, 3])], [0.600499439475, 1.13521269427], on: device)
    try expectAgreement(
      "nn.GroupNorm", [1, 4], ["bias": false], [.real([2, 4, 3])], [-4.05451797742, -9.62707638915, 3.76076975565],
      on: device)
    try expectAgreement(
      "nn.LayerNorm", [5], [:], [.real([2, 3, 5])], [-3.01289360551, -1.60736312822, -0.504576858289, 2.37219229023],
      on: device)
    try expectAgreement(
      "nn.LayerNorm", [[3, 5]], ["bias": false, "eps": 0.1], [.real([2, 3, 5])],
      [4.18786827276, -3.57198057104, 4.72844388047], on: device)
    try expectAgreement(
      "nn.LayerNorm", [5], ["elementwise_affine": false], [.real([2, 3, 5])], [-1.09528130479, 2.57627079715],
      on: device)
    try expectAgreement(
      "nn.RMSNorm", [5], [:], [.real([2, 3, 5])], [-1.87992754898, -4.01883079766, 1.58178728471], on: device)
    try expectAgreement(
      "nn.RMSNorm", [[3, 5]], ["eps": 0.1], [.real([2, 3, 5])], [3.90671617264, -2.72492412684, 6.50436941212],
      on: device)
    try expectAgreement(
      "nn.RMSNorm", [5], ["elementwise_affine": false], [.real([2, 3, 5])], [1.54392765721, 11.3474092641], on: device)
    try expectAgreement(
      "nn.LocalResponseNorm", [3], ["alpha": 0.1, "k": 2.0], [.real([2, 5, 3, 2])], [1.10331372079, 17.0018893201],
      on: device)
  }

  @Test(arguments: testDevices) func runningStatisticsMove(_ device: Device) {
    let norm = BatchNorm1d(2, device: device)
    #expect(
      norm.stateDict().keys == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
    #expect(norm.numBatchesTracked!.dtype == .int64 && norm.parameters().count == 2)
    let x = Tensor([[1.0, 2], [3, 6]], device: device)
    _ = norm(x)
    #expect(areClose(norm.runningMean!.toArray(), [0.2, 0.4]) && areClose(norm.runningVar!.toArray(), [1.1, 1.7]))
    #expect(norm.numBatchesTracked!.item(Int.self) == 1)
    norm.eval()
    #expect(areClose(norm(x).toArray(), [0.7627671, 1.2271401, 2.6696849, 4.2949903], tolerance: 1e-4))
    #expect(norm.numBatchesTracked!.item(Int.self) == 1)
    norm.resetRunningStats()
    #expect(norm.runningVar!.toArray(Float.self) == [1, 1] && norm.numBatchesTracked!.item(Int.self) == 0)

    let cumulative = BatchNorm1d(2, momentum: nil, device: device)
    for factor in [1.0, 3] { _ = cumulative(x * factor) }
    #expect(
      areClose(cumulative.runningMean!.toArray(), [4, 8]) && areClose(cumulative.runningVar!.toArray(), [10, 40]))
  }

  /// Of nothing there are no statistics, and the running ones stay.
  @Test(arguments: testDevices) func anEmptyBatchChangesNothing(_ device: Device) {
    let norm = BatchNorm2d(3, device: device)
    let x = Tensor.zeros([0, 3, 4, 4], device: device, requiresGrad: true)
    let y = norm(x)
    y.sum().backward()
    #expect(y.shape == [0, 3, 4, 4] && x.grad!.shape == [0, 3, 4, 4])
    #expect(norm.runningMean!.toArray(Float.self) == [0, 0, 0] && norm.runningVar!.toArray(Float.self) == [1, 1, 1])
    #expect(norm.weight!.grad!.toArray(Float.self) == [0, 0, 0] && norm.numBatchesTracked!.item(Int.self) == 1)
  }

  @Test func typesFollow() {
    let norm = BatchNorm2d(3, device: "reference").double()
    #expect(norm.runningMean!.dtype == .float64 && norm.numBatchesTracked!.dtype == .int64)
    #expect(LayerNorm(4, dtype: .float64, device: "reference").weight!.dtype == .float64)
    #expect(GroupNorm(2, 4, bias: false).stateDict().keys == ["weight"])
    #expect(LayerNorm([2, 3], elementwiseAffine: false).stateDict().isEmpty)
    #expect(InstanceNorm1d(3).stateDict().isEmpty)
  }

  @Test func printAsPyTorchDoes() {
    #expect(
      "\(BatchNorm2d(3))" == "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
    )
    #expect(
      "\(BatchNorm1d(3, eps: 0.001, momentum: nil, bias: false))"
        == "BatchNorm1d(3, eps=0.001, momentum=None, affine=True, bias=False, track_running_stats=True)")
    #expect(
      "\(SyncBatchNorm(4, affine: false))"
        == "SyncBatchNorm(4, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=True)")
    #expect(
      "\(InstanceNorm3d(7))"
        == "InstanceNorm3d(7, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)")
    #expect("\(GroupNorm(2, 4))" == "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)")
    #expect("\(LayerNorm(5))" == "LayerNorm((5,), eps=1e-05, elementwise_affine=True, bias=True)")
    #expect("\(LayerNorm([2, 5], bias: false))" == "LayerNorm((2, 5), eps=1e-05, elementwise_affine=True, bias=False)")
    #expect("\(RMSNorm([2, 5]))" == "RMSNorm((2, 5), eps=None, elementwise_affine=True)")
    #expect("\(LocalResponseNorm(2))" == "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)")
  }

  @Test func mistakesAreTold() {
    func called(_ norm: Module, _ shape: [Int]) -> String {
      errorMessage { _ = norm.to("reference")(Tensor.zeros(shape, device: "reference")) }
    }
    #expect(called(BatchNorm1d(3), [3]) == "expected 2D or 3D input (got 1D input)")
    #expect(called(BatchNorm2d(3), [2, 3]) == "expected 4D input (got 2D input)")
    #expect(called(BatchNorm3d(3), [2, 3, 4, 4]) == "expected 5D input (got 4D input)")
    #expect(called(SyncBatchNorm(3), [3]) == "expected at least 2D input (got 1D input)")
    #expect(called(BatchNorm2d(4), [2, 3, 4, 4]) == "running_mean should contain 3 elements not 4")
    #expect(
      called(BatchNorm1d(3), [1, 3]) == "Expected more than 1 value per channel when training, got input size [1, 3]")
    #expect(called(InstanceNorm2d(3), [2, 3]) == "expected 3D or 4D input (got 2D input)")
    #expect(
      called(InstanceNorm1d(4, affine: true), [2, 3, 5])
        == "expected input's size at dim=1 to match num_features (4), but got: 3.")
    #expect(errorMessage { _ = GroupNorm(3, 4) } == "num_channels (4) must be divisible by num_groups (3)")
    #expect(errorMessage { _ = GroupNorm(0, 4) } == "num_channels (4) must be divisible by num_groups (0)")
    #expect(
      called(LayerNorm(4), [2, 5])
        == "Given normalized_shape=[4], expected input with shape [*, 4], but got input of size [2, 5]")
  }
}
