import Engine

/// Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks".
public final class MobileNetV2: ModuleChain {
  /// torchvision's two parts: `[N, H, W, C]` to `[N, H/32, W/32, 1280]`, and from there, with the pooling, to logits.
  public let features, classifier: Sequential
  public var children: [any Module] { [features, classifier] }

  /// Blocks of one kind: `count` of them to `width` channels, the first with `stride`, their depthwise convolutions over
  /// `expansion` times the channels that come in.
  private struct Stage {
    let expansion, width, count, stride: Int
  }

  private static let stages = [
    Stage(expansion: 1, width: 16, count: 1, stride: 1), Stage(expansion: 6, width: 24, count: 2, stride: 2),
    Stage(expansion: 6, width: 32, count: 3, stride: 2), Stage(expansion: 6, width: 64, count: 4, stride: 2),
    Stage(expansion: 6, width: 96, count: 3, stride: 1), Stage(expansion: 6, width: 160, count: 3, stride: 2),
    Stage(expansion: 6, width: 320, count: 1, stride: 1),
  ]

  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the dropout is 0.2 unless it says otherwise.
  ///   - widthMultiplier: times the channels of all layers, rounded to multiples of 8; of the last convolution
  ///     only where it is above 1.
  public init(_ scope: Scope, _ options: NetworkOptions, widthMultiplier: Double = 1) {
    let features = scope["features"]
    func width(_ channels: Int, _ multiplier: Double) -> Int {
      Self.multipleOfEight(Double(channels) * multiplier)
    }
    var channels = width(32, widthMultiplier)
    var layers: [any Module] = [
      Self.unit(features[0], from: options.inputChannels, to: channels, kernel: 3, stride: 2)
    ]
    for stage in Self.stages {
      let out = width(stage.width, widthMultiplier)
      for index in 0..<stage.count {
        layers.append(
          InvertedResidual(
            features[layers.count], from: channels, to: out, expansion: stage.expansion,
            stride: index == 0 ? stage.stride : 1))
        channels = out
      }
    }
    let last = width(1280, max(1, widthMultiplier))
    layers.append(Self.unit(features[layers.count], from: channels, to: last, kernel: 1))
    // Up to the blocks of 28×28 pixels.
    self.features = Sequential(
      features, [MicroBatches(Array(layers.prefix(7)))] + layers.dropFirst(7))
    classifier = Sequential([
      AdaptiveAvgPool2d(size: 1), Flatten(), Dropout(probability: options.dropout ?? 0.2),
      Linear(
        scope["classifier"][1], from: last, to: options.classes,
        initializer: .normal(standardDeviation: 0.01), biasInitializer: .zeros),
    ])
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    classifier(features(x, pass), pass)
  }

  /// The nearest multiple of 8, or the next where that is more than a tenth below.
  private static func multipleOfEight(_ value: Double) -> Int {
    let nearest = max(8, Int(value + 4) / 8 * 8)
    return Double(nearest) < 0.9 * value ? nearest + 8 : nearest
  }

  /// Convolution `0`, batch norm `1` and ReLU6.
  package static func unit(
    _ scope: Scope, from: Int, to: Int, kernel: Int, stride: Int = 1, groups: Int = 1
  ) -> ConvNormActivation {
    ConvNormActivation(
      scope, from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride), groups: groups,
      activation: .relu6, initializer: .kaimingNormal(.output))
  }

  fileprivate static func convolution(
    _ scope: Scope, from: Int, to: Int, kernel: Int, stride: Int, groups: Int
  ) -> Conv2d {
    Conv2d(
      scope, from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
      padding: Padding2D(kernel / 2),
      groups: groups, bias: false, initializer: .kaimingNormal(.output))
  }
}

/// A 1×1 convolution to more channels, a depthwise 3×3, and a 1×1 to few without an activation; the input is added
/// where the shapes are the same.
package final class InvertedResidual: Module {
  package let path: String
  /// Nil where the channels that come in are not expanded.
  private let expand: ConvNormActivation?
  private let depthwise, project: ConvNormActivation
  private let addsInput: Bool
  package var children: [any Module] { [expand, depthwise, project].compactMap { $0 } }

  package init(_ scope: Scope, from: Int, to: Int, expansion: Int, stride: Int) {
    path = scope.path
    let scope = scope["conv"]
    let hidden = from * expansion
    let first = expansion > 1 ? 1 : 0
    expand = expansion > 1 ? MobileNetV2.unit(scope[0], from: from, to: hidden, kernel: 1) : nil
    depthwise = MobileNetV2.unit(
      scope[first], from: hidden, to: hidden, kernel: 3, stride: stride, groups: hidden)
    project = ConvNormActivation(
      MobileNetV2.convolution(scope[first + 1], from: hidden, to: to, kernel: 1, stride: 1, groups: 1),
      BatchNorm2d(scope[first + 2], channels: to), activation: .none)
    addsInput = stride == 1 && from == to
  }

  package func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    if let expand, !pass.wantsAny(in: self),
      let y = ConvNormActivation.inLines(
        x, pass, expand: expand, depthwise: depthwise, project: project, addsInput: addsInput)
    {
      return y
    }
    let hidden = expand?(x, pass) ?? x
    return project.apply(depthwise(consume hidden, pass), pass, residual: addsInput ? x : nil)
  }
}

extension NetworkCard {
  static let mobileNetV2 = NetworkCard(
    "mobilenet_v2", variant: .torchvision, family: "MobileNet",
    paper: "Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018", minimumSize: 1,
    parameterCount: 3_504_872, macs: 300_774_272, error: .torchvision(28.122, 9.714)
  ) { scope, options in MobileNetV2(scope, options) }
}
