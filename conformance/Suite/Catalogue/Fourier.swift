import BackendAPI

extension OperatorCatalogue {
  /// Section 6.16 of the header.
  static let fourier: [OperatorEntry] = [
    OperatorEntry("FFT", BP_OP_FFT, .fourier, DType.complexes.map { Signature($0) }) { signature in
      plans.flatMap { plan in
        [false, true].map { inverse in
          OperatorCase(plan.label + (inverse ? "-inverse" : "")) { random in
            let input = Operand(signature.dtype, plan.input, .random, &random)
            let output = Operand(signature.dtype, plan.output ?? Layout(contiguous: plan.input.shape))
            let scale = inverse ? 1 / Double(plan.input.shape[plan.axis]) : 1
            return Operation([input], [output], .fft(axis: plan.axis, inverse: inverse, scale: scale))
          }
        }
      }
    }
  ]

  private struct Plan {
    let label: String
    let input: Layout
    let axis: Int
    var output: Layout?
  }

  /// Powers, mixed lengths, and primes for which only a convolution is fast.
  private static let lengths = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 30, 32, 49, 60, 64, 77, 97, 100, 121, 128, 169, 210, 251, 289,
    1000, 1024,
  ]

  private static let plans: [Plan] =
    lengths.map { Plan(label: "n\($0)", input: Layout(contiguous: [2, $0]), axis: 1) } + [
      Plan(label: "vector", input: Layout(contiguous: [33]), axis: 0),
      Plan(label: "columns", input: Layout(contiguous: [12, 17]), axis: 0),
      Plan(label: "middle", input: Layout(contiguous: [3, 10, 5]), axis: 1),
      Plan(label: "rank8", input: Layout(contiguous: [2, 1, 3, 1, 5, 2, 1, 3]), axis: 4),
      Plan(label: "empty", input: Layout(contiguous: [0, 3]), axis: 1),
      Plan(label: "transposed", input: Layout([17, 9], strides: [1, 17]), axis: 1),
      Plan(label: "sliced", input: Layout([6, 33], strides: [40, 1], lead: 3), axis: 1),
      Plan(label: "step2", input: Layout([5, 16], strides: [32, 2]), axis: 1),
      Plan(label: "negative", input: Layout([5, 16], strides: [-16, -1]), axis: 1),
      Plan(label: "broadcast-axis", input: Layout([5, 17], strides: [1, 0]), axis: 1),
      Plan(label: "broadcast-rows", input: Layout([5, 17], strides: [0, 1]), axis: 1),
      Plan(
        label: "output-transposed", input: Layout(contiguous: [9, 7]), axis: 1,
        output: Layout([9, 7], strides: [1, 9])),
      Plan(
        label: "output-sliced", input: Layout(contiguous: [9, 8]), axis: 0,
        output: Layout([9, 8], strides: [12, 1], lead: 2)),
      Plan(label: "many", input: Layout(contiguous: [1301, 16]), axis: 1),
    ]
}
