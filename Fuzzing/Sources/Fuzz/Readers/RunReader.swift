import Colonnade
import Foundation

/// The folder of a training run: described, reported and resumed.
enum RunReader {
  private static let names = [
    "configuration.json", "log.jsonl", "evaluation.json", "examples.json", "checkpoint.safetensors",
  ]

  static let run = Reader("run", made: { try [made()] }, form: Files(), allowance: Reader.multiple(1024)) {
    input in
    guard let files = Files().parts(of: input.bytes), files.count == names.count else { return }
    for (name, file) in zip(names, files) { _ = try input.file(name, file) }
    // What one file is refused for must not hide the others.
    var faults: [any Error] = []
    do { _ = try Report(run: input.folder).html } catch { faults.append(error) }
    do { try TinyRun.resume(input.folder) } catch { faults.append(error) }
    if let fault = faults.first { throw fault }
  }

  private static func made() throws -> [UInt8] {
    let folder = try TinyRun.folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    return Files().joined(
      try names.map { [UInt8](try Data(contentsOf: folder.appending(path: $0))) })
  }
}

/// A run of a network so small that its files are inputs.
enum TinyRun {
  private static let card = NetworkCard(
    "tiny", classes: 2, inputSize: 4, minimumSize: 1, preprocessing: preprocessing
  ) { scope, options in
    Sequential([
      ConvNormActivation(
        Conv2d(scope["conv"], from: options.inputChannels, to: 2, kernel: 3, padding: 1),
        BatchNorm2d(scope["bn"], channels: 2)),
      AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 2, to: options.classes),
    ])
  }

  private static let preprocessing = Preprocessing(
    resize: .exact(width: 4, height: 4), mean: [0.5], standardDeviation: [0.25])

  /// The standard networks and the tiny one.
  static let registry: Registry = {
    var registry = Registry.standard
    do { try registry.add(card) } catch { fatalError("fuzz: \(error)") }
    return registry
  }()

  private static func trainer(_ folder: URL, _ configuration: TrainingConfiguration) throws
    -> Trainer<ClassificationTask>
  {
    let pictures = InMemoryDataset(
      width: 4, height: 4, channels: 1, pixels: (0..<64).map { UInt8($0 * 3) }, labels: [0, 1, 0, 1],
      classNames: ["a", "b"])
    let source = DataSource<Int>(name: "pictures", train: pictures, validation: pictures)
    let network = try Network("tiny", classes: 2, inputChannels: 1, in: registry)
    return try Trainer(
      network, source, preprocessing: preprocessing, configuration: configuration, output: folder)
  }

  /// A new folder of a run of two epochs.
  static func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-\(UUID().uuidString)")
    var configuration = TrainingConfiguration()
    configuration.epochs = 2
    configuration.batchSize = 2
    try trainer(folder, configuration).run()
    return folder
  }

  /// The weights of a run, with their card.
  static func weights() throws -> [UInt8] {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    return [UInt8](try Data(contentsOf: folder.appending(path: "last.safetensors")))
  }

  /// Takes up a run's state without training on.
  static func resume(_ folder: URL) throws {
    let configuration = try RunDirectory(folder).readDescription().configuration
    try configuration.check()
    _ = try trainer(folder, configuration).run(resuming: true, until: 0)
  }
}
