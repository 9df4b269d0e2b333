import Images
import Models

/// What a detector did wrong in one place of a picture.
///
/// Detections are matched by VOC's rules at an IoU of 0.5. One that is wrong is sorted by its greatest IoU with objects of its
/// own class and of others, in this order (after Hoiem et al. 2012 and Bolya et al. 2020, "TIDE"): at least 0.5 with its own
/// class, ``Kind/duplicate``; at least 0.5 with another, ``Kind/classification``; at least 0.1 with its own,
/// ``Kind/localization``; at least 0.1 with another, ``Kind/classification``; else ``Kind/background``. An object that no
/// detection found is ``Kind/missed`` where no mistake of classification or localization lies on it.
public struct DetectionMistake: Codable, Hashable, Sendable {
  /// What kind of mistake.
  public enum Kind: String, Codable, CaseIterable, CodingKeyRepresentable, Hashable, Sendable {
    /// The right class in a bad place: an IoU from 0.1 to below 0.5.
    case localization
    /// The place of an object of another class.
    case classification
    /// An object that a surer detection found already.
    case duplicate
    /// Where there is nothing: an IoU below 0.1 with everything.
    case background
    /// An object that was not found.
    case missed
  }

  /// What kind of mistake.
  public let kind: Kind
  /// The place of the picture.
  public let picture: Int
  /// What is wrong; nil for an object that was missed.
  public let detection: Detection?
  /// The object that was missed, or taken for something else, or on which the detection lies; nil for background.
  public let truth: LabelledBox?

  /// The class whose mistake it is: the detection's, or the missed object's.
  public var label: Int { detection?.label ?? truth!.label }

  /// From this IoU on an object is found.
  static let foreground = 0.5
  /// Below this IoU with everything there is nothing.
  static let background = 0.1

  /// All that is wrong in a picture, detections first, the surest first, then what was missed.
  /// - Parameters:
  ///   - detections: those that count, in any order.
  ///   - truths: the objects in the picture; who finds or misses difficult ones and crowds is not wrong.
  ///   - picture: its place.
  static func all(_ detections: [Detection], _ truths: [LabelledBox], picture: Int) -> [DetectionMistake] {
    let sorted = DetectionGroups.fallingOrder(detections.map(\.score)).map { detections[$0] }
    var isExplained = [Bool](repeating: false, count: truths.count)
    var mistakes: [DetectionMistake] = []
    var outcomes: [Int: [(outcome: PrecisionRecall.Outcome, truth: Int?)]] = [:]
    for label in Set(sorted.map(\.label)) {
      let own = truths.indices.filter { truths[$0].label == label }
      let found = DetectionMetrics.vocOutcomes(
        sorted.filter { $0.label == label }, own.map { truths[$0] }, overlap: foreground)
      outcomes[label] = found.map { ($0.outcome, $0.truth.map { own[$0] }) }.reversed()
    }
    for detection in sorted {
      let (outcome, found) = outcomes[detection.label]!.removeLast()
      if outcome == .right, let found { isExplained[found] = true }
      guard outcome == .wrong else { continue }
      let (kind, truth) = sort(detection, truths)
      if let truth, kind == .localization || kind == .classification { isExplained[truth] = true }
      mistakes.append(
        DetectionMistake(kind: kind, picture: picture, detection: detection, truth: truth.map { truths[$0] }))
    }
    for (place, truth) in truths.enumerated() where truth.counts && !isExplained[place] {
      mistakes.append(DetectionMistake(kind: .missed, picture: picture, detection: nil, truth: truth))
    }
    return mistakes
  }

  /// The kind of a wrong detection and the object on which it lies.
  private static func sort(_ detection: Detection, _ truths: [LabelledBox]) -> (Kind, truth: Int?) {
    func nearest(own: Bool) -> (overlap: Double, truth: Int?) {
      var best: (overlap: Double, truth: Int?) = (0, nil)
      for (place, truth) in truths.enumerated() where (truth.label == detection.label) == own {
        let overlap = detection.box.exactOverlap(truth.box)
        if overlap > best.overlap { best = (overlap, place) }
      }
      return best
    }
    let (own, other) = (nearest(own: true), nearest(own: false))
    if own.overlap >= foreground { return (.duplicate, own.truth) }
    if other.overlap >= foreground { return (.classification, other.truth) }
    if own.overlap >= background { return (.localization, own.truth) }
    if other.overlap >= background { return (.classification, other.truth) }
    return (.background, nil)
  }
}
