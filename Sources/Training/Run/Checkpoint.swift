import Engine
import Foundation

/// All that is needed to go on with a run as if it had not stopped, in one safetensors file: weights under `network.`,
/// the optimizer's state under `optimizer.`, the rest as JSON in the metadata under `training`.
struct Checkpoint: Codable {
  var epochsDone: Int
  var plateau: PlateauSchedule?
  var history: [EpochRecord]
  /// Of the data; nil in a file of version 0.1.
  var samples: [PictureSample?]?

  private static let network = "network."
  private static let optimizer = "optimizer."
  private static let key = "training"

  /// - Throws: `WeightFileError`.
  func write(to url: URL, _ store: ParameterStore, _ optimizer: any Optimizer) throws {
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
    try Safetensors.write(
      tensors, integers: integers,
      metadata: [Self.key: String(decoding: JSON.encoded(self), as: UTF8.self)], to: url.path)
  }

  /// Puts the file's weights into the store and its state into the optimizer.
  /// - Throws: `WeightFileError`, `OptimizerStateError`.
  static func restore(
    from url: URL, _ store: ParameterStore, _ optimizer: any Optimizer
  ) throws -> Checkpoint {
    let file = try SafetensorsFile(path: url.path)
    guard let text = file.metadata[key],
      let checkpoint = try? JSONDecoder().decode(Checkpoint.self, from: Data(text.utf8))
    else {
      throw WeightFileError.malformed(
        file: url.path, key: "__metadata__.\(key)", reason: "not a checkpoint of a training run")
    }
    let state = try file.keys.filter { $0.hasPrefix(Self.optimizer) }.map { key in
      (name: String(key.dropFirst(Self.optimizer.count)), tensor: try file.tensor(key))
    }
    try store.load(from: url.path, ignoring: [Self.optimizer + "*"], key: { Self.network + $0 })
    try optimizer.restore(state)
    return checkpoint
  }
}
