// The padding layers of `torch.nn` by name.

extension ModuleRegistry {
  mutating func addPadding() {
    add("nn.ConstantPad1d(int[1] padding, Scalar value)") { ConstantPad1d($0.ints("padding"), $0.scalar("value")) }
    add("nn.ConstantPad2d(int[1] padding, Scalar value)") { ConstantPad2d($0.ints("padding"), $0.scalar("value")) }
    add("nn.ConstantPad3d(int[1] padding, Scalar value)") { ConstantPad3d($0.ints("padding"), $0.scalar("value")) }
    add("nn.ZeroPad1d(int[1] padding)") { ZeroPad1d($0.ints("padding")) }
    add("nn.ZeroPad2d(int[1] padding)") { ZeroPad2d($0.ints("padding")) }
    add("nn.ZeroPad3d(int[1] padding)") { ZeroPad3d($0.ints("padding")) }
    add("nn.ReflectionPad1d(int[1] padding)") { ReflectionPad1d($0.ints("padding")) }
    add("nn.ReflectionPad2d(int[1] padding)") { ReflectionPad2d($0.ints("padding")) }
    add("nn.ReflectionPad3d(int[1] padding)") { ReflectionPad3d($0.ints("padding")) }
    add("nn.ReplicationPad1d(int[1] padding)") { ReplicationPad1d($0.ints("padding")) }
    add("nn.ReplicationPad2d(int[1] padding)") { ReplicationPad2d($0.ints("padding")) }
    add("nn.ReplicationPad3d(int[1] padding)") { ReplicationPad3d($0.ints("padding")) }
    add("nn.CircularPad1d(int[1] padding)") { CircularPad1d($0.ints("padding")) }
    add("nn.CircularPad2d(int[1] padding)") { CircularPad2d($0.ints("padding")) }
    add("nn.CircularPad3d(int[1] padding)") { CircularPad3d($0.ints("padding")) }
  }
}
