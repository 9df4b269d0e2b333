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

  static func isFolder(_ path: String) -> Bool { FileReading.isFolder(URL(fileURLWithPath: path)) == true }
}
