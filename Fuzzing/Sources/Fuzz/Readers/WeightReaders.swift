import Colonnade
import Foundation

/// Weight files: what `WeightFile` opens, every tensor read.
enum WeightReaders {
  private static let checkpoints = "Tests/EngineTests/Fixtures/checkpoints"

  static let safetensors = Reader(
    "safetensors", seeds: [.init(folder: "Tests/EngineTests/Fixtures", endings: [".safetensors"])],
    made: { try [small(metadata: ["format": "pt"])] }, form: SafetensorsForm(), allowance: tensors
  ) { input in
    let file = try SafetensorsFile(path: input.file())
    _ = file.metadata
    readTensors(file, limit: input.bytes.count)
  }

  static let zip = Reader(
    "checkpoint-zip", seeds: [.init(folder: checkpoints, endings: [".pth", ".pt"])], form: ZipForm(),
    allowance: tensors, read: readFile)

  static let legacy = Reader(
    "checkpoint-legacy", seeds: [.init(folder: checkpoints, endings: [".th", "0.pth", "2.pth"])],
    allowance: tensors, read: readFile)

  /// A pickle of so many bytes makes values of 40 and more each, in tables that double.
  private static let tensors = Reader.multiple(256)

  private static let readFile: @Sendable (Input) throws -> Void = { input in
    let file = try WeightFile(path: input.file())
    _ = file.others
    readTensors(file, limit: input.bytes.count)
  }

  /// Weights that say what network they are of: loaded, and looked at a picture with.
  static let card = Reader(
    "card", made: { try [TinyRun.weights()] }, form: SafetensorsForm(), allowance: Reader.multiple(1024)
  ) { input in
    let trained = try TrainedNetwork(weights: input.file(), in: TinyRun.registry)
    let picture = Image(width: 6, height: 5, pixels: [UInt8](repeating: 7, count: 90))
    // A card may ask for pictures as large as the largest that are read, which would only take time and memory.
    guard longestSide(trained.preprocessing) <= 512 else { return }
    _ = try Classifier(trained).classify(picture, name: "picture")
  }

  private static func longestSide(_ preprocessing: Preprocessing) -> Int {
    let resized =
      switch preprocessing.resize {
      case .none: 0
      case .shorterSide(let extent), .shorterSideUpTo(let extent, _): extent
      case .exact(let width, let height), .letterbox(let width, let height, _): max(width, height)
      }
    return max(resized, preprocessing.crop ?? 0)
  }

  /// Reads tensors of no more than `limit` elements in all: a checkpoint may repeat elements, which only takes time.
  static func readTensors(_ file: some TensorFile, limit: Int) {
    var rest = limit
    for key in file.keys {
      guard let shape = file.shape(of: key), shape.count <= rest else { continue }
      rest -= shape.count
      // Each is refused where the elements are of the other kind.
      _ = try? file.tensor(key)
      _ = try? file.integers(key)
    }
  }

  private static func small(metadata: [String: String]) throws -> [UInt8] {
    let path = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Safetensors.write(
      [("a.weight", Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])), ("a.bias", Tensor([1], shape: []))],
      integers: [("n", [1], [3])], metadata: metadata, to: path)
    return [UInt8](try Data(contentsOf: URL(filePath: path)))
  }
}
