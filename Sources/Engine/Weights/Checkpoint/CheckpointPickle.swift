/// A checkpoint's pickle, and where in the file the blocks of elements lie that it refers to.
struct CheckpointPickle {
  let root: PickleValue
  let heap: PickleHeap
  /// By the storage's key.
  let blocks: [String: Block]

  /// Elements as they lie in the file.
  struct Block: Sendable {
    let bytes: Range<Int>
    /// Nil where the file has none.
    let crc32: UInt32?
  }

  // MARK: The zip format

  /// An archive of one folder with `data.pkl`, and `data/KEY` for each storage.
  static func zip(_ file: UnsafeRawBufferPointer, path: String) throws -> CheckpointPickle {
    let archive = try ZipArchive(file, path: path)
    func malformed(_ reason: String) -> WeightFileError { .malformed(file: path, key: nil, reason: reason) }
    let pickles = archive.entries.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    let names = archive.entries.map(\.name)
    guard pickles.count == 1 else { throw ForeignFormat.error(archive: names, path: path) }
    let folder = String(pickles[0].name.dropLast("data.pkl".count))
    // TorchScript has a pickle of constants besides, and code.
    if names.contains(folder + "constants.pkl") { throw ForeignFormat.error(archive: names, path: path) }
    func stored(_ entry: ZipArchive.Entry) throws -> Range<Int> {
      guard entry.method == 0 else {
        throw WeightFileError.malformed(
          file: path, key: entry.name,
          reason:
            "is compressed (method \(entry.method)); PyTorch stores its entries as they are, to be mapped "
            + "into memory: unpack the archive and pack it without compression")
      }
      return entry.bytes
    }
    var blocks: [String: Block] = [:]
    for entry in archive.entries where entry.name.hasPrefix(folder) {
      let name = entry.name.dropFirst(folder.count)
      if name.hasPrefix("data/") {
        blocks[String(name.dropFirst("data/".count))] = Block(bytes: try stored(entry), crc32: entry.crc32)
      }
      if name == "byteorder", !file[try stored(entry)].elementsEqual("little".utf8) {
        throw malformed("the elements are not little-endian")
      }
    }
    let bytes = UnsafeRawBufferPointer(rebasing: file[try stored(pickles[0])])
    guard pickles[0].agrees(with: bytes) else { throw malformed("data.pkl is damaged: its checksum differs") }
    var unpickler = Unpickler(ByteReader(bytes, part: "data.pkl", path: path))
    let root = try unpickler.load()
    return CheckpointPickle(root: root, heap: unpickler.heap, blocks: blocks)
  }

  // MARK: The legacy format

  private static let magicNumber: Int128 = 0x1950_A86A_20F9_469C_FC6C
  private static let protocolVersion = 1001

  /// In protocols 0 and 1 as text; from 2 on in binary, behind the protocol, and from 4 on behind the frame's length too.
  private static func beginsWithMagicNumber(_ file: UnsafeRawBufferPointer) -> Bool {
    let binary = withUnsafeBytes(of: magicNumber.littleEndian) { [0x8A, 10] + $0.prefix(10) }
    return file.starts(with: "L\(magicNumber)L\n".utf8)
      || [2, 11].contains { file.dropFirst($0).starts(with: binary) }
  }

  /// Whether the bytes begin as a pickle does: with a protocol, or in protocols 0 and 1 with the magic number.
  /// The length of a safetensors header may begin with the same two bytes; then zeros and a brace follow.
  static func isLegacy(_ file: UnsafeRawBufferPointer) -> Bool {
    if file.starts(with: "L\(magicNumber)L\n".utf8) { return true }
    guard file.count >= 2, file[0] == PickleOpcode.PROTO.rawValue, file[1] <= 5 else { return false }
    return file.count < 9 || file[4..<8].contains { $0 != 0 } || file[8] != UInt8(ascii: "{")
  }

  /// Five pickles (magic number, version, properties of the machine, the object, the storages' keys), then for each
  /// storage its number of elements in eight bytes, and its elements.
  static func legacy(_ file: UnsafeRawBufferPointer, path: String) throws -> CheckpointPickle {
    var position = 0
    func next(_ part: String) throws -> (root: PickleValue, heap: PickleHeap) {
      var unpickler = Unpickler(ByteReader(file, part: part, path: path, from: position))
      let root = try unpickler.load()
      position = unpickler.position
      return (root, unpickler.heap)
    }
    func malformed(_ reason: String) -> WeightFileError { .malformed(file: path, key: nil, reason: reason) }

    // Another program's pickle may hold anything: nothing of it is read.
    guard beginsWithMagicNumber(file), case .integer(magicNumber) = try next("the magic number").root else {
      throw ForeignFormat.error(pickle: path)
    }
    guard try next("the version").root.int == protocolVersion else {
      throw malformed("another version than 1001")
    }
    let machine = try next("the machine's properties")
    let isLittleEndian = machine.heap.pairs(machine.root)?.last { $0.key.text == "little_endian" }
    guard case .bool(true) = isLittleEndian?.value else {
      throw malformed("the elements are not little-endian")
    }
    let object = try next("the pickle")
    let list = try next("the storages' keys")
    guard let keys = list.heap.elements(list.root) else { throw malformed("no list of the storages' keys") }

    let sizes = Dictionary(
      object.heap.storages.map { ($0.key, $0.elementSize) }, uniquingKeysWith: { first, _ in first })
    var reader = ByteReader(file, part: "the storages", path: path, from: position)
    var blocks: [String: Block] = [:]
    for key in keys {
      guard let key = key.text, let size = sizes[key], blocks[key] == nil else {
        throw reader.malformed("a storage \(key.kind) that no tensor has, or twice")
      }
      guard size > 0 else {
        throw reader.malformed("the storage \(shown(key)) has elements of an unknown size")
      }
      let (bytes, overflow) = Int(try reader.integer(Int64.self)).multipliedReportingOverflow(by: size)
      guard !overflow else { throw reader.malformed("the size of storage \(shown(key)) overflows") }
      let start = reader.position
      _ = try reader.take(bytes)
      blocks[key] = Block(bytes: start..<reader.position, crc32: nil)
    }
    return CheckpointPickle(root: object.root, heap: object.heap, blocks: blocks)
  }
}
