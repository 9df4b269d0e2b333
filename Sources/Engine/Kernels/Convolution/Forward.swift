extension Kernels {
  /// y ← epilogue(x ∗ w). `x` is `[N, H, W, C]`, `w` `[kh, kw, C/groups, O]`, `y` `[N, OH, OW, O]`.
  package static func convolution(
    _ g: ConvolutionGeometry, plan: ConvolutionPlan, x: Source, weight: Source, y: Destination,
    epilogue: Epilogue = Epilogue()
  ) {
    if plan.algorithm == .depthwise {
      depthwise(g, x: x, weight: weight, y: y, epilogue: epilogue)
      return
    }
    let product = ColumnProduct(
      gather: Gather(forward: g), plan: plan, groups: g.groups, columns: g.outPerGroup,
      totalColumns: g.outChannels, outputStride: g.outChannels)
    product.run(source: x, weights: weight, output: y, epilogue: epilogue)
  }
}
