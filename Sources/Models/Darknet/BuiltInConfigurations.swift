/// The classic detectors' configurations, with as many classes as are wanted. Their layers are those of the files of
/// the same names in <https://github.com/pjreddie/darknet>; options of training are left out.
extension DarknetConfiguration {
  /// YOLOv3-tiny at 416×416: 8,858,734 numbers with COCO's 80 classes. As in its published weights, the fine head has
  /// anchors 1, 2 and 3.
  /// - Parameters:
  ///   - classes: how many.
  ///   - own: six anchors in place of COCO's, in pixels of the network's input, by rising area: the fine head has the first
  ///     three.
  public static func yolov3Tiny(classes: Int = 80, anchors own: [YOLOHead.Anchor]? = nil)
    -> DarknetConfiguration
  {
    let published: [Float] = [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319]
    let anchors = own?.sides ?? published
    var text = DarknetText(width: 416, height: 416)
    text.tinyTrunk(lastPool: 1)
    text.convolution(1024)
    text.convolution(256, size: 1)
    text.convolution(512)
    text.head(anchors, mask: [3, 4, 5], classes)
    text.route(-4)
    text.convolution(128, size: 1)
    text.upsample()
    text.route(-1, 8)
    text.convolution(256)
    text.head(anchors, mask: anchors == published ? [1, 2, 3] : [0, 1, 2], classes)
    return text.configuration("yolov3-tiny")
  }

  /// YOLOv3 at 416×416, Darknet-53 with three heads: 62,001,757 numbers with COCO's 80 classes.
  /// - Parameters:
  ///   - classes: how many.
  ///   - own: nine anchors in place of COCO's, in pixels of the network's input, by rising area.
  public static func yolov3(classes: Int = 80, anchors own: [YOLOHead.Anchor]? = nil) -> DarknetConfiguration
  {
    let anchors: [Float] =
      own?.sides ?? [
        10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326,
      ]
    var text = DarknetText(width: 416, height: 416)
    text.convolution(32)
    for (width, blocks) in [(64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)] {
      text.convolution(width, stride: 2)
      for _ in 0..<blocks {
        text.convolution(width / 2, size: 1)
        text.convolution(width)
        text.shortcut(-3)
      }
    }
    let scales: [(width: Int, joined: Int?)] = [(1024, nil), (512, 61), (256, 36)]
    for (index, (width, joined)) in scales.enumerated() {
      if let joined {
        text.route(-4)
        text.convolution(width / 2, size: 1)
        text.upsample()
        text.route(-1, joined)
      }
      for _ in 0..<3 {
        text.convolution(width / 2, size: 1)
        text.convolution(width)
      }
      let first = 6 - 3 * index
      text.head(anchors, mask: [first, first + 1, first + 2], classes)
    }
    return text.configuration("yolov3")
  }

  /// YOLOv2-tiny at 416×416, with COCO's anchors.
  /// - Parameters:
  ///   - classes: how many.
  ///   - own: five anchors in place of COCO's, in pixels of the network's input.
  public static func yolov2Tiny(classes: Int = 80, anchors own: [YOLOHead.Anchor]? = nil)
    -> DarknetConfiguration
  {
    // In cells of 32 pixels.
    let anchors = (own?.sides).map { sides in sides.map { "\($0 / 32)" }.joined(separator: ",") }
    var text = DarknetText(width: 416, height: 416)
    text.tinyTrunk(lastPool: 1)
    text.convolution(1024)
    text.convolution(512)
    text.region(
      anchors ?? "0.57273,0.677385,1.87446,2.06253,3.33843,5.47434,7.88282,3.52778,9.77052,9.16828", boxes: 5,
      classes)
    return text.configuration("yolov2-tiny")
  }

  /// YOLOv1-tiny at 448×448: 7×7 cells with two boxes each, 1,470 outputs with Pascal VOC's 20 classes.
  /// - Parameter classes: how many.
  public static func yolov1Tiny(classes: Int = 20) -> DarknetConfiguration {
    var text = DarknetText(width: 448, height: 448)
    text.tinyTrunk(lastPool: 2)
    text.convolution(1024)
    text.convolution(256)
    text.grid(side: 7, boxes: 2, classes)
    return text.configuration("yolov1-tiny")
  }
}

extension [YOLOHead.Anchor] {
  /// Width, height, width and so on.
  fileprivate var sides: [Float] { flatMap { [$0.width, $0.height] } }
}

/// Writes configurations.
private struct DarknetText {
  private var lines: [String]

  init(width: Int, height: Int) { lines = ["[net]", "width=\(width)", "height=\(height)", "channels=3"] }

  private mutating func add(_ section: String, _ options: String...) { lines += ["[\(section)]"] + options }

  func configuration(_ name: String) -> DarknetConfiguration {
    do {
      var configuration = try DarknetConfiguration(lines.joined(separator: "\n"), file: name)
      configuration.isBuiltIn = true
      return configuration
    } catch {
      preconditionFailure("DarknetText: \(error)")
    }
  }

  /// With batch norm and a leaky ReLU.
  mutating func convolution(_ filters: Int, size: Int = 3, stride: Int = 1) {
    add(
      "convolutional", "batch_normalize=1", "filters=\(filters)", "size=\(size)", "stride=\(stride)", "pad=1",
      "activation=leaky")
  }

  mutating func output(_ filters: Int) {
    add("convolutional", "size=1", "stride=1", "pad=1", "filters=\(filters)", "activation=linear")
  }

  /// Six convolutions from 16 to 512 channels, each with a pool behind it.
  mutating func tinyTrunk(lastPool: Int) {
    for step in 0..<6 {
      convolution(16 << step)
      add("maxpool", "size=2", "stride=\(step < 5 ? 2 : lastPool)")
    }
  }

  mutating func route(_ layers: Int...) {
    add("route", "layers=" + layers.map(String.init).joined(separator: ","))
  }

  mutating func shortcut(_ layer: Int) { add("shortcut", "from=\(layer)", "activation=linear") }

  mutating func upsample() { add("upsample", "stride=2") }

  mutating func head(_ anchors: [Float], mask: [Int], _ classes: Int) {
    output(mask.count * (5 + classes))
    add(
      "yolo", "mask=" + mask.map(String.init).joined(separator: ","),
      "anchors=" + anchors.map { "\($0)" }.joined(separator: ","), "classes=\(classes)",
      "num=\(anchors.count / 2)")
  }

  mutating func region(_ anchors: String, boxes: Int, _ classes: Int) {
    output(boxes * (5 + classes))
    add("region", "anchors=\(anchors)", "classes=\(classes)", "coords=4", "num=\(boxes)", "softmax=1")
  }

  mutating func grid(side: Int, boxes: Int, _ classes: Int) {
    add("connected", "output=\(side * side * (classes + 5 * boxes))", "activation=linear")
    add("detection", "classes=\(classes)", "coords=4", "side=\(side)", "num=\(boxes)", "softmax=0", "sqrt=1")
  }
}
