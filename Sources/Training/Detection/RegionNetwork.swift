import Datasets
import Engine
import Images
import Models

/// An R-CNN that a ``RegionDetectionTask`` trains.
public protocol RegionNetwork: TrainableNetwork where Output == RegionOutput {
  /// What a picture is to teach.
  associatedtype Target: DetectionTarget
  /// The names of the classes, without the background.
  var classes: [String] { get }
  /// What it does to pictures first.
  var transform: RegionTransform { get }
  /// From pictures to feature maps.
  var backbone: Backbone { get }
  /// λ of the regression of boxes, of the last stage.
  var lambda: Float { get }

  /// - Parameters:
  ///   - pictures: normalized ones of any sizes, `[1, H, W, 3]` each.
  ///   - targets: what each of them is to teach, in pixels of it.
  ///   - pass: what is asked of the layers.
  /// - Returns: with losses.
  func callAsFunction(_ pictures: [Tensor], targets: [Target], _ pass: Pass) -> RegionOutput
}

extension RegionNetwork {
  /// - Throws: `NetworkError.wrongInput` where pictures have not three channels.
  public func check(_ input: Shape) throws {
    guard input.rank == 4, input[0] > 0, input[1] > 0, input[2] > 0, input[3] == 3 else {
      throw NetworkError.wrongInput(network: name, shape: input, channels: 3)
    }
  }
}

extension FasterRCNN: RegionNetwork {
  public var lambda: Float { options.regionLoss.lambda }

  public func callAsFunction(
    _ pictures: [Tensor], targets: [[LabelledBox]], _ pass: Pass
  ) -> RegionOutput {
    self(pictures, objects: targets, pass)
  }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> RegionOutput {
    self(x, objects: nil, pass)
  }
}

extension FastRCNN: RegionNetwork {
  public var lambda: Float { options.loss.lambda }

  public func callAsFunction(
    _ pictures: [Tensor], targets: [ProposedObjects], _ pass: Pass
  ) -> RegionOutput {
    self(pictures, proposals: targets.map(\.proposals), objects: targets.map(\.objects), pass)
  }

  /// Without proposals there is nothing to find.
  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> RegionOutput {
    RegionOutput(detections: Array(repeating: [], count: x.shape[0]))
  }
}
