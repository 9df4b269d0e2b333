import Engine
import Images

/// How a ``FastRCNN`` is made, beside its backbone and classes. The defaults are the paper's.
public struct FastRCNNOptions: Sendable {
  /// What is done to pictures first; mean and deviation are the backbone's network's.
  public var shorterSide = 600
  /// In pixels, where the picture is so long that its shorter side would not fit.
  public var longestSide = 1000
  /// How regions are pooled; nil is the largest of each bin of one map, as the paper has it, and interpolated samples of a
  /// pyramid's maps, as ``FasterRCNN`` has them.
  public var pooler: RegionPooler?
  /// The width of the head's hidden layers.
  public var headWidth = 1024
  /// Which regions the head is trained by.
  public var matcher = Matcher.nearRegions
  /// How many regions a picture.
  public var sampler = BalancedSampler(count: 64, objectShare: 0.25)
  /// What the head is trained by.
  public var loss = DetectionLoss.fastRCNN
  /// How many of a picture's proposals are looked at, the first ones.
  public var proposalLimit = 2000
  /// Which detections are kept, where ``Detector/detect(in:_:)`` does not say.
  public var detections = DetectionOptions(score: 0.05, overlap: 0.3, maximum: 100)

  /// The defaults.
  public init() {}
}

/// Girshick 2015, "Fast R-CNN": the trunk sees a picture once, and a head says of each of the proposals that come from
/// elsewhere, such as selective search, what it shows and where exactly. The head is ``FasterRCNN``'s.
public final class FastRCNN: Sendable {
  /// The names of the classes, without the background.
  public let classes: [String]
  /// The name of its backbone's network, and what it is.
  public let name: String
  /// How it was made.
  public let options: FastRCNNOptions
  /// The parameters under their keys.
  public let store: ParameterStore
  /// What is done to pictures first.
  public let transform: RegionTransform
  /// From pictures to feature maps.
  public let backbone: Backbone
  /// From proposals to detections.
  public let head: RegionHead
  /// The boxes of a picture that may hold an object, the best first, in continuous pixels of it.
  public let proposer: @Sendable (Image) -> [BoundingBox]

  /// - Parameters:
  ///   - classes: the names of the classes, without the background.
  ///   - plan: what the feature maps come from.
  ///   - options: all else.
  ///   - seed: of the initial weights.
  ///   - initializes: false leaves weights zero, for a detector whose weights are about to be loaded.
  ///   - proposer: the boxes of a picture that may hold an object, the best first, in continuous pixels of it.
  /// - Throws: `ModuleError` where the backbone's network has no such maps.
  public convenience init(
    classes: [String], backbone plan: BackbonePlan, options: FastRCNNOptions = .init(), seed: UInt64 = 0,
    initializes: Bool = true, proposer: @escaping @Sendable (Image) -> [BoundingBox]
  ) throws {
    let store = ParameterStore(seed: seed, initializes: initializes)
    let pooler = options.pooler ?? (plan.pyramidChannels == nil ? RegionPooler(.maximum) : RegionPooler())
    try self.init(classes: classes, backbone: plan, options: options, store, proposer) { scope, channels in
      RegionHead(scope, channels: channels, classes: classes.count, width: options.headWidth, pooler: pooler)
    }
  }

  init(
    classes: [String], backbone plan: BackbonePlan, options: FastRCNNOptions, _ store: ParameterStore,
    _ proposer: @escaping @Sendable (Image) -> [BoundingBox],
    head: (_ scope: Scope, _ channels: Int) throws -> RegionHead
  ) throws {
    precondition(!classes.isEmpty, "FastRCNN: no classes")
    self.store = store
    self.classes = classes
    self.options = options
    self.proposer = proposer
    name = "fastrcnn_\(plan.network.name)" + (plan.pyramidChannels == nil ? "" : "_fpn")
    transform = RegionTransform(
      shorterSide: options.shorterSide, longestSide: options.longestSide, for: plan.network)
    backbone = try Backbone(store.scope["backbone"], plan)
    self.head = try head(store.scope["roi_heads"], backbone.uniformChannels)
  }

