import Foundation
import Images

/// Pictures in a folder for each class, read when asked for.
///
/// Class folders and files are taken in the order of their names, so labels and order are the same everywhere.
/// Files count by extension (jpg, jpeg, png); what they are is found by content.
public struct FolderDataset: Dataset {
  /// The folder of the class folders.
  public let root: URL
  /// The names of the class folders.
  public let classNames: [String]
  /// Whether pictures are turned upright by their EXIF tag.
  public let orientation: Image.Orientation
  private let files: [(url: URL, label: Int)]

  private static let extensions: Set<String> = ["jpg", "jpeg", "png"]

  /// - Throws: ``DatasetError`` where the folder is missing, has no class folders, or one without pictures.
  public init(_ root: URL, orientation: Image.Orientation = .stored) throws(DatasetError) {
    let folders = try Self.entries(root).filter(\.hasDirectoryPath)
    guard !folders.isEmpty else {
      throw .emptyFolder(path: root.path, expected: "class folders")
    }
    var files: [(url: URL, label: Int)] = []
    for (label, folder) in folders.enumerated() {
      let pictures = try Self.entries(folder).filter {
        !$0.hasDirectoryPath && Self.extensions.contains($0.pathExtension.lowercased())
      }
      guard !pictures.isEmpty else {
        throw .emptyFolder(path: folder.path, expected: "pictures (jpg, jpeg, png)")
      }
      files += pictures.map { ($0, label) }
    }
    self.root = root
    self.classNames = folders.map(\.lastPathComponent)
    self.orientation = orientation
    self.files = files
  }

  /// The folders `train` and `val` of a data set, which must have the same classes.
  /// - Throws: ``DatasetError``.
  public static func split(
    _ root: URL, orientation: Image.Orientation = .stored
  ) throws(DatasetError) -> (train: FolderDataset, validation: FolderDataset) {
    let train = try FolderDataset(root.appendingPathComponent("train"), orientation: orientation)
    let validation = try FolderDataset(root.appendingPathComponent("val"), orientation: orientation)
    let only = Set(train.classNames).symmetricDifference(validation.classNames)
    guard only.isEmpty else { throw .differentClasses(path: root.path, only: only.sorted()) }
    return (train, validation)
  }

  /// The number of picture files in all class folders.
  public var count: Int { files.count }

  public func target(at index: Int) -> Int { files[index].label }

  /// The file of an example.
  public func url(at index: Int) -> URL { files[index].url }

  public func example(at index: Int) throws -> Example<Int> {
    let file = files[index]
    return Example(image: try Image(contentsOf: file.url, orientation: orientation), label: file.label)
  }

  /// What a folder holds, hidden entries left out, sorted by the bytes of the names.
  private static func entries(_ folder: URL) throws(DatasetError) -> [URL] {
    if let reason = FileReading.whyNoFolder(folder) { throw .unreadable(path: folder.path, reason: reason) }
    do {
      return try FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles
      ).map { url in
        // A link to a folder is as good as the folder.
        folder.appendingPathComponent(url.lastPathComponent, isDirectory: FileReading.isFolder(url) == true)
      }.sorted { $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8) }
    } catch {
      throw .unreadable(path: folder.path, reason: error.localizedDescription)
    }
  }
}
