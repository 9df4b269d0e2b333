/// A 1×1 convolution to more channels, a depthwise one, and a 1×1 to few (Sandler et al. 2018, "MobileNetV2"), some lines
/// at a time: what lies between the three stays in the L2 cache, where each by itself would write a tensor of several
/// megabytes and read it again. Bits are those of the three one after the other.
struct InvertedResidualLines {
  let expand, depthwise, project: ConvolutionGeometry

  struct Operands {
    var weights: (expand: Source, depthwise: Source, project: Source)
    /// Without what is left for a second pass, see ``Epilogue/split``; none but the last has a residual.
    var epilogues: (expand: Epilogue, depthwise: Epilogue, project: Epilogue)
  }

  /// Floats of a picture between the convolutions, from which on they miss the L2 cache.
  private static let leastBetween = 256 << 10
  /// Floats of lines between the convolutions that are held at a time.
  private static let held = 64 << 10
  /// Lines of a task's output, at most. The first lines that it needs are computed by its neighbour as well.
  private static let taskLines = 14

  /// Elements of a line before and after the depthwise convolution.
  private var line: Int { depthwise.width * depthwise.inChannels }
  private var outLine: Int { depthwise.outWidth * depthwise.outChannels }

  /// Output lines at a time.
  private var step: Int {
    let first = (depthwise.kernelHeight - depthwise.stride.y) * line
    return max(1, (Self.held - first) / (depthwise.stride.y * line + outLine))
  }

  /// Nil where the convolutions are others, small enough to be computed one by one, or of other bits so.
  init?(expand: ConvolutionGeometry, depthwise: ConvolutionGeometry, project: ConvolutionGeometry) {
    guard expand.isPointwise, depthwise.isDepthwise, project.isPointwise, expand.groups == 1,
      project.groups == 1,
      depthwise.dilation == 1, depthwise.kernelHeight >= depthwise.stride.y,
      Panels.rowsKeepBits(columns: expand.outChannels), Panels.rowsKeepBits(columns: project.outChannels),
      depthwise.height * depthwise.width * depthwise.inChannels >= Self.leastBetween
    else { return nil }
    (self.expand, self.depthwise, self.project) = (expand, depthwise, project)
    guard depthwise.kernelHeight * line + outLine <= 2 * Self.held else { return nil }
  }

  func run(_ operands: Operands, source: Source, output: Destination) {
    let taskLines = depthwise.outHeight.evenPiece(atMost: Self.taskLines)
    let tasks = depthwise.outHeight.dividedUp(by: taskLines)
    let kernel = DepthwiseLine(
      depthwise, targetStep: depthwise.outChannels, epilogue: operands.epilogues.depthwise)
    let strip = ((step - 1) * depthwise.stride.y + depthwise.kernelHeight) * line
    Parallel.forEach(depthwise.batch * tasks) { task in
      let first = task % tasks * taskLines
      withWorkspace(strip + step * outLine) { memory in
        run(
          operands, kernel, picture: task / tasks, first..<min(depthwise.outHeight, first + taskLines),
          source,
          strip: memory, between: memory + strip, output)
      }
    }
  }

  /// - Parameters:
  ///   - strip: holds lines of the depthwise convolution's input.
  ///   - between: holds those of its output.
  private func run(
    _ operands: Operands, _ kernel: DepthwiseLine, picture: Int, _ lines: Range<Int>, _ source: Source,
    strip: Destination, between: Destination, _ output: Destination
  ) {
    let g = depthwise
    var held = 0..<0
    for first in stride(from: lines.lowerBound, to: lines.upperBound, by: step) {
      let targets = first..<min(lines.upperBound, first + step)
      let low = min(g.height, max(0, first * g.stride.y - g.padding.top))
      let high = min(g.height, (targets.upperBound - 1) * g.stride.y - g.padding.top + g.kernelHeight)
      let needed = low..<max(low, high)
      if held.upperBound > low, held.lowerBound < low {
        strip.update(from: strip + (low - held.lowerBound) * line, count: (held.upperBound - low) * line)
      }
      let fresh = min(max(held.upperBound, low), needed.upperBound)..<needed.upperBound
      multiply(
        expand, rows: fresh.count * g.width,
        source + (picture * g.height + fresh.lowerBound) * g.width * expand.inChannels,
        operands.weights.expand,
        into: strip + (fresh.lowerBound - low) * line, operands.epilogues.expand)
      held = needed
      for target in targets {
        kernel.run(
          row: target, source: Source(strip) - low * line, weight: operands.weights.depthwise,
          target: between,
          offset: (target - first) * outLine)
      }
      let offset = (picture * g.outHeight + first) * g.outWidth * project.outChannels
      multiply(
        project, rows: targets.count * g.outWidth, between, operands.weights.project, into: output + offset,
        operands.epilogues.project.of(channel: 0, offset: offset))
    }
  }

  private func multiply(
    _ g: ConvolutionGeometry, rows: Int, _ a: Source, _ weights: Source, into c: Destination,
    _ epilogue: Epilogue
  ) {
    Panels(inner: g.inChannels, columns: g.outChannels).multiply(
      rows: rows, a, lda: g.inChannels, weights, columns: 0..<g.outChannels, into: c, ldc: g.outChannels,
      epilogue: epilogue)
  }
}
