/// What of a pass is kept: the outputs of some modules, and the inputs of others.
package final class FeatureCapture {
  private let outputsOf, inputsOf: Set<ObjectIdentifier>
  /// Whether the graph begins anew at each output that is kept.
  private let makesLeaves: Bool
  private(set) var outputs: [ObjectIdentifier: Tensor] = [:]
  private(set) var inputs: [ObjectIdentifier: Tensor] = [:]

  init(outputsOf: [any Module], inputsOf: [any Module] = [], makesLeaves: Bool = false) {
    self.makesLeaves = makesLeaves
    self.outputsOf = Set(outputsOf.map { ObjectIdentifier($0) })
    self.inputsOf = Set(inputsOf.map { ObjectIdentifier($0) })
  }

  func wants(_ module: any Module) -> Bool {
    outputsOf.contains(ObjectIdentifier(module)) || inputsOf.contains(ObjectIdentifier(module))
  }

  func willRun(_ module: any Module, _ input: Tensor) {
    if inputsOf.contains(ObjectIdentifier(module)) { inputs[ObjectIdentifier(module)] = input }
  }

  /// - Returns: what the pass goes on with.
  func didRun(_ module: any Module, _ output: Tensor) -> Tensor {
    guard outputsOf.contains(ObjectIdentifier(module)) else { return output }
    let kept = makesLeaves ? output.requiringGradient() : output
    outputs[ObjectIdentifier(module)] = kept
    return kept
  }
}

extension Pass {
  /// Whether what the module takes or gives is kept: a module that is computed together with others must then
  /// compute it by itself.
  package func wants(_ module: any Module) -> Bool { capture?.wants(module) ?? false }

  /// Whether anything inside the module, or of itself, is kept.
  package func wantsAny(in module: any Module) -> Bool {
    guard let capture else { return false }
    return module.modules().contains { capture.wants($0.module) }
  }

  private func keeping<R>(_ new: FeatureCapture, _ body: () -> R) -> R {
    let outer = capture
    capture = new
    defer { capture = outer }
    return body()
  }

  @discardableResult
  fileprivate func run(_ body: any Module, _ x: consuming Tensor, keeping new: FeatureCapture) -> Tensor {
    var x: Tensor? = x
    return keeping(new) { body(x.take()!, self) }
  }
}

extension Module {
  /// The outputs of modules inside this one, of one pass: what detectors, segmentation and comparisons build on.
  ///
  ///     let maps = try body.features(at: ["layer2", "layer4"], of: pictures, .inference())
  ///
  /// A convolution computed together with its batch norm and activation is computed apart where one of the inner outputs
  /// is asked for. In a pass that records gradients the features are a part of the graph.
  /// - Parameters:
  ///   - paths: of ``modules()``. Of a module called more than once the last output is taken.
  ///   - x: the activation, `[N, H, W, C]` or `[N, C]`.
  ///   - pass: what is asked of the layers.
  /// - Returns: the outputs in the order of `paths`.
  /// - Throws: ``ModuleError``.
  public func features(at paths: [String], of x: consuming Tensor, _ pass: Pass) throws -> [Tensor] {
    let wanted = try paths.map { try module(at: $0) }
    let capture = FeatureCapture(outputsOf: wanted)
    pass.run(self, x, keeping: capture)
    return try zip(wanted, paths).map { module, path in
      guard let output = capture.outputs[ObjectIdentifier(module)] else {
        throw ModuleError.notRun(path: path)
      }
      return output
    }
  }

  /// This stack's output, and the output of a module inside it as the leaf at which its graph begins: for the gradient of
  /// what is computed with respect to what a layer sees, as Grad-CAM needs it.
  ///
  ///     let pass = Pass.evaluatingGradients(of: .input)
  ///     let (output, feature) = try body.output(watching: "layer4", of: pictures, pass)
  ///     let gradient = output.sum().backward()[feature]
  ///
  /// What comes before the module is no part of the graph.
  /// - Parameters:
  ///   - path: of ``modules()``. Of a module called more than once the last output is the leaf that is returned.
  ///   - x: the activation, `[N, H, W, C]` or `[N, C]`.
  ///   - pass: what is asked of the layers; one that records gradients.
  /// - Throws: ``ModuleError``.
  public func output(
    watching path: String, of x: consuming Tensor, _ pass: Pass
  ) throws -> (output: Tensor, feature: Tensor) {
    precondition(pass.recordsGradients, "output(watching:of:_:): a pass that records no gradients")
    let module = try module(at: path)
    let capture = FeatureCapture(outputsOf: [module], makesLeaves: true)
    let output = pass.run(self, x, keeping: capture)
    guard let feature = capture.outputs[ObjectIdentifier(module)] else {
      throw ModuleError.notRun(path: path)
    }
    return (output, feature)
  }

  /// What the last module with a weight of two or more axes (linear layer, convolution) takes, the classifier of a network
  /// that classifies: a vector for each picture. An activation `[N, H, W, C]` is averaged over height and width.
  /// - Parameters:
  ///   - x: the activation, `[N, H, W, C]` or `[N, C]`.
  ///   - pass: what is asked of the layers.
  /// - Returns: `[N, C]`.
  /// - Throws: ``ModuleError``.
  public func embeddings(of x: consuming Tensor, _ pass: Pass) throws -> Tensor {
    let weighted = modules().last { $0.module.parameters.contains { $0.shape.rank > 1 } }
    guard let last = weighted?.module else {
      throw ModuleError.noWeights
    }
    let capture = FeatureCapture(outputsOf: [], inputsOf: [last])
    pass.run(self, x, keeping: capture)
    guard let input = capture.inputs[ObjectIdentifier(last)] else {
      throw ModuleError.notRun(path: last.path)
    }
    return input.shape.rank == 4 ? globalAveragePool2d(input) : input
  }
}
