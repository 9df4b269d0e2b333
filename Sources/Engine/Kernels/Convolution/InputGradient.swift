extension Kernels {
  /// dx from dy: each input pixel gathers the output gradients it contributed to, so that tasks write apart.
  ///
  /// With stride s there are s² phases of input pixels; those of one phase see the same kernel taps, and each
  /// phase is a stride-1 convolution of dy with those taps, transposed.
  /// - Parameter tile: with one, by Winograd's transforms instead.
  package static func convolutionInputGradient(
    _ g: ConvolutionGeometry, tile: WinogradTile?, dy: Source, weight: Source, dx: Destination
  ) {
    if g.isDepthwise {
      depthwiseInputGradient(g, dy: dy, weight: weight, dx: dx)
      return
    }
    if let tile {
      let gradient = ConvolutionGeometry(
        input: g.outputShape, weight: [g.kernelHeight, g.kernelWidth, g.outChannels, g.inChannels],
        padding: .init(g.kernelHeight - 1 - g.padding.y, g.kernelWidth - 1 - g.padding.x))
      withWorkspace(g.weightShape.count) { turned in
        Phase(g, .init(0, 0)).transposeWeights(weight, turned)
        let weights = prepareWeights(gradient, as: .winograd(tile), weight: turned)
        withExtendedLifetime(weights) {
          convolution(
            gradient, plan: ConvolutionPlan(algorithm: .winograd(tile)), x: dy, weights: weights.pointer,
            y: dx)
        }
      }
      return
    }
    if g.stride.y > 1 || g.stride.x > 1 { clearUntouched(g, dx) }
    for ry in 0..<min(g.stride.y, g.height) {
      for rx in 0..<min(g.stride.x, g.width) {
        let phase = Phase(g, ConvolutionGeometry.Pair(ry, rx))
        if !phase.tapsY.isEmpty && !phase.tapsX.isEmpty { phase.run(dy, weight, dx) }
      }
    }
  }

  /// Phases without a tap get no gradient: zero all where there is one.
  private static func clearUntouched(_ g: ConvolutionGeometry, _ dx: Destination) {
    let everyPhaseHasTaps =
      (0..<g.stride.y).allSatisfy {
        !Phase.taps($0, g.kernelHeight, g.stride.y, g.padding.y, g.dilation.y).isEmpty
      }
      && (0..<g.stride.x).allSatisfy {
        !Phase.taps($0, g.kernelWidth, g.stride.x, g.padding.x, g.dilation.x).isEmpty
      }
    if everyPhaseHasTaps { return }
    Parallel.forEachRange(g.inputShape.count, grain: 1 << 18) { range in
      (dx + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }
}

/// The input pixels `(s·y + phase.y, s·x + phase.x)`.
private struct Phase {
  let g: ConvolutionGeometry
  let phase: ConvolutionGeometry.Pair
  let tapsY, tapsX: [(tap: Int, offset: Int)]

  init(_ g: ConvolutionGeometry, _ phase: ConvolutionGeometry.Pair) {
    self.g = g
    self.phase = phase
    tapsY = Self.taps(phase.y, g.kernelHeight, g.stride.y, g.padding.y, g.dilation.y)
    tapsX = Self.taps(phase.x, g.kernelWidth, g.stride.x, g.padding.x, g.dilation.x)
  }

  /// The taps k with o·stride = i + padding − k·dilation for some o, for i = phase; o − i/stride is the offset.
  /// In ascending order of offsets, so that neighbours are neighbours in memory.
  static func taps(
    _ phase: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
  ) -> [(tap: Int, offset: Int)] {
    (0..<kernel).reversed().compactMap { tap in
      let distance = phase + padding - tap * dilation
      return distance % stride == 0 ? (tap, distance / stride) : nil
    }
  }

  func run(_ dy: Source, _ weight: Source, _ dx: Destination) {
    let grid = (
      height: (g.height - phase.y).dividedUp(by: g.stride.y),
      width: (g.width - phase.x).dividedUp(by: g.stride.x)
    )
    let gather = Gather(
      batch: g.batch, grid: grid, source: (g.outHeight, g.outWidth, g.outChannels), step: 1,
      offsetsY: tapsY.map(\.offset), offsetsX: tapsX.map(\.offset), channels: g.outPerGroup)
    let isPointwise =
      gather.offsetsY == [0] && gather.offsetsX == [0] && grid == (g.outHeight, g.outWidth)
    let plan = ConvolutionPlan(
      rows: gather.rowCount, inner: gather.columnCount, columns: g.inPerGroup,
      isPointwise: isPointwise)
    let isWhole = g.stride == 1
    let product = ColumnProduct(
      gather: gather, plan: plan, groups: g.groups, columns: g.inPerGroup, outputStride: g.inChannels,
      scatter: isWhole
        ? nil
        : Scatter(
          gridHeight: grid.height, gridWidth: grid.width, height: g.height, width: g.width,
          step: g.stride, phase: phase))
    let count = gather.columnCount * g.inChannels
    let isPlain = g.groups == 1 && product.panels.isPlain
    withWorkspace(isPlain ? count : 2 * count) { transposed in
      transposeWeights(weight, transposed)
      if isPlain {
        product.run(source: dy, weights: transposed, output: dx, epilogue: Epilogue())
        return
      }
      product.panels.pack(groups: g.groups, transposed, into: transposed + count)
      product.run(source: dy, weights: transposed + count, output: dx, epilogue: Epilogue())
    }
  }

  /// `[tap, out of group, in]` from `[kh, kw, in of group, out]`.
  func transposeWeights(_ weight: Source, _ target: Destination) {
    let (ins, outs) = (g.inPerGroup, g.outPerGroup)
    let block = 32
    let blocks = outs.dividedUp(by: block)
    Parallel.forEach(tapsY.count * tapsX.count * g.groups * blocks) { task in
      let first = task % blocks * block
      let group = task / blocks % g.groups
      let tap = task / blocks / g.groups
      let (ky, kx) = (tapsY[tap / tapsX.count].tap, tapsX[tap % tapsX.count].tap)
      let source = weight + (ky * g.kernelWidth + kx) * ins * g.outChannels + group * outs
      let lines = target + tap * outs * g.inChannels + group * ins
      let end = min(outs, first + block)
      for i in 0..<ins {
        let row = source + i &* g.outChannels
        for o in first..<end { lines[o &* g.inChannels &+ i] = row[o] }
      }
    }
  }
}
