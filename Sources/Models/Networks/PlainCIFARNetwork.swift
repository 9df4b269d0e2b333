import Engine

/// He et al. 2015, section 4.2: the plain networks of 6n + 2 layers that ``CIFARResNet`` is held against, with the same
/// convolutions and batch norms and no shortcuts: as many parameters and multiply-accumulates.
public final class PlainCIFARNetwork: ModuleChain {
  private let layers: Sequential
  public var children: [any Module] { layers.children }

  /// - Parameters:
  ///   - scope: where its parameters' keys begin: `conv1`, `bn1`, `layer1.0.conv`, `layer1.0.bn`, … and `linear`.
  ///   - options: the number of classes and of input channels.
  ///   - depth: pairs of convolutions in each of the three stages, of 16, 32 and 64 channels.
  public init(_ scope: Scope, _ options: NetworkOptions, depth: Int) {
    layers = CIFARLayers.network(scope, options, blocks: 2 * depth) { scope, from, to, stride in
      CIFARLayers.unit(scope, "", from: from, to: to, stride: stride, at: scope)
    }
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor { layers(x, pass) }
}

extension NetworkCard {
  /// The paper shows their curves (figure 6, left) and states no numbers.
  static let plainCIFARNetworks = [
    plain("plain20", 3, 269_722, 40_551_040), plain("plain32", 5, 464_154, 68_862_592),
    plain("plain44", 7, 658_586, 97_174_144), plain("plain56", 9, 853_018, 125_485_696),
  ]

  private static func plain(
    _ name: String, _ depth: Int, _ parameterCount: Int, _ macs: Int
  ) -> NetworkCard {
    cifar(name, family: "plain (CIFAR)", parameterCount, macs) { scope, options in
      PlainCIFARNetwork(scope, options, depth: depth)
    }
  }
}
