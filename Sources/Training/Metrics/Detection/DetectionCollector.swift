import Datasets
import Engine
import Images
import Models

/// Picks a few pictures out of an evaluation: those with the most mistakes among the detections of a score of at least ½.
/// Deterministic, and never holds more than it will show.
struct DetectionCollector {
  private struct Candidate {
    let picture: Tensor
    let place: Int
    let mistakes: [DetectionMistake]
    let detections: [Detection]
  }

  /// What is sure enough to be drawn.
  private static let score: Float = 0.5

  private let classNames: [String]
  private let preprocessing: Preprocessing
  private let limit: Int
  private var candidates: [Candidate] = []

  init(classNames: [String], preprocessing: Preprocessing, limit: Int = 12) {
    self.classNames = classNames
    self.preprocessing = preprocessing
    self.limit = limit
  }

  /// - Parameters:
  ///   - batch: pictures with what is in them.
  ///   - found: what was found in them.
  ///   - first: the place of the batch's first picture.
  mutating func add<Target: DetectionTarget>(_ batch: Batch<Target>, _ found: [[Detection]], first: Int) {
    for (index, detections) in found.enumerated() {
      let sure = detections.filter { $0.score >= Self.score }
      let mistakes = DetectionMistake.all(sure, batch.targets[index].objects, picture: first + index)
      let isFull = candidates.count == limit
      guard !isFull || mistakes.count > candidates.last!.mistakes.count else { continue }
      let candidate = Candidate(
        picture: batch.picture(at: index).squeezed(axis: 0), place: first + index, mistakes: mistakes,
        detections: sure)
      let place = candidates.firstIndex { $0.mistakes.count < mistakes.count } ?? candidates.endIndex
      candidates.insert(candidate, at: place)
      if isFull { candidates.removeLast() }
    }
  }

  /// The picture with the most mistakes first.
  var examples: [ExamplePicture] {
    candidates.map { candidate in
      ExamplePicture(
        preprocessing.image(of: candidate.picture), detections: candidate.detections,
        mistakes: candidate.mistakes,
        classNames: classNames, name: "picture \(candidate.place + 1)")
    }
  }
}

extension ExamplePicture {
  /// A picture with what a detector found drawn into it: mistakes with what is wrong with them, the rest as boxes alone.
  /// - Parameters:
  ///   - image: the picture.
  ///   - detections: those to be drawn, boxes in continuous pixels of the picture.
  ///   - mistakes: what is wrong in this picture.
  ///   - classNames: in the order of the labels.
  ///   - name: what the picture is called.
  public init(
    _ image: Image, detections: [Detection], mistakes: [DetectionMistake], classNames: [String], name: String
  ) {
    func className(_ label: Int) -> String { classNames.indices ~= label ? classNames[label] : "\(label)" }
    // Pictures go into a report: no larger than they are shown.
    let factor = min(1, 480 / Float(max(image.width, image.height)))
    let shown =
      factor == 1
      ? image
      : image.resized(
        width: max(Int(Float(image.width) * factor), 1), height: max(Int(Float(image.height) * factor), 1))
    func scaled(_ box: BoundingBox) -> BoundingBox {
      BoundingBox(
        left: box.left * factor, top: box.top * factor, right: box.right * factor, bottom: box.bottom * factor
      )
    }
    let wrong = Set(mistakes.compactMap(\.detection))
    var boxes = detections.filter { !wrong.contains($0) }.map { detection in
      (box: scaled(detection.box), text: "", color: detection.label)
    }
    for mistake in mistakes {
      let (box, label) = (mistake.detection?.box ?? mistake.truth!.box, mistake.label)
      boxes.append((box: scaled(box), text: "\(className(label)): \(mistake.kind.rawValue)", color: label))
    }
    let counts = DetectionMistake.Kind.allCases.compactMap { kind -> String? in
      let count = mistakes.count { $0.kind == kind }
      return count == 0 ? nil : "\(count) \(kind.rawValue)"
    }
    self.init(
      png: shown.drawing(boxes).pngData(), truth: nil,
      truthLabel: "\(name): \(counts.isEmpty ? "nothing wrong" : counts.joined(separator: ", "))",
      predictions: [])
  }
}
