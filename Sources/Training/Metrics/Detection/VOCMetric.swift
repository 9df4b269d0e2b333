import Images
import Models

/// Metrics of detectors, each under its own name: numbers of different ones are not to be compared.
///
/// All take detections and objects picture by picture, boxes in continuous pixels. They are held against pycocotools and
/// against plain transcriptions of the toolkits of Pascal VOC and ILSVRC.
public enum DetectionMetrics {
  /// Pascal VOC's until 2009: the mean of the best precision at eleven recalls.
  ///
  /// For both of VOC's: the detections of a class go from the greatest score on, equal ones in the order of the pictures. Of
  /// each the object of its class with the greatest IoU in the picture is looked at alone. Where that is at least `overlap`:
  /// a difficult object makes the detection count as nothing, a free one is found, and one that is found already makes it
  /// wrong. Difficult objects need not be found. Widths are x₂ − x₁ + 1 of VOC's pixels, which is right − left.
  ///
  /// Crowds, which VOC has none of, need not be found and are not looked at; but a detection that would be wrong counts as
  /// nothing where `overlap` of its area lies in a crowd of its class, as in COCO's metric.
  /// - Parameters:
  ///   - detections: of each picture, in any order.
  ///   - truths: the objects in each picture.
  ///   - classes: how many there are; labels are below.
  ///   - overlap: the least IoU with an object that is found.
  public static func voc07(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], classes: Int, overlap: Double = 0.5
  ) -> AveragePrecision {
    let curves = vocCurves(DetectionGroups(detections, truths, classes: classes), overlap: overlap)
    return AveragePrecision(perClass: curves.map(\.elevenPointAverage))
  }

  /// Pascal VOC's since 2010: the area below the curve. What is found is as in ``voc07(_:_:classes:overlap:)``.
  /// - Parameters:
  ///   - detections: of each picture, in any order.
  ///   - truths: the objects in each picture.
  ///   - classes: how many there are; labels are below.
  ///   - overlap: the least IoU with an object that is found.
  public static func vocArea(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], classes: Int, overlap: Double = 0.5
  ) -> AveragePrecision {
    let curves = vocCurves(DetectionGroups(detections, truths, classes: classes), overlap: overlap)
    return AveragePrecision(perClass: curves.map(\.area))
  }

  /// Precision and recall of each class by VOC's rules, see ``voc07(_:_:classes:overlap:)``.
  /// - Parameters:
  ///   - detections: of each picture, in any order.
  ///   - truths: the objects in each picture.
  ///   - classes: how many there are; labels are below.
  ///   - overlap: the least IoU with an object that is found.
  public static func vocCurves(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], classes: Int, overlap: Double = 0.5
  ) -> [PrecisionRecall] {
    vocCurves(DetectionGroups(detections, truths, classes: classes), overlap: overlap)
  }

  static func vocCurves(_ groups: DetectionGroups, overlap: Double) -> [PrecisionRecall] {
    groups.classes.map { cells in
      var (scores, outcomes) = ([Float](), [PrecisionRecall.Outcome]())
      var objects = 0
      for cell in cells {
        objects += cell.truths.count { $0.counts }
        scores += cell.detections.map(\.score)
        outcomes += vocOutcomes(cell.detections, cell.truths, overlap: overlap).map(\.outcome)
      }
      return PrecisionRecall(scores: scores, outcomes: outcomes, objects: objects)
    }
  }

  /// What each detection counts as, and the object that was looked at, or the crowd in which it lies.
  /// - Parameters:
  ///   - detections: of one class in one picture, by falling score.
  ///   - truths: the objects of that class there.
  static func vocOutcomes(
    _ detections: [Detection], _ truths: [LabelledBox], overlap least: Double
  ) -> [(outcome: PrecisionRecall.Outcome, truth: Int?)] {
    var isFound = [Bool](repeating: false, count: truths.count)
    return detections.map { detection in
      // The first of equal ones.
      var (best, place) = (0.0, -1)
      for (index, truth) in truths.enumerated() where !truth.isCrowd {
        let overlap = detection.box.exactOverlap(truth.box)
        if overlap > best { (best, place) = (overlap, index) }
      }
      let isMatched = place >= 0 && best >= least
      if isMatched, !truths[place].counts { return (.ignored, place) }
      if isMatched, !isFound[place] {
        isFound[place] = true
        return (.right, place)
      }
      if let crowd = truths.firstIndex(where: { $0.isCrowd && detection.box.lies(in: $0.box, by: least) }) {
        return (.ignored, crowd)
      }
      return (.wrong, isMatched ? place : nil)
    }
  }
}

extension BoundingBox {
  /// Whether this share of the box's area, or more, lies in another one.
  fileprivate func lies(in other: BoundingBox, by share: Double) -> Bool {
    let common = exactIntersection(other)
    return common > 0 && common >= share * exactArea
  }
}
