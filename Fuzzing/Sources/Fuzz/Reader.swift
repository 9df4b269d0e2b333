import Colonnade
import Foundation

/// Something that reads files from strangers, and what it may cost.
struct Reader: Sendable {
  /// As `scripts/soak.sh` is told it.
  let name: String
  /// Files that inputs are made from: folders under the repository's root, and how the files' names end.
  let seeds: [Files]
  /// Inputs that no file of the repository is.
  let made: @Sendable () throws -> [[UInt8]]
  /// How an input is cut into parts.
  let form: any Form
  /// How many bytes may be allocated while an input is read.
  let allowance: @Sendable (_ input: [UInt8]) -> Int
  /// Whether an input would only cost time.
  let isSkipped: @Sendable (_ input: [UInt8]) -> Bool
  /// Reads an input. What it throws is the input's fault, what it traps on is ours.
  let read: @Sendable (Input) throws -> Void

  /// Files of a folder whose names end so.
  struct Files: Sendable {
    let folder: String
    let endings: [String]
  }

  init(
    _ name: String, seeds: [Files] = [], made: @escaping @Sendable () throws -> [[UInt8]] = { [] },
    form: any Form = Whole(), allowance: @escaping @Sendable ([UInt8]) -> Int = multiple(64),
    isSkipped: @escaping @Sendable ([UInt8]) -> Bool = { _ in false },
    read: @escaping @Sendable (Input) throws -> Void
  ) {
    self.name = name
    self.seeds = seeds
    self.made = made
    self.form = form
    self.allowance = allowance
    self.isSkipped = isSkipped
    self.read = read
  }

  /// Every reader; a new one is a line here.
  static let all: [Reader] =
    [WeightReaders.safetensors, WeightReaders.zip, WeightReaders.legacy, WeightReaders.card]
    + [ArrayReaders.npy, ArrayReaders.npz, ArrayReaders.idx, ArrayReaders.gzip]
    + [PictureReaders.jpeg, PictureReaders.png, PictureReaders.webp, PictureReaders.gif, PictureReaders.bmp]
    + [DataSetReaders.table, DataSetReaders.tar, DataSetReaders.cifar]
    + [AnnotationReaders.voc, AnnotationReaders.coco, AnnotationReaders.yolo, AnnotationReaders.names]
    + [DetectorReaders.configuration, DetectorReaders.weights, DetectorReaders.rcnn]
    + [RunReader.run]

  /// So many times the input's size, and 16 MB for what every reader needs.
  static func multiple(_ factor: Int) -> @Sendable ([UInt8]) -> Int {
    { factor * $0.count + 16 << 20 }
  }

  /// The inputs to begin with.
  func inputs(root: URL) throws -> [[UInt8]] {
    var inputs = try made()
    for files in seeds {
      let folder = root.appending(path: files.folder)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      where files.endings.contains(where: { name.hasSuffix($0) }) {
        inputs.append([UInt8](try Data(contentsOf: folder.appending(path: name))))
      }
    }
    return inputs
  }
}

/// An input, and a folder to lay it down in as files.
struct Input {
  let bytes: [UInt8]
  let folder: URL

  /// The input as one file.
  func file(_ name: String = "input") throws -> String { try file(name, bytes) }

  /// A file of the input's folder.
  func file(_ name: String, _ content: [UInt8]) throws -> String {
    let path = folder.path + "/" + name
    guard let file = fopen(path, "wb") else { fatalError("fuzz: \(path) cannot be written") }
    fwrite(content, 1, content.count, file)
    fclose(file)
    return path
  }
}
