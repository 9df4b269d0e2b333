import Foundation
import Images

/// What folders of annotated pictures hold.
enum Listing {
  /// What a folder holds, hidden entries left out, sorted by the bytes of the names; empty where there is no folder. A name
  /// that is no UTF-8 is shown escaped, and is then the name of no file: who reads it says so.
  static func entries(_ folder: URL) -> [URL] {
    var found: [(name: [UInt8], isFolder: Bool)] = []
    _ = try? FolderReader.read(BytePath(folder.path)) { name, kind in
      if !EntryNames.isHidden(name) { found.append((Array(name), kind == .folder)) }
      return true
    }
    return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map {
      folder.appendingPathComponent(BytePath.text($0.name), isDirectory: $0.isFolder)
    }
  }

  static func isFolder(_ url: URL) -> Bool { FileReading.isFolder(url) == true }

  static func files(_ folder: URL, withExtension pathExtension: String) -> [URL] {
    entries(folder).filter { !$0.hasDirectoryPath && $0.pathExtension.lowercased() == pathExtension }
  }

  static func folders(_ folder: URL) -> [URL] { entries(folder).filter(\.hasDirectoryPath) }

  /// Files count as pictures by their ending; what they are is found by content when they are read.
  static func pictures(_ folder: URL) -> [URL] {
    entries(folder).filter { entry in
      !entry.hasDirectoryPath
        && Array(entry.lastPathComponent.utf8).withUnsafeBufferPointer { EntryNames.isPicture($0) }
    }
  }

  /// The name without its extension.
  static func stem(_ url: URL) -> String { url.deletingPathExtension().lastPathComponent }

  /// The lines of a text in UTF-8, or in UTF-16 with the mark that Windows writes first, without what stands around them; nil
  /// where it is none or cannot be read.
  static func lines(_ url: URL) -> [String]? {
    guard let data = try? Data(contentsOf: url) else { return nil }
    let isWide = data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF])
    let (bytes, encoding) = isWide ? (data, String.Encoding.utf16) : (data.withoutByteOrderMark, .utf8)
    return String(data: bytes, encoding: encoding)?
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// A folder by its name in whatever case; one that is written just so goes first.
  static func folder(_ name: String, in root: URL) -> URL? {
    let found = folders(root).filter { $0.lastPathComponent.lowercased() == name.lowercased() }
    return found.first { $0.lastPathComponent == name } ?? found.first
  }

  /// Splits' names that mean the same: `val` for `valid`, `validation`, `val2017` and `obj_valid_data`.
  static func splitKey(_ name: String) -> String {
    // No file's name is longer, but what a file says may be.
    guard name.utf8.count < 256 else { return name }
    var name = name.lowercased()
    if name.hasPrefix("obj_"), name.hasSuffix("_data") { name = String(name.dropFirst(4).dropLast(5)) }
    if name.count > 4, name.suffix(4).allSatisfy(\.isWholeNumber) {
      let plain = splitKey(String(name.dropLast(4)))
      if splitNames.contains(plain) { return plain }
    }
    return name == "valid" || name == "validation" ? "val" : name
  }

  /// The names that folders of splits have.
  static let splitNames: Set<String> = ["train", "val", "test", "trainval"]
}
