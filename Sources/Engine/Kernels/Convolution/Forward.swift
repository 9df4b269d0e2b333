extension Kernels {
  /// y ← epilogue(x ∗ w). `x` is `[N, H, W, C]`, `y` `[N, OH, OW, O]`.
  /// - Parameters:
  ///   - weights: in the plan's form.
  ///   - outputStride: elements between two pixels of y where that is some channels of more; there is no residual then.
  ///   - usesVectorKernels: false for what processors without ``VectorKernels`` compute.
  package static func convolution(
    _ g: ConvolutionGeometry, plan: ConvolutionPlan, x: Source, weights: Source,
    y: Destination, outputStride: Int? = nil, epilogue: Epilogue = Epilogue(),
    usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    let outputStride = outputStride ?? g.outChannels
    switch plan.algorithm {
    case .depthwise:
      depthwise(
        g, x: x, weight: weights, y: y, outputStride: outputStride, epilogue: epilogue,
        usesVectorKernels: usesVectorKernels)
    case .winograd(let tile):
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
    case .pointwise, .im2col, .sharedIm2col:
      ColumnProduct(
        gather: Gather(forward: g), plan: plan, groups: g.groups, columns: g.outPerGroup,
        outputStride: outputStride
      ).run(source: x, weights: weights, output: y, epilogue: epilogue)
    }
  }

  /// The weights `[kh, kw, C/groups, O]` as an algorithm wants them, worth keeping while they do not change.
  package static func prepareWeights(
    _ g: ConvolutionGeometry, as form: ConvolutionPlan.WeightForm, weight: Source
  ) -> Storage {
    switch form {
    case .panels:
      let storage = Storage(count: g.weightShape.count)
      Panels(weightShape: g.weightShape, groups: g.groups).pack(
        groups: g.groups, weight, into: storage.pointer)
      return storage
    case .winograd(let tile):
      let storage = Storage(count: tile.points * g.inChannels * g.outChannels, isLasting: true)
      WinogradConvolution(g, tile).transformWeights(weight, into: storage.pointer)
      return storage
    }
  }
}
