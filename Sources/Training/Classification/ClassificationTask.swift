import Datasets
import Engine
import Foundation
import Images
import Models

/// To say which one of some classes a picture shows: cross-entropy, top-1 and top-5.
public struct ClassificationTask: TrainingTask {
  /// What the run's files call it.
  public static let name = "classification"

  /// In the order of the network's outputs.
  public let classNames: [String]
  /// This share of each target is spread evenly over all classes; in training.
  public let labelSmoothing: Float
  /// The weight of each auxiliary head's loss; in training.
  public let auxiliaryWeight: Float
  /// How much each class counts, in training; nil is one as much as another.
  public let classWeights: [Float]?
  /// γ of the focal loss, in training; nil is cross-entropy.
  public let focalGamma: Float?
  /// Set where batches hold features in place of pictures.
  var features: FeatureHead?

  /// - Parameters:
  ///   - classNames: in the order of the network's outputs.
  ///   - labelSmoothing: the share of each target that is spread over all classes.
  ///   - auxiliaryWeight: of each auxiliary head's loss; 0.3 in the GoogLeNet paper.
  ///   - classWeights: how much each class counts in training; nil is one as much as another.
  ///   - focalGamma: γ of the focal loss in training, see `focalLoss`; nil is cross-entropy.
  /// - Precondition: there are as many class weights as classes.
  public init(
    classNames: [String], labelSmoothing: Float = 0, auxiliaryWeight: Float = 0.3,
    classWeights: [Float]? = nil, focalGamma: Float? = nil
  ) {
    precondition(
      classWeights == nil || classWeights!.count == classNames.count,
      "ClassificationTask: \(classWeights!.count) class weights for \(classNames.count) classes")
    self.classWeights = classWeights
    self.focalGamma = focalGamma
    self.classNames = classNames
    self.labelSmoothing = labelSmoothing
    self.auxiliaryWeight = auxiliaryWeight
  }

  /// Mixed pictures have mixed targets.
  public static var knowsMixedTargets: Bool { true }

  /// `accuracy` is top-1.
  public var selection: BestMetric { BestMetric("accuracy", better: .higher) }

  /// - Throws: ``TrainingError/classes(set:data:network:)``.
  public func check(_ data: any Dataset<Int>, set: String, for network: Network) throws {
    guard data.classNames.count == network.classes else {
      throw TrainingError.classes(set: set, data: data.classNames.count, network: network.classes)
    }
  }

  public func output(of network: Network, for batch: Batch<Int>, _ pass: Pass) -> NetworkOutput {
    guard let features else { return network(batch.images, pass) }
    return NetworkOutput(logits: features.logits(of: batch.images, pass))
  }

  public func loss(of output: NetworkOutput, for batch: Batch<Int>, in phase: TrainingPhase) -> TaskLoss {
    guard phase == .training else { return TaskLoss(crossEntropy(output.logits, labels: batch.labels)) }
    let distributions = batch.distributions(classes: classNames.count)
    func loss(_ logits: Tensor) -> Tensor {
      guard let distributions else { return trainingLoss(logits, batch.labels) }
      return crossEntropy(logits, targets: distributions, labelSmoothing: labelSmoothing)
    }
    var total = loss(output.logits)
    for logits in output.auxiliary { total = total + auxiliaryWeight * loss(logits) }
    return TaskLoss(total)
  }

  private func trainingLoss(_ logits: Tensor, _ labels: [Int]) -> Tensor {
    let weights = classWeights.map { Tensor($0, shape: [$0.count]) }
    if let focalGamma {
      return focalLoss(
        logits, labels: labels, gamma: focalGamma, classWeights: weights, labelSmoothing: labelSmoothing)
    }
    return crossEntropy(logits, labels: labels, classWeights: weights, labelSmoothing: labelSmoothing)
  }

  public func meter(for phase: TrainingPhase, showing preprocessing: Preprocessing?) -> ClassificationMeter {
    ClassificationMeter(
      classNames: classNames, phase: phase, showing: preprocessing, picture: features?.picture)
  }
}

/// Counts who was recognized and who was taken for whom; in validation it gathers what calibration needs, too.
public struct ClassificationMeter: TaskMeter {
  private let classNames: [String]
  private let phase: TrainingPhase
  private var tally: Tally
  private var collector: ExampleCollector?
  private var calibration: CalibrationCollector?
  /// Set where batches do not hold the pictures.
  private let picture: (@Sendable (_ index: Int) -> Tensor?)?

  init(
    classNames: [String], phase: TrainingPhase, showing preprocessing: Preprocessing?,
    picture: (@Sendable (_ index: Int) -> Tensor?)? = nil
  ) {
    self.classNames = classNames
    self.picture = picture
    self.phase = phase
    tally = Tally(classes: classNames.count)
    collector = preprocessing.map { ExampleCollector(classNames: classNames, preprocessing: $0) }
    calibration = phase == .validation ? CalibrationCollector() : nil
  }

  /// - Parameters:
  ///   - output: logits `[N, classes]`.
  ///   - batch: whose N labels are below the number of classes; of mixed pictures the larger part counts.
  public mutating func add(_ output: NetworkOutput, for batch: Batch<Int>) {
    tally.add(logits: output.logits, labels: batch.mainLabels)
    calibration?.add(output.logits, labels: batch.labels)
    guard let picture else {
      collector?.add(images: batch.images, logits: output.logits, labels: batch.labels)
      return
    }
    collector?.add(logits: output.logits, labels: batch.labels) { picture(batch.indices[$0]) }
  }

  /// In training what its one metric needs.
  private struct Counts: Codable {
    let count, correct: Int
  }

  public var saved: Data? { JSON.encoded(Counts(count: tally.count, correct: tally.correct)) }

  public mutating func restore(_ saved: Data) throws {
    let counts = try JSONDecoder().decode(Counts.self, from: saved)
    guard counts.correct >= 0, counts.count >= counts.correct else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "\(counts.correct) of \(counts.count) pictures recognized"))
    }
    tally.goOn(from: counts.count, correct: counts.correct)
  }

  /// `accuracy`; in validation `top5` as well.
  public var metrics: [String: Double] {
    phase == .training ? ["accuracy": tally.top1] : ["accuracy": tally.top1, "top5": tally.top5]
  }

  public var examples: [ExamplePicture] { collector?.examples ?? [] }

  public func evaluation(_ measures: Measures) -> Evaluation {
    var evaluation = tally.evaluation(classNames: classNames, loss: measures.loss)
    (evaluation.calibration, evaluation.scaled) = (calibration?.calibration, calibration?.scaled)
    return evaluation
  }
}
