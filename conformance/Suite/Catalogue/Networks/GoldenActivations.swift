import BackendAPI

extension Golden {
  /// Section 6.17: inputs exact in float32, results of mpmath at 300 bits, the derivatives' by its own differentiation.
  static let activations: [Golden] = {
    let x: [Double] = [-6, -3.75, -1, -0.0625, 0.0078125, 0.5, 1, 2.75, 10.5]
    let g: [Double] = [1.5, -2, 0.25, 3, -1, 0.5, 2, -0.75, 1.25]
    let gradients: [(String, [Double])] = [
      (
        "GELU_BACKWARD",
        [
          -5.320306418085302e-08, 0.002467633047354233, -0.020828867646921576, 1.350591269783467, -0.5062333463126785,
          0.4337475623280814, 2.166630941175373, -0.7665206502332407, 1.25,
        ]
      ),
      (
        "GELU_TANH_BACKWARD",
        [
          -1.1564960896430542e-09, 0.0019027196773584744, -0.020741020961445637, 1.3505922300262563,
          -0.5062333456850153, 0.43368495176732114, 2.165928167691565, -0.7664616911951236, 1.25,
        ]
      ),
      (
        "SILU_BACKWARD",
        [
          -0.018489648887288268, 0.12241583804527476, 0.018082372032128317, 1.406310999412302, -0.5039062102639339,
          0.3699805936513259, 1.8553410237429735, -0.821417266949547, 1.2503269763804232,
        ]
      ),
    ]
    return [DType.float64, .float32].flatMap { dtype in
      func floats(_ values: [Double]) -> Tensor { .floats(dtype, values) }
      let wave = floats([0, 0.25, 0.5, 0.875, 1])
      return [
        Golden(
          "GELU", [floats(x)],
          [
            floats([
              -5.9195258702261885e-09, -0.0003315648195030145, -0.15865525393145705, -0.029692645685672047,
              0.003930599256725333, 0.34573123063700656, 0.8413447460685429, 2.7418056511035998, 10.5,
            ])
          ]),
        Golden("GELU", "golden-infinite", [floats([.infinity, -.infinity, .nan])], [floats([.infinity, .nan, .nan])]),
        Golden(
          "GELU_TANH", [floats(x)],
          [
            floats([
              -8.439646700762297e-11, -0.0002192520724416574, -0.1588080093917233, -0.029692650693718542,
              0.003930599255499402, 0.34571400982514394, 0.8411919906082767, 2.742276855926382, 10.5,
            ])
          ]),
        Golden("SIGMOID_BACKWARD", [floats([8, 8, 8, -64, 3]), wave], [floats([0, 1.5, 2, -7, 0])]),
        Golden("TANH_BACKWARD", [floats([3, 16, -4, 64, 5]), wave], [floats([3, 15, -3, 15, 0])]),
        Golden(
          "RELU_BACKWARD", [floats([3, -4, 5, .nan, 6, .infinity]), floats([0, 2, -0.0, 1, .nan, -1])],
          [floats([0, -4, 0, .nan, 6, 0])]),
      ] + gradients.map { Golden($0.0, [floats(g), floats(x)], [floats($0.1)]) }
    }
  }()
}
