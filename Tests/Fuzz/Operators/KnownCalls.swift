import Backplane

/// Calls of operators whose arguments have to fit one another in ways that trying does not find.
///
/// Each is the list of the first arguments by position; nil is left out.
enum KnownCalls {
  /// Those of an operator, of the one that it is in place, or of `torch.nn.functional`'s of the name.
  static func calls(of name: String) -> [[ValueRecipe?]] {
    var names = [name, "nn.functional.\(name)"]
    for suffix in ["_", "_copy"] where name.hasSuffix(suffix) { names.append(String(name.dropLast(suffix.count))) }
    return names.lazy.compactMap { table[$0] ?? recurrent[$0] }.first ?? []
  }

  /// Recurrent layers, over sequences of one length and packed ones, and their cells.
  private static let recurrent: [String: [[ValueRecipe?]]] = [
    "gru": layers(gates: 3, state: reals(1, 2, 5)),
    "lstm": layers(gates: 4, state: .list([reals(1, 2, 5), reals(1, 2, 5)])),
    "rnn_tanh": layers(gates: 1, state: reals(1, 2, 5)),
    "rnn_relu": layers(gates: 1, state: reals(1, 2, 5)),
    "gru_cell": [[reals(2, 4), reals(2, 5), reals(15, 4), reals(15, 5)]],
    "rnn_tanh_cell": [[reals(2, 4), reals(2, 5), reals(5, 4), reals(5, 5)]],
    "rnn_relu_cell": [[reals(2, 4), reals(2, 5), reals(5, 4), reals(5, 5)]],
    "lstm_cell": [[reals(2, 4), .list([reals(2, 5), reals(2, 5)]), reals(20, 4), reals(20, 5)]],
  ]

  private static func layers(gates: Int, state: ValueRecipe) -> [[ValueRecipe?]] {
    let rows = 5 * gates
    let parameters = ValueRecipe.list([reals(rows, 4), reals(rows, 5), reals(rows), reals(rows)])
    let options: [ValueRecipe?] = [parameters, .bool(true), .int(1), .double(0), .bool(false), .bool(false)]
    let lengths = ValueRecipe.tensor(TensorRecipe(shape: [3], dtype: .int64, content: .wholes([2, 2, 1])))
    return [[reals(3, 2, 4), state] + options + [.bool(false)], [reals(5, 4), lengths, state] + options]
  }

  private static let pivots = ValueRecipe.tensor(TensorRecipe(shape: [3], dtype: .int32, content: .wholes([1, 2, 3])))
  private static let edges = ValueRecipe.tensor(TensorRecipe(shape: [3], content: .reals([0, 0.5, 1])))

