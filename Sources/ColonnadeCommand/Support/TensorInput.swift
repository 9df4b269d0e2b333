import Colonnade
import Foundation

extension Input {
  /// The tensors of a file or a pipe; of the standard input for `-`.
  /// - Parameters:
  ///   - path: as `openTensorFile` takes it, or `-`.
  ///   - key: where in a checkpoint the tensors are.
  /// - Throws: `WeightFileError`.
  static func tensors(_ path: String, key: String? = nil) throws -> any TensorFile {
    guard path == "-" else { return try openTensorFile(path, key: key) }
    let input = try MappedFile(descriptor: FileHandle.standardInput.fileDescriptor, path: path)
    return try openTensorFile(input, key: key)
  }
}
