import Images

extension DetectorCard {
  /// Darknet's classic detectors.
  static let yolos = [
    builtIn("yolov3-tiny", paper: v3, DetectionClasses.coco, anchors: 6) {
      .yolov3Tiny(classes: $0, anchors: $1)
    },
    builtIn("yolov3", paper: v3, DetectionClasses.coco, anchors: 9) { .yolov3(classes: $0, anchors: $1) },
    builtIn(
      "yolov2-tiny", paper: "Redmon, Farhadi: YOLO9000: Better, Faster, Stronger, 2016",
      DetectionClasses.coco, anchors: 5, unit: 32
    ) { .yolov2Tiny(classes: $0, anchors: $1) },
    builtIn(
      "yolov1-tiny",
      paper:
        "Redmon, Divvala, Girshick, Farhadi: You Only Look Once: Unified, Real-Time Object Detection, 2015",
      DetectionClasses.voc, anchors: 0
    ) { classes, _ in .yolov1Tiny(classes: classes) },
  ]

  private static let v3 = "Redmon, Farhadi: YOLOv3: An Incremental Improvement, 2018"

  /// - Parameter unit: what the configuration's anchors are measured in, in pixels.
  private static func builtIn(
    _ name: String, paper: String, _ classes: [String], anchors count: Int, unit: Float = 1,
    _ configuration: @escaping @Sendable (Int, [YOLOHead.Anchor]?) -> DarknetConfiguration
  ) -> DetectorCard {
    DetectorCard(name, paper: paper, classes: classes, weightFormats: formats) { request in
      let anchors = try request.details.anchors(count, unit: unit, of: name)
      return try darknet(configuration(request.classes!.count, anchors), name: name, request)
    }
  }

  private static let formats = "darknet's .weights, safetensors or a PyTorch checkpoint"

  /// The detector of a darknet configuration, by the name of its file. For other classes or with other anchors it is adapted
  /// (``DarknetConfiguration/adapted(classes:anchors:)``).
  /// - Parameters:
  ///   - configuration: with at least one head.
  ///   - classes: their names; nil are COCO's of 80, Pascal VOC's of 20, else numbers.
  /// - Throws: ``DarknetError``, ``NetworkError``.
  public static func darknet(
    _ configuration: DarknetConfiguration, classes: [String]? = nil
  ) throws -> DetectorCard {
    let count = try DarknetArchitecture(configuration).heads.first?.classes ?? 0
    let known = [DetectionClasses.coco, DetectionClasses.voc].first { $0.count == count }
    let names = classes ?? known ?? (0..<count).map { "class \($0)" }
    let name = configuration.shortName
    return DetectorCard(name, classes: names, weightFormats: formats) { request in
      let adapted = try configuration.adapted(
        classes: request.classes!.count, anchors: request.details.anchors)
      return try darknet(adapted, name: name, request)
    }
  }

  private static func darknet(
    _ configuration: DarknetConfiguration, name: String, _ request: DetectorRequest
  ) throws -> any LoadableDetector {
    let network: YOLONetwork
    do {
      network = try YOLONetwork(
        darknet: configuration, name: name, size: request.inputSize, seed: request.seed ?? 0,
        initializes: request.seed != nil)
    } catch DarknetError.misfit(let place, let reason) where place.line == 0 {
      // Not the configuration's fault but the size's.
      throw NetworkError.invalidOption(network: name, reason: reason)
    }
    return try YOLODetector(
      network, classes: request.classes, preparation: request.preprocessing.map { .preprocessing($0) })
  }
}
