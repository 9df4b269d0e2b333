import Colonnade
import Sampling

extension Case {
  /// What detectors do beside their convolutions, and what measures them.
  static let detection = [
    Case("regions-pooled") {
      let (maps, boxes) = (Regions.maps, Regions.boxes(100))
      return { _ = RegionPooler()(maps, [boxes], picture: Regions.picture) }
    },
    Case("regions-pooled-with-gradient") {
      let (maps, boxes) = (Regions.maps.map { $0.requiringGradient() }, Regions.boxes(100))
      return { _ = RegionPooler()(maps, [boxes], picture: Regions.picture).sum().backward() }
    },
    Case("proposals") {
      let network = RegionProposalNetwork(ParameterStore(seed: 3).scope, channels: 16, anchors: .pyramid)
      let outputs = network(Regions.grids.map { randomTensor([1, $0.y, $0.x, 16]) }, .inference())
      let anchors = network.anchors(of: outputs, picture: Regions.picture)
      let counts = ProposalCounts(beforeSuppression: 500, afterSuppression: 200)
      let sizes = [Image.Size(width: Regions.picture.x, height: Regions.picture.y)]
      return { _ = network.proposals(outputs, anchors: anchors, sizes: sizes, counts: counts) }
    },
    Case("box-matching") {
      let anchors = AnchorGenerator.pyramid(grids: Regions.grids, picture: Regions.picture).flatMap { $0 }
      let objects = Regions.boxes(16)
      return { _ = Matcher.proposals(anchors, to: objects) }
    },
    Case("detection-metrics") {
      let scenes = DetectedScenes(pictures: 100, detections: 50, classes: 20)
      let names = (0..<20).map { "class \($0)" }
      return { _ = DetectionEvaluation(scenes.found, scenes.objects, classNames: names) }
    },
  ]
}

/// A picture, the grids of a pyramid's maps, and boxes in it.
private enum Regions {
  static let picture = Size2D(200, 272)
  static let grids = [(50, 68), (25, 34), (13, 17), (7, 9), (4, 5)].map { Size2D($0.0, $0.1) }

  /// Those that regions are pooled from.
  static var maps: [Tensor] { grids.dropLast().map { randomTensor([1, $0.y, $0.x, 64]) } }

  static func boxes(_ count: Int) -> [BoundingBox] {
    var stream = RandomStream(seed: 1)
    return (0..<count).map { _ in
      let (width, height) = (stream.uniform(8, 200), stream.uniform(8, 150))
      let (left, top) = (stream.uniform(0, 272 - width), stream.uniform(0, 200 - height))
      return BoundingBox(left: left, top: top, right: left + width, bottom: top + height)
    }
  }
}
