/// Layers as functions, without state: PyTorch's `torch.nn.functional`.
///
/// ```swift
/// let loss = F.crossEntropy(logits, labels)
/// ```
public enum Functional {}

/// PyTorch's customary short name for ``Functional``.
public typealias F = Functional
