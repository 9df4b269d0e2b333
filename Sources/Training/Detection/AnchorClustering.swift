import Datasets
import Images
import Models

/// Anchors from the boxes of a training set: k-means where two boxes are as near as their IoU, both about one centre (Redmon and
/// Farhadi 2016, "YOLO9000", section 2).
///
/// Deterministic: the first middles are boxes at equal distances in the order of the areas, a box belongs to the middle with the
/// greatest IoU, of equal ones the first, and each middle moves to the mean of its boxes until none changes.
public struct AnchorClustering: Hashable, Sendable {
  /// By rising area; as many as were asked for, unless there are fewer different boxes.
  public let anchors: [YOLOHead.Anchor]
  /// The mean over the boxes of the greatest IoU with an anchor.
  public let meanOverlap: Double

  /// After so many rounds it ends, settled or not.
  private static let rounds = 300

  /// - Parameters:
  ///   - sizes: widths and heights of boxes, in pixels of the network's input; those without an area are left out.
  ///   - count: how many anchors are wanted.
  /// - Precondition: at least one anchor is wanted.
  public init(_ sizes: [(width: Float, height: Float)], count: Int) {
    precondition(count > 0, "AnchorClustering: \(count) anchors")
    let boxes = sizes.filter { $0.width > 0 && $0.height > 0 }
      .map { SIMD2(Double($0.width), Double($0.height)) }
      .sorted { ($0.x * $0.y, $0.x) < ($1.x * $1.y, $1.x) }
    var middles = Self.first(count, of: boxes)
    var places = [Int](repeating: -1, count: boxes.count)
    for _ in 0..<Self.rounds {
      let nearest = boxes.map { Self.nearest($0, middles).place }
      if nearest == places { break }
      places = nearest
      var sums = [SIMD2<Double>](repeating: .zero, count: middles.count)
      var counts = [Double](repeating: 0, count: middles.count)
      for (box, place) in zip(boxes, places) {
        sums[place] += box
        counts[place] += 1
      }
      for place in middles.indices where counts[place] > 0 { middles[place] = sums[place] / counts[place] }
    }
    let sorted = middles.sorted { ($0.x * $0.y, $0.x) < ($1.x * $1.y, $1.x) }
    anchors = sorted.map { YOLOHead.Anchor(Float($0.x), Float($0.y)) }
    let overlaps = boxes.map { Self.nearest($0, sorted).overlap }
    meanOverlap = overlaps.isEmpty ? 0 : overlaps.reduce(0, +) / Double(overlaps.count)
  }

  /// Different boxes at equal distances in their order.
  private static func first(_ count: Int, of boxes: [SIMD2<Double>]) -> [SIMD2<Double>] {
    var different: [SIMD2<Double>] = []
    for box in boxes where different.last != box { different.append(box) }
    guard different.count > count else { return different }
    return (0..<count).map { different[(2 * $0 + 1) * different.count / (2 * count)] }
  }

  private static func nearest(
    _ box: SIMD2<Double>, _ middles: [SIMD2<Double>]
  ) -> (place: Int, overlap: Double) {
    var best = (place: 0, overlap: -1.0)
    for (place, middle) in middles.enumerated() {
      let common = min(box.x, middle.x) * min(box.y, middle.y)
      let overlap = common / (box.x * box.y + middle.x * middle.y - common)
      if overlap > best.overlap { best = (place, overlap) }
    }
    return best
  }
}

extension AnchorClustering {
  /// Of the boxes of a data set as they are when its pictures are brought to a network.
  /// - Parameters:
  ///   - data: pictures with their objects; those that do not count are left out.
  ///   - preprocessing: how pictures are brought to the network.
  ///   - count: how many anchors are wanted.
  /// - Throws: what reading the data throws.
  public init(
    _ data: any Dataset<[LabelledBox]>, preprocessing: Preprocessing, count: Int
  ) throws {
    var sizes: [(width: Float, height: Float)] = []
    for index in 0..<data.count {
      let picture = (data as? DetectionDataset)?.pictures[index]
      var size = try picture?.size ?? data.example(at: index).image.size
      var boxes = try data.target(at: index).filter(\.counts)
      for change in preprocessing.changes(of: size) {
        boxes = boxes.transformed(by: change, in: size)
        size = change.size(of: size)
      }
      sizes += boxes.map { ($0.box.width, $0.box.height) }
    }
    self.init(sizes, count: count)
  }
}
