// One filter a channel: far too few products for a GEMM, so direct loops, vectors over channels.

extension Kernels {
  static func depthwise(
    _ g: ConvolutionGeometry, x: Source, weight: Source, y: Destination, outputStride: Int, epilogue: Epilogue
  ) {
    let channels = g.outChannels
    Parallel.forEach(g.batch * g.outHeight) { line in
      let (n, oy) = (line / g.outHeight, line % g.outHeight)
      for ox in 0..<g.outWidth {
        let offset = (line * g.outWidth + ox) * outputStride
        let target = y + offset
        target.update(repeating: 0, count: channels)
        for (tap, iy, ix) in DepthwiseTaps(g, oy: oy, ox: ox) {
          multiplyAdd(
            x + ((n * g.height + iy) * g.width + ix) * channels, weight + tap * channels,
            to: target, channels)
        }
        epilogue.apply(
          to: y, offset: offset, rows: 1, columns: 0..<channels, stride: outputStride)
      }
    }
  }

  static func depthwiseInputGradient(
    _ g: ConvolutionGeometry, dy: Source, weight: Source, dx: Destination
  ) {
    let channels = g.outChannels
    Parallel.forEach(g.batch * g.height) { line in
      let (n, iy) = (line / g.height, line % g.height)
      let target = dx + line * g.width * channels
      target.update(repeating: 0, count: g.width * channels)
      for ky in 0..<g.kernelHeight {
        let distance = iy + g.padding.y - ky * g.dilation.y
        guard distance >= 0, distance % g.stride.y == 0, distance / g.stride.y < g.outHeight else { continue }
        let row = dy + (n * g.outHeight + distance / g.stride.y) * g.outWidth * channels
        for kx in 0..<g.kernelWidth {
          let filter = weight + (ky * g.kernelWidth + kx) * channels
          for ox in 0..<g.outWidth {
            let ix = ox * g.stride.x + kx * g.dilation.x - g.padding.x
            if ix >= 0 && ix < g.width {
              multiplyAdd(row + ox * channels, filter, to: target + ix * channels, channels)
            }
          }
        }
      }
    }
  }

  static func depthwiseWeightGradient(
    _ g: ConvolutionGeometry, x: Source, dy: Source, dw: Destination
  ) {
    let channels = g.outChannels
    let count = g.weightShape.count
    let lines = g.batch * g.outHeight
    let chunk = max(1, (lines + 15) / 16)
    let chunks = max(1, lines.dividedUp(by: chunk))
    withWorkspace(chunks * count) { partial in
      Parallel.forEach(chunks) { index in
        let sum = partial + index * count
        sum.update(repeating: 0, count: count)
        for line in index * chunk..<min(lines, (index + 1) * chunk) {
          let (n, oy) = (line / g.outHeight, line % g.outHeight)
          for ox in 0..<g.outWidth {
            let gradient = dy + (line * g.outWidth + ox) * channels
            for (tap, iy, ix) in DepthwiseTaps(g, oy: oy, ox: ox) {
              multiplyAdd(
                x + ((n * g.height + iy) * g.width + ix) * channels, gradient,
                to: sum + tap * channels, channels)
            }
          }
        }
      }
      dw.update(from: partial, count: count)
      for index in 1..<chunks { addRow(partial + index * count, to: dw, count) }
    }
  }

  /// sum[c] += a[c]·b[c]
  @inline(__always)
  private static func multiplyAdd(_ a: Source, _ b: Source, to sum: Destination, _ count: Int) {
    var c = 0
    while c &+ 16 <= count {
      (sum + c).vector += (a + c).vector * (b + c).vector
      c &+= 16
    }
    while c < count {
      sum[c] += a[c] * b[c]
      c &+= 1
    }
  }
}

/// The kernel taps that fall inside the picture for one output pixel, with the input pixel of each.
private struct DepthwiseTaps: Sequence, IteratorProtocol {
  let g: ConvolutionGeometry
  let top, left: Int
  var tap = -1

  init(_ g: ConvolutionGeometry, oy: Int, ox: Int) {
    self.g = g
    top = oy * g.stride.y - g.padding.y
    left = ox * g.stride.x - g.padding.x
  }

  mutating func next() -> (tap: Int, iy: Int, ix: Int)? {
    while true {
      tap &+= 1
      guard tap < g.kernelHeight &* g.kernelWidth else { return nil }
      let iy = top &+ tap / g.kernelWidth &* g.dilation.y
      let ix = left &+ tap % g.kernelWidth &* g.dilation.x
      if iy >= 0 && iy < g.height && ix >= 0 && ix < g.width { return (tap, iy, ix) }
    }
  }
}
