import Engine
import Foundation

/// All that is needed to go on with a run as if it had not stopped, in one safetensors file: weights under `network.`,
/// the optimizer's state under `optimizer.`, the weights' moving average under `average.`, the rest as JSON in the metadata under
/// `training`.
///
/// The best metric and how long there was no better one are in ``history``; the recipe is in `configuration.json`, for which
/// see ``RunDescription``; the schedule is a function of the step. What is random is a function of the seed and the position,
/// so there is no generator's state to keep.
struct Checkpoint: Codable {
  var epochsDone: Int
  /// Within the next epoch; nil at its beginning.
  var position: EpochPosition?
  var plateau: PlateauSchedule?
  var history: [EpochRecord]
  /// Of the data; nil in a file of version 0.1.
  var samples: [PictureSample?]?
  /// The data's ``LabelDigest``; nil in a file of version 0.1.
  var labels: String?

  private static let network = "network."
  private static let optimizer = "optimizer."
  private static let average = "average."
  private static let key = "training"

  /// - Throws: `WeightFileError`.
  func write(
    to url: URL, _ store: ParameterStore, _ optimizer: any Optimizer, _ average: WeightAverage?
  ) throws {
    var tensors: [(name: String, tensor: Tensor)] = []
    var integers: [(name: String, shape: Shape, values: [Int64])] = []
    for parameter in store.all {
      let name = Self.network + parameter.name
      if parameter.role == .counter {
        integers.append((name, parameter.shape, parameter.value.scalars.map { Int64($0) }))
      } else {
        tensors.append((name, parameter.layout.toFile(parameter.value)))
      }
    }
    tensors += optimizer.state.map { (Self.optimizer + $0.name, $0.tensor) }
    tensors += (average?.state ?? []).map { (Self.average + $0.name, $0.tensor) }
    try Safetensors.write(
      tensors, integers: integers,
      metadata: [Self.key: String(decoding: JSON.encoded(self), as: UTF8.self)], to: url.path)
  }

  /// Puts the file's weights into the store, its state into the optimizer and its averages into the average.
  /// - Throws: `WeightFileError`, `OptimizerStateError`.
  static func restore(
    from url: URL, _ store: ParameterStore, _ optimizer: any Optimizer, _ average: WeightAverage?
  ) throws -> Checkpoint {
    let file = try SafetensorsFile(path: url.path)
    guard let checkpoint = read(file) else {
      throw malformed(url, "not a checkpoint of a training run")
    }
    func state(_ prefix: String) throws -> [(name: String, tensor: Tensor)] {
      try file.keys.filter { $0.hasPrefix(prefix) }.map { key in
        (name: String(key.dropFirst(prefix.count)), tensor: try file.tensor(key))
      }
    }
    let ignored = [Self.optimizer, Self.average].map { $0 + "*" }
    try store.load(from: url.path, ignoring: ignored, key: { Self.network + $0 })
    try optimizer.restore(try state(Self.optimizer))
    try average?.restore(try state(Self.average))
    return checkpoint
  }

  static func malformed(_ url: URL, _ reason: String) -> WeightFileError {
    .malformed(file: url.path, key: "__metadata__.\(key)", reason: reason)
  }

  /// Whether the file is the first checkpoint of a run: nothing was trained yet.
  static func isOfABeginning(_ url: URL) -> Bool {
    guard let file = try? SafetensorsFile(path: url.path), let found = read(file) else { return false }
    return found.epochsDone == 0 && found.position == nil
  }

  private static func read(_ file: SafetensorsFile) -> Checkpoint? {
    file.metadata[key].flatMap { try? JSONDecoder().decode(Checkpoint.self, from: Data($0.utf8)) }
  }
}