  private static let table: [String: [[ValueRecipe?]]] = [
    "tensor": [[.list([.double(1), .int(2)])]],
    "as_tensor": [[.list([.double(1), .int(2)])]],
    "asarray": [[.list([.double(1), .int(2)])]],
    "addmv": [[reals(3), reals(3, 2), reals(2)]],
    "histogramdd": [[reals(6, 2), .list([edges, edges])]],
    "stft": [[reals(20), .int(8), nil, nil, nil, .bool(true), .string("reflect"), .bool(false), nil, .bool(true)]],
    "istft": [[.tensor(TensorRecipe(shape: [5, 6], dtype: .complex64)), .int(8)]],
    "lu_solve": [[reals(3, 2), reals(3, 3), pivots]],
    "lu_unpack": [[reals(3, 3), pivots]],
    "nn.functional.affine_grid": [[reals(1, 2, 3), .ints([1, 1, 4, 4])]],
    "nn.functional.grid_sample": [[reals(1, 1, 4, 4), reals(1, 3, 3, 2)]],
    "affine_grid_generator": [[reals(1, 2, 3), .ints([1, 1, 4, 4]), .bool(false)]],
    "grid_sampler": [[reals(1, 1, 4, 4), reals(1, 3, 3, 2), .int(0), .int(0), .bool(false)]],
    "grid_sampler_2d": [[reals(1, 1, 4, 4), reals(1, 3, 3, 2), .int(2), .int(1), .bool(true)]],
    "grid_sampler_3d": [[reals(1, 1, 4, 4, 4), reals(1, 3, 3, 3, 3), .int(1), .int(2), .bool(true)]],
    "nn.functional.ctc_loss": [
      [
        reals(5, 2, 4), .tensor(TensorRecipe(shape: [2, 3], dtype: .int64, content: .wholes([1, 2, 3]))),
        .ints([5, 5]),
        .ints([3, 2]),
      ]
    ],
    "nn.functional.multi_head_attention_forward": [
      [
        reals(3, 2, 4), reals(3, 2, 4), reals(3, 2, 4), .int(4), .int(2), reals(12, 4), reals(12), nil, nil,
        .bool(false), .double(0), reals(4, 4), reals(4),
      ]
    ],
    "nn.functional.conv1d": [[reals(2, 4, 8), reals(6, 4, 3)]],
    "nn.functional.conv2d": [[reals(2, 4, 6, 6), reals(6, 4, 3, 3), reals(6)]],
    "nn.functional.conv3d": [[reals(1, 2, 4, 4, 4), reals(2, 2, 2, 2, 2)]],
    "nn.functional.conv_transpose1d": [[reals(2, 4, 8), reals(4, 6, 3)]],
    "nn.functional.conv_transpose2d": [[reals(2, 4, 6, 6), reals(4, 6, 3, 3)]],
    "nn.functional.conv_transpose3d": [[reals(1, 2, 4, 4, 4), reals(2, 2, 2, 2, 2)]],
    "nn.functional.batch_norm": [
      [reals(2, 4, 3), reals(4), reals(4)], [reals(2, 4), nil, nil, reals(4), reals(4), .bool(true)],
    ],
    "nn.functional.interpolate": [
      [reals(1, 2, 4), .int(6)], [reals(1, 2, 4, 4), .ints([6, 2]), nil, .string("bicubic")],
      [reals(1, 2, 4, 4), nil, .double(1.5), .string("bilinear")],
      [reals(1, 2, 3, 3, 3), .int(2), nil, .string("trilinear")],
    ],
    "nn.functional.upsample": [[reals(1, 2, 4), .int(6)], [reals(1, 2, 4, 4), nil, .double(2)]],
    "nn.functional.upsample_bilinear": [[reals(1, 2, 4, 4), .int(6)], [reals(1, 2, 4, 4), nil, .int(2)]],
    "nn.functional.upsample_nearest": [[reals(1, 2, 4), .int(6)], [reals(1, 2, 4, 4), nil, .int(2)]],
    "nn.functional.embedding": [[wholes(below: 4, 2, 3), reals(4, 5)]],
    "nn.functional.embedding_bag": [
      [wholes(below: 4, 6), reals(4, 5), wholes(below: 3, 3)], [wholes(below: 4, 2, 3), reals(4, 5)],
    ],
    "nn.functional.cross_entropy": [
      [reals(3, 4), wholes(below: 4, 3)], [reals(3, 4, 2), wholes(below: 4, 3, 2), reals(4)],
    ],
    "nn.functional.nll_loss": [
      [reals(3, 4), wholes(below: 4, 3)], [reals(3, 4, 2), wholes(below: 4, 3, 2), reals(4)],
    ],
    "nn.functional.fold": [[reals(1, 8, 9), .ints([4, 4]), .ints([2, 2])]],
    "nn.functional.unfold": [[reals(1, 2, 4, 4), .ints([2, 2])]],
    "nn.functional.scaled_dot_product_attention": [
      [reals(2, 4, 8), reals(2, 5, 8), reals(2, 5, 3)],
      [reals(2, 2, 4, 8), reals(2, 2, 4, 8), reals(2, 2, 4, 8), reals(4, 4)],
    ],
    "nn.functional.max_pool1d": [[reals(2, 4, 8), .int(2)]],
    "nn.functional.max_pool2d": [[reals(2, 4, 6, 6), .ints([2, 3])]],
    "nn.functional.max_pool3d": [[reals(1, 2, 4, 4, 4), .int(2)]],
    "nn.functional.avg_pool1d": [[reals(2, 4, 8), .int(2)]],
    "nn.functional.avg_pool2d": [[reals(2, 4, 6, 6), .ints([2, 3])]],
    "nn.functional.avg_pool3d": [[reals(1, 2, 4, 4, 4), .int(2)]],
    "nn.functional.pad": [
      [reals(2, 3, 4), .ints([1, 2])], [reals(2, 3, 4, 4), .ints([1, 2, 0, 1]), .string("reflect")],
    ],
    "nn.functional.pixel_shuffle": [[reals(1, 8, 3, 3), .int(2)]],
    "nn.functional.pixel_unshuffle": [[reals(1, 2, 4, 6), .int(2)]],
    "nn.functional.one_hot": [[wholes(below: 3, 4)]],
    "linalg.lu_solve": [[reals(3, 3), pivots, reals(3, 2)]],
    "clamp": [
      [reals(2, 3), .double(0.2), .double(0.5)], [reals(2, 3), reals(2, 3)], [wholes(below: 4, 3), nil, .int(2)],
    ],
    "clip": [
      [reals(2, 3), .double(0.2), .double(0.5)], [reals(2, 3), reals(2, 3)], [wholes(below: 4, 3), nil, .int(2)],
    ],
    "view_as_complex": [[reals(3, 2)]],
    "unfold": [[reals(6, 4), .int(0), .int(2), .int(1)]],
    "fft.irfft": [[reals(3, 4)]],
    "einsum": [
      [.string("ij,jk->ik"), .list([reals(2, 3), reals(3, 4)])], [.string("...ij->...ji"), .list([reals(2, 3, 4)])],
    ],
    "meshgrid": [[.list([reals(2), reals(3), reals(1)])]],
    "cartesian_prod": [[.list([reals(2), reals(3), reals(1)])]],
  ]

  static func reals(_ shape: Int...) -> ValueRecipe { .tensor(TensorRecipe(shape: shape)) }

  static func wholes(below limit: Int, _ shape: Int...) -> ValueRecipe {
    .tensor(TensorRecipe(shape: shape, dtype: .int64, content: .integers(below: limit)))
  }
}
