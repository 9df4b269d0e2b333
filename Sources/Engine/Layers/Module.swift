/// A layer, or a stack of layers: a function of one activation.
///
/// Parameters are registered by the constructor with a ``Scope``; nothing is found by reflection. A module of one's own
/// says what it computes (``forward(_:_:)``), and for ``modules()`` and ``features(at:of:_:)`` where it is
/// (``path``) and what it is made of (``children``):
///
///     final class Residual: Module {
///       let path: String
///       let body: Sequential
///       var children: [any Module] { [body] }
///
///       init(_ scope: Scope, channels: Int) {
///         path = scope.path
///         body = Sequential([Conv2d(scope["conv"], from: channels, to: channels, kernel: 3, padding: 1), ReLU()])
///       }
///
///       func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
///         let x = x
///         return x + body(x, pass)
///       }
///     }
public protocol Module: AnyObject, Sendable {
  /// Where the module is in the network, as in its parameters' keys, such as `layer1.0.conv1`: the path of its
  /// ``Scope``. Empty, the default, for a module that needs no name, and for the whole network.
  var path: String { get }

  /// The modules that this one calls, in the order in which they compute. None is the default.
  var children: [any Module] { get }

  /// The parameters that are the module's own, not its children's. None is the default.
  var parameters: [Parameter] { get }

  /// What the module computes. Call the module itself, `module(x, pass)`, which is this and lets features be taken.
  /// - Parameters:
  ///   - x: the activation, `[N, H, W, C]` or `[N, C]`.
  ///   - pass: what is asked of the layer.
  func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor
}

extension Module {
  public var path: String { "" }

  public var children: [any Module] { [] }

  public var parameters: [Parameter] { [] }

  /// The module's output.
  /// - Parameters:
  ///   - x: the activation, `[N, H, W, C]` or `[N, C]`.
  ///   - pass: what is asked of the layer.
  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    guard let capture = pass.capture else { return forward(x, pass) }
    capture.willRun(self, x)
    return capture.didRun(self, forward(x, pass))
  }

  /// This module and all that it is made of, each before its ``children`` and once, with its path.
  public func modules() -> [(path: String, module: any Module)] {
    var found: [(path: String, module: any Module)] = []
    var seen: Set<ObjectIdentifier> = []
    var pending: [any Module] = [self]
    while let module = pending.popLast() {
      guard seen.insert(ObjectIdentifier(module)).inserted else { continue }
      found.append((module.path, module))
      pending.append(contentsOf: module.children.reversed())
    }
    return found
  }

  /// The module of that path, the outermost where several have it.
  /// - Throws: ``ModuleError/noModule(path:known:)``.
  public func module(at path: String) throws -> any Module {
    let all = modules()
    if let found = all.first(where: { $0.path == path }) { return found.module }
    throw ModuleError.noModule(path: path, known: all.map(\.path).filter { !$0.isEmpty })
  }
}

/// What cannot be had of a network's modules, in one line.
public enum ModuleError: Error, Equatable, CustomStringConvertible {
  /// No module has this path.
  case noModule(path: String, known: [String])
  /// The module computes nothing in a pass of this kind, such as an auxiliary head in inference.
  case notRun(path: String)
  /// No module has a weight of two or more axes.
  case noWeights

  private static let shownPaths = 40

  public var description: String {
    switch self {
    case .noModule(let path, let known):
      let rest = known.count - Self.shownPaths
      return
        "no module is at '\(shown(path))'; there are \(known.prefix(Self.shownPaths).joined(separator: ", "))"
        + (rest > 0 ? " and \(rest) more" : "")
    case .notRun(let path): return "the module at '\(shown(path))' does not run in such a pass"
    case .noWeights: return "no module has a weight of two or more axes, whose input could be an embedding"
    }
  }
}
