import Foundation
import Images

extension DataSource<Int> {
  /// Of pictures without labels, the share that is not trained on where none was asked for.
  public static var unlabelledValidationShare: Double { 0.05 }

  /// Pictures whose classes do not matter: all of a folder and of the folders in it, of which
  /// ``DataOptions/validationShare`` or ``unlabelledValidationShare`` is not trained on. What is no folder with picture files is
  /// opened as ``open(_:_:)`` does it.
  /// - Parameters:
  ///   - argument: a path or a name.
  ///   - options: how it is opened.
  /// - Throws: ``DatasetError``.
  public static func unlabelled(
    _ argument: String, _ options: DataOptions = DataOptions()
  ) throws -> DataSource {
    let url = FileReading.url(argument)
    guard FileReading.isFolder(url) == true else { return try open(argument, options) }
    let tree: PictureTree
    do {
      tree = try PictureTree(
        argument, orientation: options.orientation, acceptsTruncated: options.acceptsTruncated)
    } catch let empty as DatasetError {
      guard case .emptyFolder = empty else { throw empty }
      do { return try open(argument, options) } catch DatasetError.unknownLayout { throw empty }
    }
    var findings = tree.findings
    var sound = Array(0..<tree.count)
    if options.skipsBroken {
      let found = tree.soundExamples()
      sound = found.indices
      findings.broken = found.errors.map { "\($0)" }
    }
    let pictures = Subset<Int>(tree, indices: sound)
    let share = options.validationShare ?? unlabelledValidationShare
    let parts = try pictures.split(share: share, seed: options.seed)
    return DataSource(
      name: url.lastPathComponent, train: Subset<Int>(pictures, indices: parts.train),
      validation: Subset<Int>(pictures, indices: parts.validation), findings: findings, options: options)
  }
}
