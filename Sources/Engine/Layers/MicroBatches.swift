/// Modules applied one after another to a few pictures of a batch at a time, where no gradients are recorded: for the
/// first layers of a network, whose activations are large beside their weights. What a layer writes is still in the
/// cache when the next one reads it, and memory does not grow with the batch.
///
/// In training, batch norm needs the whole batch, and the backward pass all activations: there, and where an
/// `OutputObserver` looks on or features inside are taken, this is ``Sequential``.
public final class MicroBatches: Module {
  private let body: Sequential
  public var children: [any Module] { body.children }

  /// Pixels of the input that are worked on at a time: two pictures of 224×224.
  private static let pixels = 1 << 17

  /// - Parameter modules: whose result for a picture must not depend on the others, as with all layers in inference.
  public init(_ modules: [any Module]) { body = Sequential(modules) }

  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    let count = x.shape[0]
    let piece = count.evenPiece(atMost: max(1, Self.pixels / max(1, x.shape[1] * x.shape[2])))
    guard piece < count, !pass.recordsGradients, !(pass.observer is any OutputObserver),
      !pass.wantsAny(in: body)
    else {
      return body(x, pass)
    }
    let records = pass.observer.map { _ in RecordSum() }
    defer { pass.observer.map { records?.report(to: $0) } }
    let piecePass = pass.observed(by: records)
    func run(_ first: Int) -> Tensor {
      defer { records?.didFinishPiece() }
      return body(x.slice(axis: 0, first..<min(count, first + piece)), piecePass)
    }
    let first = run(0)
    let result = Tensor(uninitialized: Shape([count] + first.shape.dimensions.dropFirst()))
    Kernels.paste(first, into: result, axis: 0, at: 0)
    for start in stride(from: piece, to: count, by: piece) {
      Kernels.paste(run(start), into: result, axis: 0, at: start)
    }
    return result
  }
}

extension MicroBatches: ModuleChain {}
