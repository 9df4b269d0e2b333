import Engine

/// Iandola et al. 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters".
public final class SqueezeNet: ModuleChain {
  /// Which of the authors' releases.
  public enum Version: Sendable {
    /// The paper's: its first convolution is 7×7.
    case v1_0
    /// The later one, with 2.4 times less work: the first convolution is 3×3, pooling comes earlier.
    case v1_1
  }

  /// torchvision's two parts: `[N, H, W, C]` to `[N, h, w, 512]`, and the 1×1 convolution to classes with their mean,
  /// `[N, classes]`.
  public let features, classifier: Sequential
  public var children: [any Module] { [features, classifier] }

  /// Keys are torchvision's, `features.0.weight` to `classifier.1.bias`.
  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the dropout is 0.5 unless it says otherwise.
  ///   - version: which of the two releases.
  public init(_ scope: Scope, _ options: NetworkOptions, version: Version) {
    /// The index in torchvision's list of layers, and what is there; `expand` is the width of each half.
    enum Layer { case pool, fire(squeeze: Int, expand: Int) }
    let stem: (width: Int, kernel: Int) = version == .v1_0 ? (96, 7) : (64, 3)
    let plan: [Layer] =
      switch version {
      case .v1_0:
        [
          .pool, .fire(squeeze: 16, expand: 64), .fire(squeeze: 16, expand: 64),
          .fire(squeeze: 32, expand: 128), .pool, .fire(squeeze: 32, expand: 128),
          .fire(squeeze: 48, expand: 192), .fire(squeeze: 48, expand: 192),
          .fire(squeeze: 64, expand: 256), .pool, .fire(squeeze: 64, expand: 256),
        ]
      case .v1_1:
        [
          .pool, .fire(squeeze: 16, expand: 64), .fire(squeeze: 16, expand: 64), .pool,
          .fire(squeeze: 32, expand: 128), .fire(squeeze: 32, expand: 128), .pool,
          .fire(squeeze: 48, expand: 192), .fire(squeeze: 48, expand: 192),
          .fire(squeeze: 64, expand: 256), .fire(squeeze: 64, expand: 256),
        ]
      }
    var layers: [any Module] = [
      ConvActivation(
        Conv2d(
          scope["features"][0], from: options.inputChannels, to: stem.width, kernel: Size2D(stem.kernel),
          stride: 2, initializer: .kaimingUniform(), biasInitializer: .zeros), at: scope["features"][1])
    ]
    var channels = stem.width
    // torchvision counts the first ReLU as layer 1.
    for (index, layer) in plan.enumerated() {
      switch layer {
      case .pool:
        layers.append(
          MaxPool2d(scope["features"][index + 2], kernel: 3, stride: 2, ceilMode: true))
      case .fire(let squeeze, let expand):
        layers.append(
          Fire(scope["features"][index + 2], from: channels, squeeze: squeeze, expand: expand))
        channels = 2 * expand
      }
    }
    // Up to the second pooling.
    let early = version == .v1_0 ? 6 : 5
    features = Sequential(
      scope["features"], [MicroBatches(Array(layers.prefix(early)))] + layers.dropFirst(early))
    classifier = Sequential([
      Dropout(probability: options.dropout ?? 0.5),
      ConvActivation(
        Conv2d(
          scope["classifier"][1], from: channels, to: options.classes, kernel: 1,
          initializer: .normal(standardDeviation: 0.01), biasInitializer: .zeros), at: scope["classifier"][2]),
      AdaptiveAvgPool2d(scope["classifier"][3], size: 1), Flatten(),
    ])
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    classifier(features(x, pass), pass)
  }
}

/// A 1×1 convolution to few channels, then 1×1 and 3×3 convolutions side by side.
final class Fire: Module {
  let path: String
  private let squeeze: ConvActivation
  private let expand: Branches
  var children: [any Module] { [squeeze, expand] }

  init(_ scope: Scope, from: Int, squeeze width: Int, expand: Int) {
    func unit(_ name: String, from: Int, to: Int, kernel: Int) -> ConvActivation {
      ConvActivation(
        Conv2d(
          scope[name], from: from, to: to, kernel: Size2D(kernel), padding: Padding2D(kernel / 2),
          initializer: .kaimingUniform(), biasInitializer: .zeros), at: scope["\(name)_activation"])
    }
    path = scope.path
    squeeze = unit("squeeze", from: from, to: width, kernel: 1)
    self.expand = Branches(branches: [
      [unit("expand1x1", from: width, to: expand, kernel: 1)],
      [unit("expand3x3", from: width, to: expand, kernel: 3)],
    ])
  }

  func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    expand(squeeze(x, pass), pass)
  }
}

extension NetworkCard {
  static let squeezeNets = [
    squeezeNet("squeezenet1_0", .v1_0, 21, 1_248_424, 818_924_576, .torchvision(41.908, 19.580)),
    squeezeNet("squeezenet1_1", .v1_1, 17, 1_235_496, 349_151_936, .torchvision(41.822, 19.376)),
  ]

  private static func squeezeNet(
    _ name: String, _ version: SqueezeNet.Version, _ minimumSize: Int, _ parameterCount: Int, _ macs: Int,
    _ error: PublishedError
  ) -> NetworkCard {
    NetworkCard(
      name, variant: .torchvision, family: "SqueezeNet",
      paper: "Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters, 2016",
      minimumSize: minimumSize, parameterCount: parameterCount, macs: macs, error: error
    ) { scope, options in SqueezeNet(scope, options, version: version) }
  }
}
