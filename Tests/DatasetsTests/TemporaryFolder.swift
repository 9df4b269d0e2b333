import Datasets
import Foundation

/// A folder that is gone when the object is.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file and the folders it is in: a small picture, where nothing else is given.
  @discardableResult
  func write(_ name: String, _ data: Data? = nil) throws -> URL {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try (data ?? Image(width: 3, height: 2, repeating: 9).pngData()).write(to: file)
    return file
  }

  func writePictures(_ names: String...) throws {
    for name in names { try write(name) }
  }

  /// Makes a folder whose name is bytes.
  func makeFolder(bytes: [UInt8]) -> Bool {
    (Array(path.utf8) + [UInt8(ascii: "/")] + bytes + [0]).withUnsafeBytes {
      mkdir($0.assumingMemoryBound(to: CChar.self).baseAddress!, 0o755) == 0
    }
  }

  /// Copies a file to a name of bytes.
  func copy(_ source: URL, toBytes bytes: [UInt8]) throws -> Bool {
    let data = try Data(contentsOf: source)
    return (Array(path.utf8) + [UInt8(ascii: "/")] + bytes + [0]).withUnsafeBytes { name in
      guard let file = fopen(name.assumingMemoryBound(to: CChar.self).baseAddress!, "w") else { return false }
      defer { fclose(file) }
      return data.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) } == data.count
    }
  }
}
