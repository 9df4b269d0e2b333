import ArgumentParser
import Colonnade
import Foundation
import Timing

/// R-CNN, Fast R-CNN and Faster R-CNN on one trunk and one picture, stage by stage.
struct FamiliesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "families",
    abstract: "Times the stages of R-CNN, Fast R-CNN and Faster R-CNN over VGG-16 with random weights.",
    discussion: """
      As in the papers: 2,000 regions of selective search, pictures of 600 pixels, fully-connected layers of 4,096, which \
      cut to ranks of 1,024 and 256 are timed as well; 300 regions of Faster R-CNN's own. Of R-CNN's regions some are put \
      through the network, and their time is multiplied.
      """)

  @Option(help: "A picture.")
  var picture: String

  @Option(help: "How many of R-CNN's regions go through the network.")
  var regions = 64

  @OptionGroup var timing: TimingOptions

  /// Of selective search.
  private static let proposals = 2000
  private static let classes = (0..<20).map { "class \($0)" }

  func run() throws {
    timing.apply()
    let picture = try Image(contentsOf: URL(filePath: picture))
    var boxes: [BoundingBox] = []
    let search = 1e3 * seconds { boxes = SelectiveSearch.fast(picture, maximum: Self.proposals) }
    var families: [String: [String: Double]] = [:]
    families["rcnn"] = try separately(picture, boxes)
    let (whole, truncated) = try shared(picture, boxes)
    families["fast"] = whole
    families["fast, truncated"] = truncated
    families["faster"] = try proposing(picture)
    for family in ["rcnn", "fast", "fast, truncated"] { families[family]?["proposals"] = search }
    try Report(families: families, proposals: boxes.count, regions: regions, median_ms: search).printJSON()
  }

  private struct Report: Encodable {
    let families: [String: [String: Double]]
    let proposals, regions: Int
    let median_ms: Double
  }

  /// R-CNN: each region through the network, and the machines and regressions on its 4,096 numbers.
  private func separately(_ picture: Image, _ boxes: [BoundingBox]) throws -> [String: Double] {
    let encoder = try RegionEncoder(Network("vgg16", seed: 1), layer: "classifier.4")
    let some = Array(boxes.prefix(regions))
    _ = encoder(picture, Array(some.prefix(32)))
    let trunk = 1e3 * seconds { _ = encoder(picture, some) }
    let features = Tensor(repeating: 0.1, shape: [boxes.count, encoder.width])
    let weights = Tensor(repeating: 0.01, shape: [5 * Self.classes.count, encoder.width])
    _ = linear(features, weight: weights)
    let head = 1e3 * seconds { _ = linear(features, weight: weights) }
    return ["trunk": trunk * Double(boxes.count) / Double(some.count), "head": head]
  }

  /// Fast R-CNN, and with its first two fully-connected layers as products of two smaller ones.
  private func shared(
    _ picture: Image, _ boxes: [BoundingBox]
  ) throws -> (whole: [String: Double], truncated: [String: Double]) {
    var options = FastRCNNOptions()
    options.headWidth = 4096
    let detector = try FastRCNN(classes: Self.classes, backbone: .vgg16, options: options, seed: 1) { _ in
      boxes
    }
    favourBackground(detector.head)
    let whole = try stages(of: detector, picture)

    let hidden = [detector.head.hidden.first, detector.head.hidden.second].compactMap { $0 as? Linear }
    let scope = ParameterStore(seed: 2).scope
    let truncated = zip(hidden, [1024, 256]).enumerated().map { index, cut in
      [
        Linear(scope[index][0], from: cut.0.inFeatures, to: cut.1, bias: false),
        Linear(scope[index][1], from: cut.1, to: cut.0.outFeatures),
      ]
    }
    func time(_ layers: [Linear]) -> Double {
      let x = Tensor(repeating: 0.1, shape: [boxes.count, layers[0].inFeatures])
      let run = { _ = layers.reduce(x) { $1($0, .inference()) } }
      run()
      return Summary((0..<timing.repetitions).map { _ in 1e3 * seconds(run) }).median
    }
    var cut = whole
    cut["head", default: 0] -= hidden.map { time([$0]) }.reduce(0, +)
    cut["head", default: 0] += truncated.map(time).reduce(0, +)
    return (whole, cut)
  }

  /// Faster R-CNN: 6,000 anchors to 300 proposals.
  private func proposing(_ picture: Image) throws -> [String: Double] {
    var options = FasterRCNNOptions()
    (options.shorterSide, options.longestSide, options.headWidth) = (600, 1000, 4096)
    options.proposals = ProposalCounts(beforeSuppression: 6000, afterSuppression: 300)
    options.pooler = RegionPooler(.maximum)
    let detector = try FasterRCNN(classes: Self.classes, backbone: .vgg16, options: options, seed: 1)
    favourBackground(detector.head)
    return try stages(of: detector, picture)
  }

  private func stages(of detector: any Detector, _ picture: Image) throws -> [String: Double] {
    _ = try detector.detect(in: [picture], DetectionOptions())
    return try (0..<timing.repetitions).map { _ in
      try DetectionTimes.measuring { _ = try detector.detect(in: [picture], DetectionOptions()) }.times
    }.stages
  }

  /// Most regions are background to a detector that was trained, not to one with random weights.
  private func favourBackground(_ head: RegionHead) {
    guard let bias = head.classifier.bias else { return }
    var values = bias.value.scalars
    values[0] += 2
    bias.value = Tensor(values, shape: bias.shape)
  }
}
