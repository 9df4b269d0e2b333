import Engine

/// What makes two neighbouring regions similar: a sum of the measures named, each from 0 to 1 (Uijlings et al. 2013,
/// equations 1 to 6).
public struct RegionSimilarity: OptionSet, Hashable, Codable, Sendable {
  /// A bit for each measure.
  public let rawValue: UInt8

  /// The measures of these bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The intersection of the histograms of colours, 25 bins a channel.
  public static let color = RegionSimilarity(rawValue: 1)
  /// The intersection of the histograms of Gaussian derivatives in eight directions, ten bins each in every channel.
  public static let texture = RegionSimilarity(rawValue: 2)
  /// How little of the picture both are: small regions are grouped early.
  public static let size = RegionSimilarity(rawValue: 4)
  /// How little of their common box is outside both: regions inside others are grouped early.
  public static let fill = RegionSimilarity(rawValue: 8)
}

/// Selective search: boxes of a picture in which objects of any class may be (Uijlings et al. 2013, "Selective Search for
/// Object Recognition").
///
/// For every colour space and scale the picture is segmented (``GraphSegmentation``), and for every similarity neighbouring
/// segments are grouped until the whole picture is one region. The boxes of all regions of all these strategies are the
/// proposals, each once, ordered by the paper's rule: a region's place in its hierarchy, the whole picture being the first,
/// times a random number. The same picture and seed give the same boxes in the same order on any number of threads.
///
///     let boxes = SelectiveSearch.fast(picture, maximum: 2000)
public struct SelectiveSearch: Hashable, Codable, Sendable {
  /// In which the picture is segmented and regions are compared.
  public var colorSpaces: [ColorSpace]
  /// Of the segmentation, the paper's k.
  public var scales: [Float]
  /// By which regions are grouped.
  public var similarities: [RegionSimilarity]
  /// The standard deviation, in pixels, of the Gaussian before the segmentation.
  public var smoothing: Float
  /// Of a segment, in pixels; nil is the scale itself, as in the authors' program.
  public var minimumSegment: Int?
  /// Boxes with a shorter side, in pixels, are left out.
  public var minimumSide: Int
  /// Of the order.
  public var seed: UInt64

  /// - Parameters:
  ///   - colorSpaces: in which the picture is segmented and regions are compared.
  ///   - scales: of the segmentation, the paper's k.
  ///   - similarities: by which regions are grouped.
  ///   - smoothing: the standard deviation of the Gaussian before the segmentation, in pixels.
  ///   - minimumSegment: of a segment, in pixels; nil is the scale.
  ///   - minimumSide: boxes with a shorter side, in pixels, are left out.
  ///   - seed: of the order.
  public init(
    colorSpaces: [ColorSpace], scales: [Float], similarities: [RegionSimilarity], smoothing: Float = 0.8,
    minimumSegment: Int? = nil, minimumSide: Int = 1, seed: UInt64 = 0
  ) {
    self.colorSpaces = colorSpaces
    self.scales = scales
    self.similarities = similarities
    self.smoothing = smoothing
    self.minimumSegment = minimumSegment
    self.minimumSide = minimumSide
    self.seed = seed
  }

  /// The paper's fast mode: 8 strategies.
  public static let fast = SelectiveSearch(
    colorSpaces: [.hsv, .lab], scales: [50, 100],
    similarities: [[.color, .texture, .size, .fill], [.texture, .size, .fill]])

  /// The paper's quality mode: 80 strategies.
  public static let quality = SelectiveSearch(
    colorSpaces: [.hsv, .lab, .rgI, .hue, .intensity], scales: [50, 100, 150, 300],
    similarities: [[.color, .texture, .size, .fill], [.texture, .size, .fill], .fill, .size])

  /// The boxes in which objects may be, likelier ones first.
  /// - Parameters:
  ///   - image: grey or RGB.
  ///   - maximum: how many there are at most, the first ones; nil is all.
  /// - Returns: boxes of whole pixels in continuous coordinates, each once.
  public func callAsFunction(_ image: Image, maximum: Int? = nil) -> [BoundingBox] {
    let ranked = hierarchies(of: image).enumerated().flatMap { strategy, hierarchy in
      ranks(hierarchy, RandomStream(seed: seed).split(strategy))
    }
    // Equal ranks, which are not to be expected, stand in the order of the strategies.
    let order = ranked.indices.sorted { (ranked[$0].rank, $0) < (ranked[$1].rank, $1) }
    var seen: Set<PixelBox> = []
    var boxes: [BoundingBox] = []
    for index in order where boxes.count < maximum ?? .max {
      let box = ranked[index].box
      let isLargeEnough = min(box.right - box.left, box.bottom - box.top) >= minimumSide
      guard isLargeEnough, seen.insert(box).inserted else { continue }
      boxes.append(
        BoundingBox(
          left: Float(box.left), top: Float(box.top), right: Float(box.right), bottom: Float(box.bottom)))
    }
    return boxes
  }

  /// Why no search can be made so; nil where one can.
  package var fault: String? {
    if !scales.allSatisfy({ $0 > 0 && $0 <= 1e9 }) { return "scales \(scales) are not all from 0 to 10⁹" }
    if !(0...100 ~= smoothing) { return "a smoothing of \(smoothing) pixels" }
    if let minimumSegment, minimumSegment < 0 { return "segments of \(minimumSegment) pixels" }
    return nil
  }

  private func ranks(_ hierarchy: RegionHierarchy, _ stream: RandomStream) -> [(rank: Double, box: PixelBox)]
  {
    var stream = stream
    return hierarchy.boxes.enumerated().map { index, box in
      let place = Double(hierarchy.boxes.count - index)
      return (Double(stream.next() >> 11) * 0x1p-53 * place, box)
    }
  }

  /// Of each colour space, in it of each scale, in it of each similarity.
  package func hierarchies(of image: Image) -> [RegionHierarchy] {
    if let fault { preconditionFailure("SelectiveSearch: \(fault)") }
    let spaces = concurrentMap(colorSpaces.count) { index in
      let planes = ColorPlanes(image, in: colorSpaces[index])
      return (
        bins: PixelBins(planes), edges: PixelEdges(GraphSegmentation.smoothed(planes, smoothing))
      )
    }
    let segments = concurrentMap(colorSpaces.count * scales.count) { index in
      let (space, scale) = (spaces[index / scales.count], scales[index % scales.count])
      let segmentation = GraphSegmentation(
        scale: scale, minimumSize: minimumSegment ?? Int(scale), smoothing: smoothing)
      return SegmentFeatures(segmentation.segments(space.edges), space.bins)
    }
    return concurrentMap(segments.count * similarities.count) { index in
      RegionHierarchy(segments[index / similarities.count], by: similarities[index % similarities.count])
    }
  }
}

/// The results of `body` for 0..<count, computed on all threads.
private func concurrentMap<T>(_ count: Int, _ body: (Int) -> T) -> [T] {
  var results = [T?](repeating: nil, count: count)
  results.withUnsafeMutableBufferPointer { results in
    let slots = results.baseAddress
    Parallel.forEach(count) { slots![$0] = body($0) }
  }
  return results.map { $0! }
}
