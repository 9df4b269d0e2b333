extension Kernels {
  /// dx ← epilogue(the gradient of x), from dy: each input pixel gathers the output gradients it contributed to, so that
  /// tasks write apart. Each phase of the stride is a product by itself, see ``InputPhases``.
  /// - Parameters:
  ///   - plan: of an input gradient.
  ///   - weights: in the plan's form.
  ///   - epilogue: of a transposed convolution, whose output dx is.
  package static func convolutionInputGradient(
    _ plan: ConvolutionPlan, dy: Source, weights: Source, dx: Destination, epilogue: Epilogue = Epilogue()
  ) {
    precondition(
      plan.task.direction == .inputGradient, "convolutionInputGradient: the plan is of another direction")
    let g = plan.geometry
    switch plan.algorithm {
    case .depthwise: depthwiseInputGradient(g, dy: dy, weight: weights, dx: dx, epilogue: epilogue)
    case .winograd(let tile):
      winograd(
        g.adjoint, tile, x: dy, weights: weights, y: dx, outputStride: g.inChannels, epilogue: epilogue)
    case .pointwise, .im2col, .sharedIm2col:
      for phase in InputPhases(g).all(
        g.kernelHeight, g.kernelWidth, perTap: g.inPerGroup * g.outChannels)
      where phase.y < g.height && phase.x < g.width {
        if phase.hasTaps {
          phase.multiply(g, dy: dy, weights: weights + phase.start, dx: dx, epilogue: epilogue)
        } else {
          phase.clear(g, dx: dx, epilogue: epilogue)
        }
      }
    }
  }
}

extension ConvolutionGeometry {
  /// The stride-1 convolution of dy, with the weights turned round and transposed, that gives this one's dx.
  var adjoint: ConvolutionGeometry {
    ConvolutionGeometry(
      input: outputShape, weight: [kernelHeight, kernelWidth, outChannels, inChannels],
      padding: .init(
        top: kernelHeight - 1 - padding.top, left: kernelWidth - 1 - padding.left,
        bottom: kernelHeight - 1 - padding.bottom, right: kernelWidth - 1 - padding.right))
  }
}

extension InputPhases.Phase {
  private func scatter(_ g: ConvolutionGeometry) -> Scatter {
    Scatter(
      gridHeight: (g.height - y).dividedUp(by: g.stride.y),
      gridWidth: (g.width - x).dividedUp(by: g.stride.x), height: g.height, width: g.width, step: g.stride,
      phase: .init(y, x))
  }

  fileprivate func multiply(
    _ g: ConvolutionGeometry, dy: Source, weights: Source, dx: Destination, epilogue: Epilogue
  ) {
    let scatter = scatter(g)
    let grid = (height: scatter.gridHeight, width: scatter.gridWidth)
    let gather = Gather(
      batch: g.batch, grid: grid, source: (g.outHeight, g.outWidth, g.outChannels), step: 1,
      offsetsY: tapsY.map(\.offset), offsetsX: tapsX.map(\.offset), channels: g.outPerGroup)
    let isPointwise =
      gather.offsetsY == [0] && gather.offsetsX == [0] && grid == (g.outHeight, g.outWidth)
    let tiles = ProductTiles(
      rows: gather.rowCount, inner: gather.columnCount, columns: g.inPerGroup, isPointwise: isPointwise)
    ColumnProduct(
      gather: gather, isPointwise: isPointwise, tiles: tiles, groups: g.groups, columns: g.inPerGroup,
      outputStride: g.inChannels, scatter: g.stride == 1 ? nil : scatter
    ).run(source: dy, weights: weights, output: dx, epilogue: epilogue)
  }

  /// A phase without a tap gets no gradient.
  fileprivate func clear(_ g: ConvolutionGeometry, dx: Destination, epilogue: Epilogue) {
    let scatter = scatter(g)
    let rows = g.batch * scatter.gridHeight * scatter.gridWidth
    Parallel.forEachRange(rows, grain: max(1, (1 << 16) / g.inChannels)) { rows in
      for row in rows {
        let offset = scatter.pixel(row) * g.inChannels
        (dx + offset).update(repeating: 0, count: g.inChannels)
        epilogue.apply(to: dx, offset: offset, rows: 1, columns: 0..<g.inChannels, stride: g.inChannels)
      }
    }
  }
}
