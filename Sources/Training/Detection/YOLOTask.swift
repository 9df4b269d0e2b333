import Datasets
import Engine
import Images
import Models

extension YOLONetwork: TrainableNetwork {}

/// Trains YOLO: boxes with classes as targets, the loss that the network's heads have.
///
///     let network = try YOLONetwork(darknet: .yolov3Tiny(classes: 3), seed: 1)
///     let trainer = try Trainer(
///       network, data, task: YOLOTask(classNames: data.train.classNames),
///       preprocessing: Preprocessing(
///         resize: .exact(width: 416, height: 416), mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
///       configuration: configuration)
public struct YOLOTask: TrainingTask {
  public typealias Target = [LabelledBox]
  public typealias Model = YOLONetwork

  public static let name = "yolo"

  /// In the order of the labels.
  public let classNames: [String]
  /// Of networks whose heads have anchors.
  public let anchors: YOLOLoss
  /// Of networks with version 1's grid.
  public let grid: GridLoss

  /// - Parameters:
  ///   - classNames: in the order of the labels.
  ///   - anchors: the loss of networks whose heads have anchors.
  ///   - grid: the loss of networks with version 1's grid.
  public init(classNames: [String], anchors: YOLOLoss = YOLOLoss(), grid: GridLoss = GridLoss()) {
    (self.classNames, self.anchors, self.grid) = (classNames, anchors, grid)
  }

  /// With the unified loss, L = L_cls + λ · smooth L1.
  /// - Parameters:
  ///   - classNames: in the order of the labels.
  ///   - lambda: λ; nil for the losses of versions 3 and 1.
  public init(classNames: [String], lambda: Float?) {
    self.init(
      classNames: classNames,
      anchors: lambda.map { YOLOLoss(regression: .smoothL1(lambda: $0)) } ?? YOLOLoss(),
      grid: lambda.map { GridLoss(regression: .smoothL1(lambda: $0)) } ?? GridLoss())
  }

  public var settings: [String: String] {
    [
      "anchors' regression": "\(anchors.regression)", "ignored overlap": "\(anchors.ignoring)",
      "grid's regression": "\(grid.regression)", "weight of no object": "\(grid.noObject)",
    ]
  }

  /// The greatest mean average precision at an IoU of 0.5 is best.
  public var selection: BestMetric { .map50 }

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
    try data.checkObjects(set: set)
  }

  public func describe(_ network: YOLONetwork, on card: inout WeightCard) {
    var lambda: Float?
    switch network.heads.first {
    case .anchors?: if case .smoothL1(let value, _) = anchors.regression { lambda = value }
    case .grid?: if case .smoothL1(let value, _) = grid.regression { lambda = value }
    case nil: break
    }
    let configuration = (network.body as? DarknetNetwork)?.architecture.configuration
    card.detector = DetectorDetails(
      anchors: network.anchors, lambda: lambda,
      configuration: configuration.flatMap { $0.isBuiltIn ? nil : $0.text })
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

  public func meter(
    for phase: TrainingPhase, showing preprocessing: Preprocessing?
  ) -> DetectionMeter<YOLOOutput, [LabelledBox]> {
    DetectionMeter(classNames: classNames, phase: phase, showing: preprocessing) { output, batch in
      (0..<batch.count).map { index in
        output.detections(of: index, YOLODetector.measured).compactMap { detection in
          var detection = detection
          detection.box = detection.box.clipped(to: output.input)
          return detection.box.area > 0 ? detection : nil
        }
      }
    }
  }
}

extension DetectionHead {
  fileprivate var anchored: YOLOHead? {
    if case .anchors(let head) = self { head } else { nil }
  }
}
