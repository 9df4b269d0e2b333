import Foundation
import Images

/// Pictures in a folder for each class, read when asked for.
///
/// Class folders and files are taken in the order of the bytes of their names, so labels and order are the same
/// everywhere. Pictures in folders inside a class folder are the class's. Files count by their ending (jpg, jpeg,
/// jpe, jfif, png, webp, gif, bmp, dib) or, where it says nothing, by their first bytes; what they are is found by
/// content. What is not used is in ``findings``.
public struct FolderDataset: Dataset {
  /// The folder of the class folders.
  public let root: URL
  /// The names of the class folders; bytes that are no UTF-8 are written as `\xE9`.
  public let classNames: [String]
  /// Whether pictures are turned upright by their EXIF tag.
  public var orientation: Image.Orientation { reading.orientation }
  /// Whether pictures that end early are taken.
  public var acceptsTruncated: Bool { reading.acceptsTruncated }
  /// Whether a loader decodes JPEGs at a part of their scale, see ``DataOptions/scaledDecoding``.
  public var scaledDecoding: Bool { reading.scaledDecoding }
  /// What of the folder is not used.
  public let findings: DataFindings
  private let reading: PictureReading
  private let listing: FolderListing
  /// The label of each of the listing's classes.
  private let labels: [Int]

  /// - Parameters:
  ///   - root: the folder of the class folders.
  ///   - orientation: whether pictures are turned upright by their EXIF tag.
  ///   - acceptsTruncated: whether pictures that end early are taken.
  ///   - scaledDecoding: whether a loader decodes JPEGs at a part of their scale, see ``DataOptions/scaledDecoding``.
  /// - Throws: ``DatasetError`` where a folder cannot be read, or there is no class folder with pictures.
  public init(
    _ root: URL, orientation: Image.Orientation = .stored, acceptsTruncated: Bool = false,
    scaledDecoding: Bool = false
  ) throws {
    try self.init(BytePath(root.path), PictureReading(orientation, acceptsTruncated, scaledDecoding))
  }

  init(_ root: BytePath, _ reading: PictureReading) throws {
    let listing = try FolderListing(classFolders: root)
    guard !listing.classes.isEmpty else {
      let empty = listing.findings.emptyClasses
      throw DatasetError.emptyFolder(
        path: root.description,
        expected: empty.isEmpty
          ? "class folders" : "pictures in its class folders (\(empty.prefix(4).joined(separator: ", ")))")
    }
    let names = listing.classes.map { BytePath.text($0.name) }
    self.init(listing, names, Array(names.indices), reading)
  }

  private init(
    _ listing: FolderListing, _ classNames: [String], _ labels: [Int], _ reading: PictureReading
  ) {
    root = FileReading.url(listing.root.description)
    self.classNames = classNames
    self.reading = reading
    findings = listing.findings
    self.listing = listing
    self.labels = labels
  }

  /// The same pictures with another data set's classes, found by name. That set may have more.
  /// - Throws: ``DatasetError/unknownClasses(path:names:)`` where there are pictures of a class that it has not.
  func withClasses(of other: FolderDataset) throws -> FolderDataset {
    let places = other.classNames.enumerated().map { ($1, $0) }
    let exact = Dictionary(places.map { (Array($0.utf8), $1) }) { first, _ in first }
    // As text, é is é, whether it is stored as one character or, as some systems do, as two.
    let equivalent = Dictionary(places) { first, _ in first }
    let found = classNames.map { exact[Array($0.utf8)] ?? equivalent[$0] }
    let unknown = zip(classNames, found).filter { $1 == nil }.map(\.0)
    guard unknown.isEmpty else {
      throw DatasetError.unknownClasses(path: listing.root.description, names: unknown)
    }
    return FolderDataset(listing, other.classNames, found.map { $0! }, reading)
  }

  /// The labels of which there are pictures.
  var presentLabels: Set<Int> { Set(labels) }

  /// The parts of a data set: a folder `train`, and `val`, `valid`, `validation` or `test`, in small or capital
  /// letters. The second may lack classes.
  /// - Parameters:
  ///   - root: the folder of the two.
  ///   - orientation: whether pictures are turned upright by their EXIF tag.
  ///   - acceptsTruncated: whether pictures that end early are taken.
  ///   - scaledDecoding: whether a loader decodes JPEGs at a part of their scale, see ``DataOptions/scaledDecoding``.
  /// - Throws: ``DatasetError``.
  public static func split(
    _ root: URL, orientation: Image.Orientation = .stored, acceptsTruncated: Bool = false,
    scaledDecoding: Bool = false
  ) throws -> (train: FolderDataset, validation: FolderDataset) {
    let parts = try FolderLayout.parts(BytePath(root.path))
    let reading = PictureReading(orientation, acceptsTruncated, scaledDecoding)
    let train = try FolderDataset(parts.train, reading)
    guard let validation = parts.validation else { throw DatasetError.noValidation(path: root.path) }
    return (train, try FolderDataset(validation, reading).withClasses(of: train))
  }

  /// The number of picture files in all class folders.
  public var count: Int { listing.count }

  public func target(at index: Int) -> Int { labels[Int(listing.labels[index])] }
  public func name(at index: Int) -> String { listing.path(at: index).description }

  /// The file of an example; its name is not the file's where that is no UTF-8.
  public func url(at index: Int) -> URL { FileReading.url(listing.path(at: index).description) }

  public func encodedPicture(at index: Int) throws -> EncodedPicture? {
    try reading.encoded(listing.path(at: index))
  }

  public func example(at index: Int) throws -> Example<Int> {
    Example(image: try reading.image(listing.path(at: index)), label: target(at: index))
  }
}
