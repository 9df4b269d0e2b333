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
    let channels = g.channels
    forEachWindow(g) { n, oy, ox, window in
      let source = input + n * g.inputShape.count / g.batch
      let target = output + ((n * g.y.count + oy) * g.x.count + ox) * channels
      for c in stride(from: 0, to: channels & ~15, by: 16) {
        var (p, q, r, s) = (Largest(), Largest(), Largest(), Largest())
        for iy in window.y.start..<window.y.end {
          var pixel = source + ((iy &* g.x.extent &+ window.x.start) &* channels &+ c)
          for _ in window.x.start..<window.x.end {
            p.take(pixel.quad)
            q.take((pixel + 4).quad)
            r.take((pixel + 8).quad)
            s.take((pixel + 12).quad)
            pixel += channels
          }
        }
        (target + c).quad = p.result
        (target + (c &+ 4)).quad = q.result
        (target + (c &+ 8)).quad = r.result
        (target + (c &+ 12)).quad = s.result
      }
      for c in channels & ~15..<channels {
        var largest = -Float.infinity
        for iy in window.y.start..<window.y.end {
          for ix in window.x.start..<window.x.end {
            let v = source[(iy &* g.x.extent &+ ix) &* channels &+ c]
            // Larger, or the first NaN.
            if !(v <= largest) && largest == largest { largest = v }
          }
        }
        target[c] = largest
      }
    }
  }

  /// The largest of four channels so far; NaN once there was one.
  private struct Largest {
    private var value = Quad(repeating: -.infinity)
    private var isNaN = SIMDMask<SIMD4<Int32>>(repeating: false)

    // Of one register each, so that the compiler makes `maxps` of the first.
    @inline(__always)
    mutating func take(_ v: Quad) {
      value = value.replacing(with: v, where: value .< v)
      isNaN .|= .!(v .== v)
    }

    var result: Quad {
      @inline(__always) get { value.replacing(with: .nan, where: isNaN) }
    }
  }

  /// The gradient goes to the first maximum of each window in row-major order, found again from input and output.
  package static func maxPoolGradient(
    _ g: PoolingGeometry, input: Source, output: Source, dy: Source, dx: Destination
  ) {
    let channels = g.channels
    forEachInputBlock(g, dx) { n, rows in
      for (oy, wy) in g.y.windows.enumerated() where wy.start < rows.upperBound && wy.end > rows.lowerBound {
        let end = min(wy.end, rows.upperBound)
        for (ox, wx) in g.x.windows.enumerated() {
          let offset = ((n * g.y.count + oy) * g.x.count + ox) * channels
          for c in stride(from: 0, to: channels, by: 16) {
            let lanes = min(16, channels &- c)
            let largest = (output + offset + c).vector(first: lanes)
            let slope = (dy + offset + c).vector(first: lanes)
            var isOpen = largest .== largest
            for iy in wy.start..<end {
              var pixel = ((n &* g.y.extent &+ iy) &* g.x.extent &+ wx.start) &* channels &+ c
              for _ in wx.start..<wx.end {
                let isFirst = isOpen .& ((input + pixel).vector(first: lanes) .== largest)
                if iy >= rows.lowerBound {
                  let sum = Source(dx + pixel).vector(first: lanes)
                  (dx + pixel).store(sum.replacing(with: sum + slope, where: isFirst), first: lanes)
                }
                isOpen .&= .!isFirst
                pixel &+= channels
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
              addRow(source, weight: factor, to: target, g.channels)
            }
          }
        }
      }
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
    let blocks = g.y.extent.dividedUp(by: rows)
    Parallel.forEach(g.batch * blocks) { task in
      let (n, block) = (task / blocks, task % blocks)
      let range = block * rows..<min(g.y.extent, (block + 1) * rows)
      (dx + (n * g.y.extent + range.lowerBound) * line).update(
        repeating: 0, count: range.count * line)
      body(n, range)
    }
  }
}
