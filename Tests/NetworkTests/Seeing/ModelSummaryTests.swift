import Backplane
import TestSupport
import Testing

/// The tables are torchinfo's, of the same models in PyTorch.
@Suite struct ModelSummaryTests {
  private final class MyNet: Module {
    let fc1: Linear
    let relu = ReLU()
    let fc2: Linear
    init(_ input: Int, _ hidden: Int, _ output: Int) {
      (fc1, fc2) = (Linear(input, hidden), Linear(hidden, output))
      super.init()
    }
    override func forward(_ x: Tensor) -> Tensor { fc2(relu(fc1(x))) }
  }

  private final class Conv2d: Module {
    @Parameter var weight: Tensor
    let kernelSize = [3, 3]
    init(_ input: Int, _ output: Int) {
      weight = Tensor.ones([output, input, 3, 3])
      super.init()
    }
    override func forward(_ x: Tensor) -> Tensor { F.conv2d(x, weight, padding: 1) }
  }

  private final class Block: Module {
    let conv = Conv2d(8, 8)
    let act = ReLU()
    override func forward(_ x: Tensor) -> Tensor { act(conv(x)) + x }
  }

  private final class Net: Module {
    let stem = Conv2d(3, 8)
    let act = ReLU()
    let blocks = Sequential(Block(), Block())
    let head = Linear(8, 10)
    @Parameter var scale = Tensor.ones([5])
    override func forward(_ x: Tensor) -> Tensor { head(act(blocks(act(stem(x)))).mean([2, 3])) * scale.sum() }
  }

  private final class Tied: Module {
    let a: Linear
    let l: ModuleList
    let unused = Linear(2, 2)
    override init() {
      let a = Linear(4, 4)
      (self.a, l) = (a, ModuleList([a, Linear(4, 4)]))
      super.init()
    }
    override func forward(_ x: Tensor) -> Tensor { a(l.reduce(x) { x, layer in layer(x) }) }
  }

