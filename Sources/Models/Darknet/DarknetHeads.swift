/// Reads the options of heads. What is for training alone stays unread.
enum DarknetHeads {
  private static let classes = 1...10_000
  /// Of an anchor, in pixels or cells.
  static let sides = 1e-3...1e6

  /// Under both names the same suppression; others would keep other boxes.
  private enum Suppression: String, CaseIterable {
    case standard = "default"
    case greedy = "greedynms"
  }

  static func yolo(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("new_coords")
    _ = try options.choice("nms_kind", Suppression.standard)
    let (count, anchors) = try anchors(options)
    let mask = options.has("mask") ? try options.integers("mask", in: 0...count - 1) : Array(0..<count)
    guard Set(mask).count == mask.count else { throw options.misfit("an anchor is twice in its mask") }
    return .yolo(
      YOLOHead(
        anchors: anchors, mask: mask, classes: try options.integer("classes", 20, in: classes),
        centreScale: Float(try options.number("scale_x_y", 1, in: 0.1...10))))
  }

  static func region(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("tree", "background")
    try options.refuse("coords", unless: "4")
    let (_, anchors) = try anchors(options)
    return .yolo(
      YOLOHead(
        anchors: anchors, classes: try options.integer("classes", 20, in: classes), unit: .cells,
        scores: try options.flag("softmax") ? .exclusive : .independent))
  }

  static func detection(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("softmax")
    try options.refuse("coords", unless: "4")
    return .detection(
      GridHead(
        side: try options.integer("side", 7, in: 1...1024), boxes: try options.integer("num", 1, in: 1...64),
        classes: try options.integer("classes", 1, in: classes), hasSquareRoots: try options.flag("sqrt")))
  }

  private static func anchors(_ options: DarknetOptions) throws -> (Int, [YOLOHead.Anchor]) {
    let count = try options.integer("num", 1, in: 1...1024)
    let sides = try options.numbers("anchors", in: sides)
    guard sides.count == 2 * count else {
      throw options.misfit("\(sides.count) numbers are not the sides of \(count) anchors")
    }
    return (count, (0..<count).map { .init(Float(sides[2 * $0]), Float(sides[2 * $0 + 1])) })
  }
}
