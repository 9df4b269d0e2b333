import Engine

/// A network in two parts, the one applied to what the other gives: `head(trunk(pictures))` are the logits. Parameters are the
/// network's own.
public struct NetworkParts: Sendable {
  /// From `[N, H, W, C]` to what the last layer with weights takes, `[N, features]` of most networks, and maps
  /// `[N, h, w, channels]` where that layer is a convolution, as SqueezeNet's. Dropout before that layer is a part of it.
  public let trunk: Sequential
  /// From there to the logits, `[N, classes]`: the classifier, and what follows it.
  public let head: Sequential

  /// The keys of the classifier's parameters.
  public var headKeys: [String] { head.modules().flatMap { $0.module.parameters.map(\.name) } }

  /// Of a body made with a network's name, for errors.
  fileprivate init(_ body: any Module, of network: String) throws {
    let weighted = body.modules().last { $0.module.parameters.contains { $0.shape.rank > 1 } }
    guard let last = weighted?.module else { throw ModuleError.noWeights }
    let (before, after) = body.cut(before: last)
    guard !before.isEmpty else {
      throw NetworkError.invalidOption(
        network: network, reason: "it is no chain of modules that could be cut before its classifier")
    }
    (trunk, head) = (Sequential(before), Sequential(after))
  }
}

extension Network {
  /// The network cut before the last module with a weight of two or more axes (linear layer, convolution): trunk and
  /// classifier. Chains within chains (`ModuleChain`) are cut, other modules stay whole.
  /// - Throws: ``NetworkError/invalidOption(network:reason:)`` where nothing comes before the module that has it, and
  ///   `ModuleError.noWeights`.
  public func parts() throws -> NetworkParts { try NetworkParts(body, of: name) }
}

extension NetworkCard {
  /// The network's layers up to its classifier, whose parameters alone are registered, under the network's own keys. There
  /// is no dropout.
  /// - Parameters:
  ///   - scope: the root of a store.
  ///   - inputChannels: of the pictures.
  /// - Throws: what ``Network/parts()`` throws.
  package func trunk(in scope: Scope, inputChannels: Int) throws -> Sequential {
    let options = NetworkOptions(classes: 1, inputChannels: inputChannels, dropout: 0)
    let draft = try NetworkParts(build(ParameterStore(initializes: false).scope, options), of: name)
    let keys = Set(draft.trunk.modules().flatMap { $0.module.parameters.map(\.name) })
    return try NetworkParts(build(scope.registering(only: keys), options), of: name).trunk
  }
}

extension Module {
  /// What of this chain, and of chains in it, comes before the link that has a module, and the rest.
  fileprivate func cut(before module: any Module) -> (before: [any Module], after: [any Module]) {
    guard let links = (self as? any ModuleChain)?.links,
      let place = links.lastIndex(where: { link in link.modules().contains { $0.module === module } })
    else { return ([], [self]) }
    let inner = links[place].cut(before: module)
    return (Array(links[..<place]) + inner.before, inner.after + Array(links[(place + 1)...]))
  }
}
