import Foundation
import Images

/// The names of classes of a data set in YOLO's format: `names` in a .yaml file, or a file with a name a line.
enum YOLONames {
  /// Nil where neither the folder nor those of the texts have any.
  /// - Parameters:
  ///   - root: the folder.
  ///   - yaml: its .yaml file with names.
  ///   - labels: the folders of the texts.
  /// - Throws: ``DatasetError`` where a .yaml file contradicts itself.
  static func find(_ root: URL, _ yaml: YOLOFile?, beside labels: [URL]) throws -> [String]? {
    if let names = try yaml.flatMap(read) { return names }
    let files =
      ["classes.txt", "obj.names", "labels/classes.txt"].map { root.appendingPathComponent($0) }
      + labels.map { $0.appendingPathComponent("classes.txt") }
    for file in files where FileReading.isFolder(file) == false { return try ClassNames.read(file) }
    if let file = Listing.files(root, withExtension: "names").first { return try ClassNames.read(file) }
    return nil
  }

  /// `names` as a list, or as a table of an index and a name each, as many as `nc` says.
  private static func read(_ file: YOLOFile) throws -> [String]? {
    let names: [String]
    switch try file.value(of: "names") {
    case .list(let items): names = items.map(\.text)
    case .table(let items): names = try table(items, file)
    case .word(let item): throw file.invalid(item.line, "names is neither a list nor a table")
    case nil: return nil
    }
    if let line = file.line(of: "nc") {
      var stated = "no number"
      if case .word(let item) = try file.value(of: "nc") { stated = item.text }
      guard Int(stated) == names.count else {
        throw file.invalid(line, "nc is \(stated) where there are \(names.count) names")
      }
    }
    return names
  }

  /// Indices in their order from 0 on, each with its name.
  private static func table(_ entries: [YOLOFile.Item], _ file: YOLOFile) throws -> [String] {
    var names: [String] = []
    for (line, text) in entries {
      let parts = text.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, Int(parts[0]) == names.count else {
        throw file.invalid(line, "'\(text)' where '\(names.count): name' is expected")
      }
      names.append(YOLOFile.unquoted(parts[1]))
    }
    return names
  }
}
