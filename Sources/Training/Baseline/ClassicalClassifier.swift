import Datasets
import Engine
import Images
import Models

/// A classifier without a network: pictures as numbers by a ``ClassicalMethod``, and a linear support vector machine for each
/// class against the others.
///
///     let classifier = try ClassicalClassifier(.fisherVectors, training: data.train, preprocessing: size)
///     print(try classifier.evaluate(data.validation).top1)
public struct ClassicalClassifier {
  /// How pictures are described.
  public let method: ClassicalMethod
  /// Its resize, crop and channels.
  public let preprocessing: Preprocessing
  /// One for each class.
  public let machines: OneAgainstRest
  /// Of the machines, chosen on a fifth of the training pictures.
  public let cost: Float
  /// The costs that were tried.
  public let trials: [OneAgainstRest.Trial]
  /// What learning took: words or distributions, describing the training pictures, all machines.
  public let seconds: Double
  private let encoder: PictureEncoder

  /// How many numbers describe a picture.
  public var width: Int { encoder.width }

  /// - Parameters:
  ///   - method: how pictures are described.
  ///   - options: how exactly.
  ///   - training: the pictures that it learns from.
  ///   - preprocessing: its resize, crop and channels; the pictures of HOG must have one size then.
  /// - Throws: ``TrainingError``, `LinearAlgebraError`, and what reading pictures throws.
  public init(
    _ method: ClassicalMethod, _ options: ClassicalOptions = ClassicalOptions(),
    training: any Dataset<Int>, preprocessing: Preprocessing
  ) throws {
    guard training.count > 0 else { throw TrainingError.noPictures(set: "training") }
    let start = ContinuousClock.now
    let encoder = try PictureEncoder(method, options, training: training, preprocessing: preprocessing)
    let (features, labels) = try training.described(
      width: encoder.width, preprocessing, by: encoder.describe)
    let chosen = OneAgainstRest.choosingCost(
      features, labels: labels, classes: training.classNames.count, costs: options.costs, seed: options.seed,
      LinearSVM.Options(tolerance: options.tolerance, maximumPasses: options.passes, seed: options.seed))
    (machines, cost, trials) = chosen
    seconds = (ContinuousClock.now - start) / .seconds(1)
    (self.method, self.preprocessing, self.encoder) = (method, preprocessing, encoder)
  }

  /// Who is recognized and who is taken for whom; there is no loss, which is 0.
  /// - Parameter dataset: of the same classes.
  /// - Throws: what reading pictures throws.
  public func evaluate(_ dataset: any Dataset<Int>) throws -> Evaluation {
    let (features, labels) = try dataset.described(width: width, preprocessing, by: encoder.describe)
    return Self.evaluation(machines, features, labels, classNames: dataset.classNames)
  }

  /// Of features that are known.
  static func evaluation(
    _ machines: OneAgainstRest, _ features: Tensor, _ labels: [Int], classNames: [String]
  ) -> Evaluation {
    var tally = Tally(classes: classNames.count)
    if !labels.isEmpty { tally.add(logits: machines.decisions(features), labels: labels) }
    return tally.evaluation(classNames: classNames)
  }
}
