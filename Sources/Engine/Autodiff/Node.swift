/// One operation's result in the autodiff graph, or a leaf (a parameter, a watched tensor).
///
/// It holds its inputs' nodes and a pullback that captures only what it needs. A node exists only where an input
/// needs a gradient. Pullbacks capture detached tensors: the graph is held by `inputs` alone.
package final class Node: @unchecked Sendable {
  /// Takes the gradient of the loss with respect to the result; returns one for each input,
  /// nil where an input needs none.
  package typealias Pullback = (consuming Tensor) -> [Tensor?]

  let operation: StaticString
  var inputs: [Node?]
  var pullback: Pullback?

  /// A leaf.
  package init() {
    operation = "leaf"
    inputs = []
    pullback = nil
  }

  package init(_ operation: StaticString, inputs: [Node?], pullback: @escaping Pullback) {
    self.operation = operation
    self.inputs = inputs
    self.pullback = pullback
  }

  var isLeaf: Bool { inputs.isEmpty }

  /// Unlinks a long chain without recursion.
  deinit {
    var pending = inputs
    inputs = []
    while var node = pending.popLast() {
      if isKnownUniquelyReferenced(&node) {
        pending.append(contentsOf: node!.inputs)
        node!.inputs = []
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
}
