extension Linear {
  /// This layer as two, by the truncated singular value decomposition of its weight: W ≈ U · (Σ Vᵀ) with the `rank` largest
  /// singular values, which is nearest to W among all of that rank (Girshick 2015, "Fast R-CNN", section 3.1).
  ///
  /// The first layer has the weight Σ Vᵀ and no bias, the second the weight U and this layer's bias. A row then costs
  /// rank · (in + out) multiply-accumulates in place of in · out. Files have the two under `0` and `1` of the scope, the
  /// first with this layer's order of inputs.
  /// - Parameters:
  ///   - rank: how many singular values are kept: from 1 to the lesser of ``inFeatures`` and ``outFeatures``.
  ///   - scope: where the two layers' parameters are registered; of another store where this layer's keys are.
  /// - Returns: the two layers; a function of `[N, inFeatures]` whose value is `[N, outFeatures]`.
  /// - Throws: ``LinearAlgebraError`` where a weight is not finite.
  public func truncated(rank: Int, _ scope: Scope) throws -> Sequential {
    precondition(
      1...min(inFeatures, outFeatures) ~= rank,
      "Linear.truncated: rank \(rank) of a weight \(weight.shape)")
    var flattening: (channels: Int, height: Int, width: Int)?
    if case .flattened(let channels, let height, let width) = weight.layout {
      flattening = (channels, height, width)
    }
    let first = Linear(
      scope[0], from: inFeatures, to: rank, bias: false, flattening: flattening, initializer: .zeros)
    let second = Linear(
      scope[1], from: rank, to: outFeatures, bias: bias != nil, initializer: .zeros, biasInitializer: .zeros)
    let (u, s, vt) = try LinearAlgebra.svd(weight.value)
    let (values, width) = (s.scalars, inFeatures)
    var scaled = vt.slice(axis: 0, 0..<rank)
    scaled.withUnsafeMutableBufferPointer { elements in
      for row in 0..<rank {
        for column in 0..<width { elements[row * width + column] *= values[row] }
      }
    }
    first.weight.value = scaled
    second.weight.value = u.slice(axis: 1, 0..<rank)
    if let bias { second.bias!.value = bias.value }
    return Sequential(scope, [first, second])
  }
}
