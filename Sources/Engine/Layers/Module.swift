/// A layer, or a stack of layers: a function of one activation.
///
/// Parameters are registered by the constructor with a ``Scope``; nothing is found by reflection.
public protocol Module: AnyObject, Sendable {
  /// - Parameters:
  ///   - x: the activation, `[N, H, W, C]` or `[N, C]`.
  ///   - pass: what is asked of the layer.
  func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor
}

/// Modules applied one after another.
public final class Sequential: Module {
  public let modules: [any Module]

  public init(_ modules: [any Module]) { self.modules = modules }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    var x: Tensor? = x
    return pass.onItsThreads {
      for module in modules { x = module(x.take()!, pass) }
      return x.take()!
    }
  }
}
