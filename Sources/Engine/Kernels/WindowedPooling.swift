/// A pooling of `[N, H, W, C]` by the product of vertical and horizontal windows.
package struct PoolingGeometry: Hashable, Sendable {
  package let batch, channels: Int
  package let y, x: PoolingWindows

  package var outputShape: Shape { [batch, y.count, x.count, channels] }
  package var inputShape: Shape { [batch, y.extent, x.extent, channels] }
}

extension Kernels {
  /// The maximum of each window; NaN where it holds one, as in PyTorch.
  package static func maxPool(_ g: PoolingGeometry, _ input: Source, into output: Destination) {
    forEachWindow(g) { n, oy, ox, window in
      let target = output + ((n * g.y.count + oy) * g.x.count + ox) * g.channels
      var isFirst = true
      for pixel in window.pixels(g, n) {
        let source = input + pixel * g.channels
        if isFirst {
          target.update(from: source, count: g.channels)
          isFirst = false
        } else {
          takeMaximum(source, target, g.channels)
        }
      }
    }
  }

  @inline(__always)
  private static func takeMaximum(_ x: Source, _ y: Destination, _ count: Int) {
    var c = 0
    while c &+ 16 <= count {
      let (v, m) = ((x + c).vector, (y + c).vector)
      // Larger, or the first NaN.
      (y + c).vector = m.replacing(with: v, where: .!(v .<= m) .& (m .== m))
      c &+= 16
    }
    while c < count {
      if !(x[c] <= y[c]) && y[c] == y[c] { y[c] = x[c] }
      c &+= 1
    }
  }

  /// The gradient goes to the first maximum of each window in row-major order, found again from input and output.
  package static func maxPoolGradient(
    _ g: PoolingGeometry, input: Source, output: Source, dy: Source, dx: Destination
  ) {
    forEachInputBlock(g, dx) { n, rows in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: g.channels) { found in
        let found = found.baseAddress!
        for (oy, wy) in g.y.windows.enumerated() where wy.start < rows.upperBound && wy.end > rows.lowerBound
        {
          for (ox, wx) in g.x.windows.enumerated() {
            found.update(repeating: 0, count: g.channels)
            let offset = ((n * g.y.count + oy) * g.x.count + ox) * g.channels
            let window = Window(y: wy, x: wx)
            for pixel in window.pixels(g, n) {
              let row = pixel / g.x.extent - n * g.y.extent
              let isOurs = rows.contains(row)
              let source = input + pixel * g.channels
              let target = dx + pixel * g.channels
              for c in 0..<g.channels where found[c] == 0 && source[c] == output[offset + c] {
                found[c] = 1
                if isOurs { target[c] += dy[offset + c] }
              }
            }
          }
        }
      }
    }
  }

  /// The average of each window.
  package static func averagePool(_ g: PoolingGeometry, _ input: Source, into output: Destination) {
    forEachWindow(g) { n, oy, ox, window in
      let target = output + ((n * g.y.count + oy) * g.x.count + ox) * g.channels
      target.update(repeating: 0, count: g.channels)
      for pixel in window.pixels(g, n) { addRow(input + pixel * g.channels, to: target, g.channels) }
      let factor = window.factor
      for c in 0..<g.channels { target[c] *= factor }
    }
  }

  package static func averagePoolGradient(_ g: PoolingGeometry, dy: Source, dx: Destination) {
    forEachInputBlock(g, dx) { n, rows in
      for (oy, wy) in g.y.windows.enumerated() where wy.start < rows.upperBound && wy.end > rows.lowerBound {
        let ours = max(wy.start, rows.lowerBound)..<min(wy.end, rows.upperBound)
        for (ox, wx) in g.x.windows.enumerated() {
          let source = dy + ((n * g.y.count + oy) * g.x.count + ox) * g.channels
          let factor = Window(y: wy, x: wx).factor
          for iy in ours {
            for ix in wx.start..<wx.end {
              let target = dx + ((n * g.y.extent + iy) * g.x.extent + ix) * g.channels
              addScaledRow(source, factor, to: target, g.channels)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private static func addScaledRow(
    _ row: Source, _ factor: Float, to sum: Destination, _ count: Int
  ) {
    var c = 0
    while c &+ 16 <= count {
      (sum + c).vector += (row + c).vector * factor
      c &+= 16
    }
    while c < count {
      sum[c] += row[c] * factor
      c &+= 1
    }
  }

  private struct Window {
    let y, x: PoolingWindows.Window

    var factor: Float {
      let divisor = y.divisor * x.divisor
      return divisor > 0 ? 1 / Float(divisor) : 0
    }

    /// The window's pixels in the batch's row-major order.
    @inline(__always)
    func pixels(_ g: PoolingGeometry, _ n: Int) -> some Sequence<Int> {
      let width = x.end - x.start
      let count = max(0, (y.end - y.start) * width)
      let first = (n * g.y.extent + y.start) * g.x.extent + x.start
      let lineSize = g.x.extent
      return (0..<count).lazy.map { first &+ $0 / width &* lineSize &+ $0 % width }
    }
  }

  private static func forEachWindow(
    _ g: PoolingGeometry, _ body: (_ n: Int, _ oy: Int, _ ox: Int, Window) -> Void
  ) {
    let lines = g.batch * g.y.count
    let grain = max(1, 8192 / max(1, g.x.count * g.channels))
    Parallel.forEachRange(lines, grain: grain) { range in
      for line in range {
        let (n, oy) = (line / g.y.count, line % g.y.count)
        for ox in 0..<g.x.count { body(n, oy, ox, Window(y: g.y.windows[oy], x: g.x.windows[ox])) }
      }
    }
  }

  /// Cuts dx in blocks of rows, zeroes each, and has `body` add what windows give to the block's rows.
  private static func forEachInputBlock(
    _ g: PoolingGeometry, _ dx: Destination, _ body: (_ n: Int, _ rows: Range<Int>) -> Void
  ) {
    let line = g.x.extent * g.channels
    let rows = min(g.y.extent, max(8, (1 << 16) / max(line, 1)))
    let blocks = (g.y.extent + rows - 1) / rows
    Parallel.forEach(g.batch * blocks) { task in
      let (n, block) = (task / blocks, task % blocks)
      let range = block * rows..<min(g.y.extent, (block + 1) * rows)
      (dx + (n * g.y.extent + range.lowerBound) * line).update(
        repeating: 0, count: range.count * line)
      body(n, range)
    }
  }
}
