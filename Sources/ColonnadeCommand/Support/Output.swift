import Foundation

/// What commands print for programs, and the files they write.
enum Output {
  /// Prints a value as JSON, with its keys in alphabetical order.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    Terminal.standardOutput.print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// Writes a file, all of it or nothing.
  static func write(_ data: Data, to path: String) throws {
    do {
      try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.cannotCreate, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  /// Refuses a file that could not be written, before any work is done for it.
  static func check(file path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw Failure(.cannotCreate, "\(path): cannot be written: it is a folder")
    }
    let folder = (path as NSString).deletingLastPathComponent
    try check(folderOfOutput: folder.isEmpty ? "." : folder, path)
  }

  private static func check(folderOfOutput folder: String, _ path: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw Failure(.cannotCreate, "\(path): cannot be written: there is no folder \(folder)")
    }
    guard isFolder.boolValue else {
      throw Failure(.cannotCreate, "\(path): cannot be written: \(folder) is not a folder")
    }
    guard access(folder, W_OK) == 0 else {
      throw Failure(.cannotCreate, "\(path): cannot be written: no permission to write in \(folder)")
    }
  }
}
