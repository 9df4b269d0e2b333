/// One axis of a depthwise convolution or of its input gradient. Tap j of target i is the source at
/// `i·step + offset + j·spacing`, times the kernel's tap `firstTap + j·tapStep`.
struct DepthwiseAxis {
  /// Extents of the two sides.
  let sources, targets: Int
  let step, offset: Int
  /// At least 1: sources ascend.
  let spacing: Int
  let taps: Int
  let firstTap, tapStep: Int
  /// Targets whose taps all lie within the sources.
  let interior: Range<Int>

  private init(
    sources: Int, targets: Int, step: Int, offset: Int, spacing: Int, taps: Int, firstTap: Int, tapStep: Int
  ) {
    (self.sources, self.targets, self.step, self.offset) = (sources, targets, step, offset)
    (self.spacing, self.taps, self.firstTap, self.tapStep) = (spacing, taps, firstTap, tapStep)
    interior = Self.seeing(0..<taps, sources, targets, step: step, offset: offset, spacing: spacing)
  }

  /// Of the forward pass: from an input's extent to an output's.
  init(inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Int, dilation: Int) {
    self.init(
      sources: inputs, targets: outputs, step: stride, offset: -padding, spacing: dilation, taps: kernel,
      firstTap: 0, tapStep: 1)
  }

  /// Of the input gradient: from an output's extent to the inputs `phase`, `phase + stride`, …, which see the same taps.
  init(
    phase: Int, inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Int, dilation: Int
  ) {
    func distance(_ tap: Int) -> Int { phase + padding - tap * dilation }
    let taps = (0..<kernel).reversed().filter { distance($0) % stride == 0 }
    let first = taps.first ?? 0
    self.init(
      sources: outputs, targets: max(0, (inputs - phase).dividedUp(by: stride)), step: 1,
      offset: distance(first) / stride,
      spacing: taps.count > 1 ? (distance(taps[1]) - distance(first)) / stride : 1, taps: taps.count,
      firstTap: first, tapStep: taps.count > 1 ? taps[1] - first : 0)
  }

  /// The source of a target's first tap, which may lie outside.
  func source(_ target: Int) -> Int { target * step + offset }

  /// The taps of a target that lie within the sources.
  func taps(of target: Int) -> Range<Int> {
    let first = source(target)
    let low = first >= 0 ? 0 : min(taps, (-first).dividedUp(by: spacing))
    let high = first >= sources ? 0 : min(taps, (sources - 1 - first) / spacing + 1)
    return low..<max(low, high)
  }

  /// The targets of which all these taps lie within the sources.
  func targets(seeing taps: Range<Int>) -> Range<Int> {
    Self.seeing(taps, sources, targets, step: step, offset: offset, spacing: spacing)
  }

  private static func seeing(
    _ taps: Range<Int>, _ sources: Int, _ targets: Int, step: Int, offset: Int, spacing: Int
  ) -> Range<Int> {
    if taps.isEmpty { return 0..<targets }
    let first = offset + taps.lowerBound * spacing
    let last = sources - 1 - offset - (taps.upperBound - 1) * spacing
    let low = min(targets, max(0, -first).dividedUp(by: step))
    return low..<max(low, last < 0 ? 0 : min(targets, last / step + 1))
  }
}
