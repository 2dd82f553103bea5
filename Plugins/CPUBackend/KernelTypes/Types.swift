public struct KernelTypes {}
