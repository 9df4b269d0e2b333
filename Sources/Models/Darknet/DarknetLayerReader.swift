import Engine

/// Makes layers of sections, one after another, each held against those before it.
///
/// Defaults are darknet's, but that a convolution must say its filters and its size.
struct DarknetLayerReader {
  /// Greatest height, width, channels, filters, outputs.
  static let largest = 1 << 16
  /// Greatest number of a layer's weights, and of the numbers that it gives for a picture.
  static let largestCount = 1 << 31

  private(set) var layers: [DarknetLayer] = []
  private let input: Shape

  /// - Parameter input: `[height, width, channels]`.
  init(input: Shape) { self.input = input }

  /// Reads the next layer.
  /// - Throws: ``DarknetError``.
  mutating func read(_ name: String, _ options: DarknetOptions) throws {
    let kind = try kind(name, options)
    let previous = layers.last?.output ?? input
    let output = try output(of: kind, previous, options)
    try options.refuse("dontload", "dontloadscales")
    let layer = DarknetLayer(kind: kind, output: output, line: options.place.line)
    if layer.readsPrevious, layers.last?.head != nil {
      throw options.misfit("the layer before is a head, whose output is not read")
    }
    layers.append(layer)
  }

  // MARK: Options

  private func kind(_ name: String, _ options: DarknetOptions) throws -> DarknetLayer.Kind {
    switch name {
    case "convolutional", "conv": try convolution(options)
    case "maxpool", "max": try maxPool(options)
    case "upsample": try upsample(options)
    case "route": try route(options)
    case "shortcut": try shortcut(options)
    case "avgpool", "avg": .averagePool
    case "connected", "conn": try connected(options)
    case "softmax", "soft": try softmax(options)
    case "dropout": .dropout(probability: Float(try options.number("probability", 0.5, in: 0...1)))
    case "yolo": try DarknetHeads.yolo(options)
    case "region": try DarknetHeads.region(options)
    case "detection": try DarknetHeads.detection(options)
    case "cost": .cost
    default: throw DarknetError.unknownSection(options.place)
    }
  }

  private func convolution(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("binary", "xnor", "flipped", "dot", "antialiasing", "assisted_excitation")
    // Kernels that are turned or stretched before they are applied.
    try options.refuse("sway", "rotate", "stretch", "stretch_sway")
    try options.refuse("stride_x", "stride_y", "share_index", unless: "")
    try options.refuse("dilation", unless: "1")
    let size = try options.integer("size", in: 1...1024)
    let pads = try options.flag("pad")
    let padding = try options.integer("padding", 0, in: 0...1024)
    // In training the statistics are of several batches; what is inferred is batch norm's.
    let (normalizes, isCross) = (try options.flag("batch_normalize"), try options.flag("cbn"))
    return .convolution(
      filters: try options.integer("filters", in: 1...Self.largest), size: size,
      stride: try options.integer("stride", 1, in: 1...1024), padding: pads ? size / 2 : padding,
      groups: try options.integer("groups", 1, in: 1...Self.largest),
      normalizes: normalizes || isCross, activation: try options.choice("activation", .logistic))
  }

  private func maxPool(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("maxpool_depth", "antialiasing")
    try options.refuse("stride_x", "stride_y", unless: "")
    let stride = try options.integer("stride", 1, in: 1...1024)
    let size = try options.integer("size", stride, in: 1...1024)
    return .maxPool(
      size: size, stride: stride, padding: try options.integer("padding", size - 1, in: 0...2 * (size - 1)))
  }

  private func upsample(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("scale", unless: "1")
    return .upsample(scale: try options.integer("stride", 2, in: 1...64))
  }

  private func route(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    let places = try options.integers("layers", in: -layers.count...max(layers.count - 1, 0))
    let groups = try options.integer("groups", 1, in: 1...Self.largest)
    return .route(
      from: try places.map { try source($0, options) }, groups: groups,
      group: try options.integer("group_id", 0, in: 0...groups - 1))
  }

  private func shortcut(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("weights_type", "weights_normalization", unless: "none")
    try options.refuse("alpha", "beta", unless: "1")
    let place = try options.integer("from", in: -layers.count...max(layers.count - 1, 0))
    return .shortcut(
      from: try source(place, options), activation: try options.choice("activation", .linear))
  }

