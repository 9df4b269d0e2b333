import Engine
import Images

/// YOLOv3-tiny's neck and heads on two maps of any network's trunk: the trunk's parameters have the keys of a ``Backbone``
/// under `backbone`, the rest lie under `neck` and `head`.
///
/// Of the coarse map a 1×1 convolution makes 256 channels; from these the coarse head, and, upsampled beside the fine
/// map, the fine head. Where the trunk has maps of other distances than 2, upsampling is by what lies between.
public final class TrunkYOLO: DetectionBody {
  public let heads: [DetectionHead]
  private let backbone: Backbone
  private let reduce, lateral: ConvNormActivation
  private let coarse, fine: Sequential
  public var children: [any Module] { [backbone.trunk, reduce, coarse, lateral, fine] }

  /// - Parameters:
  ///   - scope: names its parameters.
  ///   - plan: the trunk with two maps, the finer one first, such as `features.13` and `features.18` of MobileNetV2, a
  ///     sixteenth and a 32nd of the picture; without a pyramid.
  ///   - anchors: six, in pixels of the network's input; the last three are the coarse head's.
  ///   - classes: how many.
  /// - Throws: `ModuleError` where the trunk's network has no such modules.
  public init(
    _ scope: Scope, on plan: BackbonePlan, anchors: [YOLOHead.Anchor], classes: Int
  ) throws {
    precondition(anchors.count == 6, "TrunkYOLO: \(anchors.count) anchors where six are wanted")
    precondition(
      plan.maps.count == 2 && plan.pyramidChannels == nil,
      "TrunkYOLO: two maps without a pyramid are wanted, not \(plan.maps)")
    let backbone = try Backbone(scope["backbone"], plan)
    let channels = backbone.channels
    let heads = [[3, 4, 5], [0, 1, 2]].map { YOLOHead(anchors: anchors, mask: $0, classes: classes) }
    func unit(_ name: String, _ from: Int, _ to: Int, _ kernel: Int) -> ConvNormActivation {
      ConvNormActivation(
        scope["neck"][name], from: from, to: to, kernel: Size2D(kernel), activation: .leakyReLU(0.1),
        initializer: .kaimingNormal())
    }
    func output(_ name: String, _ from: Int, _ head: YOLOHead) -> Conv2d {
      Conv2d(
        scope["head"][name], from: from, to: head.channels, kernel: 1,
        initializer: .normal(standardDeviation: 0.01), biasInitializer: .zeros)
    }
    reduce = unit("reduce", channels[1], 256, 1)
    coarse = Sequential([unit("coarse", 256, 512, 3), output("coarse", 512, heads[0])])
    lateral = unit("lateral", 256, 128, 1)
    fine = Sequential([unit("fine", channels[0] + 128, 256, 3), output("fine", 256, heads[1])])
    self.heads = heads.map { .anchors($0) }
    self.backbone = backbone
  }

  /// The coarse head's output.
  public func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor { maps(x, pass)[0] }

  public func maps(_ x: consuming Tensor, _ pass: Pass) -> [Tensor] {
    let found = backbone(x, pass)
    let reduced = reduce(found[1], pass)
    let (height, width) = (found[0].shape[1], found[0].shape[2])
    let raised = upsample2d(lateral(reduced, pass), height: height, width: width)
    return [coarse(reduced, pass), fine(concat([raised, found[0]], axis: 3), pass)]
  }

  /// - Throws: `NetworkError.inputTooSmall` where the trunk's network cannot take it.
  public func check(_ input: Shape) throws {
    let network = backbone.plan.network
    guard min(input[1], input[2]) >= network.minimumSize else {
      throw NetworkError.inputTooSmall(
        network: network.name, height: input[1], width: input[2], minimum: network.minimumSize)
    }
  }
}

extension DetectorCard {
  /// YOLO on MobileNetV2, for training from its ImageNet weights: there are no published ones.
  static let yoloMobileNetV2 = DetectorCard(
    "yolo-mobilenet_v2", paper: "Redmon, Farhadi: YOLOv3: An Incremental Improvement, 2018",
    classes: DetectionClasses.coco, trunk: "mobilenet_v2"
  ) { request in
    let sides: [Float] = [10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319]
    let anchors =
      try request.details.anchors(6, of: "yolo-mobilenet_v2")
      ?? (0..<6).map { YOLOHead.Anchor(sides[2 * $0], sides[2 * $0 + 1]) }
    // Batches are large enough for statistics of their own.
    let plan = BackbonePlan(.mobileNetV2, maps: ["features.13", "features.18"], freezesBatchNorm: false)
    let network = try YOLONetwork(
      name: "yolo-mobilenet_v2", inputSize: request.inputSize ?? Image.Size(width: 416, height: 416),
      seed: request.seed ?? 0, initializes: request.seed != nil
    ) {
      try TrunkYOLO($0, on: plan, anchors: anchors, classes: request.classes!.count)
    }
    return try YOLODetector(
      network, classes: request.classes,
      preparation: .preprocessing(
        request.preprocessing
          ?? Preprocessing(
            resize: .exact(width: network.inputSize.width, height: network.inputSize.height),
            mean: plan.network.preprocessing.mean,
            standardDeviation: plan.network.preprocessing.standardDeviation)))
  }
}
