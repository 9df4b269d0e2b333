/// What an R-CNN is trained from: a classifier, and which of its layers makes a vector of a region.
public struct RegionPlan: Sendable {
  /// The classifier.
  public var network: NetworkCard
  /// The path of the module whose output is taken, see ``RegionEncoder``.
  public var layer: String
  /// An output with height and width is averaged to so many cells along each side.
  public var grid: Int

  /// - Parameters:
  ///   - network: the classifier.
  ///   - layer: the path of the module whose output is taken.
  ///   - grid: cells along each side to which an output with height and width is averaged.
  public init(_ network: NetworkCard, layer: String, grid: Int = 1) {
    (self.network, self.layer, self.grid) = (network, layer, grid)
  }
}

extension DetectorCard {
  /// R-CNN on several classifiers.
  static let rcnns = [
    RegionPlan(.squeezeNet1_1, layer: "features", grid: 2), RegionPlan(.mobileNetV2, layer: "features"),
    RegionPlan(.alexNet, layer: "classifier.5"), RegionPlan(.named("vgg16"), layer: "classifier.4"),
    RegionPlan(.named("resnet18"), layer: "layer4"), RegionPlan(.named("resnet50"), layer: "layer4"),
  ].map { plan in
    DetectorCard(
      rcnnPrefix + plan.network.name,
      paper:
        "Girshick, Donahue, Darrell, Malik: Rich Feature Hierarchies for Accurate Object Detection and Semantic "
        + "Segmentation, 2014", regions: plan)
  }

  /// What stands before the classifier's name in an R-CNN's.
  package static let rcnnPrefix = "rcnn_"
}

extension NetworkCard {
  static let squeezeNet1_1 = named("squeezenet1_1")

  /// A network that comes with Colonnade.
  static func named(_ name: String) -> NetworkCard {
    guard let card = Registry.all.first(where: { $0.name == name }) else {
      preconditionFailure("NetworkCard: no network is called '\(name)'")
    }
    return card
  }
}
