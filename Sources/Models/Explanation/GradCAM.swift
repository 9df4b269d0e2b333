import Engine

extension Explainer {
  /// Where the maps of a layer speak for a class: ReLU(Σ α_k · A_k), α_k the mean over places of the gradient of the class's
  /// logit with respect to map A_k (Selvaraju et al. 2017, equations 1 and 2).
  /// - Parameters:
  ///   - label: the class.
  ///   - x: one picture, `[1, H, W, C]`, normalized.
  ///   - path: the layer, of `Network.modules()`, whose output is `[1, h, w, K]`.
  /// - Returns: `[h, w]`.
  /// - Throws: ``ExplanationError``, `NetworkError`, `ModuleError`.
  public func gradCAM(of label: Int, at x: Tensor, layer path: String) throws -> Tensor {
    try check(label)
    let (logits, feature) = try network.logits(watching: path, of: x)
    guard feature.shape.rank == 4 else {
      throw ExplanationError.noMaps(path: path, shape: feature.shape)
    }
    precondition(x.shape[0] == 1, "gradCAM: \(x.shape) is not one picture")
    // Logits that do not depend on the layer have no graph.
    guard logits.node != nil,
      let gradient = logits.backward(seed: seed(label, logits.shape))[feature]
    else { return Tensor(zeros: [feature.shape[1], feature.shape[2]]) }
    let weights = gradient.mean(axes: [1, 2], keepingDimensions: true)
    return relu((feature.detached * weights).sum(axis: 3)).reshaped(to: [feature.shape[1], feature.shape[2]])
  }
}
