import BackendAPI

/// Parts of a case that are cases themselves.
extension FuzzCase {
  func isUsed(_ axis: Int) -> Bool {
    steps.contains { ($0.inputs + $0.outputs).contains { $0.axes.contains(axis) } }
  }

  /// Some of the steps; what they read of others becomes an input with the elements that were there.
  func keeping(_ kept: [Int], _ results: [ElementArray]) -> FuzzCase? {
    var part = self
    for i in kept {
      for (j, input) in steps[i].inputs.enumerated() {
        guard case .link(let producer, let order) = input.content else { continue }
        if let place = kept.firstIndex(of: producer) {
          part.steps[i].inputs[j].content = .link(step: place, order: order)
        } else if let cut = part.unlinking(i, j, results) {
          part = cut
        } else {
          return nil
        }
      }
    }
    part.steps = kept.map { part.steps[$0] }
    return part
  }

  /// An input of its own in place of a link.
  func unlinking(_ step: Int, _ input: Int, _ results: [ElementArray]) -> FuzzCase? {
    guard case .link(let producer, _) = steps[step].inputs[input].content, producer < results.count,
      results.count >= step
    else { return nil }
    var part = self
    let elements = operation(step, results).inputs[input].elements
    part.steps[step].inputs[input].content = .elements(elements)
    return part
  }

  /// A part of an axis, of all operands that have it.
  func slicing(_ axis: Int, _ range: Range<Int>) -> FuzzCase? {
    guard extents[axis] > 1, !range.isEmpty else { return nil }
    var part = self
    part.extents[axis] = range.count
    for i in steps.indices {
      for j in steps[i].inputs.indices { part.steps[i].inputs[j].content = slice(steps[i].inputs[j], axis, range) }
      for j in steps[i].outputs.indices {
        part.steps[i].outputs[j].content = slice(steps[i].outputs[j], axis, range)
      }
      // Indices into the axis keep to what is left of it.
      guard let (_, data) = steps[i].indexed, let position = steps[i].axis, data.axes[position] == axis,
        let place = steps[i].indexInput, let indices = part.steps[i].inputs[place].elements
      else { continue }
      let clamped = (0..<indices.count).map {
        min(max(indices.integer($0) - Int64(range.lowerBound), 0), Int64(range.count - 1))
      }
      part.steps[i].inputs[place].content = .elements(ElementArray(.int64, integers: clamped))
    }
    return part
  }

  private func slice(_ operand: FuzzOperand, _ axis: Int, _ range: Range<Int>) -> FuzzOperand.Content {
    guard let elements = operand.elements, operand.axes.contains(axis) else { return operand.content }
    let whole = Layout(contiguous: shape(operand))
    let shape = operand.axes.map { $0 == axis ? range.count : extents[$0] }
    let lead = operand.axes.indices.reduce(0) {
      $0 + (operand.axes[$1] == axis ? range.lowerBound * whole.strides[$1] : 0)
    }
    return .elements(elements.picking(Layout(shape, strides: whole.strides, lead: lead).offsets))
  }

  /// The case without an axis of extent 1, and without what stands in its place in other operands.
  func dropping(_ axis: Int) -> FuzzCase? {
    var places: Set<Int> = [axis]
    var count: Int
    repeat {
      count = places.count
      for step in steps {
        for position in step.positions(of: places) {
          for operand in step.inputs + step.outputs { places.insert(operand.axes[position]) }
        }
      }
    } while places.count > count
    guard places.allSatisfy({ extents[$0] == 1 }) else { return nil }
    var part = self
    // The links first: their order speaks of the producer's axes as they were.
    for i in steps.indices {
      for (j, input) in steps[i].inputs.enumerated() {
        guard case .link(let producer, let order) = input.content else { continue }
        let gone = steps[producer].positions(of: places)
        let left = order.enumerated().filter { !steps[i].positions(of: places).contains($0.offset) }
        guard !left.contains(where: { gone.contains($0.element) }),
          left.count == order.count - gone.count
        else { return nil }
        let renumbered = left.map { place in place.element - gone.count { $0 < place.element } }
        part.steps[i].inputs[j].content = .link(step: producer, order: renumbered)
      }
    }
    for i in steps.indices {
      for position in steps[i].positions(of: places).reversed() {
        guard part.steps[i].remove(position) else { return nil }
      }
    }
    return part
  }
}

extension FuzzStep {
  /// Where operands have one of some axes.
  fileprivate func positions(of places: Set<Int>) -> [Int] {
    let operands = inputs + outputs
    return operands[0].axes.indices.filter { position in
      operands.contains { places.contains($0.axes[position]) }
    }
  }

  /// Removes the position from all operands; false where the operator needs it.
  fileprivate mutating func remove(_ position: Int) -> Bool {
    let rank = outputs[0].axes.count
    if entry.family == .matmul && position >= rank - 2 { return false }
    switch params {
    case .axis(let axis):
      if position == axis { return false }
      params = .axis(position < axis ? axis - 1 : axis)
    case .sort(let axis, let isDescending):
      if position == axis { return false }
      params = .sort(axis: position < axis ? axis - 1 : axis, descending: isDescending)
    case .scatter(let axis, let mode):
      if position == axis { return false }
      params = .scatter(axis: position < axis ? axis - 1 : axis, mode: mode)
    default: break
    }
    func removing(_ operand: FuzzOperand) -> FuzzOperand {
      var operand = operand
      operand.axes.remove(at: position)
      operand.placement.remove(position)
      return operand
    }
    inputs = inputs.map(removing)
    outputs = outputs.map(removing)
    return true
  }
}