  /// The layer at a place, which counts back from here where it is negative.
  private func source(_ place: Int, _ options: DarknetOptions) throws -> Int {
    let index = place < 0 ? layers.count + place : place
    guard layers.indices.contains(index) else { throw options.misfit("there is no layer \(place) before it") }
    guard layers[index].head == nil else {
      throw options.misfit("layer \(index) is a head, whose output is not read")
    }
    return index
  }

  private func connected(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    .connected(
      outputs: try options.integer("output", in: 1...1 << 24),
      normalizes: try options.flag("batch_normalize"), activation: try options.choice("activation", .logistic)
    )
  }

  private func softmax(_ options: DarknetOptions) throws -> DarknetLayer.Kind {
    try options.refuse("tree", "spatial")
    try options.refuse("groups", unless: "1")
    return .softmax(temperature: Float(try options.number("temperature", 1, in: 1e-6...1e6)))
  }

  // MARK: Extents

  private func output(
    of kind: DarknetLayer.Kind, _ x: Shape, _ options: DarknetOptions
  ) throws -> Shape {
    func windows(_ extent: Int, _ size: Int, _ stride: Int, _ padding: Int) throws -> Int {
      guard extent + padding >= size else {
        throw options.misfit("a window of \(size) does not fit \(x) with a padding of \(padding)")
      }
      return (extent + padding - size) / stride + 1
    }
    switch kind {
    case .convolution(let filters, let size, let stride, let padding, let groups, _, _):
      guard x[2] % groups == 0, filters % groups == 0 else {
        throw options.misfit("\(x[2]) channels to \(filters) in \(groups) groups")
      }
      try limit([size, size, x[2] / groups, filters], "weights", options)
      return try bounded(
        windows(x[0], size, stride, 2 * padding), windows(x[1], size, stride, 2 * padding), filters, options)
    case .maxPool(let size, let stride, let padding):
      return try bounded(
        windows(x[0], size, stride, padding), windows(x[1], size, stride, padding), x[2], options)
    case .upsample(let scale):
      return try bounded(x[0] * scale, x[1] * scale, x[2], options)
    case .route(let sources, let groups, _):
      let shapes = sources.map { layers[$0].output }
      for shape in shapes where shape[0] != shapes[0][0] || shape[1] != shapes[0][1] {
        throw options.misfit("\(shape) does not join \(shapes[0])")
      }
      for shape in shapes where shape[2] % groups != 0 {
        throw options.misfit("\(shape[2]) channels in \(groups) groups")
      }
      let channels = shapes.reduce(0) { $0 + $1[2] / groups }
      return try bounded(shapes[0][0], shapes[0][1], channels, options)
    case .shortcut(let source, _):
      guard layers[source].output == x else {
        throw options.misfit("\(layers[source].output) is not added to \(x)")
      }
      return x
    case .averagePool: return [1, 1, x[2]]
    case .connected(let outputs, _, _):
      try limit([x.count, outputs], "weights", options)
      return [1, 1, outputs]
    case .yolo(let head):
      guard x[2] == head.channels else {
        throw options.misfit(
          "\(x[2]) channels where \(head.mask.count) anchors and \(head.classes) classes take \(head.channels)"
        )
      }
      return x
    case .detection(let head):
      guard x.count == head.outputs else {
        throw options.misfit("\(x.count) numbers where its cells, boxes and classes take \(head.outputs)")
      }
      return x
    case .softmax, .dropout, .cost: return x
    }
  }

  private func bounded(_ height: Int, _ width: Int, _ channels: Int, _ options: DarknetOptions) throws
    -> Shape
  {
    let largest = Self.largest
    guard 1...largest ~= height, 1...largest ~= width, 1...16 * largest ~= channels else {
      throw options.misfit("its output would be \(height)×\(width)×\(channels)")
    }
    try limit([height, width, channels], "numbers for a picture", options)
    return [height, width, channels]
  }

  private func limit(_ extents: [Int], _ what: String, _ options: DarknetOptions) throws {
    var count = 1
    for extent in extents {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= Self.largestCount else {
        throw options.misfit(
          "it would have " + extents.map(String.init).joined(separator: " · ") + " \(what), too many")
      }
      count = product
    }
  }
}
