/// A module that applies others one after another and does nothing else, so that it may be left before its end, such as a
/// network whose classifier is not wanted.
public protocol ModuleChain: Module {
  /// What is applied, in order: what ``Module/children`` are, unless it says otherwise.
  var links: [any Module] { get }
}

extension ModuleChain {
  public var links: [any Module] { children }
}

extension Module {
  /// What of this module has to be applied, one after another, for the outputs of the modules of these paths: chains
  /// (``ModuleChain``) are cut behind the last one.
  ///
  /// Detectors build on it: `body.truncated(after: ["layer2", "layer4"])` is a ResNet without its classifier, and
  /// ``features(at:of:_:)`` of it gives the maps.
  /// - Parameter paths: of ``modules()``, at least one.
  /// - Throws: ``ModuleError/noModule(path:known:)``.
  public func truncated(after paths: [String]) throws -> Sequential {
    let wanted = Set(try paths.map { ObjectIdentifier(try module(at: $0)) })
    let links = links(keeping: wanted)
    let last = links.lastIndex { link in
      link.modules().contains { wanted.contains(ObjectIdentifier($0.module)) }
    }
    return Sequential(Array(links.prefix((last ?? links.count - 1) + 1)))
  }

  /// The links of this chain and of those in it; a module that is wanted stays whole.
  private func links(keeping wanted: Set<ObjectIdentifier>) -> [any Module] {
    guard !wanted.contains(ObjectIdentifier(self)), let chain = self as? any ModuleChain else {
      return [self]
    }
    return chain.links.flatMap { $0.links(keeping: wanted) }
  }
}
