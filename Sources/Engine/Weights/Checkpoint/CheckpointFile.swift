import Synchronization

/// A file that `torch.save` wrote, `.pth`, `.pt` or `.th`: the tensors of its state dict.
///
/// Both formats are read, the zip archive and the older one, by a restricted `Unpickler` that builds tensors and
/// plain containers and executes nothing: objects of other classes, such as a scheduler or a namespace of arguments, are
/// passed by and counted (``skipped``). The state dict is the only dict of weights that is reached through dicts from
/// the top, under whatever keys; states of optimizers are not looked into. Where there are several, a key must choose.
///
/// The zip format has a checksum of each storage: it is held when the storage's elements are first read.
public struct CheckpointFile: TensorFile {
  /// Which of `torch.save`'s formats a file has, in words for people.
  public enum Format: String, Sendable {
    /// A zip archive: PyTorch 1.6 (2020) and later.
    case zip = "PyTorch checkpoint (zip)"
    /// One pickle after another with the storages behind them: before that, and `_use_new_zipfile_serialization=False`.
    case legacy = "PyTorch checkpoint (legacy)"
  }

  /// Where it was opened, as it was given; errors name it.
  public let path: String
  /// Found by the file's first bytes.
  public let format: Format
  /// In the state dict's order.
  public let keys: [String]
  /// What the file holds beside the tensors, such as an epoch: the keys, and in words what is there.
  public let others: [(key: String, kind: String)]
  /// The keys that lead to the state dict from the top, joined by dots; empty at the top.
  public let place: String
  /// The classes of objects that were passed by, anywhere in the file, and how many of each.
  public let skipped: [(name: String, count: Int)]
  /// The state dict's tensors of kinds that are not read: the keys, and in words of what each is.
  let unread: [(key: String, kind: String)]
  /// Whether the key that was asked for led to a dict.
  let isChosen: Bool
  /// The keys under which there are tensors.
  let available: [String]
  private let file: MappedFile
  private let entries: [ExactKey: Entry]
  private let sound = SoundStorages()

  private struct Entry: Sendable {
    let type: ElementType
    let layout: StridedLayout
    let storage: CheckpointPickle.Block
  }

  /// Where the storages begin whose checksums have been found right.
  private final class SoundStorages: Sendable {
    let starts = Mutex<Set<Int>>([])
  }

  /// Opens the file and checks all of it but the elements.
  /// - Parameters:
  ///   - path: the file.
  ///   - key: the keys that lead to the state dict, joined by dots; nil where there is only one.
  /// - Throws: ``WeightFileError`` where the file cannot be read, is broken or is refused, or holds several state dicts.
  public init(path: String, key: String? = nil) throws {
    try self.init(.fileOrPipe(path), key: key)
    if let key, !isChosen { throw WeightFileError.nothingUnder(file: path, key: key, keys: available) }
  }

  /// As ``init(path:key:)``, but for a key that leads nowhere: with ``isChosen`` false the only state dict is taken.
  init(_ file: MappedFile, key: String?) throws {
    path = file.path
    self.file = file
    let pickle: CheckpointPickle
    if ZipArchive.isArchive(file.bytes) {
      format = .zip
      pickle = try .zip(file.bytes, path: path)
    } else {
      format = .legacy
      pickle = try .legacy(file.bytes, path: path)
    }
    let state = try StateDictionary(pickle.root, in: pickle.heap, at: key, path: path)
    keys = state.tensors.map(\.key)
    (others, unread) = (state.others, state.unread)
    place = state.path
    skipped = pickle.heap.skipped
    (isChosen, available) = (state.isChosen, state.available)
    var entries: [ExactKey: Entry] = [:]
    for (key, index) in state.tensors {
      let tensor = pickle.heap.tensors[index]
      let storage = pickle.heap.storages[tensor.storage]
      guard let block = pickle.blocks[storage.key],
        block.bytes.count.isMultiple(of: tensor.type.size),
        block.bytes.count / tensor.type.size == storage.count
      else {
        throw WeightFileError.malformed(
          file: path, key: key, reason: "storage \(shown(storage.key)) is missing or has another size")
      }
      entries[ExactKey(key)] = Entry(type: tensor.type, layout: tensor.layout, storage: block)
    }
    self.entries = entries
  }

  /// Whether the bytes begin as a checkpoint of any age does.
  static func isCheckpoint(_ file: UnsafeRawBufferPointer) -> Bool {
    ZipArchive.isArchive(file) || CheckpointPickle.isLegacy(file)
  }

  public func shape(of key: String) -> Shape? { entries[ExactKey(key)]?.layout.shape }

  public func type(of key: String) -> ElementType? { entries[ExactKey(key)]?.type }

  public func withBytes<R>(of key: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let entry = entries[ExactKey(key)] else { throw WeightFileError.noSuchKey(file: path, key: key) }
    defer { file.release(entry.storage.bytes) }
    return try withExtendedLifetime(file) {
      let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[entry.storage.bytes])
      try check(entry.storage, bytes, key)
      return try entry.layout.withElements(of: bytes, size: entry.type.size, body)
    }
  }

  private func check(_ storage: CheckpointPickle.Block, _ bytes: UnsafeRawBufferPointer, _ key: String) throws
  {
    let start = storage.bytes.lowerBound
    guard let expected = storage.crc32, !sound.starts.withLock({ $0.contains(start) }) else { return }
    guard CRC32.checksum(bytes) == expected else {
      throw WeightFileError.malformed(
        file: path, key: key, reason: "the elements are damaged: their checksum differs")
    }
    sound.starts.withLock { _ = $0.insert(start) }
  }
}
