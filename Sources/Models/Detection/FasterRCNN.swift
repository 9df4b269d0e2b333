import Engine
import Images

/// How a ``FasterRCNN`` is made, beside its backbone and classes. The defaults are those of torchvision's
/// `fasterrcnn_resnet50_fpn`.
public struct FasterRCNNOptions: Sendable {
  /// What is done to pictures first; mean and deviation are the backbone's network's.
  public var shorterSide = 800
  /// In pixels, where the picture is so long that its shorter side would not fit.
  public var longestSide = 1333
  /// Where proposals start from; nil is ``AnchorGenerator/pyramid`` with a pyramid and ``AnchorGenerator/single`` without.
  public var anchors: AnchorGenerator?
  /// How many proposals there are in training.
  public var trainingProposals = ProposalCounts(beforeSuppression: 2000, afterSuppression: 2000)
  /// How many proposals there are in inference.
  public var proposals = ProposalCounts(beforeSuppression: 1000, afterSuppression: 1000)
  /// The greatest IoU of two proposals.
  public var proposalOverlap: Float = 0.7
  /// How regions are pooled.
  public var pooler = RegionPooler()
  /// The width of the head's hidden layers.
  public var headWidth = 1024
  /// Which anchors proposals are trained by.
  public var proposalMatcher = Matcher.proposals
  /// How many anchors a picture.
  public var proposalSampler = BalancedSampler.proposals
  /// What proposals are trained by.
  public var proposalLoss = DetectionLoss.torchvision
  /// Which regions the head is trained by.
  public var regionMatcher = Matcher.regions
  /// How many regions a picture.
  public var regionSampler = BalancedSampler.regions
  /// What the head is trained by.
  public var regionLoss = DetectionLoss.torchvision
  /// Which detections are kept, where ``Detector/detect(in:_:)`` does not say.
  public var detections = DetectionOptions(score: 0.05, overlap: 0.5, maximum: 100)

  /// The defaults.
  public init() {}
}

/// Ren et al. 2015, "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks": proposals from feature
/// maps, and a head that says of each what it shows and where exactly.
///
/// Over ``BackbonePlan/resNet50Pyramid(epsilon:)`` it is torchvision's `fasterrcnn_resnet50_fpn`: its weights load, and its
/// classes are the labels here plus one, for there is none for the background.
///
///     let detector = try FasterRCNN(classes: names, backbone: .resNet50Pyramid(epsilon: 0))
///     try detector.load(weights: "fasterrcnn_resnet50_fpn.pth")
///     let found = try detector.detect(in: [picture], DetectionOptions(score: 0.5))
public final class FasterRCNN: Sendable {
  /// The names of the classes, without the background.
  public let classes: [String]
  /// The name of its backbone's network, and what it is.
  public let name: String
  /// How it was made.
  public let options: FasterRCNNOptions
  /// The parameters under their keys.
  public let store: ParameterStore
  /// What is done to pictures first.
  public let transform: RegionTransform
  /// From pictures to feature maps.
  public let backbone: Backbone
  /// From feature maps to proposals.
  public let proposals: RegionProposalNetwork
  /// From proposals to detections.
  public let head: RegionHead

  /// - Parameters:
  ///   - classes: the names of the classes, without the background.
  ///   - plan: what the feature maps come from.
  ///   - options: all else.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero, for a detector whose weights are about to be loaded.
  /// - Throws: `ModuleError` where the backbone's network has no such maps.
  public convenience init(
    classes: [String], backbone plan: BackbonePlan, options: FasterRCNNOptions = .init(), seed: UInt64 = 0,
    initializes: Bool = true
  ) throws {
    let store = ParameterStore(seed: seed, initializes: initializes)
    try self.init(classes: classes, backbone: plan, options: options, store) { scope, channels in
      RegionHead(
        scope, channels: channels, classes: classes.count, width: options.headWidth, pooler: options.pooler)
    }
  }

