import Images
import Models

/// Detections and objects sorted by class and picture, as all metrics want them.
struct DetectionGroups {
  /// What there is of one class in one picture.
  struct Cell {
    let picture: Int
    /// In the order given.
    var truths: [LabelledBox] = []
    /// By falling score; equal scores in the order given, NaN last.
    var detections: [Detection] = []
  }

  let pictures: Int
  /// By class; pictures in their order, those with neither left out.
  let classes: [[Cell]]

  /// - Precondition: as many lists of detections as of objects; labels are below `classes`.
  init(_ detections: [[Detection]], _ truths: [[LabelledBox]], classes count: Int) {
    precondition(
      detections.count == truths.count,
      "Detection metrics: detections of \(detections.count) pictures and objects of \(truths.count)")
    var classes = [[Cell]](repeating: [], count: count)
    func cell(_ label: Int, _ picture: Int) -> Int {
      precondition(0..<count ~= label, "Detection metrics: label \(label) of \(count) classes")
      if classes[label].last?.picture != picture { classes[label].append(Cell(picture: picture)) }
      return classes[label].count - 1
    }
    for picture in truths.indices {
      for var truth in truths[picture] {
        truth.box = truth.annotatedBox ?? truth.box
        let place = cell(truth.label, picture)
        classes[truth.label][place].truths.append(truth)
      }
      for detection in detections[picture] {
        let place = cell(detection.label, picture)
        classes[detection.label][place].detections.append(detection)
      }
    }
    for label in classes.indices {
      for place in classes[label].indices {
        let order = Self.fallingOrder(classes[label][place].detections.map(\.score))
        classes[label][place].detections = order.map { classes[label][place].detections[$0] }
      }
    }
    pictures = truths.count
    self.classes = classes
  }

  /// The places of scores from the greatest on; equal ones in their order, NaN last.
  static func fallingOrder(_ scores: [Float]) -> [Int] {
    let keys = scores.map { $0.isNaN ? -Float.infinity : $0 }
    return keys.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] > keys[$1] }
  }
}

extension BoundingBox {
  /// In double precision; negative sides count as they are.
  var exactArea: Double { (Double(right) - Double(left)) * (Double(bottom) - Double(top)) }

  /// The common area in double precision; 0 where they do not overlap.
  func exactIntersection(_ other: BoundingBox) -> Double {
    let width = min(Double(right), Double(other.right)) - max(Double(left), Double(other.left))
    let height = min(Double(bottom), Double(other.bottom)) - max(Double(top), Double(other.top))
    return width > 0 && height > 0 ? width * height : 0
  }

  /// Intersection over union in double precision; 0 where they do not overlap.
  ///
  /// With pixels counted from 1, as Pascal VOC and ILSVRC write boxes, their toolkits' widths x₂ − x₁ + 1 are the widths of
  /// these continuous boxes, and so are the intersections': the toolkits' overlap is this.
  func exactOverlap(_ other: BoundingBox) -> Double {
    let common = exactIntersection(other)
    return common > 0 ? common / (exactArea + other.exactArea - common) : 0
  }
}
