/// Which source elements make up the rows of a column matrix (im2col, in general form).
///
/// Row `(n, y, x)` of a grid holds, for each vertical offset, for each horizontal offset, the channels of source
/// pixel `(n, y·step + dy, x·step + dx)`, zeros outside. The forward pass gathers from the input; the input
/// gradient gathers from the output's gradient, once for each phase of the stride.
struct Gather: Sendable {
  let batch, gridHeight, gridWidth: Int
  let sourceHeight, sourceWidth, sourceChannels: Int
  let step: Size2D
  let offsetsY, offsetsX: [Int]
  /// Channels taken from each source pixel, from `firstChannel` on.
  let channels: Int
  /// Whether one kernel row is one run of memory.
  private let rowIsContiguous: Bool

  init(
    batch: Int, grid: (height: Int, width: Int),
    source: (height: Int, width: Int, channels: Int), step: Size2D,
    offsetsY: [Int], offsetsX: [Int], channels: Int
  ) {
    (self.batch, gridHeight, gridWidth) = (batch, grid.height, grid.width)
    (sourceHeight, sourceWidth, sourceChannels) = source
    self.step = step
    (self.offsetsY, self.offsetsX, self.channels) = (offsetsY, offsetsX, channels)
    rowIsContiguous =
      channels == source.channels && zip(offsetsX, offsetsX.dropFirst()).allSatisfy { $1 == $0 + 1 }
  }

  /// The forward pass's columns: row `(n, oy, ox)`, column `(ki, kj, c)`.
  init(forward g: ConvolutionGeometry) {
    self.init(
      batch: g.batch, grid: (g.outHeight, g.outWidth), source: (g.height, g.width, g.inChannels),
      step: g.stride,
      offsetsY: (0..<g.kernelHeight).map { $0 * g.dilation.y - g.padding.top },
      offsetsX: (0..<g.kernelWidth).map { $0 * g.dilation.x - g.padding.left },
      channels: g.inPerGroup)
  }

  /// The same rows with only some of the kernel's taps and channels: a slice of the weight gradient.
  func restricted(y: Int, x: Int, channels: Int) -> Gather {
    Gather(
      batch: batch, grid: (gridHeight, gridWidth),
      source: (sourceHeight, sourceWidth, sourceChannels), step: step, offsetsY: [offsetsY[y]],
      offsetsX: [offsetsX[x]], channels: channels)
  }

  var rowCount: Int { batch * gridHeight * gridWidth }
  var columnCount: Int { offsetsY.count * offsetsX.count * channels }

  /// Writes rows `rows` of the column matrix, `columnCount` apart.
  func fill(
    _ columns: Destination, rows: Range<Int>, from source: Source, firstChannel: Int = 0
  ) {
    offsetsY.withUnsafeBufferPointer { offsetsY in
      offsetsX.withUnsafeBufferPointer { offsetsX in
        var target = columns
        var x = rows.lowerBound % gridWidth
        var y = rows.lowerBound / gridWidth % gridHeight
        var n = rows.lowerBound / (gridWidth * gridHeight)
        let imageSize = sourceHeight * sourceWidth * sourceChannels
        for _ in rows {
          let image = source + (n &* imageSize &+ firstChannel)
          for dy in offsetsY {
            let sy = y &* step.y &+ dy
            if sy >= 0 && sy < sourceHeight {
              let line = image + sy &* sourceWidth &* sourceChannels
              if rowIsContiguous {
                copyRun(line, from: x &* step.x &+ offsetsX[0], offsetsX.count, to: target)
                target += offsetsX.count &* channels
              } else {
                for dx in offsetsX {
                  let sx = x &* step.x &+ dx
                  if sx >= 0 && sx < sourceWidth {
                    copy(line + sx &* sourceChannels, to: target, channels)
                  } else {
                    clear(target, channels)
                  }
                  target += channels
                }
              }
            } else {
              let width = offsetsX.count &* channels
              clear(target, width)
              target += width
            }
          }
          x &+= 1
          if x == gridWidth {
            x = 0
            y &+= 1
            if y == gridHeight {
              y = 0
              n &+= 1
            }
          }
        }
      }
    }
  }

  /// `count` neighbouring pixels of a line from pixel `start` on, zeros outside the line.
  @inline(__always)
  private func copyRun(_ line: Source, from start: Int, _ count: Int, to target: Destination) {
    if start >= 0 && start &+ count <= sourceWidth {
      copy(line + start &* channels, to: target, count &* channels)
      return
    }
    let before = min(max(-start, 0), count)
    let after = min(max(start &+ count &- sourceWidth, 0), count &- before)
    clear(target, before &* channels)
    copy(
      line + (start &+ before) &* channels, to: target + before &* channels,
      (count &- before &- after) &* channels)
    clear(target + (count &- after) &* channels, after &* channels)
  }

  /// Copies `count` elements; the last four overlap those before them in place of a loop over the rest.
  @inline(__always)
  private func copy(_ source: Source, to target: Destination, _ count: Int) {
    var i = 0
    while i &+ 16 <= count {
      (target + i).vector = (source + i).vector
      i &+= 16
    }
    while i &+ 4 <= count {
      (target + i).quad = (source + i).quad
      i &+= 4
    }
    if i == count { return }
    if count >= 4 {
      (target + (count &- 4)).quad = (source + (count &- 4)).quad
    } else {
      for i in 0..<count { target[i] = source[i] }
    }
  }

  @inline(__always)
  private func clear(_ target: Destination, _ count: Int) {
    target.update(repeating: 0, count: count)
  }
}
