extension ModelSummary {
  init(
    _ model: Module, _ inputs: [Tensor], isCalled: Bool, depth: Int, columns: [Column], showsNames: Bool,
    _ forward: ([Tensor]) -> Void
  ) {
    let walk = SummaryWalk(isCalled: isCalled)
    walk.visit(model)
    if isCalled {
      let modes = model.modules().map { ($0, $0.training) }
      model.eval()
      defer {
        walk.removeHooks()
        // From the outermost on, for each sets those within it too.
        for (module, training) in modes { module.train(training) }
      }
      noGrad { forward(inputs) }
    }
    walk.addContainers()
    let sums = walk.sums()
    layers = walk.finished()
    (totalParams, trainableParams, totalMultAdds) = (sums.params, sums.trainable, sums.multAdds)
    (outputBytes, parameterBytes) = (sums.outputBytes, sums.parameterBytes)
    inputBytes = inputs.reduce(0) { $0 + $1.numel * $1.dtype.byteCount }
    (hasInput, self.depth, self.columns, self.showsNames) = (isCalled, depth, columns, showsNames)
  }
}

/// The layers of a model as they are called. Rows, counts and the order are torchinfo's.
private final class SummaryWalk {
  /// A row of the table in the making.
  final class Row {
    let name: String
    let module: Module
    let depth: Int
    let parent: Row?
    let isLeaf: Bool
    var isRecursive = false
    var inputShape: [Int]?
    var outputShape: [Int]?
    var parameterCount = 0
    var trainableCount = 0
    var parameterBytes = 0
    var outputBytes = 0
    var multAdds = 0
    /// The rows below it that are within it, at any depth.
    var children: [Row] = []

    init(_ name: String, _ module: Module, _ parent: Row?) {
      (self.name, self.module, self.parent) = (name, module, parent)
      depth = parent.map { $0.depth + 1 } ?? 0
      isLeaf = module.children().isEmpty
    }

    var className: String { "\(type(of: module))" }

    func countParameters() {
      (parameterCount, trainableCount, parameterBytes) = (0, 0, 0)
      for parameter in module.parameters() {
        parameterCount += parameter.numel
        parameterBytes += parameter.numel * parameter.dtype.byteCount
        if parameter.requiresGrad { trainableCount += parameter.numel }
      }
    }

    func countMultAdds() {
      guard let shape = outputShape, let batch = shape.first else { return }
      for (name, parameter) in module.namedParameters() {
        if name == "weight" || name == "bias" {
          // A convolution's weight meets every place of the output, but of each only its own channels.
          let places = className.contains("Conv") ? batch * shape.dropFirst(2).reduce(1, *) : batch
          multAdds += places * parameter.numel
        } else if name.contains("weight") || name.contains("bias") {
          // Of recurrent layers: at every step.
          multAdds += shape.prefix(2).reduce(1, *) * parameter.numel
        }
      }
    }

    /// What is not in rows within it.
    func own(_ count: (Row) -> Int) -> Int {
      count(self)
        - children.filter { !$0.isRecursive }.reduce(0) { $0 + ($1.isLeaf ? count($1) : $1.own(count)) }
    }
  }

  private var rows: [Row] = []
  /// The modules that have a row.
  private var seen = Set<ObjectIdentifier>()
  /// The last row of each module.
  private var last: [ObjectIdentifier: Row] = [:]
  private var handles: [ObjectIdentifier: [RemovableHandle]] = [:]
  private let isCalled: Bool

  init(isCalled: Bool) { self.isCalled = isCalled }

  // MARK: Calls

  func visit(_ model: Module) { visit(Row("\(type(of: model))", model, nil)) }

  private func visit(_ row: Row) {
    let module = row.module
    let identity = ObjectIdentifier(module)
    last[identity] = row
    if isCalled {
      // A module that is held in two places is told of as in the last.
      for handle in handles[identity] ?? [] { handle.remove() }
      let before = module.registerForwardPreHook { [unowned self] _, _ in
        add(Row(row.name, module, row.parent))
        return nil
      }
      let after = module.registerForwardHook { [unowned self] _, inputs, outputs in
        finish(module, inputs, outputs)
        return nil
      }
      handles[identity] = [before, after]
    } else {
      add(row)
    }
    var owner: Row? = row.parent
    while let some = owner {
      // One that holds its owner ends the walk.
      if some.module === module { return }
      owner = some.parent
    }
    for case (let name, .module(let child)) in module.members() { visit(Row(name, child, row)) }
  }