  @Test func aSmallNet() {
    let table = summary(withDevice("reference") { MyNet(10, 20, 1) }, inputSize: [1, 10])
    #expect(table.totalParams == 241 && table.trainableParams == 241 && table.totalMultAdds == 241)
    #expect(table.layers.map(\.className) == ["MyNet", "Linear", "ReLU", "Linear"])
    #expect(table.layers.map(\.outputShape) == [[1, 1], [1, 20], [1, 20], [1, 1]])
    #expect(table.inputBytes == 40 && table.parameterBytes == 964 && table.outputBytes == 168)
    #expect(
      table.description == """
        ==========================================================================================
        Layer (type:depth-idx)                   Output Shape              Param #
        ==========================================================================================
        MyNet                                    [1, 1]                    --
        ├─Linear: 1-1                            [1, 20]                   220
        ├─ReLU: 1-2                              [1, 20]                   --
        ├─Linear: 1-3                            [1, 1]                    21
        ==========================================================================================
        Total params: 241
        Trainable params: 241
        Non-trainable params: 0
        Total mult-adds (M): 0.00
        ==========================================================================================
        Input size (MB): 0.00
        Forward/backward pass size (MB): 0.00
        Params size (MB): 0.00
        Estimated Total Size (MB): 0.00
        ==========================================================================================
        """)
  }

  @Test func nestedLayers() {
    let net = withDevice("reference") { Net() }
    (net.blocks[0] as? Block)?.conv.weight.requiresGrad_(false)
    net.head.eval()
    #expect(
      summary(net, inputSize: [2, 3, 16, 16]).description == """
        ==========================================================================================
        Layer (type:depth-idx)                   Output Shape              Param #
        ==========================================================================================
        Net                                      [2, 10]                   5
        ├─Conv2d: 1-1                            [2, 8, 16, 16]            216
        ├─ReLU: 1-2                              [2, 8, 16, 16]            --
        ├─Sequential: 1-3                        [2, 8, 16, 16]            --
        │    └─Block: 2-1                        [2, 8, 16, 16]            --
        │    │    └─Conv2d: 3-1                  [2, 8, 16, 16]            (576)
        │    │    └─ReLU: 3-2                    [2, 8, 16, 16]            --
        │    └─Block: 2-2                        [2, 8, 16, 16]            --
        │    │    └─Conv2d: 3-3                  [2, 8, 16, 16]            576
        │    │    └─ReLU: 3-4                    [2, 8, 16, 16]            --
        ├─ReLU: 1-4                              [2, 8, 16, 16]            --
        ├─Linear: 1-5                            [2, 10]                   90
        ==========================================================================================
        Total params: 1,463
        Trainable params: 887
        Non-trainable params: 576
        Total mult-adds (M): 0.70
        ==========================================================================================
        Input size (MB): 0.01
        Forward/backward pass size (MB): 0.10
        Params size (MB): 0.01
        Estimated Total Size (MB): 0.11
        ==========================================================================================
        """)
    #expect(
      summary(net, inputSize: [2, 3, 16, 16], depth: 2, columns: ModelSummary.Column.allCases, showsNames: true)
        .description == """
          =======================================================================================================================================================================================================================
          Layer (type (var_name):depth-idx)        Input Shape               Output Shape              Param #                   Param %                   Kernel Shape              Mult-Adds                 Trainable
          =======================================================================================================================================================================================================================
          Net (Net)                                [2, 3, 16, 16]            [2, 10]                   5                           0.34%                   --                        --                        Partial
          ├─Conv2d (stem): 1-1                     [2, 3, 16, 16]            [2, 8, 16, 16]            216                        14.76%                   [3, 3]                    110,592                   True
          ├─ReLU (act): 1-2                        [2, 8, 16, 16]            [2, 8, 16, 16]            --                             --                   --                        --                        --
          ├─Sequential (blocks): 1-3               [2, 8, 16, 16]            [2, 8, 16, 16]            --                             --                   --                        --                        Partial
          │    └─Block (0): 2-1                    [2, 8, 16, 16]            [2, 8, 16, 16]            (576)                      39.37%                   --                        294,912                   False
          │    └─Block (1): 2-2                    [2, 8, 16, 16]            [2, 8, 16, 16]            576                        39.37%                   --                        294,912                   True
          ├─ReLU (act): 1-4                        [2, 8, 16, 16]            [2, 8, 16, 16]            --                        (recursive)               --                        --                        --
          ├─Linear (head): 1-5                     [2, 8]                    [2, 10]                   90                          6.15%                   --                        180                       True
          =======================================================================================================================================================================================================================
          Total params: 1,463
          Trainable params: 887
          Non-trainable params: 576
          Total mult-adds (M): 0.70
          =======================================================================================================================================================================================================================
          Input size (MB): 0.01
          Forward/backward pass size (MB): 0.10
          Params size (MB): 0.01
          Estimated Total Size (MB): 0.11
          =======================================================================================================================================================================================================================
          """)
    // It is as it was.
    #expect(net.training && net.blocks.training && !net.head.training)
    var calls = 0
    net.registerForwardHook { _, _, _ in
      calls += 1
      return nil
    }
    _ = net(Tensor.zeros([1, 3, 8, 8], device: "reference"))
    #expect(calls == 1)
  }

  @Test func withoutAnInput() {
    let net = withDevice("reference") { Sequential(Linear(200, 300), Linear(300, 200)) }
    #expect(
      summary(net).description == """
        =================================================================
        Layer (type:depth-idx)                   Param #
        =================================================================
        Sequential                               --
        ├─Linear: 1-1                            60,300
        ├─Linear: 1-2                            60,200
        =================================================================
        Total params: 120,500
        Trainable params: 120,500
        Non-trainable params: 0
        =================================================================
        """)
  }

  @Test func modulesThatAreHeldTwice() {
    let net = withDevice("reference") { Tied() }
    #expect(
      summary(net, inputSize: [1, 4]).description == """
        ==========================================================================================
        Layer (type:depth-idx)                   Output Shape              Param #
        ==========================================================================================
        Tied                                     [1, 4]                    6
        ├─ModuleList: 1-1                        --                        --
        │    └─Linear: 2-1                       [1, 4]                    20
        │    └─Linear: 2-2                       [1, 4]                    20
        │    └─Linear: 2-3                       [1, 4]                    (recursive)
        ==========================================================================================
        Total params: 46
        Trainable params: 46
        Non-trainable params: 0
        Total mult-adds (M): 0.00
        ==========================================================================================
        Input size (MB): 0.00
        Forward/backward pass size (MB): 0.00
        Params size (MB): 0.00
        Estimated Total Size (MB): 0.00
        ==========================================================================================
        """)
  }

  /// Of an output that takes no memory.
  @Test func largeNumbers() {
    final class Convolution: Module {
      @Parameter var weight = Tensor.ones([1])
      override func forward(_ x: Tensor) -> Tensor { x.expand(1, 1, 40_000, 40_000) }
    }
    let text = summary(withDevice("reference") { Convolution() }, inputSize: [1]).description
    #expect(text.contains("\nTotal mult-adds (G): 1.60\n"))
    #expect(text.contains("\nForward/backward pass size (MB): 12800.00\n"))
  }

  @Test func severalInputs() {
    final class Distance: Module {
      let scale = Linear(3, 2)
      func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor { callWithHooks(a, b) { scale($0 - $1) } }
    }
    let (net, x) = withDevice("reference") { (Distance(), Tensor.ones([4, 3])) }
    let table = summary(net, inputs: [x, x]) { _ = net($0[0], $0[1]) }
    #expect(table.layers.map(\.outputShape) == [[4, 2], [4, 2]] && table.totalParams == 8)
    #expect(errorKind { _ = summary(net.scale, inputSize: [4, 5]) } == .shape)
    _ = net(x, x)
  }
}
