import Engine

/// He et al. 2015, "Deep Residual Learning for Image Recognition", for pictures of about 224 pixels.
public final class ResNet: ModuleChain {
  /// The convolutions beside a shortcut.
  public enum Block: Sendable {
    /// Two of 3×3.
    case basic
    /// 1×1, 3×3 and 1×1 to four times the width; a stride is in the 3×3, as torchvision has it (v1.5).
    case bottleneck
    /// The same with the stride in the first 1×1, as in the paper (v1).
    case paperBottleneck

    var expansion: Int { self == .basic ? 1 : 4 }
  }

  /// 7×7 convolution and max pooling: a quarter of the picture's extents.
  public let stem: Sequential
  /// Four stages, each after the first halving the extents.
  public let stages: [Sequential]
  /// Global average pooling and the linear layer `fc`: logits `[N, classes]`.
  public let head: Sequential
  private let body: Sequential
  public var children: [any Module] { body.children }

  /// Keys are torchvision's, `conv1.weight` to `fc.bias`.
  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the number of classes and of input channels; there is no dropout.
  ///   - block: what stages are made of.
  ///   - depths: blocks in each of the four stages, whose widths are 64, 128, 256 and 512; ResNet-50 has 3, 4, 6, 3.
  public init(_ scope: Scope, _ options: NetworkOptions, block: Block, depths: [Int]) {
    stem = Sequential([
      Self.unit(scope, "1", from: options.inputChannels, to: 64, kernel: 7, stride: 2, at: scope["relu"]),
      MaxPool2d(scope["maxpool"], kernel: 3, stride: 2, padding: 1),
    ])
    var channels = 64
    stages = depths.enumerated().map { stage, depth in
      let width = 64 << stage
      let scope = scope["layer\(stage + 1)"]
      return Sequential(
        scope,
        (0..<depth).map { index in
          defer { channels = width * block.expansion }
          return ResidualBlock(
            scope[index], block, from: channels, width: width,
            stride: stage > 0 && index == 0 ? 2 : 1)
        })
    }
    head = Sequential([
      AdaptiveAvgPool2d(scope["avgpool"], size: 1), Flatten(),
      Linear(scope["fc"], from: channels, to: options.classes),
    ])
    let modules: [any Module] = [stem] + stages + [head]
    body = Sequential([MicroBatches(Array(modules.prefix(3)))] + modules.dropFirst(3))
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    body(x, pass)
  }

  /// `conv<suffix>` and `bn<suffix>`.
  static func unit(
    _ scope: Scope, _ suffix: String, from: Int, to: Int, kernel: Int, stride: Int = 1,
    activation: Activation = .relu, at output: Scope? = nil
  ) -> ConvNormActivation {
    unit(
      scope["conv\(suffix)"], scope["bn\(suffix)"], from: from, to: to, kernel: kernel, stride: stride,
      activation: activation, at: output)
  }

  static func unit(
    _ convolution: Scope, _ norm: Scope, from: Int, to: Int, kernel: Int, stride: Int, activation: Activation,
    at output: Scope?
  ) -> ConvNormActivation {
    ConvNormActivation(
      Conv2d(
        convolution, from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
        padding: Padding2D(kernel / 2), bias: false, initializer: .kaimingNormal(.output)),
      BatchNorm2d(norm, channels: to), activation: activation, at: output)
  }
}

/// ReLU(branch(x) + shortcut(x)), the sum and the ReLU in the last convolution's pass.
final class ResidualBlock: Module {
  let path: String
  private let branch: Sequential
  private let last: ConvNormActivation
  private let shortcut: ConvNormActivation?
  var children: [any Module] { branch.children + [last] + [shortcut].compactMap { $0 } }

  init(_ scope: Scope, _ block: ResNet.Block, from: Int, width: Int, stride: Int) {
    path = scope.path
    let out = width * block.expansion
    switch block {
    case .basic:
      branch = Sequential([ResNet.unit(scope, "1", from: from, to: width, kernel: 3, stride: stride)])
      last = ResNet.unit(scope, "2", from: width, to: out, kernel: 3)
    case .bottleneck, .paperBottleneck:
      let (first, second) = block == .paperBottleneck ? (stride, 1) : (1, stride)
      branch = Sequential([
        ResNet.unit(scope, "1", from: from, to: width, kernel: 1, stride: first),
        ResNet.unit(scope, "2", from: width, to: width, kernel: 3, stride: second),
      ])
      last = ResNet.unit(scope, "3", from: width, to: out, kernel: 1)
    }
    let downsample = scope["downsample"]
    shortcut =
      stride == 1 && from == out
      ? nil
      : ResNet.unit(
        downsample[0], downsample[1], from: from, to: out, kernel: 1, stride: stride, activation: .none,
        at: downsample)
  }

  func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    let y = branch(x, pass)
    let identity = shortcut?(x, pass) ?? x
    return last.apply(y, pass, residual: identity)
  }
}

extension NetworkCard {
  static let resNets = [
    resNet("resnet18", .basic, [2, 2, 2, 2], 11_689_512, 1_814_073_344, .torchvision(30.242, 10.922)),
    resNet("resnet34", .basic, [3, 4, 6, 3], 21_797_672, 3_663_761_408, .torchvision(26.686, 8.580)),
    resNet("resnet50", .bottleneck, [3, 4, 6, 3], 25_557_032, 4_089_184_256, .torchvision(23.870, 7.138)),
    resNet("resnet101", .bottleneck, [3, 4, 23, 3], 44_549_160, 7_801_405_440, .torchvision(22.626, 6.454)),
    resNet("resnet152", .bottleneck, [3, 8, 36, 3], 60_192_808, 11_513_626_624, .torchvision(21.688, 5.954)),
    // The paper itself has errors of ten crops; of one, they are in the README of the authors' weights,
    // <https://github.com/KaimingHe/deep-residual-networks>.
    resNet(
      "resnet50_paper", variant: .paper, .paperBottleneck, [3, 4, 6, 3], 25_557_032, 3_857_973_248,
      PublishedError(top1: 24.7, top5: 7.8, source: "the authors' weights, ImageNet validation, centre crop")),
  ]

  private static func resNet(
    _ name: String, variant: Variant = .torchvision, _ block: ResNet.Block, _ depths: [Int],
    _ parameterCount: Int, _ macs: Int, _ error: PublishedError
  ) -> NetworkCard {
    NetworkCard(
      name, variant: variant, family: "ResNet",
      paper: "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015", minimumSize: 1,
      parameterCount: parameterCount, macs: macs, error: error
    ) { scope, options in ResNet(scope, options, block: block, depths: depths) }
  }
}
