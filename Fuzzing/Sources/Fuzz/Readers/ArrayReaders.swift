import Colonnade
import Foundation

/// NumPy's files and IDX files.
enum ArrayReaders {
  private static let fixtures = "Tests/DatasetsTests/Fixtures"

  static let npy = Reader(
    "npy", seeds: [.init(folder: fixtures, endings: [".npy"])], form: NPYForm(), read: readArrays)

  /// Compressed arrays: deflate makes 1032 bytes of one.
  static let npz = Reader(
    "npz", seeds: [.init(folder: fixtures, endings: [".npz"])], form: ZipForm(),
    allowance: Reader.multiple(3 * 1032), read: readArrays)

  private static let readArrays: @Sendable (Input) throws -> Void = { input in
    let file = try openTensorFile(input.file())
    WeightReaders.readTensors(file, limit: 1032 * input.bytes.count)
  }

  /// A file of pictures and one of labels.
  static let idx = Reader("idx", made: { [pair { $0 }] }, form: Files(), read: readPair)

  /// The same, compressed; a label of a byte becomes one of eight, and the result of a read doubles as it grows.
  static let gzip = Reader(
    "gzip", made: { [pair { Compression.deflated($0[...], .gzip) }] },
    form: FormOfFiles(content: GzipForm()), allowance: Reader.multiple(16 * 1032), read: readPair)

  private static let readPair: @Sendable (Input) throws -> Void = { input in
    guard let files = Files().parts(of: input.bytes), files.count == 2 else { return }
    let paths = try (input.file("images", files[0]), input.file("labels", files[1]))
    let set = try InMemoryDataset(
      images: URL(filePath: paths.0), labels: URL(filePath: paths.1))
    for index in 0..<min(set.count, 4) { _ = set.example(at: index) }
  }

  private static func pair(_ packed: ([UInt8]) -> [UInt8]) -> [UInt8] {
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2] + Array(1...12)
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 1, 0]
    return Files().joined([packed(images), packed(labels)])
  }
}
