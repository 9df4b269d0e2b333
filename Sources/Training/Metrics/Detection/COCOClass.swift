import Images
import Models

/// COCO's metric of one class, by pycocotools's rules.
struct COCOClass {
  /// For all sizes, small, medium and large objects, with a hundred detections a picture: by threshold the mean of the
  /// precision at 101 recalls; nil without objects of the size.
  private(set) var precision: [[Double]?] = []
  /// By threshold: for all sizes with 1, 10 and 100 detections, then for small, medium and large with 100.
  private(set) var recall: [[Double]?] = []

  /// NumPy's linspace(0.5, 0.95, 10), to the bit.
  static let thresholds: [Double] = {
    let step = (0.95 - 0.5) / 9.0
    return (0..<10).map { index -> Double in index == 9 ? 0.95 : Double(index) * step + 0.5 }
  }()
  /// NumPy's linspace(0, 1, 101), to the bit.
  static let recalls: [Double] = (0...100).map { index -> Double in index == 100 ? 1 : Double(index) * 0.01 }
  /// In square pixels.
  static let sizes: [ClosedRange<Double>] = [0...1e10, 0...1024, 1024...9216, 9216...1e10]
  static let maximum = 100

  private typealias Outcome = PrecisionRecall.Outcome

  init(_ cells: [DetectionGroups.Cell]) {
    let counted = cells.map { $0.detections.prefix(Self.maximum) }
    let ranks = counted.flatMap { $0.indices }
    let order = DetectionGroups.fallingOrder(counted.flatMap { $0.map(\.score) })
    let overlaps = cells.map(Self.overlaps)
    var recallsBySize: [[Double]?] = []
    for size in Self.sizes.indices {
      var objects = 0
      var outcomes = [[Outcome]](repeating: [], count: Self.thresholds.count)
      for (cell, overlaps) in zip(cells, overlaps) {
        let matching = Matching(cell, overlaps, Self.sizes[size])
        objects += matching.objects
        for (place, threshold) in Self.thresholds.enumerated() {
          outcomes[place] += matching.outcomes(threshold)
        }
      }
      let limits = size == 0 ? [1, 10, Self.maximum] : [Self.maximum]
      for limit in limits {
        let taken = limit == Self.maximum ? order : order.filter { ranks[$0] < limit }
        let results = objects == 0 ? nil : outcomes.map { Self.curve($0, taken, objects) }
        recallsBySize.append(results?.map(\.recall))
        if limit == Self.maximum { precision.append(results?.map(\.precision)) }
      }
    }
    recall = recallsBySize
  }

  /// IoU of each detection with each object; with a crowd, the intersection's share of the detection.
  private static func overlaps(_ cell: DetectionGroups.Cell) -> [[Double]] {
    cell.detections.prefix(maximum).map { detection in
      cell.truths.map { truth in
        let common = detection.box.exactIntersection(truth.box)
        guard common > 0 else { return 0 }
        let own = detection.box.exactArea
        return common / (truth.isCrowd ? own : own + truth.box.exactArea - common)
      }
    }
  }

  /// The mean precision at 101 recalls and the recall of all detections.
  private static func curve(
    _ outcomes: [Outcome], _ order: [Int], _ objects: Int
  ) -> (precision: Double, recall: Double) {
    var (right, wrong) = (0, 0)
    var (precision, recall) = ([Double](), [Double]())
    precision.reserveCapacity(order.count)
    recall.reserveCapacity(order.count)
    for place in order {
      switch outcomes[place] {
      case .right: right += 1
      case .wrong: wrong += 1
      case .ignored: break
      }
      // The least addend lest 0 be divided by 0.
      precision.append(Double(right) / (Double(wrong + right) + .ulpOfOne))
      recall.append(Double(right) / Double(objects))
    }
    for place in precision.indices.dropFirst().reversed() where precision[place] > precision[place - 1] {
      precision[place - 1] = precision[place]
    }
    var (sum, place) = (0.0, 0)
    for least in recalls {
      while place < recall.count, recall[place] < least { place += 1 }
      if place < recall.count { sum += precision[place] }
    }
    return (sum / Double(recalls.count), recall.last ?? 0)
  }
}

/// Who takes whom among the detections and objects of one class in one picture, for objects of one size.
private struct Matching {
  /// How many count.
  let objects: Int
  private let overlaps: [[Double]]
  /// Places of objects: those that count first.
  private let order: [Int]
  private let isIgnored: [Bool]
  private let isCrowd: [Bool]
  private let isOfOtherSize: [Bool]

  init(_ cell: DetectionGroups.Cell, _ overlaps: [[Double]], _ sizes: ClosedRange<Double>) {
    let ignored = cell.truths.map { truth in
      truth.isCrowd || !(sizes ~= (truth.annotatedArea.map(Double.init) ?? truth.box.exactArea))
    }
    order = ignored.indices.filter { !ignored[$0] } + ignored.indices.filter { ignored[$0] }
    objects = ignored.count { !$0 }
    isIgnored = ignored
    isCrowd = cell.truths.map(\.isCrowd)
    isOfOtherSize = cell.detections.prefix(COCOClass.maximum).map { !(sizes ~= $0.box.exactArea) }
    self.overlaps = overlaps
  }

  func outcomes(_ threshold: Double) -> [PrecisionRecall.Outcome] {
    var isTaken = [Bool](repeating: false, count: order.count)
    return overlaps.indices.map { detection in
      var best = min(threshold, 1 - 1e-10)
      var match = -1
      for object in order where !isTaken[object] || isCrowd[object] {
        if match >= 0, !isIgnored[match], isIgnored[object] { break }
        if overlaps[detection][object] < best { continue }
        best = overlaps[detection][object]
        match = object
      }
      guard match >= 0 else { return isOfOtherSize[detection] ? .ignored : .wrong }
      isTaken[match] = true
      return isIgnored[match] ? .ignored : .right
    }
  }
}
