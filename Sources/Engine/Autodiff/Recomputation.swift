/// Gradient checkpointing (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"): of some modules in a row the graph
/// keeps the input alone, and the backward sweep computes them once more when it comes to them.
///
/// The second computation has the first one's operands and random numbers, so activations and gradients have the bits that they
/// have without; running statistics move once. Memory is that of the rows' inputs and of the largest row, for a forward pass
/// more. (Gradients come in another order, by which their joint norm may round otherwise.)
enum Recomputation {
  /// The modules one after another.
  /// - Parameters:
  ///   - modules: in their order.
  ///   - x: the first one's input.
  ///   - pass: records gradients.
  static func forward(_ modules: [any Module], _ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let parameters = trainable(of: modules)
    let node = x.node
    let input = x.detached
    guard node != nil || !parameters.isEmpty else { return apply(modules, input, pass) }
    let randomness = pass.randomness
    let needsGradient = node != nil
    // Kernels are chosen by whether the input needs a gradient.
    let result = pass.keepingInputsAlone {
      apply(modules, needsGradient ? input.requiringGradient() : input, pass)
    }
    let inputs = [node] + parameters.map(\.leaf)
    let names = Set(parameters.map(\.name))
    let recomputed = Node("recomputation", inputs: inputs) { gradient in
      let leaf = needsGradient ? input.requiringGradient() : input
      let output = apply(modules, leaf, Pass.repeating(randomness))
      // What depends on nothing that is trained has no graph.
      guard output.node != nil else { return inputs.map { _ in nil } }
      let gradients = output.backward(seed: gradient)
      for found in gradients.leaves where found.node !== leaf.node {
        guard let name = found.parameter else {
          preconditionFailure(
            "Recomputation: a module has a tensor that requires a gradient and is no parameter: it would get none"
          )
        }
        precondition(
          names.contains(name), "Recomputation: the module of \(name) does not name it among its parameters")
      }
      return [needsGradient ? gradients[leaf] : nil] + parameters.map { gradients[$0] }
    }
    return Tensor(storage: result.storage, shape: result.shape, node: recomputed)
  }

  /// Each once, however many modules share it: what the row gives back is the sum over all its uses.
  private static func trainable(of modules: [any Module]) -> [Parameter] {
    var seen: Set<ObjectIdentifier> = []
    return modules.flatMap { $0.modules().flatMap(\.module.parameters) }.filter {
      $0.isTrainable && seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  private static func apply(_ modules: [any Module], _ x: consuming Tensor, _ pass: Pass) -> Tensor {
    var x: Tensor? = x
    for module in modules { x = module(x.take()!, pass) }
    return x.take()!
  }
}

extension Sequential {
  /// As ``forward(_:_:)``, in rows of about the root of how many modules there are. Chains among them are cut by themselves.
  func recomputed(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    var x: Tensor? = x
    let length = Int(Double(children.count).squareRoot().rounded(.up))
    var row: [any Module] = []
    func finishRow() {
      if !row.isEmpty { x = Recomputation.forward(row, x.take()!, pass) }
      row = []
    }
    for module in children {
      if module is any ModuleChain {
        finishRow()
        x = module(x.take()!, pass)
      } else {
        row.append(module)
        if row.count == length { finishRow() }
      }
    }
    finishRow()
    return x.take()!
  }
}
