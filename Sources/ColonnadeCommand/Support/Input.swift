import Foundation

/// Files that commands read.
enum Input {
  /// The bytes of a file.
  /// - Throws: a failure with the path as it was given.
  static func data(_ path: String) throws -> Data {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure(.missingInput, "\(path): no such file")
    }
    if isFolder.boolValue { throw Failure(.missingInput, "\(path): is a folder, not a file") }
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw Failure(.missingInput, "\(path): cannot be read: \(error.localizedDescription)")
    }
  }

}
