import Datasets
import Engine
import Foundation
import Images
import Models

/// A detector that ``Trainer`` trains: which network of it, for which task, on what.
///
/// `FasterRCNN`, `FastRCNN` and `YOLODetector` are; a detector of one's own that is, in a `DetectorRegistry`, is trained by
/// ``DetectionTraining`` and the command like them.
public protocol TrainableDetector: LoadableDetector {
  /// What it is trained for.
  associatedtype Task: TrainingTask where Task.Target: DetectionTarget

  /// How it is trained where nothing is said: what learns, as its papers or programs have it, for the small batches of one
  /// machine.
  static var recipe: TrainingConfiguration { get }

  /// What is trained.
  var trained: Task.Model { get }

  /// How pictures come to the network in training.
  var trainingPreprocessing: Preprocessing { get }

  /// From which boxes' sides are told, in pixels of the network's input, where it has such; the default is nil.
  var anchors: [YOLOHead.Anchor]? { get }

  /// - Parameter lambda: λ in L = L_cls + λ · smooth L1, where the network was not built with it; nil for its own loss.
  func task(lambda: Float?) -> Task

  /// The data as the task takes them.
  /// - Parameters:
  ///   - data: pictures with their objects.
  ///   - proposals: computes, or knows, where objects may be.
  func targets(
    of data: any Dataset<[LabelledBox]>, _ proposals: (any Dataset<[LabelledBox]>) throws -> [[BoundingBox]]
  ) throws -> any Dataset<Task.Target>
}

extension TrainableDetector {
  public var anchors: [YOLOHead.Anchor]? { nil }

  /// A trainer of it.
  func trainer(
    on data: DataSource<[LabelledBox]>, lambda: Float?, configuration: TrainingConfiguration, output: URL?,
    observer: (any TrainingObserver)?, proposals: (any Dataset<[LabelledBox]>) throws -> [[BoundingBox]]
  ) throws -> any TrainingRun {
    // Before proposals are searched for, which takes its time.
    try configuration.augmentation.check(for: Task.Target.self)
    let source = DataSource<Task.Target>(
      name: data.name, train: try targets(of: data.train, proposals),
      validation: try targets(of: data.validation, proposals), attribution: data.attribution,
      options: data.options)
    return try Trainer(
      trained, source, task: task(lambda: lambda), preprocessing: trainingPreprocessing,
      configuration: configuration, output: output, observer: observer)
  }

  /// How it is trained where nothing is said.
  package var ownRecipe: TrainingConfiguration { Self.recipe }
}

extension TrainingConfiguration {
  /// Of R-CNNs whose stages are trained together: torchvision's for fine-tuning, two pictures a step.
  static var regions: TrainingConfiguration {
    var recipe = TrainingConfiguration()
    (recipe.epochs, recipe.batchSize) = (12, 2)
    (recipe.learningRate, recipe.warmUpEpochs, recipe.gradientClip) = (0.005, 0.5, 10)
    recipe.augmentation = .flip
    return recipe
  }
}

extension FasterRCNN: TrainableDetector {
  public static var recipe: TrainingConfiguration { .regions }
  public var trained: FasterRCNN { self }
  public var trainingPreprocessing: Preprocessing { transform.preprocessing }
  public func task(lambda: Float?) -> RegionDetectionTask<FasterRCNN> { RegionDetectionTask(for: self) }

  public func targets(
    of data: any Dataset<[LabelledBox]>, _ proposals: (any Dataset<[LabelledBox]>) throws -> [[BoundingBox]]
  ) -> any Dataset<[LabelledBox]> { data }
}

extension FastRCNN: TrainableDetector {
  public static var recipe: TrainingConfiguration { .regions }
  public var trained: FastRCNN { self }
  public var trainingPreprocessing: Preprocessing { transform.preprocessing }
  public func task(lambda: Float?) -> RegionDetectionTask<FastRCNN> { RegionDetectionTask(for: self) }

  public func targets(
    of data: any Dataset<[LabelledBox]>, _ proposals: (any Dataset<[LabelledBox]>) throws -> [[BoundingBox]]
  ) throws -> any Dataset<ProposedObjects> { ProposedDataset(data, proposals: try proposals(data)) }
}

extension YOLODetector: TrainableDetector {
  /// AdamW, eight pictures a step, with the changes of scale and colour that one-stage detectors want.
  public static var recipe: TrainingConfiguration {
    var recipe = TrainingConfiguration()
    (recipe.epochs, recipe.batchSize, recipe.optimizer) = (60, 8, .adamw)
    (recipe.learningRate, recipe.warmUpEpochs, recipe.gradientClip) = (0.001, 1, 100)
    recipe.augmentation = .zoom
    return recipe
  }

  public var trained: YOLONetwork { network }
  public var anchors: [YOLOHead.Anchor]? { network.anchors }

  /// Stretched to the network's size: shares of width and height stay what they are.
  public var trainingPreprocessing: Preprocessing {
    switch preparation {
    case .preprocessing(let preprocessing): return preprocessing
    case .letterbox(let letterbox):
      let zeros = [Float](repeating: 0, count: network.inputChannels)
      return Preprocessing(
        resize: .exact(width: letterbox.size.width, height: letterbox.size.height), mean: zeros,
        standardDeviation: zeros.map { $0 + 1 })
    }
  }

  public func task(lambda: Float?) -> YOLOTask { YOLOTask(classNames: classes, lambda: lambda) }

  public func targets(
    of data: any Dataset<[LabelledBox]>, _ proposals: (any Dataset<[LabelledBox]>) throws -> [[BoundingBox]]
  ) -> any Dataset<[LabelledBox]> { data }
}
