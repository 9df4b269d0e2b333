extension FasterRCNN {
  /// The names of COCO's categories by their numbers less one, as torchvision's detectors have them; `N/A` are numbers that no
  /// category has (Lin et al. 2014, "Microsoft COCO").
  public static let cocoCategories = [
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "N/A", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "N/A", "backpack", "umbrella", "N/A",
    "N/A", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "N/A",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
    "N/A", "dining table", "N/A", "N/A", "toilet", "N/A", "tv", "laptop", "mouse", "remote", "keyboard",
    "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "N/A", "book", "clock", "vase",
    "scissors", "teddy bear", "hair drier", "toothbrush",
  ]

  /// torchvision's `fasterrcnn_resnet50_fpn` as its weights for COCO want it: ``cocoCategories``, and batch norms with an ε of 0.
  /// - Parameter path: a file of its weights; nil leaves them zero.
  /// - Throws: `WeightFileError`.
  public static func coco(weights path: String? = nil) throws -> FasterRCNN {
    let detector = try FasterRCNN(
      classes: cocoCategories, backbone: .resNet50Pyramid(epsilon: 0), initializes: false)
    if let path { try detector.load(weights: path) }
    return detector
  }
}
