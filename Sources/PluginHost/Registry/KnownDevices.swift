// The devices that Backplane knows by name, all of them here. What is done on a device never depends on its name.

extension Device {
  /// Where tensors are made unless the program says something else; where `cpu()` takes them; what printing does not
  /// mention; and whose tensors without dimensions are numbers to all devices. All of these are PyTorch's rules.
  package static let processor: Device = "cpu"

  /// Where `cuda()` takes tensors: the name is PyTorch's.
  package static let cuda: Device = "cuda"

  /// The types of devices for which `autocast` has PyTorch's lists for processors, and not those for
  /// accelerators.
  package static let processors: Set = [processor.type, "reference"]

  /// Plugins of one device, whose name alone says which: `cpu:0` is not what PyTorch writes.
  static let pluginsOfOneDevice = processors
}
