import Images

/// Random changes of training pictures, by the names that people type.
public enum AugmentationPreset: String, Codable, CaseIterable, Sendable {
  /// Pictures as evaluation sees them.
  case none
  /// Mirrored half the time.
  case flip
  /// Moved by up to an eighth of the side, at least a pixel: for digits and letters, which mirrored are others.
  case shift
  /// Moved and mirrored: for small pictures such as CIFAR's (He et al. 2015).
  case crop
  /// A random piece of random area and aspect ratio, mirrored half the time: for photographs (Szegedy et al. 2015).
  case imagenet
  /// Of pictures with boxes: other colours, the view nearer or farther and moved, mirrored half the time. Objects of which less
  /// than a third is left are left out.
  case zoom
  /// Of pictures with boxes, SSD's: other colours, a larger canvas half the time, a piece in which objects stay to be seen,
  /// mirrored half the time (Liu et al. 2016, section 2.2).
  case ssd
  /// Of pictures with boxes: four in one half the time, then as ``zoom`` (Bochkovskiy et al. 2020).
  case mosaic

  /// Whether it moves boxes, and knows which are worth keeping.
  var isForObjects: Bool { [.zoom, .ssd, .mosaic].contains(self) }

  /// How training pictures, whatever their target, are loaded so that they have the size that `preprocessing` gives pictures in evaluation.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the pictures would have to be square and are not.
  func loading(
    _ preprocessing: Preprocessing, height: Int, width: Int
  ) throws -> (augmentation: Augmentation, preprocessing: Preprocessing) {
    let moved: Augmentation
    switch self {
    case .none, .zoom, .ssd, .mosaic: return (.none, preprocessing)
    case .flip: moved = .horizontalFlip()
    case .shift: moved = .randomCrop(width, padding: max(1, width / 8))
    case .crop: moved = .sequence([.randomCrop(width, padding: max(1, width / 8)), .horizontalFlip()])
    case .imagenet: moved = .imageNet(size: width)
    }
    guard self == .flip || width == height else {
      throw TrainingError.invalidConfiguration(
        "the augmentation '\(rawValue)' needs square pictures, not \(width)×\(height)")
    }
    guard self != .imagenet else { return (moved, preprocessing.withoutResizing) }
    return (.sequence([.preparation(preprocessing), moved]), preprocessing.withoutResizing)
  }
}
