/// A function as a module, for what has no layer of its own.
///
///     Lambda("Tanh") { tanh($0) }
public final class Lambda: Module {
  public let path: String
  /// What summaries call it.
  public let kind: String
  private let function: @Sendable (consuming Tensor) -> Tensor

  /// - Parameters:
  ///   - kind: what summaries call it, such as `Tanh`.
  ///   - scope: where it is; nil leaves it without a name.
  ///   - function: of an activation, `[N, H, W, C]` or `[N, C]`.
  public init(
    _ kind: String, at scope: Scope? = nil, _ function: @escaping @Sendable (consuming Tensor) -> Tensor
  ) {
    path = scope?.path ?? ""
    self.kind = kind
    self.function = function
  }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    pass.observing(path, kind, x, function)
  }
}
