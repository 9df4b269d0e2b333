import ArgumentParser
import Colonnade
import Foundation
import Sampling
import Timing

/// What an R-CNN does beside its convolutions, each by itself, of the sizes of `fasterrcnn_resnet50_fpn` at 800 pixels.
struct PartsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parts", abstract: "Times what an R-CNN does beside its convolutions, in milliseconds.")

  @Option(help: "Only what has this in its name.")
  var only: String?

  @OptionGroup var timing: TimingOptions

  func run() throws {
    timing.apply()
    for (name, make) in parts() where only.map(name.contains) ?? true {
      let work = make()
      for _ in 0..<2 { work() }
      let times = Summary((0..<timing.repetitions).map { _ in 1e3 * seconds(work) })
      print("\(name): \(times.median.thousandth) (\(times.minimum.thousandth)–\(times.maximum.thousandth))")
    }
  }

  /// By name what makes the work of one call.
  private func parts() -> [(name: String, make: () -> () -> Void)] {
    var parts: [(name: String, make: () -> () -> Void)] = []
    func add(_ name: String, _ make: @escaping () -> () -> Void) { parts.append((name, make)) }
    add("transform") {
      let (transform, image) = (RegionTransform(), randomTensor([1, 480, 640, 3]))
      return { _ = transform(image, sizes: [Image.Size(width: 640, height: 480)]) }
    }
    add("anchors") { { _ = AnchorGenerator.pyramid(grids: Scene.grids, picture: Scene.padded) } }
    add("proposals") { Proposing().work(ProposalCounts(1000)) }
    add("proposals in training") { Proposing().work(ProposalCounts(2000)) }
    add("matching of anchors to 16 objects") { Matching(16).match }
    add("sampling of anchors") { Matching(16).sample }
    add("loss of proposals") { Proposing().loss(Matching(16).objects) }
    add("regions pooled") { Pooling(1000, training: false).forward }
    add("regions pooled, with gradient") { Pooling(1024, training: true).backward }
    add("linear layers") { Layers(1000).forward }
    add("linear layers, with gradient") { Layers(1024).backward }
    add("detections") { Found(1000).work }
    add("sum with the coarser map") {
      let (fine, coarse) = (randomTensor([1, 200, 272, 256]), randomTensor([1, 100, 136, 256]))
      return { _ = fine + upsample2d(coarse, height: 200, width: 272) }
    }
    return parts
  }
}

/// A picture of 480×640 pixels at 800, and the grids of its feature maps.
private enum Scene {
  static let picture = Image.Size(width: 1066, height: 800)
  static let padded = Size2D(800, 1088)
  static let grids = [(200, 272), (100, 136), (50, 68), (25, 34), (13, 17)].map { Size2D($0.0, $0.1) }

  /// Boxes of all sizes, the same each time.
  static func boxes(_ count: Int) -> [BoundingBox] {
    var stream = RandomStream(seed: 1)
    return (0..<count).map { _ in
      let side = 32 * exp(stream.uniform(0, 3))
      let width = min(side * stream.uniform(0.7, 1.4), 1066)
      let height = min(side * stream.uniform(0.7, 1.4), 800)
      let (x, y) = (stream.uniform(0, 1066 - width), stream.uniform(0, 800 - height))
      return BoundingBox(left: x, top: y, right: x + width, bottom: y + height)
    }
  }

  /// Those that regions are pooled from.
  static func maps(_ channels: Int) -> [Tensor] {
    grids.dropLast().map { randomTensor([1, $0.y, $0.x, channels]) }
  }
}

extension ProposalCounts {
  fileprivate init(_ count: Int) { self.init(beforeSuppression: count, afterSuppression: count) }
}

/// A region proposal network's outputs.
private struct Proposing {
  let network: RegionProposalNetwork
  let outputs: [ProposalMap]
  let anchors: [[BoundingBox]]

  init() {
    network = RegionProposalNetwork(ParameterStore(seed: 3).scope, channels: 16, anchors: .pyramid)
    outputs = network(Scene.grids.map { randomTensor([1, $0.y, $0.x, 16]) }, .inference())
    anchors = network.anchors(of: outputs, picture: Scene.padded)
  }

  func work(_ counts: ProposalCounts) -> () -> Void {
    { _ = network.proposals(outputs, anchors: anchors, sizes: [Scene.picture], counts: counts) }
  }

  func loss(_ objects: [BoundingBox]) -> () -> Void {
    let labelled = [objects.map { LabelledBox($0, label: 0) }]
    return {
      var stream = RandomStream(seed: 1)
      _ = network.loss(outputs, anchors: anchors, objects: labelled, &stream)
    }
  }
}

private struct Matching {
  let objects: [BoundingBox]
  private let anchors: [BoundingBox]
  private let matches: [Matcher.Match]

  init(_ count: Int) {
    objects = Scene.boxes(count)
    anchors = AnchorGenerator.pyramid(grids: Scene.grids, picture: Scene.padded).flatMap { $0 }
    matches = Matcher.proposals(anchors, to: objects)
  }

  func match() { _ = Matcher.proposals(anchors, to: objects) }

  func sample() {
    var stream = RandomStream(seed: 1)
    _ = BalancedSampler.proposals(matches, &stream)
  }
}

private struct Pooling {
  private let inputs: [Tensor]
  private let regions: [BoundingBox]

  init(_ count: Int, training: Bool) {
    inputs = Scene.maps(256).map { training ? $0.requiringGradient() : $0 }
    regions = Scene.boxes(count)
  }

  private func pooled() -> Tensor { RegionPooler()(inputs, [regions], picture: Scene.padded) }

  func forward() { _ = pooled() }

  func backward() { _ = pooled().sum().backward() }
}

private struct Layers {
  private let first, second: Linear
  private let x: Tensor

  init(_ count: Int) {
    let scope = ParameterStore(seed: 1).scope
    (first, second) = (Linear(scope[0], from: 12544, to: 1024), Linear(scope[1], from: 1024, to: 1024))
    x = randomTensor([count, 12544])
  }

  private func run(_ x: Tensor, _ pass: Pass) -> Tensor { relu(second(relu(first(x, pass)), pass)) }

  func forward() { _ = run(x, .inference()) }

  func backward() {
    _ = run(x.requiringGradient(), .training(generator: RandomStream(seed: 1))).sum().backward()
  }
}

/// A head's outputs for regions.
private struct Found {
  private let head: RegionHead
  private let output: RegionHead.Output
  private let regions: [BoundingBox]

  init(_ count: Int) {
    head = RegionHead(ParameterStore(seed: 1).scope, channels: 16, classes: 90, width: 64)
    regions = Scene.boxes(count)
    head.classifier.weight.value = head.classifier.weight.value * 24
    output = head(Scene.maps(16), [regions], picture: Scene.padded, .inference())
  }

  func work() { _ = head.detections(output, [regions], sizes: [Scene.picture]) }
}
