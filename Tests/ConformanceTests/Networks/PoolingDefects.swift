import BackendAPI

/// What kernels of pooling, of the first of an order, and of activations in one pass may get wrong.
extension Defect {
  static let poolings: [Defect] =
    [
      altering("the padding forgotten", "MAX_POOL", BP_OP_MAX_POOL) { $0.padding_low = (0, 0, 0) },
      altering("dilation left out", "MAX_POOL", BP_OP_MAX_POOL) { $0.dilation = (1, 1, 1) },
      changing("NaN lost", "MAX_POOL", BP_OP_MAX_POOL) { _, elements in
        for element in elements where element.loadUnaligned(as: Float.self).isNaN {
          element.storeBytes(of: 1, as: Float.self)
        }
      },
      changing("the end of a row that fills no vector", "MAX_POOL", BP_OP_MAX_POOL) { shape, elements in
        let width = shape.last!
        guard width > 8 else { return }
        for i in stride(from: width - 1, to: elements.count, by: width) {
          elements[i].storeBytes(of: -100, as: Float.self)
        }
      },
      places("the last of equals", "MAX_POOL", BP_OP_MAX_POOL) { plugin, op in
        // Of windows that do not overlap, two by two: the place of an equal element behind.
        let x = op.inputs[0]!.pointee, width = Int64(x.shape[Int(x.rank) - 1])
        let elements = plugin.elements(x).map { $0.loadUnaligned(as: Float.self) }
        let planes = Int(x.shape[0] * x.shape[1]), size = elements.count / max(planes, 1)
        let places = plugin.elements(op.outputs[1]!.pointee)
        for (i, place) in places.enumerated() {
          let plane = i / max(places.count / max(planes, 1), 1) * size, at = place.loadUnaligned(as: Int64.self)
          let next = Int(at + 1)
          if next < size, (at + 1) % width != 0, at % 2 == 0, elements[plane + next] == elements[plane + Int(at)] {
            place.storeBytes(of: at + 1, as: Int64.self)
          }
        }
      },
      places("places within the window", "MAX_POOL", BP_OP_MAX_POOL) { plugin, op in
        for place in plugin.elements(op.outputs[1]!.pointee) {
          place.storeBytes(of: place.loadUnaligned(as: Int64.self) % 4, as: Int64.self)
        }
      },

      changing("what no place names is not zero", "MAX_POOL_BACKWARD", BP_OP_MAX_POOL_BACKWARD) { _, elements in
        for element in elements where element.loadUnaligned(as: Float.self) == 0 {
          element.storeBytes(of: 0.125, as: Float.self)
          return
        }
      },
      Defect("MAX_POOL_BACKWARD: the last of several on one place", finding: ["MAX_POOL_BACKWARD"], "expected") {
        plugin in
        plugin.execute = { plugin, op, error in
          let g = op.pointee.inputs[0]!.pointee
          guard op.pointee.op == BP_OP_MAX_POOL_BACKWARD, g.dtype == BP_FLOAT32 else {
            return plugin.originalExecute(op, error)
          }
          let values = plugin.elements(g).map { $0.loadUnaligned(as: Float.self) }
          let places = plugin.elements(op.pointee.inputs[1]!.pointee).map { Int($0.loadUnaligned(as: Int64.self)) }
          let planes = max(Int(g.shape[0] * g.shape[1]), 1)
          return plugin.changingOutput(op, error) { elements in
            for (i, place) in places.enumerated() {
              let plane = i / max(places.count / planes, 1)
              elements[plane * (elements.count / planes) + place].storeBytes(of: values[i], as: Float.self)
            }
          }
        }
      },
      Defect("MAX_POOL_BACKWARD: one channel's places for all", finding: ["MAX_POOL_BACKWARD"], "expected") { plugin in
        plugin.execute = { plugin, op, error in
          let places = op.pointee.inputs.map { $0[Int(op.pointee.input_count) - 1]!.pointee } ?? bp_tensor()
          guard op.pointee.op == BP_OP_MAX_POOL_BACKWARD else { return plugin.originalExecute(op, error) }
          var strides = (0..<Int(places.rank)).map { places.strides[$0] }
          strides[1] = 0
          return strides.withUnsafeBufferPointer { strides in
            plugin.changingInput(1, op, error) { $0.strides = strides.baseAddress }
          }
        }
      },

      altering("padding not counted", "AVERAGE_POOL", BP_OP_AVERAGE_POOL) { $0.flags = 0 },
      altering("the divisor ignored", "AVERAGE_POOL", BP_OP_AVERAGE_POOL) { $0.divisor = 0 },
      altering("padding counted without end", "AVERAGE_POOL", BP_OP_AVERAGE_POOL) {
        $0.padding_high = ($0.padding_high.0 + 9, $0.padding_high.1 + 9, $0.padding_high.2 + 9)
      },
      altering("padding not counted", "AVERAGE_POOL_BACKWARD", BP_OP_AVERAGE_POOL_BACKWARD) { $0.flags = 0 },
      altering("the divisor ignored", "AVERAGE_POOL_BACKWARD", BP_OP_AVERAGE_POOL_BACKWARD) { $0.divisor = 0 },
      changing("what no window holds is not zero", "AVERAGE_POOL_BACKWARD", BP_OP_AVERAGE_POOL_BACKWARD) {
        _, elements in
        for element in elements where element.loadUnaligned(as: Float.self) == 0 {
          element.storeBytes(of: 0.125, as: Float.self)
          return
        }
      },

      Defect("TOPK: the other end", finding: ["TOPK"], "expected") { plugin in
        plugin.execute = { plugin, op, error in
          guard op.pointee.op == BP_OP_TOPK, let params = op.pointee.params else {
            return plugin.originalExecute(op, error)
          }
          var (changed, other) = (op.pointee, params.loadUnaligned(as: bp_sort_params.self))
          other.descending = 1 - other.descending
          return withUnsafePointer(to: other) { other in
            changed.params = UnsafeRawPointer(other)
            return plugin.originalExecute(&changed, error)
          }
        }
      },
      changing("NaN among the least", "TOPK", BP_OP_TOPK) { _, elements in
        for element in elements where element.loadUnaligned(as: Float.self).isNaN {
          element.storeBytes(of: -8, as: Float.self)
        }
      },
      places("equal elements by the highest index", "TOPK", BP_OP_TOPK) { plugin, op in
        let x = plugin.elements(op.inputs[0]!.pointee).map { $0.loadUnaligned(as: Float.self) }
        let places = plugin.elements(op.outputs[1]!.pointee)
        guard op.inputs[0]!.pointee.rank == 1 || op.inputs[0]!.pointee.shape[0] == 1, let first = places.first else {
          // Two neighbours that are equal change places.
          for (a, b) in zip(places, places.dropFirst()) {
            let (i, j) = (a.loadUnaligned(as: Int64.self), b.loadUnaligned(as: Int64.self))
            if i < j, Int(j) < x.count, x[Int(i)] == x[Int(j)] {
              a.storeBytes(of: j, as: Int64.self)
              b.storeBytes(of: i, as: Int64.self)
              return
            }
          }
          return
        }
        let value = x[Int(first.loadUnaligned(as: Int64.self))]
        if let last = x.lastIndex(of: value) { first.storeBytes(of: Int64(last), as: Int64.self) }
      },
    ] + activations

