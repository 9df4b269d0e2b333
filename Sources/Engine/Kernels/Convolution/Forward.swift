extension Kernels {
  /// y ← epilogue(x ∗ w). `x` is `[N, H, W, C]`, `w` `[kh, kw, C/groups, O]`, `y` `[N, OH, OW, O]`.
  /// - Parameter prepared: what ``prepareWeights(_:plan:weight:)`` made for this plan, if it was kept.
  package static func convolution(
    _ g: ConvolutionGeometry, plan: ConvolutionPlan, x: Source, weight: Source, prepared: Storage? = nil,
    y: Destination, epilogue: Epilogue = Epilogue()
  ) {
    switch plan.algorithm {
    case .depthwise:
      depthwise(g, x: x, weight: weight, y: y, epilogue: epilogue)
    case .winograd(let tile):
      let transformed = prepared ?? prepareWeights(g, plan: plan, weight: weight)!
      withExtendedLifetime(transformed) {
        WinogradConvolution(forward: g, tile).run(
          source: x, weights: transformed.pointer, output: y, epilogue: epilogue)
      }
    case .pointwise, .im2col, .sharedIm2col:
      let product = ColumnProduct(
        gather: Gather(forward: g), plan: plan, groups: g.groups, columns: g.outPerGroup,
        totalColumns: g.outChannels, outputStride: g.outChannels)
      product.run(source: x, weights: weight, output: y, epilogue: epilogue)
    }
  }

  /// The weights as the plan's algorithm wants them, worth keeping while they do not change; nil where it takes
  /// them as they are.
  package static func prepareWeights(
    _ g: ConvolutionGeometry, plan: ConvolutionPlan, weight: Source
  ) -> Storage? {
    guard case .winograd(let tile) = plan.algorithm else { return nil }
    let storage = Storage(count: tile.points * g.inChannels * g.outChannels)
    WinogradConvolution.transformWeights(
      weight, tile, in: g.inChannels, out: g.outChannels, isFlipped: false, into: storage.pointer)
    return storage
  }
}
