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
    Sequential(needed(for: Set(try paths.map { ObjectIdentifier(try module(at: $0)) })))
  }

  /// What has to be applied for what is wanted: of a chain the links before the last one that has something of it, whole, and of
  /// that one what is needed. A module that is wanted stays whole.
  private func needed(for wanted: Set<ObjectIdentifier>) -> [any Module] {
    guard !wanted.contains(ObjectIdentifier(self)), let links = (self as? any ModuleChain)?.links,
      let last = links.lastIndex(where: { link in
        link.modules().contains { wanted.contains(ObjectIdentifier($0.module)) }
      })
    else {
      return [self]
    }
    return links.prefix(last) + links[last].needed(for: wanted)
  }
}
