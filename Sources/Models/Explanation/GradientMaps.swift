import Engine

// Gradients with respect to the picture: what ``Explainer`` makes maps of.

extension Explainer {
  /// A class's logit for each picture, and its gradient with respect to the picture, in inference.
  /// - Parameters:
  ///   - label: the class.
  ///   - x: `[N, H, W, C]`, normalized.
  /// - Returns: N logits, and the gradient of each with respect to its own picture, `[N, H, W, C]`.
  /// - Throws: ``ExplanationError/noSuchClass(_:network:classes:)``, `NetworkError`.
  public func gradient(of label: Int, at x: Tensor) throws -> (logits: [Float], gradient: Tensor) {
    try check(label)
    try network.check(x.shape)
    let leaf = x.requiringGradient()
    let logits = network(leaf, .evaluatingGradients(of: .input)).logits
    let values = logits.detached.slice(axis: 1, label..<label + 1).scalars
    let gradient = logits.backward(seed: seed(label, logits.shape))[leaf]
    return (values, gradient ?? Tensor(zeros: x.shape))
  }

  /// The mean of the gradients at a picture with noise on it (SmoothGrad).
  /// - Parameters:
  ///   - label: the class.
  ///   - x: one picture, `[1, H, W, C]`, normalized.
  ///   - samples: how many.
  ///   - noise: the noise of a sample, of the picture's shape.
  /// - Returns: `[1, H, W, C]`.
  /// - Throws: ``ExplanationError/noSuchClass(_:network:classes:)``, `NetworkError`.
  public func smoothGradient(
    of label: Int, at x: Tensor, samples: Int, noise: (_ sample: Int) -> Tensor
  ) throws -> Tensor {
    try meanGradient(of: label, count: samples) { x + noise($0) }
  }

  /// The difference to a baseline times the mean of the gradients on the straight way from it to the picture, at the middles
  /// of `steps` pieces. Its sum is the difference of the class's logits, up to the error of the midpoint rule.
  /// - Parameters:
  ///   - label: the class.
  ///   - x: one picture, `[1, H, W, C]`, normalized.
  ///   - baseline: of the same shape, a picture without anything to see.
  ///   - steps: how many gradients are taken.
  /// - Returns: `[1, H, W, C]`.
  /// - Throws: ``ExplanationError/noSuchClass(_:network:classes:)``, `NetworkError`.
  public func integratedGradients(
    of label: Int, at x: Tensor, from baseline: Tensor, steps: Int
  ) throws -> Tensor {
    precondition(
      x.shape == baseline.shape, "integratedGradients: a baseline \(baseline.shape) of a picture \(x.shape)")
    let difference = x - baseline
    let mean = try meanGradient(of: label, count: steps) { step in
      baseline + difference * ((Float(step) + 0.5) / Float(steps))
    }
    return difference * mean
  }

  /// Summed in Double, in the order of the pictures.
  private func meanGradient(
    of label: Int, count: Int, _ picture: (Int) -> Tensor
  ) throws -> Tensor {
    precondition(count > 0, "Explainer: a mean of no gradients")
    let first = picture(0)
    precondition(first.shape[0] == 1, "Explainer: \(first.shape) is not one picture")
    var sums = [Double](repeating: 0, count: first.count)
    for start in stride(from: 0, to: count, by: Self.picturesOfAPass) {
      let pictures = (start..<min(count, start + Self.picturesOfAPass)).map { $0 == 0 ? first : picture($0) }
      let gradient = try gradient(of: label, at: concat(pictures, axis: 0)).gradient
      gradient.withUnsafeBufferPointer { elements in
        sums.withUnsafeMutableBufferPointer { sums in
          for (index, element) in elements.enumerated() { sums[index % sums.count] += Double(element) }
        }
      }
    }
    return Tensor(sums.map { Float($0 / Double(count)) }, shape: first.shape)
  }

  /// 1 for the class, 0 for all others, of each picture.
  func seed(_ label: Int, _ shape: Shape) -> Tensor {
    Tensor((0..<shape.count).map { $0 % shape[1] == label ? 1 : 0 }, shape: shape)
  }
}
