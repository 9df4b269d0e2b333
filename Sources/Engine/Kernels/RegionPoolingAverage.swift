/// How the bins along one axis of a region are averages of cells of a feature map: a few weighted cells a bin.
///
/// A sample between cells is interpolated linearly along each axis, so that a bin's average in the plane is the product of
/// the averages along both.
struct RegionAxisTaps {
  /// The taps of bin `b` are `starts[b]..<starts[b + 1]`.
  private(set) var starts: [Int] = [0]
  private(set) var cells: [Int] = []
  private(set) var weights: [Float] = []

  /// As torchvision's `roi_align` places samples; those more than a cell outside of the map count as 0.
  /// - Parameters:
  ///   - origin: where the region begins, in cells.
  ///   - extent: of the region, in cells.
  ///   - bins: how many.
  ///   - samplingRatio: samples a bin; 0 for as many as there are cells in it, rounded up.
  ///   - count: cells of the map.
  init(origin: Float, extent: Float, bins: Int, samplingRatio: Int, count: Int) {
    let bin = extent / Float(bins)
    let samples = samplingRatio > 0 ? samplingRatio : max(Int(bin.rounded(.up)), 0)
    let share = 1 / Float(max(samples, 1))
    for b in 0..<bins {
      for sample in 0..<samples {
        let place = origin + Float(b) * bin + (Float(sample) + 0.5) * bin / Float(samples)
        guard place >= -1 && place <= Float(count) else { continue }
        let inside = max(place, 0)
        let low = min(Int(inside), count - 1)
        let fraction = low == count - 1 ? 0 : inside - Float(low)
        add(low, (1 - fraction) * share)
        if fraction > 0 { add(low + 1, fraction * share) }
      }
      starts.append(cells.count)
    }
  }

  /// Samples come in order: a cell that another one has touched is among the last two.
  private mutating func add(_ cell: Int, _ weight: Float) {
    for index in cells.indices.suffix(2) where index >= starts.last! && cells[index] == cell {
      weights[index] += weight
      return
    }
    cells.append(cell)
    weights.append(weight)
  }
}

/// The averages of a region's bins, along both axes.
struct RegionTaps {
  let y, x: RegionAxisTaps

  /// - Parameters:
  ///   - aligned: whether a cell's value is that of its middle; else regions are half a cell lower, and at least a cell
  ///     high and wide.
  init(
    _ region: RegionOfInterest, scale: Float, size: Size2D, samplingRatio: Int, aligned: Bool, map: Shape
  ) {
    func taps(_ from: Float, _ to: Float, _ bins: Int, _ count: Int) -> RegionAxisTaps {
      let offset: Float = aligned ? 0.5 : 0
      let (start, end) = (from * scale - offset, to * scale - offset)
      return RegionAxisTaps(
        origin: start, extent: aligned ? end - start : max(end - start, 1), bins: bins,
        samplingRatio: samplingRatio, count: count)
    }
    y = taps(region.top, region.bottom, size.y, map[1])
    x = taps(region.left, region.right, size.x, map[2])
  }

  /// Calls `body` for each cell of a bin: its offset in cells from the picture's first, and its weight.
  /// - Parameter lines: of the map; cells of others are left out.
  @inline(__always)
  fileprivate func forEachCell(
    ofBin row: Int, _ column: Int, in lines: Range<Int>, width: Int,
    _ body: (_ cell: Int, _ weight: Float) -> Void
  ) {
    for i in y.starts[row]..<y.starts[row + 1] where lines.contains(y.cells[i]) {
      let (line, weight) = (y.cells[i] * width, y.weights[i])
      for j in x.starts[column]..<x.starts[column + 1] {
        body(line + x.cells[j], weight * x.weights[j])
      }
    }
  }

  /// The lines of the map that the region has a part in.
  fileprivate var lines: Range<Int> {
    guard let first = y.cells.min(), let last = y.cells.max() else { return 0..<0 }
    return first..<last + 1
  }
}

extension Kernels {
  /// The averages of one region's bins, `[size.y, size.x, C]`.
  /// - Parameter map: the region's picture, `[H, W, C]`.
  static func averageRegion(
    _ taps: RegionTaps, size: Size2D, _ map: Source, width: Int, channels: Int, into output: Destination
  ) {
    // A cell's channels lie side by side: all of them at once, lest lines be fetched several times.
    let lines = 0..<Int.max
    for row in 0..<size.y {
      for column in 0..<size.x {
        let target = output + (row * size.x + column) * channels
        target.update(repeating: 0, count: channels)
        taps.forEachCell(ofBin: row, column, in: lines, width: width) { cell, weight in
          addRow(map + cell &* channels, weight: weight, to: target, channels)
        }
      }
    }
  }

  /// The gradient of a picture from those of its regions' bins, in bands of lines: what one task adds, no other one touches.
  /// - Parameters:
  ///   - regions: of the picture, each with its bins' gradients, `[size.y, size.x, C]`; added in this order.
  ///   - dx: `[H, W, C]`, overwritten.
  static func addAverageRegionGradients(
    _ regions: [(taps: RegionTaps, dy: Source)], size: Size2D, to dx: Destination, height: Int, width: Int,
    channels: Int
  ) {
    let lines = regions.map(\.taps.lines)
    let length = width * channels
    let band = max(1, bandLength / max(length, 1))
    Parallel.forEach(height.dividedUp(by: band)) { task in
      let own = task * band..<min((task + 1) * band, height)
      (dx + own.lowerBound * length).update(repeating: 0, count: own.count * length)
      for (region, lines) in zip(regions, lines) where lines.overlaps(own) {
        for row in 0..<size.y {
          for column in 0..<size.x {
            let source = region.dy + (row &* size.x &+ column) &* channels
            region.taps.forEachCell(ofBin: row, column, in: own, width: width) { cell, weight in
              addRow(source, weight: weight, to: dx + cell &* channels, channels)
            }
          }
        }
      }
    }
  }

  /// Elements of a map that one task adds regions' gradients to, about.
  private static let bandLength = 1 << 16

  /// Calls `body` in parallel for each picture and each block of channels of `dx`, `[N, H, W, C]`, when that block is 0: what
  /// one call adds, no other one touches.
  static func forEachChannelBlock(
    of dx: Tensor, _ body: (_ image: Int, _ block: Range<Int>, _ dx: Destination) -> Void
  ) {
    let (cells, channels) = (dx.shape[1] * dx.shape[2], dx.shape[3])
    let length = 64
    let blocks = channels.dividedUp(by: length)
    let start = dx.storage.pointer
    Parallel.forEach(dx.shape[0] * blocks) { task in
      let (image, first) = (task / blocks, task % blocks * length)
      let block = first..<min(first + length, channels)
      let picture = start + image * cells * channels
      for cell in 0..<cells { (picture + (cell * channels + first)).update(repeating: 0, count: block.count) }
      body(image, block, picture)
    }
  }
}
