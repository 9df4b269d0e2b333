import Images
import Models

/// How a detector did on annotated pictures, by each of the metrics, with its curves and its mistakes.
public struct DetectionEvaluation: Codable, Hashable, Sendable {
  /// How it did on one class.
  public struct ClassResult: Codable, Hashable, Sendable {
    /// Of the class.
    public let name: String
    /// How many must be found: difficult ones and crowds left out.
    public let objects: Int
    /// How many detections there are, whatever their score.
    public let detections: Int
    /// Pascal VOC's until 2009; nil without objects, as the others.
    public let voc07: Double?
    /// Pascal VOC's since 2010.
    public let vocArea: Double?
    /// COCO's, mean over ten IoUs.
    public let coco: Double?
    /// ILSVRC's of detection.
    public let ilsvrc: Double?
    /// By VOC's rules at an IoU of 0.5, at most ``DetectionEvaluation/curvePoints`` points of it.
    public let curve: PrecisionRecall
    /// How many mistakes of each kind there are among the detections with at least ``DetectionEvaluation/score``.
    public let mistakes: [DetectionMistake.Kind: Int]
  }

  /// Of how many points a curve is made at most.
  public static let curvePoints = 200
  /// How many mistakes of each kind are kept, those that were surest of themselves.
  public static let keptMistakes = 24

  /// The mean loss where it was measured in training.
  public var loss: Double?
  /// How many pictures there are.
  public let pictures: Int
  /// In the order of the labels.
  public let classes: [ClassResult]
  /// COCO's twelve numbers.
  public let coco: COCOMetrics
  /// The detections from this score on are sorted into mistakes: where F₁ over all classes is greatest, or what was asked for.
  public let score: Float
  /// At most ``keptMistakes`` of each kind: detections by falling score, missed objects in the order of the pictures.
  public let mistakes: [DetectionMistake]

  /// - Parameters:
  ///   - detections: of each picture, in any order, boxes in continuous pixels.
  ///   - truths: the objects in each picture.
  ///   - classNames: in the order of the labels.
  ///   - score: from which on detections are sorted into mistakes; nil for where F₁ over all classes is greatest.
  ///   - loss: the mean loss where it was measured.
  /// - Precondition: as many lists of detections as of objects; labels are below the number of names.
  public init(
    _ detections: [[Detection]], _ truths: [[LabelledBox]], classNames: [String], score: Float? = nil,
    loss: Double? = nil
  ) {
    let groups = DetectionGroups(detections, truths, classes: classNames.count)
    let curves = DetectionMetrics.vocCurves(groups, overlap: 0.5)
    let ilsvrc = DetectionMetrics.ilsvrcDetection(groups)
    let coco = DetectionMetrics.coco(groups)
    let score = score ?? Self.bestScore(curves)
    let all = zip(detections, truths).enumerated().flatMap { picture, pair in
      DetectionMistake.all(pair.0.filter { $0.score >= score }, pair.1, picture: picture)
    }
    var counts = [[DetectionMistake.Kind: Int]](repeating: [:], count: classNames.count)
    for mistake in all { counts[mistake.label][mistake.kind, default: 0] += 1 }
    self.loss = loss.flatMap { $0.isFinite ? $0 : nil }
    self.pictures = truths.count
    self.coco = coco
    self.score = min(max(score, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    classes = classNames.indices.map { label in
      ClassResult(
        name: classNames[label], objects: curves[label].objects,
        detections: groups.classes[label].reduce(0) { $0 + $1.detections.count },
        voc07: curves[label].elevenPointAverage, vocArea: curves[label].area, coco: coco.perClass[label],
        ilsvrc: ilsvrc.perClass[label], curve: curves[label].thinned(to: Self.curvePoints),
        mistakes: counts[label])
    }
    mistakes = DetectionMistake.Kind.allCases.flatMap { kind in
      let own = all.filter { $0.kind == kind && $0.isFinite }
      let sorted = kind == .missed ? own : own.sorted { $0.detection!.score > $1.detection!.score }
      return Array(sorted.prefix(Self.keptMistakes))
    }
  }

  /// Mean average precision: Pascal VOC's until 2009. Nil without objects, as the others.
  public var voc07: Double? { AveragePrecision(perClass: classes.map(\.voc07)).mean }
  /// Mean average precision: Pascal VOC's since 2010, at an IoU of 0.5.
  public var vocArea: Double? { AveragePrecision(perClass: classes.map(\.vocArea)).mean }
  /// Mean average precision: ILSVRC's of detection.
  public var ilsvrc: Double? { AveragePrecision(perClass: classes.map(\.ilsvrc)).mean }
  /// How many objects must be found.
  public var objects: Int { classes.reduce(0) { $0 + $1.objects } }

  /// How many mistakes of a kind there are in all.
  public func count(_ kind: DetectionMistake.Kind) -> Int {
    classes.reduce(0) { $0 + ($1.mistakes[kind] ?? 0) }
  }

  /// The score with the greatest F₁ = 2·right / (detections + objects) of all classes together; of equal ones the greatest; 0
  /// without detections.
  private static func bestScore(_ curves: [PrecisionRecall]) -> Float {
    let steps = curves.flatMap { curve in
      curve.scores.indices.map { (score: curve.scores[$0], isRight: curve.isRight(at: $0)) }
    }.sorted { $0.score > $1.score }
    let objects = curves.reduce(0) { $0 + $1.objects }
    var (right, best, result) = (0, 0.0, Float(0))
    for (place, step) in steps.enumerated() {
      if step.isRight { right += 1 }
      // Detections of one score count together.
      if place + 1 < steps.count, steps[place + 1].score == step.score { continue }
      let measure = 2 * Double(right) / Double(place + 1 + objects)
      if measure > best { (best, result) = (measure, step.score) }
    }
    return result
  }
}

extension DetectionMistake {
  /// JSON has no other numbers.
  fileprivate var isFinite: Bool {
    guard let detection else { return true }
    let box = detection.box
    return detection.score.isFinite && [box.left, box.top, box.right, box.bottom].allSatisfy(\.isFinite)
  }
}
