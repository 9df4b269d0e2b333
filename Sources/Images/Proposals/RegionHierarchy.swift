import Engine

/// The regions of one strategy of selective search: segments, and the two most similar neighbours made one, again and again,
/// until one region is the whole picture (Uijlings et al. 2013, algorithm 1).
///
/// Regions are numbered in the order in which they come to be: first the segments, then what is made of two.
package struct RegionHierarchy {
  /// How many regions are segments.
  package let leaves: Int
  /// In pixels; `2 * leaves - 1` of them.
  package private(set) var sizes: [Int]
  package private(set) var boxes: [PixelBox]
  /// The two regions that a region is made of; nil for segments.
  package private(set) var parts: [(a: Int, b: Int)?]

  private let similarity: RegionSimilarity
  private var table: SimilarityTable
  /// The living neighbours of each region, and some that live no longer.
  private var neighbours: [[Int]]
  private var isAlive: [Bool]

  /// - Parameters:
  ///   - segments: what is grouped.
  ///   - similarity: by which.
  ///   - keepsHistograms: whether ``histograms(of:)`` will be asked for.
  package init(_ segments: SegmentFeatures, by similarity: RegionSimilarity, keepsHistograms: Bool = false) {
    leaves = segments.count
    sizes = segments.sizes
    boxes = segments.boxes
    parts = Array(repeating: nil, count: leaves)
    self.similarity = similarity
    table = SimilarityTable(segments, regions: max(1, 2 * leaves - 1))
    neighbours = Array(repeating: [], count: leaves)
    isAlive = Array(repeating: true, count: leaves)
    for (a, b) in segments.neighbours {
      neighbours[a].append(b)
      neighbours[b].append(a)
    }
    group(segments.neighbours)
    neighbours = []
    if !keepsHistograms { table.removeAll() }
  }

  /// The numbers of pixels in a region's bins of colour and texture.
  package func histograms(of region: Int) -> (color: [Float], texture: [Float]) {
    table.histograms(of: region)
  }

  private mutating func group(_ pairs: [(a: Int, b: Int)]) {
    var queue = PairQueue(pairs.map { pair($0.a, $0.b) })
    // When a region was last seen as a neighbour of the region that is made.
    var seen = [Int](repeating: -1, count: 2 * leaves)
    while let next = queue.popFirst() {
      let (a, b) = (Int(next.a), Int(next.b))
      guard isAlive[a] && isAlive[b] else { continue }
      let region = sizes.count
      isAlive[a] = false
      isAlive[b] = false
      isAlive.append(true)
      sizes.append(sizes[a] + sizes[b])
      boxes.append(boxes[a].union(boxes[b]))
      parts.append((a, b))
      table.merge(a, b, into: region)
      var around: [Int] = []
      for other in neighbours[a] + neighbours[b] where isAlive[other] && seen[other] != region {
        seen[other] = region
        around.append(other)
        neighbours[other].append(region)
        queue.insert(pair(other, region))
      }
      neighbours[a] = []
      neighbours[b] = []
      neighbours.append(around)
    }
  }

  /// Two neighbours with their similarity, the paper's sum: of the shares in common of colour and texture
  /// histograms, of how little of the picture they fill, and of how well they fill their common box.
  private func pair(_ a: Int, _ b: Int) -> PairQueue.Pair {
    let (sizeA, sizeB, pixels) = (sizes[a], sizes[b], Float(table.pixels))
    var sum: Float = 0
    if similarity.contains(.color) { sum += table.colorInCommon(a, sizeA, b, sizeB) }
    if similarity.contains(.texture) { sum += table.textureInCommon(a, sizeA, b, sizeB) }
    if similarity.contains(.size) { sum += 1 - Float(sizeA + sizeB) / pixels }
    if similarity.contains(.fill) {
      sum += 1 - Float(boxes[a].union(boxes[b]).area - sizeA - sizeB) / pixels
    }
    return PairQueue.Pair(similarity: sum, a: Int32(min(a, b)), b: Int32(max(a, b)))
  }
}

/// The histograms of regions, and what two have in common.
struct SimilarityTable {
  let pixels: Int
  private let channels, colorStride, textureStride: Int
  private var color, texture: [Float]

  /// - Parameter regions: how many there will be.
  init(_ segments: SegmentFeatures, regions: Int) {
    (pixels, channels) = (segments.pixels, segments.channels)
    (colorStride, textureStride) = (segments.colorStride, segments.textureStride)
    func extended(_ rows: [Float], _ stride: Int) -> [Float] {
      rows + [Float](repeating: 0, count: regions * stride - rows.count)
    }
    color = extended(segments.color, colorStride)
    texture = extended(segments.texture, textureStride)
  }

  func histograms(of region: Int) -> (color: [Float], texture: [Float]) {
    (
      Array(color[region * colorStride..<(region + 1) * colorStride]),
      Array(texture[region * textureStride..<(region + 1) * textureStride])
    )
  }

  /// Gives the memory back.
  mutating func removeAll() { (color, texture) = ([], []) }

  mutating func merge(_ a: Int, _ b: Int, into region: Int) {
    Self.add(a, b, region, &color, colorStride)
    Self.add(a, b, region, &texture, textureStride)
  }

  private static func add(_ a: Int, _ b: Int, _ region: Int, _ rows: inout [Float], _ stride: Int) {
    rows.withUnsafeMutableBufferPointer { rows in
      let (a, b) = (rows.baseAddress! + a * stride, rows.baseAddress! + b * stride)
      let sum = rows.baseAddress! + region * stride
      for index in 0..<stride { sum[index] = a[index] + b[index] }
    }
  }

  /// From 0 to 1.
  func colorInCommon(_ a: Int, _ sizeA: Int, _ b: Int, _ sizeB: Int) -> Float {
    Self.inCommon(a, sizeA * channels, b, sizeB * channels, color, colorStride)
  }

  /// From 0 to 1.
  func textureInCommon(_ a: Int, _ sizeA: Int, _ b: Int, _ sizeB: Int) -> Float {
    let kinds = channels * PixelBins.directions
    return Self.inCommon(a, sizeA * kinds, b, sizeB * kinds, texture, textureStride)
  }

  /// The intersection of two histograms, each divided by its sum.
  private static func inCommon(
    _ a: Int, _ sumA: Int, _ b: Int, _ sumB: Int, _ rows: [Float], _ stride: Int
  ) -> Float {
    let (scaleA, scaleB) = (1 / Float(sumA), 1 / Float(sumB))
    return rows.withUnsafeBufferPointer { rows in
      let (a, b) = (rows.baseAddress! + a * stride, rows.baseAddress! + b * stride)
      var sum = Vector()
      for index in Swift.stride(from: 0, to: stride, by: 16) {
        let (x, y) = ((a + index).vector * scaleA, (b + index).vector * scaleB)
        sum += x.replacing(with: y, where: y .< x)
      }
      return sum.sum()
    }
  }
}
