extension Tensor {
  /// The gradients of this scalar with respect to every leaf it depends on.
  ///
  /// The sweep is iterative and frees each node's captures as it passes: a graph can be swept once.
  /// - Precondition: the tensor has one element and depends on a leaf.
  public consuming func backward() -> Gradients {
    precondition(count == 1, "backward: the loss has shape \(shape), not one element")
    return backward(seed: Tensor(repeating: 1, shape: shape))
  }

  /// The vector-Jacobian product with `seed`, of this tensor's shape.
  public consuming func backward(seed: consuming Tensor) -> Gradients {
    precondition(
      seed.shape == shape, "backward: the seed has shape \(seed.shape), the tensor \(shape)")
    guard let root = node else {
      preconditionFailure("backward: the tensor does not depend on anything that needs a gradient")
    }
    return sweep(from: root, seed: seed.detached)
  }
}

private func sweep(from root: Node, seed: consuming Tensor) -> Gradients {
  var gradients = Gradients()
  var pending: [Node: Tensor] = [root: seed]
  var order = topologicalOrder(from: root)
  while let node = order.popLast() {
    guard let gradient = pending.removeValue(forKey: node) else { continue }
    if node.isLeaf {
      gradients.add(gradient, to: node)
      continue
    }
    guard let pullback = node.takePullback() else {
      preconditionFailure("backward: the graph of this \(node.operation) was swept before")
    }
    let contributions = pullback(consume gradient)
    for (input, contribution) in zip(node.inputs, contributions) {
      guard let input, let contribution else { continue }
      if let sum = pending.removeValue(forKey: input) {
        pending[input] = Kernels.added(sum, contribution)
      } else {
        pending[input] = contribution
      }
    }
  }
  return gradients
}

/// Every node after all of its inputs (depth first, without recursion).
private func topologicalOrder(from root: Node) -> [Node] {
  var order: [Node] = []
  var seen: Set<Node> = [root]
  var path: [(node: Node, inputs: [Node?], next: Int)] = [(root, root.inputs, 0)]
  while let (node, inputs, next) = path.last {
    if next < inputs.count {
      path[path.count - 1].next += 1
      if let input = inputs[next], seen.insert(input).inserted { path.append((input, input.inputs, 0)) }
    } else {
      order.append(node)
      path.removeLast()
    }
  }
  return order
}
