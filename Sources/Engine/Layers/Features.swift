/// What of a pass is kept: the outputs of some modules, and the inputs of others.
package final class FeatureCapture {
  private let outputsOf, inputsOf: Set<ObjectIdentifier>
  private(set) var outputs: [ObjectIdentifier: Tensor] = [:]
  private(set) var inputs: [ObjectIdentifier: Tensor] = [:]

  init(outputsOf: [any Module], inputsOf: [any Module] = []) {
    self.outputsOf = Set(outputsOf.map { ObjectIdentifier($0) })
    self.inputsOf = Set(inputsOf.map { ObjectIdentifier($0) })
  }

  func wants(_ module: any Module) -> Bool {
    outputsOf.contains(ObjectIdentifier(module)) || inputsOf.contains(ObjectIdentifier(module))
  }

  func willRun(_ module: any Module, _ input: Tensor) {
    if inputsOf.contains(ObjectIdentifier(module)) { inputs[ObjectIdentifier(module)] = input }
  }

  func didRun(_ module: any Module, _ output: Tensor) {
    if outputsOf.contains(ObjectIdentifier(module)) { outputs[ObjectIdentifier(module)] = output }
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

  fileprivate func run(_ body: any Module, _ x: consuming Tensor, keeping new: FeatureCapture) {
    var x: Tensor? = x
    keeping(new) { _ = body(x.take()!, self) }
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
