import Foundation
import Images

/// All pictures of a folder and of the folders in it, whatever they are called: pictures without labels. Each has the one class
/// that there is.
public struct PictureTree: Dataset {
  /// The one class.
  public let classNames = ["picture"]
  /// Whether pictures are turned upright by their EXIF tag.
  public let orientation: Image.Orientation
  /// Whether pictures that end early are taken.
  public let acceptsTruncated: Bool
  /// What of the folder is not used.
  public let findings: DataFindings
  private let files: [BytePath]

  /// - Parameters:
  ///   - folder: its path.
  ///   - orientation: whether pictures are turned upright by their EXIF tag.
  ///   - acceptsTruncated: whether pictures that end early are taken.
  /// - Throws: ``DatasetError`` where a folder cannot be read, or there are no pictures.
  public init(
    _ folder: String, orientation: Image.Orientation = .stored, acceptsTruncated: Bool = false
  ) throws {
    let found = try PictureFolder(folder)
    (files, findings) = (found.files, found.findings)
    self.orientation = orientation
    self.acceptsTruncated = acceptsTruncated
  }

  /// How many pictures there are.
  public var count: Int { files.count }
  public func target(at index: Int) -> Int { 0 }
  public func name(at index: Int) -> String { files[index].description }

  public func example(at index: Int) throws -> Example<Int> {
    let image = try Image(
      contentsOf: files[index], orientation: orientation, acceptsTruncated: acceptsTruncated)
    return Example(image: image, label: 0)
  }
}
