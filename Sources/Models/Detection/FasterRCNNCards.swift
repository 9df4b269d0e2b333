import Images

extension FasterRCNN: LoadableDetector {
  public var classLayers: [ClassLayer] { RegionHead.classLayers }
}

extension FastRCNN: LoadableDetector {
  public var classLayers: [ClassLayer] { RegionHead.classLayers }
}

extension RegionHead {
  /// In a detector: the scores of the background and each class, and four offsets of each.
  static let classLayers = [("cls_score", 1), ("bbox_pred", 4)].map { name, rows in
    ClassLayer(
      ["weight", "bias"].map { "roi_heads.box_predictor.\(name).\($0)" }, common: rows, perClass: rows)
  }
}

extension DetectorCard {
  /// Faster R-CNN on several backbones.
  static let fasterRCNNs =
    [
      fasterRCNN("resnet50_fpn", FasterRCNN.cocoCategories) {
        // Nothing is known of the weights that will be loaded but that they are of as many classes as the published ones.
        let isPublished =
          $0.seed == nil && $0.details.freezesBatchNorm == nil
          && $0.classes?.count == FasterRCNN.cocoCategories.count
        return .resNet50Pyramid(epsilon: isPublished ? FasterRCNN.publishedEpsilon : nil)
      }
    ] + backbones.map { name, plan in fasterRCNN(name, DetectionClasses.coco) { _ in plan } }

  /// Fast R-CNN on the same, its proposals by selective search.
  static let fastRCNNs = ([("resnet50_fpn", .resNet50Pyramid())] + backbones).map { name, plan in
    fastRCNN(name, plan)
  }

  private static let backbones: [(String, BackbonePlan)] = [
    ("mobilenet_v2", .mobileNetV2), ("mobilenet_v2_fpn", .mobileNetV2Pyramid),
    ("squeezenet1_1", .squeezeNet), ("vgg16", .vgg16),
  ]

  private static func trunk(_ backbone: String) -> String { backbone.replacing("_fpn", with: "") }

  private static func fasterRCNN(
    _ backbone: String, _ classes: [String], _ plan: @escaping @Sendable (DetectorRequest) -> BackbonePlan
  ) -> DetectorCard {
    DetectorCard(
      "fasterrcnn_\(backbone)",
      paper: "Ren, He, Girshick, Sun: Faster R-CNN: Towards Real-Time Object Detection with Region Proposal "
        + "Networks, 2015", classes: classes, trunk: trunk(backbone)
    ) { request in
      var options = FasterRCNNOptions()
      (options.shorterSide, options.longestSide) = request.details.sides(
        of: options.shorterSide, options.longestSide)
      if let lambda = request.details.lambda {
        options.proposalLoss = options.proposalLoss.weighted(by: lambda)
        options.regionLoss = options.regionLoss.weighted(by: lambda)
      }
      return try FasterRCNN(
        classes: request.classes!, backbone: plan(request).with(request.details), options: options,
        seed: request.seed ?? 0, initializes: request.seed != nil)
    }
  }

  private static func fastRCNN(_ backbone: String, _ plan: BackbonePlan) -> DetectorCard {
    DetectorCard(
      "fastrcnn_\(backbone)", paper: "Girshick: Fast R-CNN, 2015", classes: DetectionClasses.coco,
      trunk: trunk(backbone)
    ) { request in
      var options = FastRCNNOptions()
      (options.shorterSide, options.longestSide) = request.details.sides(
        of: options.shorterSide, options.longestSide)
      if let lambda = request.details.lambda { options.loss = options.loss.weighted(by: lambda) }
      let limit = options.proposalLimit
      return try FastRCNN(
        classes: request.classes!, backbone: plan.with(request.details), options: options,
        seed: request.seed ?? 0, initializes: request.seed != nil,
        proposer: request.proposer ?? { SelectiveSearch.fast($0, maximum: limit) })
    }
  }
}

extension BackbonePlan {
  /// SqueezeNet 1.1 up to its last fire module: one map of a sixteenth of the extents, 512 channels.
  public static let squeezeNet = BackbonePlan(.squeezeNet1_1, maps: ["features.12"])

  /// The plan with what a request says of it.
  fileprivate func with(_ details: DetectorDetails) -> BackbonePlan {
    var plan = self
    if let freezes = details.freezesBatchNorm { plan.freezesBatchNorm = freezes }
    if let epsilon = details.batchNormEpsilon { plan.batchNormEpsilon = epsilon }
    return plan
  }
}

extension DetectorDetails {
  /// The sides of an R-CNN's pictures, whose quotient is kept where one alone is given.
  fileprivate func sides(of shorter: Int, _ longest: Int) -> (shorter: Int, longest: Int) {
    guard let side = shorterSide else { return (shorter, longestSide ?? longest) }
    return (side, max(side, longestSide ?? side * longest / shorter))
  }
}

extension DetectionLoss {
  /// The same with another weight of the boxes' regression.
  fileprivate func weighted(by lambda: Float) -> DetectionLoss {
    DetectionLoss(
      lambda: lambda, beta: beta, background: background, ignored: ignored, boxDivisor: boxDivisor)
  }
}
