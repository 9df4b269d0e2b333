import Engine
import Images

/// What plain and residual networks for pictures of 32 pixels share (He et al. 2015, section 4.2): a convolution, three stages of 16,
/// 32 and 64 channels, of which the later two begin with a stride of 2, the average, and a linear layer.
enum CIFARLayers {
  /// Makes a block of a stage.
  typealias Block = (_ scope: Scope, _ from: Int, _ to: Int, _ stride: Int) -> any Module

  /// - Parameters:
  ///   - scope: where parameters' keys begin: `conv1`, `bn1`, `layer1.0`, …, `linear`.
  ///   - options: the number of classes and of input channels.
  ///   - blocks: in each stage.
  ///   - block: makes one of them.
  static func network(_ scope: Scope, _ options: NetworkOptions, blocks: Int, _ block: Block) -> Sequential {
    var layers: [any Module] = [unit(scope, "1", from: options.inputChannels, to: 16)]
    var channels = 16
    for (stage, width) in [16, 32, 64].enumerated() {
      let scope = scope["layer\(stage + 1)"]
      layers.append(
        Sequential(
          scope,
          (0..<blocks).map { index in
            defer { channels = width }
            return block(scope[index], channels, width, stage > 0 && index == 0 ? 2 : 1)
          }))
    }
    return Sequential(
      layers + [
        AdaptiveAvgPool2d(size: 1), Flatten(),
        Linear(scope["linear"], from: channels, to: options.classes, initializer: .kaimingNormal()),
      ])
  }

  /// A 3×3 convolution with batch norm and ReLU.
  /// - Parameters:
  ///   - scope: of `conv` and `bn` with the suffix.
  ///   - suffix: of their keys.
  ///   - from: channels.
  ///   - to: channels.
  ///   - stride: of the convolution.
  ///   - whole: where the module itself is; nil is nowhere.
  static func unit(
    _ scope: Scope, _ suffix: String, from: Int, to: Int, stride: Int = 1, at whole: Scope? = nil
  ) -> ConvNormActivation {
    ConvNormActivation(
      Conv2d(
        scope["conv\(suffix)"], from: from, to: to, kernel: 3, stride: Size2D(stride), padding: 1,
        bias: false,
        initializer: .kaimingNormal()),
      BatchNorm2d(scope["bn\(suffix)"], channels: to), at: whole)
  }
}

extension NetworkCard {
  /// A network of He et al. 2015, section 4.2.
  /// - Parameters:
  ///   - name: in the registry.
  ///   - family: of networks with the same blocks.
  ///   - parameterCount: with 10 classes and 3 channels.
  ///   - macs: of a picture.
  ///   - error: on CIFAR-10's test pictures, in per cent; nil where the paper states none.
  ///   - network: makes its modules.
  static func cifar(
    _ name: String, family: String, _ parameterCount: Int, _ macs: Int, error: Double? = nil,
    _ network: @escaping @Sendable (Scope, NetworkOptions) -> any Module
  ) -> NetworkCard {
    NetworkCard(
      name, variant: .paper, family: family,
      paper: "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015, section 4.2",
      classes: 10, inputSize: 32, minimumSize: 1,
      preprocessing: Preprocessing(resize: .exact(width: 32, height: 32)), parameterCount: parameterCount,
      macs: macs,
      error: error.map {
        PublishedError(
          top1: $0, top5: nil, source: "the paper's table 6, CIFAR-10 test, whole pictures")
      }, build: network)
  }
}
