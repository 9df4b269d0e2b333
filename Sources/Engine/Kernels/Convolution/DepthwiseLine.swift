/// Computes lines of a depthwise convolution's output, or of its input's gradient.
///
/// Four neighbouring targets by eight channels (sixteen in ``VectorKernels``) are summed up in eight registers while the
/// taps pass: each tap's weights are loaded once for the four, and each product's other factor straight from the source.
/// The epilogue is applied before the registers are stored. Targets at the edges, with fewer taps, are computed one by
/// one.
struct DepthwiseLine {
  let vertical, horizontal: DepthwiseAxis
  let channels: Int
  /// Of the weights `[kh, kw, channels]`.
  let kernelWidth: Int
  /// Elements between neighbouring targets.
  let targetStep: Int
  /// Without what is left for a second pass, see ``Epilogue/split``.
  let epilogue: Epilogue
  /// Whether ``VectorKernels`` compute what they can.
  let usesVectorKernels: Bool

  private typealias Tap = VectorKernels.Tap
  private typealias Taps = UnsafeBufferPointer<Tap>

  /// Of the forward pass.
  init(
    _ g: ConvolutionGeometry, targetStep: Int, epilogue: Epilogue,
    usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    self.init(
      vertical: DepthwiseAxis(
        inputs: g.height, outputs: g.outHeight, kernel: g.kernelHeight, stride: g.stride.y,
        padding: g.padding.top, dilation: g.dilation.y),
      horizontal: DepthwiseAxis(
        inputs: g.width, outputs: g.outWidth, kernel: g.kernelWidth, stride: g.stride.x,
        padding: g.padding.left, dilation: g.dilation.x),
      channels: g.outChannels, kernelWidth: g.kernelWidth, targetStep: targetStep, epilogue: epilogue,
      usesVectorKernels: usesVectorKernels)
  }

  /// Of one phase of the input gradient.
  init(
    vertical: DepthwiseAxis, horizontal: DepthwiseAxis, channels: Int, kernelWidth: Int, targetStep: Int,
    epilogue: Epilogue = Epilogue(), usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    (self.vertical, self.horizontal) = (vertical, horizontal)
    (self.channels, self.kernelWidth, self.targetStep) = (channels, kernelWidth, targetStep)
    (self.epilogue, self.usesVectorKernels) = (epilogue, usesVectorKernels)
  }

  /// - Parameters:
  ///   - row: of the targets.
  ///   - source: the picture's.
  ///   - offset: where the row's first target is in `target`.
  func run(row: Int, source: Source, weight: Source, target: Destination, offset: Int) {
    let rows = vertical.taps(of: row)
    let count = rows.count * horizontal.taps
    let byVectors = usesVectorKernels && channels >= 16
    withUnsafeTemporaryAllocation(of: Tap.self, capacity: 2 * count) { list in
      for index in 0..<count {
        let (ky, kx) = (rows.lowerBound + index / horizontal.taps, index % horizontal.taps)
        let y = vertical.source(row) + ky * vertical.spacing
        let x = horizontal.source(0) + kx * horizontal.spacing
        let tap =
          (vertical.firstTap + ky * vertical.tapStep) * kernelWidth + horizontal.firstTap
          + kx * horizontal.tapStep
        list.initializeElement(
          at: index,
          to: Tap(source: source + (y * horizontal.sources + x) * channels, weight: weight + tap * channels))
      }
      let taps = Taps(rebasing: list[..<count])
      if byVectors { return runByVectors(taps, list.baseAddress! + count, target, offset) }
      let inside = channels < 8 ? 0..<0 : horizontal.interior
      var end = inside.lowerBound + inside.count / 4 * 4
      for x in 0..<inside.lowerBound { edge(x, taps, target, offset) }
      fours(inside.lowerBound..<end, taps, target, offset)
      if inside.count > 4 && inside.upperBound - end > 1 {
        // Cheaper than one by one, though some are computed again.
        end = inside.upperBound
        fours(end - 4..<end, taps, target, offset)
      }
      for x in end..<horizontal.targets { edge(x, taps, target, offset) }
    }
  }

