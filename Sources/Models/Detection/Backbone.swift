import Engine
import Images

/// What a detector's feature maps come from: any network's first layers, with or without a feature pyramid.
public struct BackbonePlan: Sendable {
  /// The network whose layers are taken.
  public var network: NetworkCard
  /// The modules whose outputs are the maps, by their paths in the network, the finest first. What comes after the last one
  /// is not built.
  public var maps: [String]
  /// The channels of a feature pyramid over the maps; nil for none, and then there is one map.
  public var pyramidChannels: Int?
  /// Whether batch norms are frozen, see `Scope.freezingBatchNorm(epsilon:)`.
  public var freezesBatchNorm: Bool
  /// What frozen batch norms add to the variance; nil for what the network's layers say. The weights' own: no file tells.
  public var batchNormEpsilon: Float?

  /// - Parameters:
  ///   - network: the network whose layers are taken.
  ///   - maps: paths of the modules whose outputs are the maps, the finest first.
  ///   - pyramidChannels: of a feature pyramid over the maps; nil for none.
  ///   - freezesBatchNorm: whether batch norms are frozen.
  ///   - batchNormEpsilon: what frozen batch norms add to the variance; nil for what the layers say.
  public init(
    _ network: NetworkCard, maps: [String], pyramidChannels: Int? = nil, freezesBatchNorm: Bool = true,
    batchNormEpsilon: Float? = nil
  ) {
    self.network = network
    self.maps = maps
    self.pyramidChannels = pyramidChannels
    self.freezesBatchNorm = freezesBatchNorm
    self.batchNormEpsilon = batchNormEpsilon
  }

  /// ResNet-50 with a feature pyramid, torchvision's `resnet50_fpn`.
  /// - Parameter epsilon: of frozen batch norm: 0 for torchvision's detectors for COCO, 1e-5 for a trunk from ImageNet.
  public static func resNet50Pyramid(epsilon: Float? = nil) -> BackbonePlan {
    resNetPyramid("resnet50", epsilon: epsilon)
  }

  /// A ResNet of the registry with a feature pyramid over its four stages.
  /// - Parameters:
  ///   - name: in the registry, such as `resnet18`.
  ///   - epsilon: of frozen batch norm; nil for the layers' own.
  public static func resNetPyramid(_ name: String, epsilon: Float? = nil) -> BackbonePlan {
    guard let card = NetworkCard.resNets.first(where: { $0.name == name }) else {
      preconditionFailure("BackbonePlan: no ResNet is called '\(name)'")
    }
    return BackbonePlan(
      card, maps: (1...4).map { "layer\($0)" }, pyramidChannels: 256, batchNormEpsilon: epsilon)
  }

  /// VGG-16 up to its last convolution, C5: the paper's trunk, one map of a sixteenth of the extents.
  public static let vgg16 = BackbonePlan(
    NetworkCard.vggs.first { $0.name == "vgg16" }!, maps: ["features.29"])

  /// MobileNetV2 up to its blocks of a sixteenth of the extents: one map of 96 channels.
  public static let mobileNetV2 = BackbonePlan(.mobileNetV2, maps: ["features.13"])

  /// MobileNetV2 with a feature pyramid over its four resolutions.
  public static let mobileNetV2Pyramid = BackbonePlan(
    .mobileNetV2, maps: [3, 6, 13, 17].map { "features.\($0)" }, pyramidChannels: 128)
}

/// A detector's trunk, and its feature pyramid where it has one.
public final class Backbone: Sendable {
  /// The network's layers, one after another; their parameters' keys are the network's behind `body.`.
  public let trunk: Sequential
  /// Nil where there is one map.
  public let pyramid: FeaturePyramid?
  /// Of all maps.
  public let channels: Int
  /// How many maps it gives.
  public let mapCount: Int
  /// Whether the trunk's batch norms are frozen.
  public let freezesBatchNorm: Bool
  /// Behind the path of the trunk.
  private let paths: [String]

  /// - Parameters:
  ///   - scope: names its parameters: those of the network come after its path and `body`, the pyramid's after `fpn`.
  ///   - plan: what it is made of.
  /// - Throws: `ModuleError` where the network has no module of a map's path, or does not run it.
  /// - Precondition: without a pyramid there is one map.
  public init(_ scope: Scope, _ plan: BackbonePlan) throws {
    precondition(
      plan.pyramidChannels != nil ? !plan.maps.isEmpty : plan.maps.count == 1,
      "Backbone: \(plan.maps.count) maps \(plan.pyramidChannels == nil ? "without" : "with") a pyramid")
    let options = NetworkOptions(classes: 1, dropout: 0)
    let draft = ParameterStore(initializes: false)
    let layers = try plan.network.build(draft.scope, options).truncated(after: plan.maps)
    let extents = max(plan.network.inputSize, plan.network.minimumSize)
    let shapes = try Parallel.withoutComputing {
      try layers.features(at: plan.maps, of: Tensor(zeros: [1, extents, extents, 3]), .inference())
        .map(\.shape)
    }

    let body = scope["body"]
    let names = layers.modules().flatMap { $0.module.parameters.map { "\(body.path).\($0.name)" } }
    var bodyScope = body.registering(only: Set(names))
    if plan.freezesBatchNorm { bodyScope = bodyScope.freezingBatchNorm(epsilon: plan.batchNormEpsilon) }
    paths = plan.maps.map { "\(body.path).\($0)" }
    trunk = try plan.network.build(bodyScope, options).truncated(after: paths)
    pyramid = plan.pyramidChannels.map {
      FeaturePyramid(scope["fpn"], from: shapes.map { $0[3] }, to: $0)
    }
    channels = plan.pyramidChannels ?? shapes[0][3]
    freezesBatchNorm = plan.freezesBatchNorm
    mapCount = pyramid == nil ? 1 : shapes.count + 1
  }

  /// The feature maps, the finest first, `[N, H, W, channels]` each.
  /// - Parameters:
  ///   - x: pictures, `[N, H, W, 3]`.
  ///   - pass: what is asked of the layers.
  public func callAsFunction(_ x: Tensor, _ pass: Pass) -> [Tensor] {
    do {
      let maps = try trunk.features(at: paths, of: x, pass)
      return pyramid?(maps, pass) ?? maps
    } catch {
      preconditionFailure("Backbone: \(error)")  // The initializer has run all of them.
    }
  }
}
