import Engine
import Images

/// A YOLO network as a detector: pictures brought to its size, its heads read, of overlapping boxes the best kept.
///
///     let detector = try YOLODetector(
///       YOLONetwork(darknet: .yolov3Tiny(), initializes: false), classes: DetectionClasses.coco)
///     try detector.load(weights: "yolov3-tiny.weights")
///     let found = try detector.detect(in: [picture], DetectionOptions(score: 0.25))
public struct YOLODetector: LoadableDetector {
  /// What looks at pictures.
  public let network: YOLONetwork
  public let classes: [String]
  /// How pictures are brought to the network.
  public let preparation: DetectorPreparation

  /// Where options do not say it: candidates above a score of 0.5 and below an overlap of 0.45, as darknet's.
  public static let defaults = DetectionOptions(score: 0.5, overlap: 0.45)

  /// Where average precision is measured: candidates above a score of 0.005, as darknet's, and at most 100 of a picture.
  public static let measured = DetectionOptions(score: 0.005, overlap: 0.45, maximum: 100)

  public var measuredOptions: DetectionOptions { Self.measured }

  /// - Parameters:
  ///   - network: with its weights, or before they are loaded.
  ///   - classes: their names; nil names them by number.
  ///   - preparation: nil is darknet's at the network's size: a letterbox, or a stretch where the configuration has it so,
  ///     see ``DarknetArchitecture/stretches``.
  /// - Throws: `NetworkError.invalidOption` where there are not as many names as classes, or pictures are not brought to
  ///   one size; `NetworkError` and ``DarknetError`` where the network does not take that size.
  public init(_ network: YOLONetwork, classes: [String]? = nil, preparation: DetectorPreparation? = nil)
    throws
  {
    let names = classes ?? (0..<network.classes).map { "class \($0)" }
    guard names.count == network.classes else {
      throw NetworkError.invalidOption(
        network: network.name,
        reason: "\(counted(names.count, "name")) for \(counted(network.classes, "class"))")
    }
    let stretches = (network.body as? DarknetNetwork)?.architecture.stretches ?? false
    let preparation = preparation ?? .letterbox(Letterbox(network.inputSize, stretches: stretches))
    guard let shape = preparation.outputShape(channels: network.inputChannels) else {
      throw NetworkError.invalidOption(network: network.name, reason: "pictures are not brought to one size")
    }
    guard max(shape[0], shape[1]) <= DetectorDetails.largestSide else {
      throw NetworkError.invalidOption(
        network: network.name, reason: "pictures of \(shape[1])×\(shape[0]) pixels are not possible")
    }
    try network.check(Shape([1] + shape.dimensions))
    self.network = network
    self.classes = names
    self.preparation = preparation
  }

  public var store: ParameterStore { network.store }
  public var classLayers: [ClassLayer] { network.body.classLayers }

  /// Reads a darknet weight file, safetensors or a PyTorch checkpoint, told apart by content.
  /// - Parameter path: the file.
  /// - Throws: `WeightFileError`.
  public func load(weights path: String) throws {
    if let darknet = network.body as? DarknetNetwork, try DarknetWeightFile.isOne(path) {
      try darknet.load(DarknetWeightFile(path: path))
    } else {
      try store.load(from: path)
    }
  }

  public func detect(in images: [Image], _ options: DetectionOptions) throws -> [[Detection]] {
    try images.map { try detect(in: $0, options) }
  }

  private func detect(in image: Image, _ options: DetectionOptions) throws -> [Detection] {
    let x = DetectionStage.preparation.measured {
      preparation.input(of: image.converted(toChannels: network.inputChannels))
    }
    let output = DetectionStage.trunk.measured { network(x, .inference()) }
    try NetworkError.checkFinite(output.maps, of: network.name)
    return DetectionStage.suppression.measured {
      output.detections(of: 0, options).compactMap { detection -> Detection? in
        var detection = detection
        detection.box = preparation.restored(detection.box, in: image.size).clipped(to: image.size)
        return detection.box.area > 0 ? detection : nil
      }
    }
  }
}
