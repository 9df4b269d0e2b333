import Engine
import Foundation
import Images

/// An array of bytes in the IDX format of the MNIST files, plain or gzipped: two zero bytes, the element type
/// (0x08, unsigned byte), the rank, the extents as big-endian 32-bit numbers, the elements.
struct IDX {
  let dimensions: [Int]
  let bytes: [UInt8]

  /// - Throws: ``DatasetError`` where the file is missing or its length is not what its header says.
  init(_ url: URL, rank: Int) throws { try self.init(ByteReader(url), rank: rank) }

  init(_ reader: ByteReader, rank: Int) throws {
    let magic = try reader.read(4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0 else {
      throw DatasetError.invalidIDX(file: reader.file, reason: "it does not begin as one")
    }
    guard magic[2] == 8 else {
      throw DatasetError.invalidIDX(
        file: reader.file, reason: "elements of type \(magic[2]) where 8 (byte) is read")
    }
    guard Int(magic[3]) == rank else {
      throw DatasetError.invalidIDX(file: reader.file, reason: "rank \(magic[3]) where \(rank) is expected")
    }
    let header = try reader.read(rank * 4)
    guard header.count == rank * 4 else {
      throw DatasetError.invalidIDX(file: reader.file, reason: "the header is truncated")
    }
    dimensions = (0..<rank).map { axis in
      header[axis * 4..<axis * 4 + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for extent in dimensions {
      let (product, overflows) = count.multipliedReportingOverflow(by: extent)
      guard !overflows else {
        throw DatasetError.invalidIDX(file: reader.file, reason: "extents \(dimensions) are too large")
      }
      count = product
    }
    bytes = try reader.read(count)
    guard bytes.count == count else {
      throw DatasetError.invalidIDX(
        file: reader.file,
        reason: "\(counted(bytes.count, "element")) where its extents \(dimensions) need \(count)")
    }
    guard try reader.read(1).isEmpty else {
      throw DatasetError.invalidIDX(
        file: reader.file, reason: "more elements than its extents \(dimensions) need")
    }
  }
}

/// A file of pictures and one of their labels.
struct IDXPair {
  private let pictures, classes: IDX
  private let images, labels: URL

  /// - Throws: ``DatasetError`` where a file is missing or invalid, or the two do not belong together.
  init(_ images: URL, _ labels: URL) throws {
    self.images = images
    self.labels = labels
    pictures = try IDX(images, rank: 3)
    classes = try IDX(labels, rank: 1)
    guard pictures.dimensions[0] == classes.dimensions[0] else {
      throw DatasetError.invalidIDX(
        file: labels.path,
        reason:
          "\(counted(classes.dimensions[0], "label")) for \(counted(pictures.dimensions[0], "picture")) of \(images.path)"
      )
    }
    guard !pictures.bytes.isEmpty else {
      throw DatasetError.invalidIDX(
        file: images.path, reason: "no pictures: its extents are \(pictures.dimensions)")
    }
  }

  var largestLabel: Int { Int(classes.bytes.max()!) }

  /// - Throws: ``DatasetError/invalidIDX(file:reason:)`` where there are labels beyond the names.
  func dataset(_ names: [String]) throws -> InMemoryDataset {
    if let wrong = classes.bytes.first(where: { Int($0) >= names.count }) {
      throw DatasetError.invalidIDX(
        file: labels.path, reason: "label \(wrong) is not one of \(counted(names.count, "class"))")
    }
    return InMemoryDataset(
      width: pictures.dimensions[2], height: pictures.dimensions[1], channels: 1, pixels: pictures.bytes,
      labels: classes.bytes.map(Int.init), classNames: names)
  }
}

extension InMemoryDataset {
  /// Grey pictures and their labels from a pair of IDX files, plain or gzipped.
  /// - Parameters:
  ///   - images: the file of pictures, of three axes.
  ///   - labels: the file of labels, of one axis.
  ///   - classNames: nil for the numbers from 0 to the largest label.
  /// - Throws: ``DatasetError`` where a file is missing or invalid, or the two do not belong together.
  public init(images: URL, labels: URL, classNames: [String]? = nil) throws {
    let pair = try IDXPair(images, labels)
    self = try pair.dataset(classNames ?? (0...pair.largestLabel).map(String.init))
  }

  /// A folder with the four files of MNIST's layout, plain or gzipped: pictures (three axes) and labels (one axis),
  /// those of the second part with `t10k`, `test` or `val` in their names, as `train-images-idx3-ubyte`,
  /// `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`.
  /// - Parameters:
  ///   - folder: holds the files.
  ///   - classNames: nil for the numbers from 0 to the largest label of both parts.
  /// - Throws: ``DatasetError``.
  public static func idxFolder(
    _ folder: URL, classNames: [String]? = nil
  ) throws -> (train: InMemoryDataset, test: InMemoryDataset) {
    let root = BytePath(folder.path)
    guard let files = try IDXFolder(root, FolderLayout(root).files) else {
      throw DatasetError.unknownLayout(path: folder.path)
    }
    let parts = try files.read(classNames: classNames)
    guard let test = parts.test else { throw DatasetError.noValidation(path: folder.path) }
    return (parts.train, test)
  }
}
