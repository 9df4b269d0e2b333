import Images

/// An object that a detector found in a picture.
public struct Detection: Hashable, Codable, Sendable {
  /// Where, in continuous pixels of the picture that was given.
  public var box: BoundingBox
  /// The index of the class.
  public var label: Int
  /// How sure the detector is, from 0 to 1.
  public var score: Float

  /// - Parameters:
  ///   - box: where, in continuous pixels of the picture.
  ///   - label: the index of the class.
  ///   - score: from 0 to 1.
  public init(_ box: BoundingBox, label: Int, score: Float) {
    self.box = box
    self.label = label
    self.score = score
  }
}

/// Which of a detector's candidates are kept. A value that is nil is the detector's own.
public struct DetectionOptions: Hashable, Sendable {
  /// Candidates with a score at or below it are dropped.
  public var score: Float?
  /// Of two boxes of one class whose IoU is above it the one with the lower score is dropped.
  public var overlap: Float?
  /// How many detections a picture has at most, those with the greatest scores.
  public var maximum: Int?

  /// - Parameters:
  ///   - score: candidates with a score at or below it are dropped.
  ///   - overlap: of two boxes of one class whose IoU is above it the one with the lower score is dropped.
  ///   - maximum: how many detections a picture has at most.
  public init(score: Float? = nil, overlap: Float? = nil, maximum: Int? = nil) {
    self.score = score
    self.overlap = overlap
    self.maximum = maximum
  }
}

/// What finds objects in pictures.
public protocol Detector: Sendable {
  /// The names of the classes by index; there is none for the background.
  var classes: [String] { get }

  /// - Parameters:
  ///   - images: pictures of any size.
  ///   - options: which candidates are kept.
  /// - Returns: for each picture its detections by falling score, boxes in continuous pixels of that picture.
  /// - Throws: ``NetworkError/notFinite(network:)``.
  func detect(in images: [Image], _ options: DetectionOptions) throws -> [[Detection]]

  /// Which candidates count where average precision is measured, where scores must be low enough for recall to end; what is
  /// nil, as all is by default, is as in ``detect(in:_:)``.
  var measuredOptions: DetectionOptions { get }
}

extension Detector {
  public var measuredOptions: DetectionOptions { DetectionOptions() }
}
