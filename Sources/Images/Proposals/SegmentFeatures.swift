/// A rectangle of whole pixels, from the first column and row to the one after the last.
package struct PixelBox: Hashable, Sendable {
  package var left, top, right, bottom: Int32

  package init(left: Int32, top: Int32, right: Int32, bottom: Int32) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  package var area: Int { Int(right - left) * Int(bottom - top) }

  package func union(_ other: PixelBox) -> PixelBox {
    PixelBox(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }
}

/// What the grouping of segments begins with: their sizes, boxes, histograms and neighbours.
package struct SegmentFeatures {
  package let count: Int
  let channels: Int
  /// In the picture.
  let pixels: Int
  /// In pixels.
  package private(set) var sizes: [Int]
  package private(set) var boxes: [PixelBox]
  /// Pairs of neighbours, the lower one first, in order, each once.
  package let neighbours: [(a: Int, b: Int)]
  /// Numbers of pixels, a row of ``colorStride`` for each segment, its channels' 25 bins one after another, then zeros.
  package private(set) var color: [Float]
  /// Numbers of pixels, a row of ``textureStride`` for each segment, its channels' and directions' ten bins.
  package private(set) var texture: [Float]

  /// A row's length: a multiple of 16.
  package var colorStride: Int { Self.rounded(channels * PixelBins.colorBins) }
  /// A row's length: a multiple of 16.
  package var textureStride: Int { Self.rounded(channels * PixelBins.directions * PixelBins.textureBins) }

  private static func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  package init(_ segmentation: Segmentation, _ bins: PixelBins) {
    count = segmentation.count
    channels = bins.channels
    pixels = segmentation.labels.count
    sizes = [Int](repeating: 0, count: count)
    boxes = [PixelBox](
      repeating: PixelBox(left: .max, top: .max, right: 0, bottom: 0), count: count)
    neighbours = Self.neighbours(segmentation)
    color = []
    texture = []
    color = [Float](repeating: 0, count: count * colorStride)
    texture = [Float](repeating: 0, count: count * textureStride)
    measure(segmentation)
    countColors(segmentation.labels, bins)
    countTextures(segmentation.labels, bins)
  }

  private mutating func measure(_ segmentation: Segmentation) {
    for y in 0..<segmentation.height {
      for x in 0..<segmentation.width {
        let label = Int(segmentation.labels[y * segmentation.width + x])
        sizes[label] += 1
        boxes[label] = boxes[label].union(
          PixelBox(left: Int32(x), top: Int32(y), right: Int32(x) + 1, bottom: Int32(y) + 1))
      }
    }
  }

  private mutating func countColors(_ labels: [Int32], _ bins: PixelBins) {
    let (channels, stride) = (channels, colorStride)
    color.withUnsafeMutableBufferPointer { histograms in
      bins.color.withUnsafeBufferPointer { bins in
        for (pixel, label) in labels.enumerated() {
          let row = histograms.baseAddress! + Int(label) * stride
          for channel in 0..<channels {
            row[channel * PixelBins.colorBins + Int(bins[pixel * channels + channel])] += 1
          }
        }
      }
    }
  }

  private mutating func countTextures(_ labels: [Int32], _ bins: PixelBins) {
    let (kinds, stride) = (channels * PixelBins.directions, textureStride)
    texture.withUnsafeMutableBufferPointer { histograms in
      bins.texture.withUnsafeBufferPointer { bins in
        for (pixel, label) in labels.enumerated() {
          let row = histograms.baseAddress! + Int(label) * stride
          for kind in 0..<kinds {
            row[kind * PixelBins.textureBins + Int(bins[pixel * kinds + kind])] += 1
          }
        }
      }
    }
  }

  /// Segments of which pixels touch, at a side or at a corner.
  private static func neighbours(_ segmentation: Segmentation) -> [(a: Int, b: Int)] {
    let (width, height, labels) = (segmentation.width, segmentation.height, segmentation.labels)
    var keys: [UInt64] = []
    labels.withUnsafeBufferPointer { labels in
      func meet(_ pixel: Int, _ other: Int) {
        let (a, b) = (labels[pixel], labels[other])
        if a != b { keys.append(UInt64(min(a, b)) << 32 | UInt64(max(a, b))) }
      }
      for y in 0..<height {
        for x in 0..<width {
          let pixel = y * width + x
          if x + 1 < width { meet(pixel, pixel + 1) }
          guard y + 1 < height else { continue }
          meet(pixel, pixel + width)
          if x + 1 < width { meet(pixel, pixel + width + 1) }
          if x > 0 { meet(pixel, pixel + width - 1) }
        }
      }
    }
    keys.sort()
    var pairs: [(a: Int, b: Int)] = []
    var last: UInt64?
    for key in keys where key != last {
      pairs.append((Int(key >> 32), Int(key & 0xffff_ffff)))
      last = key
    }
    return pairs
  }
}
