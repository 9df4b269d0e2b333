import Engine
import Images

/// What an R-CNN makes of a batch.
public struct RegionOutput: Sendable {
  /// Nil without objects to learn.
  public let losses: RegionLosses?
  /// For each picture by falling score, in pixels of the picture as it was given; nothing in training.
  public let detections: [[Detection]]

  /// - Parameters:
  ///   - losses: nil without objects to learn.
  ///   - detections: for each picture by falling score, in pixels of the picture as it was given.
  public init(losses: RegionLosses? = nil, detections: [[Detection]]) {
    (self.losses, self.detections) = (losses, detections)
  }
}

/// The losses of an R-CNN's stages, trained together (Ren et al. 2015, "approximate joint training": proposals are constants
/// for the head).
public struct RegionLosses: Sendable {
  /// Of proposals; nil where they are given.
  public let proposals: DetectionLoss.Parts?
  /// Of the head.
  public let regions: DetectionLoss.Parts

  /// The sum of both.
  public var total: Tensor { proposals.map { $0.total + regions.total } ?? regions.total }

  /// Scalars by torchvision's names; the box parts before their weight λ.
  public var parts: [(name: String, value: Tensor)] {
    let first: [(name: String, value: Tensor)] =
      proposals.map { [("loss_objectness", $0.classification), ("loss_rpn_box_reg", $0.regression)] } ?? []
    return first + [("loss_classifier", regions.classification), ("loss_box_reg", regions.regression)]
  }
}

extension [[Detection]] {
  /// Each picture's, in pixels of the picture at another size.
  func scaled(from sizes: [Image.Size], to newSizes: [Image.Size]) -> [[Detection]] {
    enumerated().map { image, found in
      found.map {
        Detection(
          $0.box.scaled(from: sizes[image], to: newSizes[image]), label: $0.label, score: $0.score)
      }
    }
  }
}

extension [[LabelledBox]] {
  /// Each picture's, in pixels of the picture at another size.
  /// - Precondition: each has an area, and its class is one of so many.
  func scaled(from sizes: [Image.Size], to newSizes: [Image.Size], classes: Int) -> [[LabelledBox]] {
    precondition(count == sizes.count, "R-CNN: objects of \(count) pictures for \(sizes.count)")
    return enumerated().map { image, objects in
      objects.map { object in
        precondition(
          object.box.width > 0 && object.box.height > 0 && 0..<classes ~= object.label,
          "R-CNN: \(object) in picture \(image), of \(classes) classes")
        return LabelledBox(
          object.box.scaled(from: sizes[image], to: newSizes[image]), label: object.label,
          isDifficult: object.isDifficult, isTruncated: object.isTruncated, isCrowd: object.isCrowd)
      }
    }
  }
}
