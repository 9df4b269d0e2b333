import Engine

/// He et al. 2015, section 4.2: ResNets of 6n + 2 layers for pictures of 32 pixels, with shortcuts without parameters
/// (option A). Keys as in Y. Idelbayev's PyTorch weights.
public final class CIFARResNet: ModuleChain {
  private let layers: Sequential
  public var children: [any Module] { layers.children }

  /// - Parameters:
  ///   - scope: where its parameters' keys begin.
  ///   - options: the number of classes and of input channels.
  ///   - depth: blocks in each of the three stages, of 16, 32 and 64 channels.
  public init(_ scope: Scope, _ options: NetworkOptions, depth: Int) {
    layers = CIFARLayers.network(scope, options, blocks: depth) { scope, from, to, stride in
      CIFARBlock(scope, from: from, to: to, stride: stride)
    }
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor { layers(x, pass) }
}

/// Two 3×3 convolutions beside a shortcut that takes every second pixel and pads the channels with zeros.
final class CIFARBlock: Module {
  let path: String
  private let first, second: ConvNormActivation
  var children: [any Module] { [first, second] }
  private let stride: Int
  /// Channels of zeros on either side.
  private let padding: Int

  init(_ scope: Scope, from: Int, to: Int, stride: Int) {
    path = scope.path
    first = CIFARLayers.unit(scope, "1", from: from, to: to, stride: stride)
    second = CIFARLayers.unit(scope, "2", from: to, to: to)
    self.stride = stride
    padding = (to - from) / 2
  }

  func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    let y = first(x, pass)
    return second.apply(y, pass, residual: shortcut(x))
  }

  private func shortcut(_ x: Tensor) -> Tensor {
    guard padding > 0 else { return x }
    let sampled = maxPool2d(x, kernel: 1, stride: Size2D(stride))
    let zeros = Tensor(zeros: [sampled.shape[0], sampled.shape[1], sampled.shape[2], padding])
    return concat([zeros, sampled, zeros], axis: 3)
  }
}

extension NetworkCard {
  /// With the errors of the paper's table 6: CIFAR-10's test pictures, with augmentation.
  static let cifarResNets = [
    cifarResNet("resnet20", 3, 269_722, 40_551_040, 8.75),
    cifarResNet("resnet32", 5, 464_154, 68_862_592, 7.51),
    cifarResNet("resnet44", 7, 658_586, 97_174_144, 7.17),
    cifarResNet("resnet56", 9, 853_018, 125_485_696, 6.97),
  ]

  private static func cifarResNet(
    _ name: String, _ depth: Int, _ parameterCount: Int, _ macs: Int, _ top1: Double
  ) -> NetworkCard {
    cifar(name, family: "ResNet (CIFAR)", parameterCount, macs, error: top1) { scope, options in
      CIFARResNet(scope, options, depth: depth)
    }
  }
}