  private static let activations: [Defect] =
    [
      replacing("the other approximation", "GELU", BP_OP_GELU, by: BP_OP_GELU_TANH),
      changing("0 at -infinity", "GELU", BP_OP_GELU) { _, elements in zeroing(elements) { $0.isNaN } },
      changing("the tail cut off", "GELU", BP_OP_GELU) { _, elements in zeroing(elements) { abs($0) < 1e-3 } },
      replacing("the other approximation", "GELU_TANH", BP_OP_GELU_TANH, by: BP_OP_GELU),
      changing("the tail cut off", "GELU_TANH", BP_OP_GELU_TANH) { _, elements in zeroing(elements) { abs($0) < 1e-3 }
      },
      changing("NaN lost", "GELU_TANH", BP_OP_GELU_TANH) { _, elements in zeroing(elements) { $0.isNaN } },
      replacing("the other approximation", "GELU_BACKWARD", BP_OP_GELU_BACKWARD, by: BP_OP_GELU_TANH_BACKWARD),
      replacing("the other approximation", "GELU_TANH_BACKWARD", BP_OP_GELU_TANH_BACKWARD, by: BP_OP_GELU_BACKWARD),
      replacing("another function's", "SILU_BACKWARD", BP_OP_SILU_BACKWARD, by: BP_OP_GELU_BACKWARD),
      replacing("another function's", "SIGMOID_BACKWARD", BP_OP_SIGMOID_BACKWARD, by: BP_OP_TANH_BACKWARD),
      replacing("another function's", "TANH_BACKWARD", BP_OP_TANH_BACKWARD, by: BP_OP_SIGMOID_BACKWARD),
      changing("NaN of a result passed on as 0", "RELU_BACKWARD", BP_OP_RELU_BACKWARD) { _, elements in
        zeroing(elements) { $0.isNaN }
      },
    ]
    + [
      ("GELU_BACKWARD", BP_OP_GELU_BACKWARD), ("GELU_TANH_BACKWARD", BP_OP_GELU_TANH_BACKWARD),
      ("SILU_BACKWARD", BP_OP_SILU_BACKWARD), ("SIGMOID_BACKWARD", BP_OP_SIGMOID_BACKWARD),
      ("TANH_BACKWARD", BP_OP_TANH_BACKWARD), ("RELU_BACKWARD", BP_OP_RELU_BACKWARD),
    ].flatMap { name, id in
      [
        Defect("\(name): gradient and operand exchanged", finding: [name], "expected") { plugin in
          plugin.execute = { plugin, op, error in
            guard op.pointee.op == id else { return plugin.originalExecute(op, error) }
            let swapped: [UnsafePointer<bp_tensor>?] = [op.pointee.inputs[1], op.pointee.inputs[0]]
            return swapped.withUnsafeBufferPointer { inputs in
              var changed = op.pointee
              changed.inputs = inputs.baseAddress
              return plugin.originalExecute(&changed, error)
            }
          }
        },
        changing("the last element of a partial vector", name, id) { shape, elements in
          guard elements.count % 16 == 1, elements.count > 16 else { return }
          elements.last!.storeBytes(of: 99, as: Float.self)
        },
      ]
    }

