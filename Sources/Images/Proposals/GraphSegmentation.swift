/// Felzenszwalb and Huttenlocher 2004, "Efficient Graph-Based Image Segmentation": segments between which the colours
/// differ more than within.
///
/// Pixels are joined to their eight neighbours by edges that weigh the Euclidean distance of their colours, and edges are
/// taken by rising weight: one that weighs at most `scale / size` more than the heaviest within either segment unites
/// them. Afterwards a segment below the least size is united with the neighbour that it has the lightest edge to.
///
///     let segmentation = GraphSegmentation(scale: 300, minimumSize: 100)(picture)
public struct GraphSegmentation: Hashable, Codable, Sendable {
  /// The paper's k: larger segments are preferred where it is large.
  public var scale: Float
  /// In pixels.
  public var minimumSize: Int
  /// The standard deviation, in pixels, of the Gaussian with which the picture is smoothed first; 0 for none.
  public var smoothing: Float

  /// - Parameters:
  ///   - scale: the paper's k, for channels from 0 to 255.
  ///   - minimumSize: of a segment, in pixels.
  ///   - smoothing: the standard deviation of the Gaussian, in pixels.
  public init(scale: Float = 300, minimumSize: Int = 20, smoothing: Float = 0.8) {
    self.scale = scale
    self.minimumSize = minimumSize
    self.smoothing = smoothing
  }

  /// The segments of a picture.
  /// - Parameters:
  ///   - image: grey or RGB.
  ///   - space: in which colours are compared.
  public func callAsFunction(_ image: Image, in space: ColorSpace = .rgb) -> Segmentation {
    let smooth = Self.smoothed(ColorPlanes(image, in: space), smoothing)
    return segments(PixelEdges(smooth))
  }

  static func smoothed(_ picture: ColorPlanes, _ sigma: Float) -> ColorPlanes {
    let taps = PlaneFilter.Taps.gaussian(sigma)
    var result = picture
    result.planes = picture.planes.map {
      PlaneFilter.filtered(
        $0, width: picture.width, height: picture.height, horizontal: taps, vertical: taps)
    }
    return result
  }

  /// The segments of a smoothed picture's graph.
  package func segments(_ edges: PixelEdges) -> Segmentation {
    precondition(
      scale >= 0 && minimumSize >= 0 && smoothing >= 0,
      "GraphSegmentation: scale \(scale), least size \(minimumSize), smoothing \(smoothing)")
    // The value of a set is the weight up to which an edge unites it with another.
    let sets = DisjointSets(count: edges.width * edges.height, value: scale)
    edges.forEach { a, b, weight in
      let (a, b) = (sets.root(of: a), sets.root(of: b))
      guard a != b, weight <= sets.value(a), weight <= sets.value(b) else { return }
      let root = sets.unite(a, b)
      sets.setValue(weight + scale / Float(sets.size(root)), of: root)
    }
    edges.forEach { a, b, _ in
      let (a, b) = (sets.root(of: a), sets.root(of: b))
      guard a != b, min(sets.size(a), sets.size(b)) < minimumSize else { return }
      _ = sets.unite(a, b)
    }
    return Segmentation(sets, width: edges.width, height: edges.height)
  }
}

/// A picture cut into segments.
public struct Segmentation: Hashable, Sendable {
  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int
  /// The segment of every pixel, row by row; segments are numbered in the order of their first pixels.
  public let labels: [Int32]
  /// How many segments there are.
  public let count: Int

  fileprivate init(_ sets: DisjointSets, width: Int, height: Int) {
    var numbers = [Int32](repeating: -1, count: sets.count)
    var count: Int32 = 0
    labels = (0..<sets.count).map { pixel in
      let root = sets.root(of: pixel)
      if numbers[root] < 0 {
        numbers[root] = count
        count += 1
      }
      return numbers[root]
    }
    self.width = width
    self.height = height
    self.count = Int(count)
  }
}
