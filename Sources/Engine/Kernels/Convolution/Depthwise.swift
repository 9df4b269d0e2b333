// One filter a channel: far too few products for a GEMM, so direct loops, vectors over channels.

extension Kernels {
  /// Products of a task: some microseconds of work.
  private static let depthwiseGrain = 1 << 18

  /// - Parameters:
  ///   - outputStride: elements between two pixels of y.
  ///   - usesVectorKernels: false for what processors without ``VectorKernels`` compute.
  static func depthwise(
    _ g: ConvolutionGeometry, x: Source, weight: Source, y: Destination, outputStride: Int,
    epilogue: Epilogue,
    usesVectorKernels: Bool
  ) {
    let (early, late) = epilogue.split
    let line = DepthwiseLine(
      g, targetStep: outputStride, epilogue: early, usesVectorKernels: usesVectorKernels)
    let products = g.outWidth * g.outChannels * g.kernelHeight * g.kernelWidth
    Parallel.forEachRange(g.batch * g.outHeight, grain: max(1, depthwiseGrain / products)) { lines in
      for index in lines {
        let (n, row) = (index / g.outHeight, index % g.outHeight)
        line.run(
          row: row, source: x + n * g.height * g.width * g.inChannels, weight: weight, target: y,
          offset: index * g.outWidth * outputStride)
      }
      late?.apply(
        to: y, offset: lines.lowerBound * g.outWidth * outputStride, rows: lines.count * g.outWidth,
        columns: 0..<g.outChannels, stride: outputStride)
    }
  }

  /// With stride s there are s² phases of input pixels; those of one phase see the same kernel taps, and each phase is
  /// a stride-1 convolution of dy with those taps, turned round.
  static func depthwiseInputGradient(
    _ g: ConvolutionGeometry, dy: Source, weight: Source, dx: Destination, epilogue: Epilogue
  ) {
    let channels = g.inChannels
    let (early, late) = epilogue.split
    let lines = (0..<g.stride.y).map { phaseY in
      (0..<g.stride.x).map { phaseX in
        DepthwiseLine(
          vertical: DepthwiseAxis(
            phase: phaseY, inputs: g.height, outputs: g.outHeight, kernel: g.kernelHeight,
            stride: g.stride.y, padding: g.padding.top, dilation: g.dilation.y),
          horizontal: DepthwiseAxis(
            phase: phaseX, inputs: g.width, outputs: g.outWidth, kernel: g.kernelWidth, stride: g.stride.x,
            padding: g.padding.left, dilation: g.dilation.x),
          channels: channels, kernelWidth: g.kernelWidth, targetStep: g.stride.x * channels,
          epilogue: early)
      }
    }
    let products = g.width * channels * g.kernelHeight * g.kernelWidth / (g.stride.x * g.stride.y)
    Parallel.forEachRange(g.batch * g.height, grain: max(1, depthwiseGrain / max(1, products))) { range in
      for index in range {
        let (n, row) = (index / g.height, index % g.height)
        for (phase, line) in lines[row % g.stride.y].enumerated() {
          line.run(
            row: row / g.stride.y, source: dy + n * g.outHeight * g.outWidth * channels, weight: weight,
            target: dx, offset: (index * g.width + phase) * channels)
        }
      }
      late?.apply(
        to: dx, offset: range.lowerBound * g.width * channels, rows: range.count * g.width,
        columns: 0..<channels, stride: channels)
    }
  }
}
