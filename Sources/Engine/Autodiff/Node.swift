import Synchronization

/// One operation's result in the autodiff graph, or a leaf (a parameter, a watched tensor).
///
/// It holds its inputs' nodes and a pullback that captures only what it needs. A node exists only where an input
/// needs a gradient. Pullbacks capture detached tensors: the graph is held by `inputs` alone.
package final class Node: Sendable {
  /// Takes the gradient of the loss with respect to the result; returns one for each input,
  /// nil where an input needs none.
  package typealias Pullback = @Sendable (consuming Tensor) -> [Tensor?]

  private struct Links {
    var inputs: [Node?]
    var pullback: Pullback?
  }

  let operation: StaticString
  /// The parameter's name, of a parameter's leaf.
  let parameter: String?
  let isLeaf: Bool
  private let links: Mutex<Links>

  /// A leaf.
  package init(parameter: String? = nil) {
    operation = "leaf"
    self.parameter = parameter
    isLeaf = true
    links = Mutex(Links(inputs: [], pullback: nil))
  }

  package init(_ operation: StaticString, inputs: [Node?], pullback: @escaping Pullback) {
    self.operation = operation
    parameter = nil
    isLeaf = false
    links = Mutex(Links(inputs: inputs, pullback: pullback))
  }

  var inputs: [Node?] { links.withLock { $0.inputs } }

  /// The pullback, which can be had once: it and what it captures are freed as the sweep passes.
  func takePullback() -> Pullback? { links.withLock { $0.pullback.take() } }

  private func takeInputs() -> [Node?] {
    links.withLock { links in
      defer { links.inputs = [] }
      return links.inputs
    }
  }

  /// Unlinks a long chain without recursion.
  deinit {
    if isLeaf { return }
    var pending = takeInputs()
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node), let inputs = node?.takeInputs() {
        pending.append(contentsOf: inputs)
      }
    }
  }
}

extension Node: Hashable {
  package static func == (a: Node, b: Node) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Tensor {
  /// The same value as a leaf of the autodiff graph: ``Gradients`` will hold a gradient for it.
  public func requiringGradient() -> Tensor {
    Tensor(storage: storage, shape: shape, node: Node())
  }

  /// This result with a node where any input has one. The pullback is told which inputs need a gradient.
  package consuming func recorded(
    _ operation: StaticString, from inputs: Node?...,
    pullback: (_ needs: [Bool]) -> Node.Pullback
  ) -> Tensor {
    guard inputs.contains(where: { $0 != nil }) else { return self }
    let node = Node(operation, inputs: inputs, pullback: pullback(inputs.map { $0 != nil }))
    return Tensor(storage: storage, shape: shape, node: node)
  }

  /// This result as an operation of one's own in the autodiff graph: its gradient is what `pullback` says, however the
  /// result was computed.
  ///
  ///     func square(_ x: Tensor) -> Tensor {
  ///       let kept = x.detached
  ///       return (kept * kept).recorded("square", from: [x]) { gradient, _ in [2 * kept * gradient] }
  ///     }
  ///
  /// Where no input needs a gradient, nothing is recorded and the pullback is let go.
  /// - Parameters:
  ///   - operation: its name, for errors.
  ///   - inputs: what the result was computed from and may need a gradient.
  ///   - pullback: takes the loss's gradient with respect to the result, of the result's shape, and which inputs need one;
  ///     returns a gradient of each input's shape, in their order, nil where none is needed or it is zero. It is called
  ///     once at most, and should capture `detached` tensors, and only those it needs: they live as long as the graph.
  public consuming func recorded(
    _ operation: StaticString, from inputs: [Tensor],
    pullback: @escaping @Sendable (_ gradient: Tensor, _ needs: [Bool]) -> [Tensor?]
  ) -> Tensor {
    let nodes = inputs.map(\.node)
    let result = detached
    guard nodes.contains(where: { $0 != nil }) else { return result }
    let (shapes, needs) = (inputs.map(\.shape), nodes.map { $0 != nil })
    let node = Node(operation, inputs: nodes) { gradient in
      let gradients = pullback(gradient, needs)
      precondition(
        gradients.count == shapes.count,
        "\(operation): the pullback returned \(gradients.count) gradients for \(shapes.count) inputs")
      for (gradient, shape) in zip(gradients, shapes) {
        precondition(
          gradient == nil || gradient!.shape == shape,
          "\(operation): the pullback returned a gradient \(gradient!.shape) for an input \(shape)")
      }
      return gradients.map { $0?.detached }
    }
    return Tensor(storage: result.storage, shape: result.shape, node: node)
  }
}
