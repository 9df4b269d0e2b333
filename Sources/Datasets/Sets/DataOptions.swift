import Images

/// How a data set is opened.
public struct DataOptions: Hashable, Codable, Sendable {
  /// Whether pictures are turned upright by their EXIF tag.
  public var orientation = Image.Orientation.stored
  /// Whether pictures that end early are taken, as `Image` says of it.
  public var acceptsTruncated = false
  /// Whether a loader decodes JPEGs at ½, ¼ or ⅛ of their scale where it makes them so much smaller anyway, as
  /// `EncodedPicture.Scale` says: faster, with other bits. Nil is no. Pictures with boxes, and those without labels
  /// that ``DataSource/unlabelled(_:_:)`` opens, are decoded whole.
  public var scaledDecoding: Bool?
  /// Whether pictures that cannot be read are left out and counted; otherwise the first one ends the run. All
  /// pictures are read once for that.
  public var skipsBroken = false
  /// The share of the training pictures of each class that is not trained on, in data without a part for that; nil
  /// for none.
  public var validationShare: Double?
  /// The part of annotated pictures that is trained on, such as `trainval`; nil for `train`.
  public var trainPart: String?
  /// The part of annotated pictures that is validated by; nil for `val`, or `test` where there is none.
  public var validationPart: String?
  /// Decides which pictures make the share.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  /// The names of what differs from other options; the seed aside, which is the run's.
  package func differences(from other: DataOptions) -> [String] {
    [
      ("orientation", orientation != other.orientation),
      ("acceptsTruncated", acceptsTruncated != other.acceptsTruncated),
      ("scaledDecoding", (scaledDecoding ?? false) != (other.scaledDecoding ?? false)),
      ("skipsBroken", skipsBroken != other.skipsBroken),
      ("validationShare", validationShare != other.validationShare),
      ("trainPart", trainPart != other.trainPart),
      ("validationPart", validationPart != other.validationPart),
    ].filter(\.1).map(\.0)
  }
}