  /// Losses of pictures with objects, and in passes that do not train what is found in them.
  /// - Parameters:
  ///   - images: pictures normalized by ``RegionTransform/preprocessing``, each in the upper left corner,
  ///     `[N, H, W, C]`.
  ///   - sizes: of the pictures; nil where none is padded.
  ///   - proposals: of each picture, the best first, in pixels of it.
  ///   - objects: those of each picture, in pixels of it; nil for no losses.
  ///   - pass: what is asked of the layers.
  /// - Precondition: each object has an area, and its class is one of the detector's.
  public func callAsFunction(
    _ images: Tensor, sizes: [Image.Size]? = nil, proposals: [[BoundingBox]], objects: [[LabelledBox]]?,
    _ pass: Pass
  ) -> RegionOutput {
    self(
      RegionTransform.pictures(of: images, sizes: sizes), proposals: proposals, objects: objects, pass)
  }

  /// The same of pictures of any sizes, none of which is padded.
  /// - Parameters:
  ///   - pictures: normalized by ``RegionTransform/preprocessing``, `[1, H, W, C]` each, at least one.
  ///   - proposals: of each picture, the best first, in pixels of it.
  ///   - objects: those of each picture, in pixels of it; nil for no losses.
  ///   - pass: what is asked of the layers.
  /// - Precondition: each object has an area, and its class is one of the detector's.
  public func callAsFunction(
    _ pictures: [Tensor], proposals: [[BoundingBox]], objects: [[LabelledBox]]?, _ pass: Pass
  ) -> RegionOutput {
    precondition(
      proposals.count == pictures.count,
      "FastRCNN: proposals of \(proposals.count) pictures for \(pictures.count)")
    let oldSizes = pictures.map(\.pictureSize)
    return pass.inTurn {
      let (batch, newSizes) = transform(pictures)
      let maps = backbone.regionMaps(backbone(batch, pass))
      let picture = Size2D(batch.shape[1], batch.shape[2])
      let boxes = proposals.enumerated().map { image, boxes in
        boxes.prefix(options.proposalLimit).map { $0.scaled(from: oldSizes[image], to: newSizes[image]) }
          .filter { $0.isAtLeast(1) }
      }
      var losses: RegionLosses?
      if let objects {
        var generator = pass.randomStream(for: "roi_heads")
        let sample = head.sample(
          boxes, objects: objects.scaled(from: oldSizes, to: newSizes, classes: classes.count),
          matcher: options.matcher, sampler: options.sampler, &generator)
        let output = head(maps, sample.boxes, picture: picture, pass)
        losses = RegionLosses(proposals: nil, regions: head.loss(output, of: sample, loss: options.loss))
      }
      guard !pass.isTraining else {
        return RegionOutput(losses: losses, detections: oldSizes.map { _ in [] })
      }
      let found = head.detections(
        head(maps, boxes, picture: picture, pass), boxes, sizes: newSizes, options.detections)
      return RegionOutput(losses: losses, detections: found.scaled(from: newSizes, to: oldSizes))
    }
  }
}

extension FastRCNN: Detector {
  /// Each picture by itself: what is found in one does not depend on the others.
  public func detect(in images: [Image], _ options: DetectionOptions) throws -> [[Detection]] {
    try images.map { image in
      let boxes = DetectionStage.proposals.measured { proposer(image).prefix(self.options.proposalLimit) }
      let pass = Pass.inference()
      return try pass.inTurn {
        let (batch, sizes) = DetectionStage.preparation.measured {
          transform(transform.preprocessing([image]), sizes: [image.size])
        }
        let regions = boxes.map { $0.scaled(from: image.size, to: sizes[0]) }.filter { $0.isAtLeast(1) }
        let maps = DetectionStage.trunk.measured { backbone.regionMaps(backbone(batch, pass)) }
        let output = DetectionStage.head.measured {
          head(maps, [regions], picture: Size2D(batch.shape[1], batch.shape[2]), pass)
        }
        try NetworkError.checkFinite([output.logits, output.offsets], of: name)
        return DetectionStage.suppression.measured {
          head.detections(output, [regions], sizes: sizes, options.filled(from: self.options.detections))
            .scaled(from: sizes, to: [image.size])[0]
        }
      }
    }
  }
}
