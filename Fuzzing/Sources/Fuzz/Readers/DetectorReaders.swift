import Colonnade
import Foundation

/// Darknet's configurations and weights, and the file of an R-CNN.
enum DetectorReaders {
  /// What a configuration means, without building it.
  static let configuration = Reader(
    "darknet-cfg", made: { configurations.map { Array($0.utf8) } }, form: TextForm(start: "\n"),
    allowance: Reader.multiple(256)
  ) { input in
    let written = try DarknetConfiguration(String(decoding: input.bytes, as: UTF8.self), file: "input.cfg")
    let architecture = try DarknetArchitecture(written)
    _ = architecture.unused.map { "\($0.section) \($0.entry.key)" }
    _ = architecture.heads
    _ = try architecture.resized(to: Image.Size(width: 64, height: 48))
  }

  /// A configuration and weights for it: built, loaded, and looked at a picture with. Networks that are no inputs' size
  /// would only take time.
  static let weights = Reader(
    "darknet", made: { try configurations.map { try pair($0) } }, form: Files(),
    allowance: { Reader.multiple(1024)($0) + 64 << 20 }, isSkipped: { !isSmall($0) }
  ) { input in
    guard let files = Files().parts(of: input.bytes), files.count == 2 else { return }
    let trained = try TrainedDetector(
      weights: input.file("a.weights", files[1]), configuration: input.file("a.cfg", files[0]))
    let picture = Image(width: 12, height: 9, pixels: (0..<324).map { UInt8(truncatingIfNeeded: $0) })
    _ = try trained.detector.detect(in: [picture], DetectionOptions(score: 0.1, maximum: 50))
  }

  static let rcnn = Reader(
    "rcnn", made: { try [rcnnFile()] }, form: SafetensorsForm(), allowance: Reader.multiple(1024)
  ) { input in
    let detector = try RCNN(from: input.file(), in: TinyRun.registry)
    let picture = Image(width: 16, height: 12, pixels: (0..<576).map { UInt8(truncatingIfNeeded: $0 * $0) })
    _ = try detector.detect(in: picture, proposals: [BoundingBox(left: 1, top: 2, right: 9, bottom: 11)])
    _ = detector.search(picture, maximum: 10)
  }

  /// Whether what a configuration builds is of a few megabytes. One that is none is small.
  private static func isSmall(_ input: [UInt8]) -> Bool {
    guard let text = Files().parts(of: input)?.first,
      let written = try? DarknetConfiguration(String(decoding: text, as: UTF8.self), file: ""),
      let architecture = try? DarknetArchitecture(written)
    else { return true }
    var (numbers, before) = (
      0, architecture.input.width * architecture.input.height * architecture.inputChannels
    )
    var channels = architecture.inputChannels
    for layer in architecture.layers {
      numbers += layer.output.count
      switch layer.kind {
      case .convolution(let filters, let size, _, _, let groups, _, _):
        numbers += size * size * channels / groups * filters
      case .connected(let outputs, _, _): numbers += before * outputs
      default: break
      }
      (before, channels) = (layer.output.count, layer.output[2])
      guard numbers < 1 << 20 else { return false }
    }
    return true
  }

  /// Every kind of layer, in networks of few numbers.
  private static let configurations = [
    """
    [net]
    height=8
    width=8
    channels=3
    # training
    learning_rate=0.1

    [convolutional]
    batch_normalize=1
    filters=4
    size=3
    stride=1
    pad=1
    activation=leaky

    [maxpool]
    size=2
    stride=2

    [convolutional]
    filters=4
    size=1
    groups=2
    activation=linear

    [shortcut]
    from=-2
    activation=linear

    [upsample]
    stride=2

    [route]
    layers=-1,0

    [convolutional]
    filters=14
    size=1
    activation=linear

    [yolo]
    mask=0,1
    anchors=10,14, 23,27, 37,58
    classes=2
    num=3

    [route]
    layers=5

    [convolutional]
    filters=7
    size=1
    activation=logistic

    [region]
    anchors=1.5,2
    num=1
    classes=2
    softmax=1
    """,
    """
    [network]
    height=4
    width=4
    [avgpool]
    [dropout]
    probability=.5
    [connected]
    output=32
    activation=relu
    [connected]
    output=28
    batch_normalize=1
    [detection]
    side=2
    num=1
    classes=2
    sqrt=1
    """,
  ]

  /// With numbers for it, which the fuzzer changes.
  private static func pair(_ text: String) throws -> [UInt8] {
    let architecture = try DarknetArchitecture(DarknetConfiguration(text, file: ""))
    let store = ParameterStore(initializes: false)
    _ = DarknetNetwork(store.scope, architecture)
    let count = store.all.reduce(0) { $0 + ($1.role == .counter ? 0 : $1.shape.count) }
    let header: [UInt8] =
      [UInt8](littleEndian: 0, 4) + [UInt8](littleEndian: 2, 4) + [UInt8](repeating: 0, count: 12)
    let numbers = (0..<count).flatMap { [UInt8](littleEndian: Int(Float($0 % 7).bitPattern), 4) }
    return Files().joined([Array(text.utf8), header + numbers])
  }

  private static func rcnnFile() throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let network = try Network("tiny", classes: 2, inputChannels: 1, seed: 1, in: TinyRun.registry)
    let encoder = try RegionEncoder(network, layer: "fc", grid: 1, padding: 1)
    try RCNN(
      classes: ["cat", "dog"], encoder: encoder, classifierWeights: Tensor([1, 2, 3, 4], shape: [2, 2]),
      classifierBias: Tensor([0, 1], shape: [2]), regressionWeights: Tensor(zeros: [8, 2]),
      regressionBias: Tensor(zeros: [8])
    ).save(to: path)
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }
}
