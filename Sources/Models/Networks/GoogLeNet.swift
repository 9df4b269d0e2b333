import Engine
import Images

/// Szegedy et al. 2014, "Going Deeper with Convolutions": torchvision's, and the paper's.
public final class GoogLeNet: MultiHeaded, ModuleChain {
  /// Up to the first auxiliary head, to the second, and to the logits.
  private let trunk: (Sequential, Sequential, Sequential)
  private let heads: (Sequential, Sequential)?
  public var children: [any Module] {
    [trunk.0] + (heads.map { [$0.0] } ?? []) + [trunk.1] + (heads.map { [$0.1] } ?? []) + [trunk.2]
  }

  init(_ scope: Scope, _ options: NetworkOptions, _ style: Style) {
    var channels = 192
    func inception(_ name: String, _ widths: Inception.Widths) -> Inception {
      defer { channels = widths.total }
      return Inception(scope["inception\(name)"], from: channels, widths, style)
    }
    func pool(_ number: Int, _ kernel: Int = 3) -> MaxPool2d {
      MaxPool2d(scope["maxpool\(number)"], kernel: Size2D(kernel), stride: 2, ceilMode: true)
    }

    let stem: [any Module] =
      [style.unit(scope["conv1"], options.inputChannels, 64, 7, 2), pool(1)] + style.norm
      + [style.unit(scope["conv2"], 64, 64, 1, 1), style.unit(scope["conv3"], 64, 192, 3, 1)] + style.norm
      + [pool(2)]
    let toFirst = Sequential([
      MicroBatches(
        stem + [
          inception("3a", .init(64, 96, 128, 16, 32, 32)),
          inception("3b", .init(128, 128, 192, 32, 96, 64)), pool(3),
        ]),
      inception("4a", .init(192, 96, 208, 16, 48, 64)),
    ])
    let firstChannels = channels
    let toSecond = Sequential([
      inception("4b", .init(160, 112, 224, 24, 64, 64)),
      inception("4c", .init(128, 128, 256, 24, 64, 64)),
      inception("4d", .init(112, 144, 288, 32, 64, 64)),
    ])
    let secondChannels = channels
    let toLogits = Sequential([
      inception("4e", .init(256, 160, 320, 32, 128, 128)), pool(4, style.lastPool),
      inception("5a", .init(256, 160, 320, 32, 128, 128)),
      inception("5b", .init(384, 192, 384, 48, 128, 128)),
      AdaptiveAvgPool2d(scope["avgpool"], size: 1), Flatten(),
      Dropout(probability: options.dropout ?? style.dropout),
      style.linear(scope["fc"], 1024, options.classes, nil),
    ])
    trunk = (toFirst, toSecond, toLogits)
    func head(_ name: String, _ channels: Int) -> Sequential {
      let scope = scope[name]
      return Sequential(
        scope,
        style.headPooling + [
          style.unit(scope["conv"], channels, 128, 1, 1), Flatten(),
          style.linear(scope["fc1"], 128 * 4 * 4, 1024, (128, 4, 4)), ReLU(),
          Dropout(probability: options.dropout ?? 0.7),
          style.linear(scope["fc2"], 1024, options.classes, nil),
        ])
    }
    heads = options.auxiliary ? (head("aux1", firstChannels), head("aux2", secondChannels)) : nil
  }

  /// Without the auxiliary heads, which are beside the chain.
  public var links: [any Module] { [trunk.0, trunk.1, trunk.2] }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    trunk.2(trunk.1(trunk.0(x, pass), pass), pass)
  }

  /// The logits; in training those of the auxiliary heads as well, where there are any.
  public func outputs(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput {
    pass.isTraining ? allOutputs(x, pass) : NetworkOutput(logits: self(x, pass))
  }

  /// The logits and those of the auxiliary heads, where there are any, in any pass.
  package func allOutputs(_ x: consuming Tensor, _ pass: Pass) -> NetworkOutput {
    guard let heads else { return NetworkOutput(logits: self(x, pass)) }
    let first = trunk.0(x, pass)
    let second = trunk.1(first, pass)
    let auxiliary = [heads.0(first, pass), heads.1(second, pass)]
    return NetworkOutput(logits: trunk.2(second, pass), auxiliary: auxiliary)
  }
}

extension NetworkCard {
  static let googLeNets = [
    googLeNet(
      "googlenet", .torchvision, minimumSize: 15, preprocessing: .googLeNet, 6_624_904, 1_498_376_192,
      .torchvision(30.222, 10.470), style: .torchvision),
    // At 79 pixels the auxiliary heads' 5×5 pooling just fits.
    googLeNet(
      "googlenet_paper", .paper, minimumSize: 79, preprocessing: .torchvision, 6_998_552, 1_582_671_872,
      nil, style: .paper),
  ]

  private static func googLeNet(
    _ name: String, _ variant: Variant, minimumSize: Int, preprocessing: Preprocessing,
    _ parameterCount: Int, _ macs: Int, _ error: PublishedError?, style: GoogLeNet.Style
  ) -> NetworkCard {
    NetworkCard(
      name, variant: variant, family: "GoogLeNet",
      paper: "Szegedy et al.: Going Deeper with Convolutions, 2014", minimumSize: minimumSize,
      preprocessing: preprocessing, parameterCount: parameterCount, macs: macs, error: error,
      auxiliaryKeys: ["aux1.*", "aux2.*"]
    ) { scope, options in GoogLeNet(scope, options, style) }
  }
}
