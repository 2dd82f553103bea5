import Backplane
import Glibc

extension Workload {
  /// Rows for devices with memory of their own: tensors of a gigabyte, made on the device. They run where they are asked
  /// for by name, or with `--accelerator`.
  static var accelerator: [Workload] {
    var workloads = [
      large("gpu_add_256M", inputs: 2, expected: { $0[0] + $0[1] }) { x in { x[0] + x[1] } },
      large("gpu_exp_256M", inputs: 1, expected: { exp($0[0]) }) { x in { x[0].exp() } },
      large("gpu_chain_256M", inputs: 2, expected: { tanh($0[0] * $0[1] + 0.5) * $0[1] - $0[0] }) { x in
        { (x[0] * x[1] + 0.5).tanh() * x[1] - x[0] }
      },
      sum, softmax, layerNorm, dispatchOnDevice,
    ]
    for n in [1024, 4096, 8192] { workloads += [product(n, .float32), product(n, .bfloat16)] }
    workloads += [convolution, attention, sort, topk]
    workloads.append(
      transformerLayerTrainStep(
        "gpu_transformer_layer_train_16x512x1024", batch: 16, length: 512, width: 1024, heads: 16, hidden: 4096))
    for i in workloads.indices { workloads[i].pace = .accelerator }
    return workloads + [mlpTrainStep("gpu_mlp_train_step_b64", .training)]
  }

  private static let count = 1 << 28
  /// Elements that are checked: a copy of all would take longer than the run.
  private static let samples = 4096

  /// An elementwise chain over 256 Mi elements.
  private static func large(
    _ name: String, inputs: Int, expected: @escaping ([Double]) -> Double,
    work: @escaping ([Tensor]) -> () -> Tensor
  ) -> Workload {
    Workload(name: name) { device in
      let x = (0..<inputs).map { _ in Tensor.randn([count], device: device) }
      let compute = work(x)
      var result = x[0]
      return Job {
        // Given back before, not after: as the peers', all results lie in one block of memory.
        result = x[0]
        result = compute()
      } check: {
        let step = count / samples
        let values = x.map { $0[.stride(by: step)].floats }
        try Check.elements(result[.stride(by: step)], count: samples, relative: 4e-6) { i in
          expected(values.map { Double($0[i]) })
        }
      }
    }
  }

  private static var sum: Workload {
    Workload(name: "gpu_sum_256M") { device in
      // Equal parts of two values: the sum is known, and not of random numbers that nearly cancel.
      let x = Tensor.full([2, count / 2], 0.25, device: device)
      x[1].fill_(0.5)
      let flat = x.reshape(count)
      var result = flat
      return Job {
        result = flat.sum()
      } check: {
        try Check.elements(result, count: 1) { _ in 0.375 * Double(count) }
      }
    }
  }

  private static var softmax: Workload {
    Workload(name: "gpu_softmax_65536x1024") { device in
      let x = Tensor.randn([65536, 1024], device: device)
      var result = x
      return Job {
        result = x
        result = x.softmax(1)
      } check: {
        let row = x[777].floats.map { exp(Double($0)) }
        let total = row.reduce(0, +)
        try Check.elements(result[777], count: 1024, relative: 1e-5) { row[$0] / total }
      }
    }
  }

  private static var layerNorm: Workload {
    Workload(name: "gpu_layernorm_65536x1024") { device in
      let x = Tensor.randn([65536, 1024], device: device)
      var result = x
      return Job {
        result = x
        result = F.layerNorm(x, [1024])
      } check: {
        let row = x[777].floats.map(Double.init)
        let mean = row.reduce(0, +) / 1024
        let deviation = (row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1024 + 1e-5).squareRoot()
        try Check.elements(result[777], count: 1024, relative: 1e-5, absolute: 1e-5) { (row[$0] - mean) / deviation }
      }
    }
  }

  private static var dispatchOnDevice: Workload {
    Workload(name: "gpu_dispatch_add4", repetitions: 1000) { device in
      let a = Tensor([1.0, 2, 3, 4], device: device)
      let b = Tensor([0.5, 0.25, 0.125, 1], device: device)
      var result = a
      return Job {
        result = a + b
      } check: {
        try Check.elements(result, count: 4) { [1.5, 2.25, 3.125, 5][$0] }
      }
    }
  }

  private static func product(_ n: Int, _ dtype: DType) -> Workload {
    Workload(name: "gpu_matmul_\(n)_\(dtype)") { device in
      let a = Tensor.randn([n, n], device: device).to(dtype)
      let b = Tensor.randn([n, n], device: device).to(dtype)
      var result = a
      return Job {
        result = a
        result = a.matmul(b)
      } check: {
        let row = a[3].to(.float32).floats
        let column = b[.all, 5].to(.float32).floats
        let expected = zip(row, column).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        let absolute = (dtype == .float32 ? 4e-6 : 2e-2) * Double(n).squareRoot()
        try Check.elements(result[3, 5].to(.float32), count: 1, relative: 1e-2, absolute: absolute) { _ in expected }
      }
    }
  }
}