  init(
    classes: [String], backbone plan: BackbonePlan, options: FasterRCNNOptions, _ store: ParameterStore,
    head: (_ scope: Scope, _ channels: Int) throws -> RegionHead
  ) throws {
    precondition(!classes.isEmpty, "FasterRCNN: no classes")
    let scope = store.scope
    self.store = store
    self.classes = classes
    self.options = options
    name = "fasterrcnn_\(plan.network.name)" + (plan.pyramidChannels == nil ? "" : "_fpn")
    transform = RegionTransform(
      shorterSide: options.shorterSide, longestSide: options.longestSide, for: plan.network)
    backbone = try Backbone(scope["backbone"], plan)
    let anchors = options.anchors ?? (plan.pyramidChannels == nil ? .single : .pyramid)
    precondition(
      anchors.bases.count == backbone.channels.count,
      "FasterRCNN: anchors for \(anchors.bases.count) feature maps, the backbone has \(backbone.channels.count)"
    )
    proposals = RegionProposalNetwork(scope["rpn"], channels: backbone.uniformChannels, anchors: anchors)
    self.head = try head(scope["roi_heads"], backbone.uniformChannels)
  }

  /// What pictures have become when proposals are known.
  package struct Proposed: Sendable {
    /// Of the padded pictures.
    let picture: Size2D
    let maps: [Tensor]
    let proposalMaps: [ProposalMap]
    let anchors: [[BoundingBox]]
    package let boxes: [[BoundingBox]]
  }

  /// The first stage.
  /// - Parameters:
  ///   - images: `[N, H, W, C]`, as ``transform`` makes them.
  ///   - sizes: of the pictures without their padding.
  package func propose(_ images: Tensor, sizes: [Image.Size], _ pass: Pass) -> Proposed {
    let picture = Size2D(images.shape[1], images.shape[2])
    let maps = DetectionStage.trunk.measured { backbone(images, pass) }
    return DetectionStage.proposals.measured {
      let proposalMaps = proposals(maps, pass)
      let anchors = proposals.anchors(of: proposalMaps, picture: picture)
      let boxes = proposals.proposals(
        proposalMaps, anchors: anchors, sizes: sizes,
        counts: pass.isTraining ? options.trainingProposals : options.proposals,
        threshold: options.proposalOverlap)
      return Proposed(
        picture: picture, maps: maps, proposalMaps: proposalMaps, anchors: anchors, boxes: boxes)
    }
  }

  /// The second stage: what the head says of the proposals.
  func regions(_ proposed: Proposed, _ pass: Pass) -> RegionHead.Output {
    DetectionStage.head.measured {
      head(backbone.regionMaps(proposed.maps), proposed.boxes, picture: proposed.picture, pass)
    }
  }

  /// What is found in the proposals, in pixels of the padded pictures.
  func detections(
    _ output: RegionHead.Output, _ proposed: Proposed, sizes: [Image.Size], _ options: DetectionOptions
  ) -> [[Detection]] {
    DetectionStage.suppression.measured {
      head.detections(output, proposed.boxes, sizes: sizes, options.filled(from: self.options.detections))
    }
  }
}

extension FasterRCNN: Detector {
  /// Each picture by itself: what is found in one does not depend on the others.
  public func detect(in images: [Image], _ options: DetectionOptions) throws -> [[Detection]] {
    try images.map { image in
      let pass = Pass.inference()
      return try pass.inTurn {
        let (batch, sizes) = DetectionStage.preparation.measured {
          transform(transform.preprocessing([image]), sizes: [image.size])
        }
        let proposed = propose(batch, sizes: sizes, pass)
        let output = regions(proposed, pass)
        // Where the first stage gives none, there are no proposals that the second could say anything of.
        try NetworkError.checkFinite(
          proposed.proposalMaps.flatMap { [$0.objectness, $0.offsets] } + [output.logits, output.offsets],
          of: name)
        let found = detections(output, proposed, sizes: sizes, options)[0]
        return [found].scaled(from: sizes, to: [image.size])[0]
      }
    }
  }
}

extension DetectionOptions {
  /// What is nil, as others have it.
  func filled(from other: DetectionOptions) -> DetectionOptions {
    DetectionOptions(
      score: score ?? other.score, overlap: overlap ?? other.overlap, maximum: maximum ?? other.maximum)
  }
}
