import Datasets
import Images

/// What loads a run's training pictures: one loader a size of theirs.
struct EpochLoaders<Target: GeometricTarget> {
  /// Of the full size.
  let full: DataLoader<Target>
  private let smaller: [(loader: DataLoader<Target>, end: Int)]

  /// - Parameters:
  ///   - preprocessing: of the full size.
  ///   - size: the full one.
  ///   - configuration: says which other sizes there are.
  ///   - loader: makes a loader of a preprocessing and the size that it gives; refuses what the network cannot take.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``, and what `loader` throws.
  init(
    _ preprocessing: Preprocessing, _ size: Image.Size, _ configuration: TrainingConfiguration,
    _ loader: (Preprocessing, Image.Size) throws -> DataLoader<Target>
  ) throws {
    full = try loader(preprocessing, size)
    smaller = try (configuration.growth ?? []).map { stage in
      guard Target.self == Int.self else {
        throw TrainingError.invalidConfiguration("pictures can grow in a classifier's training alone")
      }
      guard size.width == size.height, stage.side < size.width else {
        throw TrainingError.invalidConfiguration(
          "pictures of \(stage.side) until epoch \(stage.end) do not grow to \(size.width)×\(size.height)")
      }
      let scaled = preprocessing.scaled(to: stage.side, from: size.width)
      let size = Image.Size(width: stage.side, height: stage.side)
      return (loader: try loader(scaled, size), end: stage.end)
    }
  }

  /// - Parameter epoch: counted from 1.
  func loader(in epoch: Int) -> DataLoader<Target> {
    smaller.first { epoch < $0.end }?.loader ?? full
  }
}

extension Trainer {
  /// Whether the last batch has too few pictures for the task, and is not the only one.
  static func dropsLast(
    _ data: any Dataset<Task.Target>, _ task: Task, _ configuration: TrainingConfiguration
  ) -> Bool {
    data.count > configuration.batchSize
      && 1..<max(task.smallestBatch, 1) ~= data.count % configuration.batchSize
  }

  /// The class of each picture where every class is to come equally often; nil where each picture comes once.
  static func balancing(
    _ data: any Dataset<Task.Target>, _ configuration: TrainingConfiguration
  ) throws -> [Int]? {
    guard configuration.sampling == .balanced else { return nil }
    return try (0..<data.count).map { index in
      guard let label = try data.target(at: index) as? Int else {
        throw TrainingError.invalidConfiguration("balanced sampling needs pictures of one class each")
      }
      return label
    }
  }
}
