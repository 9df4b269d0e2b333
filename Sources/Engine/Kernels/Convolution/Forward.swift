extension Kernels {
  /// y ← epilogue(x ∗ w). `x` is `[N, H, W, C]`, `y` `[N, OH, OW, O]`.
  /// - Parameters:
  ///   - plan: of an output.
  ///   - weights: in the plan's form.
  ///   - outputStride: elements between two pixels of y where that is some channels of more; there is no residual then.
  ///   - usesVectorKernels: false for what processors without ``VectorKernels`` compute.
  package static func convolution(
    _ plan: ConvolutionPlan, x: Source, weights: Source, y: Destination, outputStride: Int? = nil,
    epilogue: Epilogue = Epilogue(), usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    precondition(plan.task.direction == .output, "convolution: the plan is of another direction")
    let g = plan.geometry
    let outputStride = outputStride ?? g.outChannels
    switch plan.algorithm {
    case .depthwise:
      depthwise(
        g, x: x, weight: weights, y: y, outputStride: outputStride, epilogue: epilogue,
        usesVectorKernels: usesVectorKernels)
    case .winograd(let tile):
      winograd(
        g, tile, x: x, weights: weights, y: y, outputStride: outputStride, epilogue: epilogue,
        usesVectorKernels: usesVectorKernels)
    case .pointwise, .im2col, .sharedIm2col:
      ColumnProduct(
        gather: Gather(forward: g), isPointwise: plan.algorithm == .pointwise, tiles: plan.tiles!,
        groups: g.groups, columns: g.outPerGroup, outputStride: outputStride
      ).run(source: x, weights: weights, output: y, epilogue: epilogue)
    }
  }

  /// y ← epilogue(x ∗ w) by Winograd's transforms.
  static func winograd(
    _ g: ConvolutionGeometry, _ tile: WinogradTile, x: Source, weights: Source, y: Destination,
    outputStride: Int, epilogue: Epilogue, usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    let (early, late) = epilogue.split
    WinogradConvolution(g, tile, usesVectorKernels: usesVectorKernels)
      .run(source: x, weights: weights, output: y, outputStride: outputStride, epilogue: early)
    if let late {
      Parallel.forEachRange(g.pixels, grain: max(1, elementwiseGrain / g.outChannels)) { pixels in
        late.apply(
          to: y, offset: pixels.lowerBound * outputStride, rows: pixels.count, columns: 0..<g.outChannels,
          stride: outputStride)
      }
    }
  }
}
