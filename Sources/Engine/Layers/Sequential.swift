/// Modules applied one after another.
public final class Sequential: Module {
  public let path: String
  /// What is applied, in order.
  public let children: [any Module]

  /// A stack without a name of its own, whose modules have theirs from their own scopes.
  public init(_ modules: [any Module]) {
    path = ""
    children = modules
  }

  /// - Parameters:
  ///   - scope: where the stack is, such as `layer1`.
  ///   - modules: what is applied, in order.
  public init(_ scope: Scope, _ modules: [any Module]) {
    path = scope.path
    children = modules
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    if pass.recomputes, pass.capture == nil, pass.observer == nil { return recomputed(x, pass) }
    var x: Tensor? = x
    return pass.inTurn {
      for module in children { x = module(x.take()!, pass) }
      return x.take()!
    }
  }
}

extension Sequential: ModuleChain {}
