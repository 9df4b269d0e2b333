import Images
import Models

/// COCO's twelve numbers, and the average precision of each class; nil where pycocotools says −1, for want of objects.
public struct COCOMetrics: Codable, Hashable, Sendable {
  /// Average precision: mean over IoUs of 0.5, 0.55, …, 0.95, over 101 recalls and over classes.
  public let ap: Double?
  /// At an IoU of 0.5.
  public let ap50: Double?
  /// At an IoU of 0.75.
  public let ap75: Double?
  /// Of objects of less than 32² square pixels.
  public let apSmall: Double?
  /// Of objects of 32² to 96² square pixels.
  public let apMedium: Double?
  /// Of objects of more than 96² square pixels.
  public let apLarge: Double?
  /// Average recall, mean over the IoUs and classes, with one detection a class and picture.
  public let ar1: Double?
  /// With ten detections a class and picture.
  public let ar10: Double?
  /// With a hundred detections a class and picture.
  public let ar100: Double?
  /// With a hundred, of objects of less than 32² square pixels.
  public let arSmall: Double?
  /// With a hundred, of objects of 32² to 96² square pixels.
  public let arMedium: Double?
  /// With a hundred, of objects of more than 96² square pixels.
  public let arLarge: Double?
  /// ``ap`` of each class.
  public let perClass: [Double?]
  /// ``ap50`` of each class.
  public let perClass50: [Double?]

  /// The twelve in pycocotools's order.
  public var numbers: [Double?] {
    [ap, ap50, ap75, apSmall, apMedium, apLarge, ar1, ar10, ar100, arSmall, arMedium, arLarge]
  }

  /// - Parameter classes: what was measured of each class.
  init(_ classes: [COCOClass]) {
    typealias Values = [Double]
    func mean(_ values: (COCOClass) -> Values?) -> Double? {
      let all = classes.compactMap(values).joined()
      return all.isEmpty ? nil : all.reduce(0, +) / Double(all.count)
    }
    ap = mean { $0.precision[0] }
    ap50 = mean { $0.precision[0].map { [$0[0]] } }
    ap75 = mean { $0.precision[0].map { [$0[5]] } }
    apSmall = mean { $0.precision[1] }
    apMedium = mean { $0.precision[2] }
    apLarge = mean { $0.precision[3] }
    ar1 = mean { $0.recall[0] }
    ar10 = mean { $0.recall[1] }
    ar100 = mean { $0.recall[2] }
    arSmall = mean { $0.recall[3] }
    arMedium = mean { $0.recall[4] }
    arLarge = mean { $0.recall[5] }
    perClass = classes.map { one in one.precision[0].map { $0.reduce(0, +) / Double($0.count) } }
    perClass50 = classes.map { $0.precision[0].map { $0[0] } }
  }
}

extension DetectionMetrics {
  /// COCO's metric of boxes, as pycocotools computes it.
  ///
  /// Of each class the hundred surest detections of a picture count. From the surest on each takes, of the objects of its
  /// class that are not taken, the one with the greatest IoU of at least the threshold, of equal ones the later; objects that
  /// do not count, which are crowds and those of another size, only where no other is taken. Crowds may be taken again and
  /// again, and IoU with a crowd is intersection over the detection's area. A detection that took an object that does not
  /// count, or none and is itself of another size, does not count. Of equal scores the earlier picture's goes first. An
  /// object's size is its annotated area where it has one.
  /// `LabelledBox.isDifficult` has no say here, as `ignore` has none in pycocotools.
  /// - Parameters:
  ///   - detections: of each picture, in any order.
  ///   - truths: the objects in each picture.
  ///   - classes: how many there are; labels are below.
  public static func coco(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], classes: Int
  ) -> COCOMetrics {
    coco(DetectionGroups(detections, truths, classes: classes))
  }

  static func coco(_ groups: DetectionGroups) -> COCOMetrics {
    COCOMetrics(groups.classes.map { COCOClass($0) })
  }
}