  private static func zeroing(_ elements: [UnsafeMutableRawPointer], _ isMeant: (Float) -> Bool) {
    for element in elements where isMeant(element.loadUnaligned(as: Float.self)) {
      element.storeBytes(of: 0, as: Float.self)
    }
  }

  // MARK: - How they are planted

  /// Changes the elements of a float32 result.
  private static func changing(
    _ name: String, _ operation: String, _ id: Int32,
    _ change: @escaping @Sendable (_ shape: [Int], _ elements: [UnsafeMutableRawPointer]) -> Void
  ) -> Defect {
    Defect("\(operation): \(name)", finding: [operation], "expected") { plugin in
      plugin.execute = { plugin, op, error in
        let out = op.pointee.outputs[0]!.pointee
        guard op.pointee.op == id, out.dtype == BP_FLOAT32 else { return plugin.originalExecute(op, error) }
        return plugin.changingOutput(op, error) { change((0..<Int(out.rank)).map { Int(out.shape[$0]) }, $0) }
      }
    }
  }

  /// Changes the places that a float32 operator gives.
  private static func places(
    _ name: String, _ operation: String, _ id: Int32,
    _ change: @escaping @Sendable (DamagedPlugin, bp_op) -> Void
  ) -> Defect {
    Defect("\(operation): \(name)", finding: [operation], "out1") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id, op.pointee.output_count == 2, op.pointee.outputs[0]!.pointee.dtype == BP_FLOAT32
        else { return plugin.originalExecute(op, error) }
        let code = plugin.originalExecute(op, error)
        if code == BP_OK { change(plugin, op.pointee) }
        return code
      }
    }
  }

  /// Does the operator with other params, where the windows of these still hold something.
  private static func altering(
    _ name: String, _ operation: String, _ id: Int32, _ change: @escaping @Sendable (inout bp_pool_params) -> Void
  ) -> Defect {
    Defect("\(operation): \(name)", finding: [operation], "expected") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id, let params = op.pointee.params,
          params.loadUnaligned(as: UInt32.self) == MemoryLayout<bp_pool_params>.size
        else { return plugin.originalExecute(op, error) }
        var (changed, other) = (op.pointee, params.loadUnaligned(as: bp_pool_params.self))
        // Flags that nobody knows are refused by the operator itself.
        if other.flags & ~BP_POOL_COUNT_PADDING != 0 { return plugin.originalExecute(op, error) }
        change(&other)
        let code = withUnsafePointer(to: other) { other in
          changed.params = UnsafeRawPointer(other)
          return plugin.originalExecute(&changed, nil)
        }
        return code == BP_OK ? code : plugin.originalExecute(op, error)
      }
    }
  }

  /// Does another operator of the same operands.
  private static func replacing(_ name: String, _ operation: String, _ id: Int32, by other: Int32) -> Defect {
    Defect("\(operation): \(name)", finding: [operation], "expected") { plugin in
      plugin.execute = { plugin, op, error in
        guard op.pointee.op == id else { return plugin.originalExecute(op, error) }
        var changed = op.pointee
        changed.op = other
        return plugin.originalExecute(&changed, error)
      }
    }
  }
}
