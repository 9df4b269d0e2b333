/// An object in a picture: where it is and of which class.
public struct LabelledBox: Hashable, Sendable, LocatedObject {
  /// Where the object is.
  public var box: BoundingBox
  /// The index of the class.
  public var label: Int
  /// Too hard to count: Pascal VOC's `difficult`, COCO's `ignore`. VOC's metrics count neither who finds it nor who misses
  /// it.
  public var isDifficult: Bool
  /// Only a part of the object is in the picture: Pascal VOC's `truncated`.
  public var isTruncated: Bool
  /// A region of many objects: COCO's `iscrowd`. COCO's metric counts no detection that lies in it.
  public var isCrowd: Bool
  /// The object's own area in square pixels where an annotation says it, as COCO's that of the outline; nil for the box's.
  public var annotatedArea: Float?
  /// The box as an annotation has it, where that reaches beyond the picture: ``box`` is what is in the picture. Metrics take it,
  /// as pycocotools and Pascal VOC's devkit do.
  public var annotatedBox: BoundingBox?

  /// - Parameters:
  ///   - box: where the thing is.
  ///   - label: the index of the class.
  ///   - isDifficult: too hard to count.
  ///   - isTruncated: only a part of it is in the picture.
  ///   - isCrowd: a region of many.
  ///   - annotatedArea: the object's own area in square pixels; nil for the box's.
  public init(
    _ box: BoundingBox, label: Int, isDifficult: Bool = false, isTruncated: Bool = false,
    isCrowd: Bool = false,
    annotatedArea: Float? = nil
  ) {
    self.box = box
    self.label = label
    self.isDifficult = isDifficult
    self.isTruncated = isTruncated
    self.isCrowd = isCrowd
    self.annotatedArea = annotatedArea
    annotatedBox = nil
  }

  /// The annotated area, or the box's; in square pixels.
  public var area: Float { annotatedArea ?? box.area }

  /// The box moves; an annotated area grows and shrinks as the box does, and what is annotated beyond the picture is forgotten.
  public func transformed(by change: GeometricChange, in size: Image.Size) -> LabelledBox? {
    guard let moved = box.transformed(by: change, in: size) else { return nil }
    var result = self
    (result.box, result.annotatedBox) = (moved, nil)
    if let area = annotatedArea, moved.area != box.area {
      result.annotatedArea = area * (moved.area / box.area)
    }
    return result
  }
}

extension LabelledBox: Codable {
  private enum CodingKeys: String, CodingKey {
    case box, label, isDifficult, isTruncated, isCrowd, annotatedArea, annotatedBox
  }

  /// What is missing is not so.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try values.decode(BoundingBox.self, forKey: .box), label: try values.decode(Int.self, forKey: .label),
      isDifficult: try values.decodeIfPresent(Bool.self, forKey: .isDifficult) ?? false,
      isTruncated: try values.decodeIfPresent(Bool.self, forKey: .isTruncated) ?? false,
      isCrowd: try values.decodeIfPresent(Bool.self, forKey: .isCrowd) ?? false,
      annotatedArea: try values.decodeIfPresent(Float.self, forKey: .annotatedArea))
    annotatedBox = try values.decodeIfPresent(BoundingBox.self, forKey: .annotatedBox)
  }

  /// Only what is so.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(box, forKey: .box)
    try values.encode(label, forKey: .label)
    if isDifficult { try values.encode(true, forKey: .isDifficult) }
    if isTruncated { try values.encode(true, forKey: .isTruncated) }
    if isCrowd { try values.encode(true, forKey: .isCrowd) }
    try values.encodeIfPresent(annotatedArea, forKey: .annotatedArea)
    try values.encodeIfPresent(annotatedBox, forKey: .annotatedBox)
  }
}
