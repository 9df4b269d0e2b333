import Foundation
import Images

/// A data set in its two parts; ``open(_:)`` finds classified pictures as the commands are told to.
public struct DataSource<Target: GeometricTarget>: Sendable {
  /// What it is called, for reports.
  public let name: String
  /// The part that is trained on.
  public let train: any Dataset<Target>
  /// The part that is not trained on: `val`, `t10k` or the test split.
  public let validation: any Dataset<Target>
  /// What its licence asks to be said.
  public let attribution: String?
  /// What is known to suit its pictures; nil where the network decides.
  public let preprocessing: Preprocessing?

  /// - Parameters:
  ///   - name: what it is called, for reports.
  ///   - train: the part that is trained on.
  ///   - validation: the part that is not.
  ///   - attribution: what its licence asks to be said.
  ///   - preprocessing: what is known to suit its pictures; nil where the network decides.
  public init(
    name: String, train: any Dataset<Target>, validation: any Dataset<Target>, attribution: String? = nil,
    preprocessing: Preprocessing? = nil
  ) {
    self.name = name
    self.train = train
    self.validation = validation
    self.attribution = attribution
    self.preprocessing = preprocessing
  }
}

extension DataSource where Target == Int {
  /// Opens `digits` (shipped with the package), `fashion-mnist` (where Debian puts it), or a folder: one with
  /// `train/` and `val/` of class folders, or one with IDX files in MNIST's layout.
  /// - Throws: ``DatasetError``.
  public static func open(_ argument: String) throws(DatasetError) -> DataSource {
    let folder = URL(fileURLWithPath: argument)
    switch argument {
    case "digits":
      let parts = try Digits.load()
      return DataSource(
        name: "UCI digits", train: parts.train, validation: parts.test, attribution: Digits.attribution,
        preprocessing: Digits.preprocessing)
    case "fashion-mnist" where !exists(folder):
      return try fashionMNIST(FashionMNIST.debianFolder)
    default:
      return try open(folder)
    }
  }

  private static func open(_ folder: URL) throws(DatasetError) -> DataSource {
    guard exists(folder) else { throw .unreadable(path: folder.path, reason: "no such folder") }
    if exists(folder.appendingPathComponent("train")) {
      let parts = try FolderDataset.split(folder)
      return DataSource(name: folder.lastPathComponent, train: parts.train, validation: parts.validation)
    }
    guard exists(InMemoryDataset.idxFile(folder, "train-images-idx3-ubyte")) else {
      throw .unknownLayout(path: folder.path)
    }
    if folder.lastPathComponent.lowercased().contains("fashion") { return try fashionMNIST(folder) }
    let parts = try InMemoryDataset.idxFolder(folder)
    return DataSource(name: folder.lastPathComponent, train: parts.train, validation: parts.test)
  }

  private static func fashionMNIST(_ folder: URL) throws(DatasetError) -> DataSource {
    let parts = try FashionMNIST.load(from: folder)
    return DataSource(
      name: "Fashion-MNIST", train: parts.train, validation: parts.test,
      preprocessing: FashionMNIST.preprocessing)
  }

  private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