  private func add(_ row: Row) {
    row.countParameters()
    row.isRecursive = !seen.insert(ObjectIdentifier(row.module)).inserted
    last[ObjectIdentifier(row.module)] = row
    rows.append(row)
  }

  private func finish(_ module: Module, _ inputs: [Tensor], _ outputs: [Tensor]) {
    guard let row = last[ObjectIdentifier(module)] else { return }
    row.inputShape = inputs.first?.layout.shape
    guard let output = outputs.first else { return }
    row.outputShape = output.layout.shape
    row.outputBytes = output.numel * output.dtype.byteCount
    row.countMultAdds()
  }

  func removeHooks() { for handle in handles.values.joined() { handle.remove() } }

  // MARK: The table

  /// Adds rows for containers that are not called, such as a ``ModuleList``, above what they hold.
  func addContainers() {
    var current: [Int: Row] = [:]
    var i = 0
    while i < rows.count {
      let row = rows[i]
      var owners: [Int: Row] = [:]
      var owner = row.parent
      while let some = owner, some.depth > 0 {
        owners[some.depth] = some
        owner = some.parent
      }
      var added = 0
      for depth in 1..<max(row.depth, 1) {
        guard let owner = owners[depth], current[depth]?.module !== owner.module,
          i + added == 0 || rows[i + added - 1] !== owner
        else { continue }
        owner.countParameters()
        owner.isRecursive = !seen.insert(ObjectIdentifier(owner.module)).inserted
        rows.insert(owner, at: i + added)
        current[depth] = owner
        added += 1
      }
      current[row.depth] = row
      current = current.filter { $0.key <= row.depth }
      i += added + 1
    }
    for (i, row) in rows.enumerated() { row.children = Array(rows[(i + 1)...].prefix { $0.depth > row.depth }) }
  }

  func sums() -> (params: Int, trainable: Int, multAdds: Int, outputBytes: Int, parameterBytes: Int) {
    var sums = (params: 0, trainable: 0, multAdds: 0, outputBytes: 0, parameterBytes: 0)
    for row in rows {
      if row.isLeaf {
        sums.multAdds += row.multAdds
        if row.parameterCount > 0 { sums.outputBytes += 2 * row.outputBytes }
      }
      if row.isRecursive { continue }
      sums.params += max(row.isLeaf ? row.parameterCount : row.own(\.parameterCount), 0)
      sums.trainable += max(row.isLeaf ? row.trainableCount : row.own(\.trainableCount), 0)
      if row.isLeaf { sums.parameterBytes += row.parameterBytes }
    }
    return sums
  }

  func finished() -> [ModelSummary.Layer] {
    var indices: [Int: Int] = [:]
    return rows.map { row in
      indices[row.depth, default: 0] += 1
      return ModelSummary.Layer(
        className: row.className, name: row.name, depth: row.depth, index: indices[row.depth]!,
        inputShape: row.inputShape, outputShape: row.outputShape, kernelSize: kernelSize(row.module),
        parameterCount: row.parameterCount, trainableCount: row.trainableCount,
        multAdds: row.isLeaf ? row.multAdds : 0, isRecursive: row.isRecursive, isLeaf: row.isLeaf,
        ownParameterCount: row.own(\.parameterCount),
        innerMultAdds: row.children.filter(\.isLeaf).reduce(0) { $0 + $1.multAdds })
    }
  }

  private func kernelSize(_ module: Module) -> [Int]? {
    var mirror: Mirror? = Mirror(reflecting: module)
    while let some = mirror {
      for child in some.children where child.label == "kernelSize" {
        if let sizes = child.value as? [Int] { return sizes }
        if let size = child.value as? Int { return [size] }
      }
      mirror = some.superclassMirror
    }
    return nil
  }
}
