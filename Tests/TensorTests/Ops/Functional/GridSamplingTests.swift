import Backplane
import TestSupport
import Testing

/// Sampling of images at positions; values beside PyTorch's are among the replayed cases.
@Suite struct GridSamplingTests {
  private func random(_ shape: [Int], _ seed: UInt64, _ device: Device) -> Tensor {
    Tensor.randn(shape, dtype: .float64, device: device, generator: Generator(seed: seed))
  }

  @Test(arguments: testDevices) func theIdentityKeepsTheImage(_ device: Device) {
    let x = random([2, 3, 4, 5], 1, device)
    let theta = Tensor.eye(2, 3, dtype: .float64, device: device)[.newAxis].expand(2, 2, 3)
    for alignCorners in [true, false] {
      let grid = F.affineGrid(theta, [2, 3, 4, 5], alignCorners: alignCorners)
      for mode in [F.GridSampleMode.bilinear, .nearest, .bicubic] {
        let y = F.gridSample(x, grid, mode: mode, alignCorners: alignCorners)
        #expect(areClose(y.toArray(), x.toArray(), tolerance: 1e-12))
      }
    }
  }

  /// The functions behind, which number their options.
  @Test(arguments: testDevices) func numberedOptions(_ device: Device) throws {
    let x = random([1, 2, 4, 4], 2, device), grid = random([1, 3, 2, 2], 3, device)
    for (i, mode) in [F.GridSampleMode.bilinear, .nearest, .bicubic].enumerated() {
      for (j, padding) in [F.GridSamplePadding.zeros, .border, .reflection].enumerated() {
        let y = F.gridSample(x, grid, mode: mode, paddingMode: padding, alignCorners: true)
        let z = try call(
          "grid_sampler_2d", [.tensor(x), .tensor(grid), .int(Int64(i)), .int(Int64(j)), true]
        ).tensor!
        #expect(y.toArray(Double.self) == z.toArray(Double.self))
      }
    }
    #expect(errorKind { _ = try call("grid_sampler", [.tensor(x), .tensor(grid), 3, 0, true]) } == .value)
  }

  @Test(arguments: testDevices) func gradients(_ device: Device) throws {
    let x = random([1, 2, 4, 4], 4, device).requiresGrad_(),
      grid = (random([1, 2, 3, 2], 5, device) / 2).requiresGrad_()
    for mode in [F.GridSampleMode.bilinear, .bicubic] {
      try gradcheck({ F.gridSample($0[0], $0[1], mode: mode, paddingMode: .border) }, [x, grid])
    }
  }

  @Test(arguments: testDevices) func misfits(_ device: Device) {
    let x = Tensor.ones([1, 2, 4, 4], device: device)
    #expect(errorMessage { _ = F.gridSample(x, Tensor.ones([1, 3, 3, 3], device: device)) }.contains("last dimension"))
    #expect(errorMessage { _ = F.gridSample(x, Tensor.ones([2, 3, 3, 2], device: device)) }.contains("batch size"))
    #expect(errorKind { _ = F.affineGrid(Tensor.ones([1, 2, 3], device: device), [1, 1, .max, .max]) } == .value)
    #expect(errorKind { _ = F.affineGrid(Tensor.ones([1, 2, 3], device: device), [1, 1, 0, 2]) } == .value)
    // A position that is no number gives none, and reads nothing.
    let nowhere = Tensor.full([1, 1, 1, 2], Double.nan, device: device)
    for padding in [F.GridSamplePadding.zeros, .border, .reflection] {
      #expect(F.gridSample(x, nowhere, paddingMode: padding).shape == [1, 2, 1, 1])
    }
  }
}
