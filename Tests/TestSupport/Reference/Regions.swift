import Engine

extension Reference {
  /// Each bin's samples, one by one, each between its four nearest cells.
  public static func roiAlign(
    _ x: DTensor, _ regions: [RegionOfInterest], size: (y: Int, x: Int), scale: Double, samplingRatio: Int,
    aligned: Bool
  ) -> DTensor {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    var result = DTensor(zeros: [regions.count, size.y, size.x, channels])
    let offset = aligned ? 0.5 : 0
    for (k, region) in regions.enumerated() {
      let (left, top) = (Double(region.left) * scale - offset, Double(region.top) * scale - offset)
      var extent = (
        y: Double(region.bottom) * scale - offset - top, x: Double(region.right) * scale - offset - left
      )
      if !aligned { extent = (max(extent.y, 1), max(extent.x, 1)) }
      let bin = (y: extent.y / Double(size.y), x: extent.x / Double(size.x))
      let samples = (
        y: samplingRatio > 0 ? samplingRatio : Int(bin.y.rounded(.up)),
        x: samplingRatio > 0 ? samplingRatio : Int(bin.x.rounded(.up))
      )
      for by in 0..<size.y {
        for bx in 0..<size.x {
          for iy in 0..<max(samples.y, 0) {
            for ix in 0..<max(samples.x, 0) {
              let py = top + Double(by) * bin.y + (Double(iy) + 0.5) * bin.y / Double(samples.y)
              let px = left + Double(bx) * bin.x + (Double(ix) + 0.5) * bin.x / Double(samples.x)
              if py < -1 || px < -1 || py > Double(height) || px > Double(width) { continue }
              let (y, x0) = (min(max(py, 0), Double(height - 1)), min(max(px, 0), Double(width - 1)))
              let (y1, x1) = (Int(y), Int(x0))
              let (y2, x2) = (min(y1 + 1, height - 1), min(x1 + 1, width - 1))
              let (fy, fx) = (y - Double(y1), x0 - Double(x1))
              for c in 0..<channels {
                func cell(_ row: Int, _ column: Int) -> Double { x[region.image, row, column, c] }
                result[k, by, bx, c] +=
                  ((1 - fy) * ((1 - fx) * cell(y1, x1) + fx * cell(y1, x2))
                    + fy * ((1 - fx) * cell(y2, x1) + fx * cell(y2, x2))) / Double(samples.y * samples.x)
              }
            }
          }
        }
      }
    }
    return result
  }

  /// The largest element of each bin, 0 where it is empty.
  public static func roiPool(
    _ x: DTensor, _ regions: [RegionOfInterest], size: (y: Int, x: Int), scale: Double
  ) -> DTensor {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    var result = DTensor(zeros: [regions.count, size.y, size.x, channels])
    func bounds(_ from: Float, _ to: Float, _ bin: Int, of bins: Int, _ count: Int) -> Range<Int> {
      let first = Int((Double(from) * scale).rounded(.toNearestOrAwayFromZero))
      let last = Int((Double(to) * scale).rounded(.toNearestOrAwayFromZero))
      let length = Double(max(last - first + 1, 1)) / Double(bins)
      // A quotient that Float rounds otherwise is not told apart.
      let start = first + Int((Double(bin) * length + 1e-9).rounded(.down))
      let end = first + Int((Double(bin + 1) * length - 1e-9).rounded(.up))
      let clamped = (min(max(start, 0), count), min(max(end, 0), count))
      return clamped.0..<max(clamped.0, clamped.1)
    }
    for (k, region) in regions.enumerated() {
      for by in 0..<size.y {
        let rows = bounds(region.top, region.bottom, by, of: size.y, height)
        for bx in 0..<size.x {
          let columns = bounds(region.left, region.right, bx, of: size.x, width)
          for c in 0..<channels where !rows.isEmpty && !columns.isEmpty {
            result[k, by, bx, c] = rows.flatMap { row in columns.map { x[region.image, row, $0, c] } }.max()!
          }
        }
      }
    }
    return result
  }
}
