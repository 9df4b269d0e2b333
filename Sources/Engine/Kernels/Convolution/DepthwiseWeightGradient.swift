extension Kernels {
  /// Lines of the output in as many chunks, whose sums are added in order.
  private static let depthwiseChunks = 16

  static func depthwiseWeightGradient(
    _ g: ConvolutionGeometry, x: Source, dy: Source, dw: Destination
  ) {
    let count = g.weightShape.count
    let lines = g.batch * g.outHeight
    let chunk = lines.evenPiece(atMost: lines.dividedUp(by: depthwiseChunks))
    let chunks = lines.dividedUp(by: chunk)
    let products = DepthwiseProducts(g)
    withWorkspace(chunks * count) { partial in
      Parallel.forEach(chunks) { index in
        let sums = partial + index * count
        sums.update(repeating: 0, count: count)
        for line in index * chunk..<min(lines, (index + 1) * chunk) {
          products.add(line: line, x: x, dy: dy, to: sums)
        }
      }
      dw.update(from: partial, count: count)
      for index in 1..<max(chunks, 1) { addRow(partial + index * count, to: dw, count) }
    }
  }
}

/// What one line of output gradients adds to each weight's: Σ x·dy along the line.
///
/// The sums of up to five taps of a row by eight channels stay in registers while the pixels pass: each output gradient is
/// loaded once for them.
private struct DepthwiseProducts {
  let g: ConvolutionGeometry
  let vertical, horizontal: DepthwiseAxis

  init(_ g: ConvolutionGeometry) {
    self.g = g
    vertical = DepthwiseAxis(
      inputs: g.height, outputs: g.outHeight, kernel: g.kernelHeight, stride: g.stride.y,
      padding: g.padding.top, dilation: g.dilation.y)
    horizontal = DepthwiseAxis(
      inputs: g.width, outputs: g.outWidth, kernel: g.kernelWidth, stride: g.stride.x,
      padding: g.padding.left, dilation: g.dilation.x)
  }

  private var channels: Int { g.outChannels }

  /// - Parameters:
  ///   - line: of all lines of the batch's output.
  ///   - sums: `[kh, kw, channels]`.
  func add(line: Int, x: Source, dy: Source, to sums: Destination) {
    let (n, oy) = (line / g.outHeight, line % g.outHeight)
    let gradient = dy + line * g.outWidth * channels
    for ky in vertical.taps(of: oy) {
      let row = (n * g.height + vertical.source(oy) + ky * vertical.spacing) * g.width
      var kx = 0
      while kx < g.kernelWidth {
        let left = g.kernelWidth - kx
        let taps = left >= 5 ? 5 : left >= 3 ? 3 : 1
        let inside = horizontal.targets(seeing: kx..<kx + taps)
        @inline(__always)
        func add(_ pixels: Range<Int>, tap: Int, taps: Int) {
          if pixels.isEmpty { return }
          let source = row + horizontal.source(pixels.lowerBound) + tap * horizontal.spacing
          self.add(
            pixels.count, taps: taps, x + source * channels, gradient + pixels.lowerBound * channels,
            to: sums + (ky * g.kernelWidth + tap) * channels)
        }
        switch taps {
        case 5: add(inside, tap: kx, taps: 5)
        case 3: add(inside, tap: kx, taps: 3)
        default: add(inside, tap: kx, taps: 1)
        }
        if taps > 1 {
          for tap in kx..<kx + taps {
            // What this tap alone sees, before and behind what all see.
            let seen = horizontal.targets(seeing: tap..<tap + 1)
            let before = seen.lowerBound..<max(seen.lowerBound, min(seen.upperBound, inside.lowerBound))
            let start = max(seen.lowerBound, inside.isEmpty ? before.upperBound : inside.upperBound)
            add(before, tap: tap, taps: 1)
            add(start..<max(start, seen.upperBound), tap: tap, taps: 1)
          }
        }
        kx += taps
      }
    }
  }

  /// Of `count` neighbouring pixels; the sums of neighbouring taps are `channels` apart.
  @inline(__always)
  private func add(_ count: Int, taps: Int, _ x: Source, _ dy: Source, to sums: Destination) {
    let (step, tap) = (horizontal.step &* channels, horizontal.spacing &* channels)
    if channels < 8 {
      for c in 0..<channels {
        for k in 0..<taps {
          var sum: Float = 0
          for i in 0..<count { sum += x[i &* step &+ k &* tap &+ c] * dy[i &* channels &+ c] }
          sums[k &* channels &+ c] += sum
        }
      }
      return
    }
    var c = 0
    while c < channels {
      // The last eight may begin before the ones that are still to be added.
      let first = min(c, channels &- 8)
      var (v0, v1, v2, v3, v4) = (Octet(), Octet(), Octet(), Octet(), Octet())
      var (source, gradient) = (x + first, dy + first)
      for _ in 0..<count {
        let d = gradient.octet
        v0 += source.octet * d
        if taps > 1 {
          v1 += (source + tap).octet * d
          v2 += (source + 2 &* tap).octet * d
        }
        if taps > 3 {
          v3 += (source + 3 &* tap).octet * d
          v4 += (source + 4 &* tap).octet * d
        }
        source += step
        gradient += channels
      }
      @inline(__always)
      func store(_ v: Octet, _ k: Int) {
        let target = sums + (k &* channels &+ first)
        if first == c {
          target.octet += v
        } else {
          for lane in c &- first..<8 { target[lane] += v[lane] }
        }
      }
      store(v0, 0)
      if taps > 1 {
        store(v1, 1)
        store(v2, 2)
      }
      if taps > 3 {
        store(v3, 3)
        store(v4, 4)
      }
      c &+= 8
    }
  }
}
