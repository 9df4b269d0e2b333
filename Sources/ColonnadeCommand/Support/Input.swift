import Colonnade
import Foundation

/// Files that commands read.
enum Input {
  /// The bytes of a file or a pipe; of the standard input for `-`.
  /// - Throws: a failure with the path as it was given.
  static func data(_ file: PictureFile) throws -> Data {
    do {
      return file.name == "-"
        ? try FileReading.data(descriptor: FileHandle.standardInput.fileDescriptor)
        : try FileReading.data(file.path)
    } catch {
      throw Failure(.missingInput, "\(file.name): cannot be read: \(error.reason)")
    }
  }

  /// The names of classes, from a file, a pipe or the standard input.
  /// - Throws: a failure, or `DatasetError`, which names the file and the line.
  static func classNames(_ path: String) throws -> [String] {
    try ClassNames.read(data(PictureFile(BytePath(path))), file: path)
  }

  static func isFolder(_ path: String) -> Bool { FileReading.isFolder(FileReading.url(path)) == true }
}
