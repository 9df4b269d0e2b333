import Datasets
import Engine
import Images
import Models

extension YOLONetwork: TrainableNetwork {}

/// Trains YOLO: boxes with classes as targets, the loss that the network's heads have.
///
///     let network = try YOLONetwork(darknet: .yolov3Tiny(classes: 3), seed: 1)
///     let trainer = try Trainer(
///       network, data, task: YOLOTask(),
///       preprocessing: Preprocessing(
///         resize: .exact(width: 416, height: 416), mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
///       configuration: configuration)
public struct YOLOTask: TrainingTask {
  public typealias Target = [LabelledBox]
  public typealias Model = YOLONetwork

  public static let name = "yolo"

  /// Of networks whose heads have anchors.
  public let anchors: YOLOLoss
  /// Of networks with version 1's grid.
  public let grid: GridLoss

  /// - Parameters:
  ///   - anchors: the loss of networks whose heads have anchors.
  ///   - grid: the loss of networks with version 1's grid.
  public init(anchors: YOLOLoss = YOLOLoss(), grid: GridLoss = GridLoss()) {
    (self.anchors, self.grid) = (anchors, grid)
  }

  public var settings: [String: String] {
    [
      "anchors' regression": "\(anchors.regression)", "ignored overlap": "\(anchors.ignoring)",
      "grid's regression": "\(grid.regression)", "weight of no object": "\(grid.noObject)",
    ]
  }

  public var selection: BestMetric { .loss }

  /// - Throws: ``TrainingError``.
  public func check(_ data: any Dataset<[LabelledBox]>, set: String, for network: YOLONetwork) throws {
    let classes = data.classNames.count
    guard classes == network.classes else {
      throw TrainingError.classes(set: set, data: classes, network: network.classes)
    }
    for head in network.heads {
      if case .grid(let head) = head, !head.hasSquareRoots || network.heads.count > 1 {
        throw TrainingError.invalidConfiguration(
          "\(network.name): a grid is trained alone, and with square roots of widths and heights")
      }
    }
  }

  public func loss(of output: YOLOOutput, for batch: Batch<[LabelledBox]>, in phase: TrainingPhase)
    -> TaskLoss
  {
    let loss =
      switch output.heads[0] {
      case .grid(let head): grid(output.maps[0], head, truths: batch.targets, input: output.input)
      case .anchors:
        anchors(output.maps, output.heads.compactMap(\.anchored), truths: batch.targets, input: output.input)
      }
    return TaskLoss(loss.total, parts: loss.parts)
  }

  public func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> YOLOMeter {
    YOLOMeter()
  }
}

extension DetectionHead {
  fileprivate var anchored: YOLOHead? {
    if case .anchors(let head) = self { head } else { nil }
  }
}

/// Measures nothing beside the loss and its parts.
public struct YOLOMeter: TaskMeter {
  /// Counts nothing.
  public mutating func add(_ output: YOLOOutput, for batch: Batch<[LabelledBox]>) {}

  /// None.
  public var metrics: [String: Double] { [:] }
}
