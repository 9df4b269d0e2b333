/// The cells of a region's bins along both axes, as Caffe's and torchvision's `roi_pool` cut them: the region's edges are
/// rounded to cells, halves away from 0, and both belong to it; bins overlap where it is not a multiple of them.
struct RegionBins {
  let y, x: [Range<Int>]

  init(_ region: RegionOfInterest, scale: Float, size: Size2D, map: Shape) {
    func bins(_ from: Float, _ to: Float, _ bins: Int, _ count: Int) -> [Range<Int>] {
      let (first, last) = (Int((from * scale).rounded()), Int((to * scale).rounded()))
      let bin = Float(max(last - first + 1, 1)) / Float(bins)
      func clamped(_ cell: Float) -> Int { min(max(Int(cell) + first, 0), count) }
      return (0..<bins).map { index in
        let start = clamped((Float(index) * bin).rounded(.down))
        return start..<max(start, clamped((Float(index + 1) * bin).rounded(.up)))
      }
    }
    y = bins(region.top, region.bottom, size.y, map[1])
    x = bins(region.left, region.right, size.x, map[2])
  }
}

extension Kernels {
  /// The largest element of each of a region's bins, `[bins, bins, C]`; 0 where a bin is empty.
  /// - Parameter map: the region's picture, `[H, W, C]`.
  static func maximumRegion(
    _ bins: RegionBins, _ map: Source, width: Int, channels: Int, into output: Destination
  ) {
    var target = output
    for rows in bins.y {
      for columns in bins.x {
        let isEmpty = rows.isEmpty || columns.isEmpty
        var c = 0
        while c < channels {
          let lanes = min(16, channels &- c)
          var largest = Vector(repeating: isEmpty ? 0 : -.greatestFiniteMagnitude)
          for row in rows {
            for column in columns {
              let v = (map + ((row &* width &+ column) &* channels &+ c)).vector(first: lanes)
              largest.replace(with: v, where: v .> largest)
            }
          }
          (target + c).store(largest, first: lanes)
          c &+= 16
        }
        target += channels
      }
    }
  }

  /// Adds the gradient of some channels of one region's bins to that of its picture: to the first largest element of each
  /// bin in row-major order, found again.
  static func addMaximumRegionGradient(
    _ bins: RegionBins, _ map: Source, output: Source, dy: Source, width: Int, channels: Int,
    _ block: Range<Int>, to dx: Destination
  ) {
    var bin = 0
    for rows in bins.y {
      for columns in bins.x {
        var c = block.lowerBound
        while c < block.upperBound {
          let lanes = min(16, block.upperBound &- c)
          let largest = (output + (bin &* channels &+ c)).vector(first: lanes)
          let slope = (dy + (bin &* channels &+ c)).vector(first: lanes)
          var isOpen = largest .== largest
          for row in rows {
            for column in columns {
              let cell = (row &* width &+ column) &* channels &+ c
              let isFirst = isOpen .& ((map + cell).vector(first: lanes) .== largest)
              let sum = Source(dx + cell).vector(first: lanes)
              (dx + cell).store(sum.replacing(with: sum + slope, where: isFirst), first: lanes)
              isOpen .&= .!isFirst
            }
          }
          c &+= 16
        }
        bin += 1
      }
    }
  }
}
