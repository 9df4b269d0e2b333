/// Random changes of training pictures, in the order in which they are done: names with numbers after colons, separated by
/// commas.
///
///     configuration.augmentation = try AugmentationRecipe("resized-crop,flip,randaugment:2:9,erase:0.25")
///     configuration.augmentation = .crop
///
/// Flips that stand first see the decoded picture. Before whatever else comes first the picture is resized and cropped as
/// evaluation does it, unless `resized-crop` (or `imagenet`) brings it to size: then all before that see the decoded picture.
public struct AugmentationRecipe: Hashable, Sendable {
  /// One change, with its numbers.
  package let operations: [AugmentationOperation]

  init(_ operations: [AugmentationOperation]) { self.operations = operations }

  /// - Parameter text: ``syntax`` says what may stand there.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``, which names what is wrong.
  public init(_ text: String) throws {
    operations =
      try text == "none"
      ? []
      : text.split(separator: ",", omittingEmptySubsequences: false).map {
        try AugmentationOperation($0.filter { !$0.isWhitespace })
      }
    if operations.count > 1, let alone = operations.first(where: \.kind.isForObjects) {
      throw TrainingError.invalidConfiguration(
        "the augmentation '\(alone)' is a whole recipe for pictures with boxes: nothing stands beside it")
    }
    if operations.filter(\.kind.bringsToSize).count > 1 {
      throw TrainingError.invalidConfiguration(
        "the augmentation '\(text)' brings pictures to their size more than once")
    }
  }

  private init(_ kind: AugmentationOperation.Kind) { self.init([AugmentationOperation(kind)]) }

  /// Pictures as evaluation sees them.
  public static let none = AugmentationRecipe([])
  /// Mirrored half the time.
  public static let flip = AugmentationRecipe(.flip)
  /// Moved by up to an eighth of the side, at least a pixel: for digits and letters, which mirrored are others.
  public static let shift = AugmentationRecipe(.shift)
  /// Moved and mirrored: for small pictures such as CIFAR's (He et al. 2015).
  public static let crop = AugmentationRecipe(.crop)
  /// A random piece of random area and aspect ratio, mirrored half the time: for photographs (Szegedy et al. 2015).
  public static let imagenet = AugmentationRecipe(.imagenet)
  /// Of pictures with boxes: other colours, the view nearer or farther and moved, mirrored half the time. Objects of which less
  /// than a third is left are left out.
  public static let zoom = AugmentationRecipe(.zoom)
  /// Of pictures with boxes, SSD's: other colours, a larger canvas half the time, a piece in which objects stay to be seen,
  /// mirrored half the time (Liu et al. 2016, section 2.2).
  public static let ssd = AugmentationRecipe(.ssd)
  /// Of pictures with boxes: four in one half the time, then as ``zoom`` (Bochkovskiy et al. 2020).
  public static let mosaic = AugmentationRecipe(.mosaic)

  /// What may stand in a recipe, for help texts.
  public static let syntax =
    "none, or a list with commas of "
    + AugmentationOperation.Kind.allCases.filter { !$0.isForObjects }.map(\.syntax).joined(separator: ", ")

  /// The recipe for pictures with boxes that it is; nil where it suits any picture.
  var objectPreset: AugmentationOperation.Kind? {
    operations.first?.kind.isForObjects == true ? operations[0].kind : nil
  }
}

extension AugmentationRecipe: CustomStringConvertible {
  /// As it is written, without numbers where they are the usual ones: equal recipes have equal texts.
  public var description: String {
    operations.isEmpty ? "none" : operations.map(\.description).joined(separator: ",")
  }
}

extension AugmentationRecipe: Codable {
  /// - Throws: `DecodingError` where the text is no recipe.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do { try self.init(text) } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
    }
  }

  /// As one text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
