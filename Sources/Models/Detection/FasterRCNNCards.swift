extension FasterRCNN: LoadableDetector {}

extension DetectorCard {
  /// Faster R-CNN on several backbones.
  static let fasterRCNNs = [
    fasterRCNN("fasterrcnn_resnet50_fpn", FasterRCNN.cocoCategories) {
      // Those of COCO's weights have batch norms with an ε of 0; new ones are trained with the backbone's own.
      .resNet50Pyramid(epsilon: $0.seed == nil && $0.classes == FasterRCNN.cocoCategories ? 0 : nil)
    },
    fasterRCNN("fasterrcnn_mobilenet_v2", DetectionClasses.coco) { _ in .mobileNetV2 },
    fasterRCNN("fasterrcnn_mobilenet_v2_fpn", DetectionClasses.coco) { _ in .mobileNetV2Pyramid },
    fasterRCNN("fasterrcnn_vgg16", DetectionClasses.coco) { _ in .vgg16 },
  ]

  private static func fasterRCNN(
    _ name: String, _ classes: [String], _ backbone: @escaping @Sendable (DetectorRequest) -> BackbonePlan
  ) -> DetectorCard {
    DetectorCard(
      name,
      paper: "Ren, He, Girshick, Sun: Faster R-CNN: Towards Real-Time Object Detection with Region Proposal "
        + "Networks, 2015", classes: classes
    ) { request in
      var options = FasterRCNNOptions()
      if case .shorterSideUpTo(let side, let longest) = request.preprocessing?.resize {
        (options.shorterSide, options.longestSide) = (side, longest)
      }
      return try FasterRCNN(
        classes: request.classes!, backbone: backbone(request), options: options, seed: request.seed ?? 0,
        initializes: request.seed != nil)
    }
  }
}