  /// - Parameter inside: room for as many taps.
  private func runByVectors(
    _ taps: Taps, _ inside: UnsafeMutablePointer<Tap>, _ target: Destination, _ offset: Int
  ) {
    func compute(_ targets: Range<Int>, _ taps: Taps, from first: Int) {
      let offset = offset + targets.lowerBound * targetStep
      VectorKernels.depthwise(
        targets: targets.count, taps: taps, first: first * horizontal.step * channels,
        step: horizontal.step * channels, channels: channels,
        epilogue: epilogue.of(channel: 0, offset: offset),
        target + offset, targetStep: targetStep)
    }
    func edge(_ x: Int) {
      let columns = horizontal.taps(of: x)
      var count = 0
      for (index, tap) in taps.enumerated() where columns.contains(index % horizontal.taps) {
        (inside + count).initialize(to: tap)
        count += 1
      }
      compute(x..<x + 1, Taps(start: inside, count: count), from: x)
    }
    let interior = horizontal.interior
    for x in 0..<interior.lowerBound { edge(x) }
    compute(interior, taps, from: interior.lowerBound)
    for x in interior.upperBound..<horizontal.targets { edge(x) }
  }

  /// Four targets at a time, all of whose taps lie within the source, and eight channels at a time. Where the channels are
  /// not a multiple of eight, the last block overlaps the one before it.
  @inline(never)
  private func fours(_ targets: Range<Int>, _ taps: Taps, _ target: Destination, _ offset: Int) {
    let (step, targetStep, channels) = (horizontal.step &* channels, targetStep, channels)
    let epilogue = epilogue
    let bounds = epilogue.bounds
    var base = targets.lowerBound &* step
    var first = offset &+ targets.lowerBound &* targetStep
    for _ in 0..<targets.count / 4 {
      var c = 0
      while true {
        var v = OutputBlock()
        for tap in taps {
          let (wa, wb) = ((tap.weight + c).quad, (tap.weight + (c &+ 4)).quad)
          let x = tap.source + (base &+ c)
          v.a0 += x.quad * wa
          v.b0 += (x + 4).quad * wb
          v.a1 += (x + step).quad * wa
          v.b1 += (x + (step &+ 4)).quad * wb
          v.a2 += (x + 2 &* step).quad * wa
          v.b2 += (x + (2 &* step &+ 4)).quad * wb
          v.a3 += (x + 3 &* step).quad * wa
          v.b3 += (x + (3 &* step &+ 4)).quad * wb
        }
        epilogue.store(v, bounds: bounds, channel: c, offset: first &+ c, step: targetStep, to: target)
        if c &+ 8 >= channels { break }
        c = min(c &+ 8, channels &- 8)
      }
      base &+= 4 &* step
      first &+= 4 &* targetStep
    }
  }

  /// One target with those of its taps that lie within the source.
  @inline(never)
  private func edge(_ x: Int, _ taps: Taps, _ target: Destination, _ offset: Int) {
    let inside = horizontal.taps(of: x)
    let base = x &* horizontal.step &* channels
    let offset = offset &+ x &* targetStep
    if channels < 8 { return narrow(base, inside, taps, target, offset) }
    var c = 0
    while true {
      var v = Octet()
      var first = inside.lowerBound
      while first < taps.count {
        for index in first..<first &+ inside.count {
          v += (taps[index].source + (base &+ c)).octet * (taps[index].weight + c).octet
        }
        first &+= horizontal.taps
      }
      if let scale = epilogue.scale { v *= (scale + c).octet }
      if let shift = epilogue.shift { v += (shift + c).octet }
      if let residual = epilogue.residual { v += (residual + (offset &+ c)).octet }
      switch epilogue.activation {
      case .relu: v = v.clampedBelow(Octet())
      case .clip(let low, let high):
        v = v.clampedBelow(Octet(repeating: low)).clampedAbove(Octet(repeating: high))
      default: break
      }
      (target + (offset &+ c)).octet = v
      if c &+ 8 >= channels { return }
      c = min(c &+ 8, channels &- 8)
    }
  }

  /// The same with fewer channels than eight.
  private func narrow(
    _ base: Int, _ inside: Range<Int>, _ taps: Taps, _ target: Destination, _ offset: Int
  ) {
    for c in 0..<channels {
      var sum: Float = 0
      for first in stride(from: inside.lowerBound, to: taps.count, by: max(1, horizontal.taps)) {
        for tap in taps[first..<first + inside.count] { sum += tap.source[base + c] * tap.weight[c] }
      }
      target[offset + c] = sum
    }
    epilogue.apply(to: target, offset: offset, rows: 1, columns: 0..<channels, stride: targetStep)
  }
}
