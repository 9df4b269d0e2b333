import Datasets
import Images

extension TrainingConfiguration {
  /// What happens to training pictures from the decoded one to the network's input.
  /// - Parameters:
  ///   - data: what is trained on; a mosaic takes its other pictures from there, and `pca` its colours.
  ///   - preprocessing: as evaluation has it.
  ///   - size: of the first picture when evaluation has prepared it.
  ///   - steps: done first.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the recipe does not suit the pictures, and what reading them
  ///   throws.
  package func pipeline<Target: GeometricTarget>(
    for data: any Dataset<Target>, _ preprocessing: Preprocessing, size: Image.Size,
    steps: [Pipeline<Target>.Step] = []
  ) throws -> Pipeline<Target> {
    let objectSteps = try augmentation.steps(for: data, side: preprocessing.outputShape?[1])
    let loading = try augmentation.loading(of: data, preprocessing, size: size)
    return Pipeline(
      steps + objectSteps + [.init(loading.augmentation)], preprocessing: loading.preprocessing)
  }

  /// How pictures of a batch are mixed; nil for not at all.
  package var mixing: BatchMixing? {
    mixup == nil && cutmix == nil ? nil : BatchMixing(mixup: mixup, cutmix: cutmix)
  }
}

extension AugmentationRecipe {
  /// The recipe as what makes a view of a decoded picture, of the size that evaluation gives it.
  /// - Parameter side: of views, in pixels.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the recipe brings no picture to its size, or does not suit the
  ///   pictures.
  func view<Target: GeometricTarget>(
    of data: any Dataset<Target>, _ preprocessing: Preprocessing, side: Int
  ) throws -> Augmentation {
    guard operations.contains(where: \.kind.bringsToSize) else {
      throw TrainingError.invalidConfiguration(
        "the views of a picture are random pieces of it: the augmentation '\(self)' lacks resized-crop")
    }
    return try loading(of: data, preprocessing, size: Image.Size(width: side, height: side)).augmentation
  }

  /// How training pictures are loaded so that they have the size that evaluation gives them.
  fileprivate func loading<Target: GeometricTarget>(
    of data: any Dataset<Target>, _ preprocessing: Preprocessing, size: Image.Size
  ) throws -> (augmentation: Augmentation, preprocessing: Preprocessing) {
    if objectPreset != nil { return (.none, preprocessing) }
    if let square = operations.first(where: \.kind.needsSquare), size.width != size.height {
      throw TrainingError.invalidConfiguration(
        "the augmentation '\(square)' needs square pictures, not \(size)")
    }
    func augmentations(_ operations: some Sequence<AugmentationOperation>) throws -> [Augmentation] {
      try operations.map { try $0.augmentation(of: data, preprocessing, side: size.width) }
    }
    if operations.contains(where: \.kind.bringsToSize) {
      return (.sequence(try augmentations(operations)), preprocessing.withoutResizing)
    }
    let flips = operations.prefix { $0.kind.isFlip }
    let rest = operations[flips.endIndex...]
    if rest.isEmpty { return (.sequence(try augmentations(flips)), preprocessing) }
    let parts = try augmentations(flips) + [.preparation(preprocessing)] + augmentations(rest)
    return (.sequence(parts), preprocessing.withoutResizing)
  }
}

extension AugmentationOperation {
  /// - Parameter side: of square pictures, in pixels.
  fileprivate func augmentation<Target: GeometricTarget>(
    of data: any Dataset<Target>, _ preprocessing: Preprocessing, side: Int
  ) throws -> Augmentation {
    let numbers = values.map { Float($0) }
    let padding = max(1, side / 8)
    switch kind {
    case .flip: return .horizontalFlip(probability: numbers[0])
    case .verticalFlip: return .verticalFlip(probability: numbers[0])
    case .shift: return .randomCrop(side, padding: values[0] == 0 ? padding : Int(values[0]))
    case .crop: return .sequence([.randomCrop(side, padding: padding), .horizontalFlip()])
    case .resizedCrop: return .randomResizedCrop(side, scale: values[0]...values[1])
    case .imagenet: return .imageNet(size: side)
    case .rotate: return .rotation(degrees: numbers[0])
    case .color:
      let jitter = Augmentation.colorJitter(
        brightness: numbers[0], contrast: numbers[1], saturation: numbers[2], hue: numbers[3])
      return values[4] == 1 ? jitter : .randomApply(jitter, probability: numbers[4])
    case .grey: return .randomGrey(probability: numbers[0])
    case .blur:
      return .randomApply(.gaussianBlur(deviation: numbers[1]...numbers[2]), probability: numbers[0])
    case .lighting: return .lighting(standardDeviation: numbers[0])
    case .pca:
      guard preprocessing.channels == 3 else {
        throw TrainingError.invalidConfiguration("the augmentation 'pca' needs pictures in colour")
      }
      return .lighting(
        standardDeviation: numbers[0], colors: try PrincipalColors(of: data, preprocessing: preprocessing))
    case .randAugment: return .randAugment(operations: Int(values[0]), magnitude: Int(values[1]))
    case .trivialAugment: return .trivialAugmentWide()
    case .erase:
      let mean = preprocessing.mean.map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
      return .randomErasing(probability: numbers[0], scale: values[1]...values[2], fill: .color(mean))
    case .zoom, .ssd, .mosaic: return .none
    }
  }
}
