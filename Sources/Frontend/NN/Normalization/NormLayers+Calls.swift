// Layers of normalizations by name.

extension ModuleRegistry {
  mutating func addNorms() {
    let batch = "bool affine=True, bool track_running_stats=True"
    addNorm(
      "BatchNorm1d", batch, BatchNorm1d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    addNorm(
      "BatchNorm2d", batch, BatchNorm2d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    addNorm(
      "BatchNorm3d", batch, BatchNorm3d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    addNorm(
      "SyncBatchNorm", batch + ", Any process_group=None",
      SyncBatchNorm.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    let instance = "bool affine=False, bool track_running_stats=False"
    addNorm(
      "InstanceNorm1d", instance,
      InstanceNorm1d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    addNorm(
      "InstanceNorm2d", instance,
      InstanceNorm2d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    addNorm(
      "InstanceNorm3d", instance,
      InstanceNorm3d.init(_:eps:momentum:affine:trackRunningStats:bias:dtype:device:))
    addNormsWithoutRunningStats()
  }

  private mutating func addNorm<M: NormBase>(
    _ name: String, _ options: String,
    _ make: @escaping @Sendable (Int, Double, Double?, Bool, Bool, Bool, DType, Device?) -> M
  ) {
    add(
      "nn.\(name)(int num_features, float eps=1e-05, float? momentum=0.1, \(options), Device? device=None, "
        + "ScalarType? dtype=None, *, bool bias=True)"
    ) { a in
      make(
        a.int("num_features"), a.double("eps"), a.optionalDouble("momentum"), a.bool("affine"),
        a.bool("track_running_stats"), a.bool("bias"), a.dtype() ?? .float32, a.device())
    }
  }

  private mutating func addNormsWithoutRunningStats() {
    add(
      "nn.GroupNorm(int num_groups, int num_channels, float eps=1e-05, bool affine=True, Device? device=None, "
        + "ScalarType? dtype=None, *, bool bias=True)"
    ) { a in
      GroupNorm(
        a.int("num_groups"), a.int("num_channels"), eps: a.double("eps"), affine: a.bool("affine"),
        bias: a.bool("bias"), dtype: a.dtype() ?? .float32, device: a.device())
    }
    add(
      "nn.LayerNorm(int[1] normalized_shape, float eps=1e-05, bool elementwise_affine=True, bool bias=True, "
        + "Device? device=None, ScalarType? dtype=None)"
    ) { a in
      LayerNorm(
        a.ints("normalized_shape"), eps: a.double("eps"), elementwiseAffine: a.bool("elementwise_affine"),
        bias: a.bool("bias"), dtype: a.dtype() ?? .float32, device: a.device())
    }
    add(
      "nn.RMSNorm(int[1] normalized_shape, float? eps=None, bool elementwise_affine=True, Device? device=None, "
        + "ScalarType? dtype=None)", forward: "forward(Tensor x)"
    ) { a in
      RMSNorm(
        a.ints("normalized_shape"), eps: a.optionalDouble("eps"), elementwiseAffine: a.bool("elementwise_affine"),
        dtype: a.dtype() ?? .float32, device: a.device())
    } _: { norm, a in
      norm(a.tensor("x"))
    }
    add("nn.LocalResponseNorm(int size, float alpha=0.0001, float beta=0.75, float k=1.0)") { a in
      LocalResponseNorm(a.int("size"), alpha: a.double("alpha"), beta: a.double("beta"), k: a.double("k"))
    }
  }
}
