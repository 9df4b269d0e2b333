import Foundation
import Images

/// What folders of annotated pictures hold.
enum Listing {
  private static let pictureExtensions: Set<String> = ["jpg", "jpeg", "png"]

  /// What a folder holds, hidden entries left out, sorted by the bytes of the names; empty where there is no folder.
  static func entries(_ folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { folder.appendingPathComponent($0, isDirectory: isFolder(folder.appendingPathComponent($0))) }
  }

  static func isFolder(_ url: URL) -> Bool { FileReading.isFolder(url) == true }

  static func files(_ folder: URL, withExtension pathExtension: String) -> [URL] {
    entries(folder).filter { !$0.hasDirectoryPath && $0.pathExtension.lowercased() == pathExtension }
  }

  static func folders(_ folder: URL) -> [URL] { entries(folder).filter(\.hasDirectoryPath) }

  /// Files count as pictures by extension; what they are is found by content when they are read.
  static func pictures(_ folder: URL) -> [URL] {
    entries(folder).filter {
      !$0.hasDirectoryPath && pictureExtensions.contains($0.pathExtension.lowercased())
    }
  }

  /// The name without its extension.
  static func stem(_ url: URL) -> String { url.deletingPathExtension().lastPathComponent }

  /// The lines of a text, without what stands around them; nil where it cannot be read.
  static func lines(_ url: URL) -> [String]? {
    guard let data = try? Data(contentsOf: url), let text = String(data: data, encoding: .utf8) else {
      return nil
    }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// Splits' names that mean the same: `val` for `valid` and `validation`.
  static func splitKey(_ name: String) -> String {
    let name = name.lowercased()
    return name == "valid" || name == "validation" ? "val" : name
  }

  /// The names that folders of splits have.
  static let splitNames: Set<String> = ["train", "val", "test", "trainval"]
}
