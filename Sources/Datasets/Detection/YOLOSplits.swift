import Foundation

/// What the splits of a data set in YOLO's format are made of. `train`, `val` and `test` of a .yaml file say it first: each a
/// folder, a list of pictures in a .txt file, or several of these, by paths of any machine (``YOLOPaths``). Of a split that
/// it does not name, or by what is not there, a list beside the folders says it, such as `train.txt`, whatever folder has the
/// split's name; else that folder is it. Folders that are named by nothing are splits of their own names.
struct YOLOSplits {
  /// Pictures of a split.
  enum Source: Hashable {
    /// All of a folder, by its place.
    case folder(Int)
    /// Those that a text names.
    case list(URL)

    var isList: Bool { if case .list = self { true } else { false } }
  }

  struct Split {
    /// ``DetectionSource/whole`` where it is not one of several.
    let name: String
    let sources: [Source]
  }

  /// Something that a .yaml file says and that is not followed.
  struct Unknown {
    let split: String
    let file: URL
    let line: Int
    let path: String
  }

  /// In the order of the folders.
  private(set) var all: [Split] = []
  private(set) var unknown: [Unknown] = []
  let paths: YOLOPaths

  /// Whether every picture is in one split and no other.
  var isPartition: Bool {
    let sources = all.flatMap(\.sources)
    return Set(sources).count == sources.count && !sources.contains(where: \.isList)
  }

  /// - Throws: ``DatasetError`` where the file is broken.
  init(_ root: URL, _ folders: [YOLOFolders.Folder], _ file: YOLOFile?) throws {
    paths = YOLOPaths(root, folders)
    var splits: [Split] = []
    if let file {
      let lists = Self.lists(root)
      for name in ["train", "val", "test"] {
        guard let entry = try Self.entry(name, in: file) else { continue }
        let found = Self.sources(entry.paths, of: name, folders, lists, paths)
        if let missing = found.missing {
          unknown.append(Unknown(split: name, file: file.url, line: entry.line, path: missing))
        } else {
          splits.append(Split(name: name, sources: found.sources))
        }
      }
    }
    let named = Set(splits.flatMap(\.sources))
    let stated = Set(splits.map(\.name))
    for (name, list) in YOLOFolders.lists(root)
    where !stated.contains(Listing.splitKey(name)) && !named.contains(.list(list)) {
      splits.append(Split(name: name, sources: [.list(list)]))
    }
    all = Self.ordered(splits, named, root, folders)
  }

  /// With the folders that are left: a split stands where its first folder would, or the one whose place its lists take.
  private static func ordered(
    _ splits: [Split], _ named: Set<Source>, _ root: URL, _ folders: [YOLOFolders.Folder]
  ) -> [Split] {
    let places = Dictionary(
      folders.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    let byName = Dictionary(splits.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var found = splits.map { split in
      let own = split.sources.compactMap { if case .folder(let index) = $0 { index } else { nil } }
      return (place: own.min() ?? places[split.name] ?? folders.count, split: split)
    }
    for (index, folder) in folders.enumerated() where !named.contains(.folder(index)) {
      let other = byName[folder.name]
      if let other, other.sources.contains(where: \.isList) { continue }
      let name = other == nil ? folder.name : path(folder.pictures, in: root)
      found.append((index, Split(name: name, sources: [.folder(index)])))
    }
    return found.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
      .map(\.element.split)
  }

  /// From the root on, with a `/` in it: no name of a split.
  private static func path(_ folder: URL, in root: URL) -> String {
    let parts = folder.standardizedFileURL.pathComponents.dropFirst(
      root.standardizedFileURL.pathComponents.count)
    return (parts.count == 1 ? ["."] + parts : Array(parts)).joined(separator: "/")
  }

  // MARK: Entries

  /// What a .yaml file says of a split, each path with what it is relative to; nil where that is nothing.
  private static func entry(
    _ split: String, in file: YOLOFile
  ) throws -> (line: Int, paths: [(text: String, above: [String])])? {
    let key = split == "val" && file.line(of: "val") == nil ? "validation" : split
    guard let line = file.line(of: key), let value = try file.value(of: key) else { return nil }
    let items =
      switch value {
      case .word(let item): [item]
      case .list(let items), .table(let items): items
      }
    let texts = items.map(\.text).filter { !["", "~", "null"].contains($0) }
    guard !texts.isEmpty else { return nil }
    // Folders are no deeper than a few parts, and every entry is looked up with these.
    var above: [String] = []
    if case .word(let item) = try file.value(of: "path") { above = YOLOPaths.parts(item.text).suffix(8) }
    return (line, texts.map { ($0, YOLOPaths.isAbsolute($0) ? [] : above) })
  }

  /// By their names, and by these in lower case.
  private static func lists(_ root: URL) -> [String: URL] {
    let texts = Listing.files(root, withExtension: "txt").map { ($0.lastPathComponent, $0) }
    return Dictionary(texts + texts.map { ($0.lowercased(), $1) }, uniquingKeysWith: { first, _ in first })
  }

  /// - Returns: what the paths lead to, each once; and the first that leads nowhere.
  private static func sources(
    _ entries: [(text: String, above: [String])], of split: String, _ folders: [YOLOFolders.Folder],
    _ lists: [String: URL], _ paths: YOLOPaths
  ) -> (sources: [Source], missing: String?) {
    var (sources, seen) = ([Source](), Set<Source>())
    for (text, above) in entries {
      let parts = YOLOPaths.parts(text)
      let source: Source? =
        if let name = parts.last, name.lowercased().hasSuffix(".txt") {
          (lists[name] ?? lists[name.lowercased()]).map(Source.list)
        } else {
          (paths.folder(above + parts) ?? paths.folder(parts)
            ?? (entries.count == 1 ? named(split, parts, folders) : nil)).map(Source.folder)
        }
      guard let source else { return ([], text) }
      if seen.insert(source).inserted { sources.append(source) }
    }
    return (sources, nil)
  }

  /// The folder of a split's name, where a path says that name and no other split's: `../valid/images` is `images/val`.
  private static func named(_ split: String, _ path: [String], _ folders: [YOLOFolders.Folder]) -> Int? {
    let names = Set(path.suffix(2).map(Listing.splitKey)).intersection(Listing.splitNames)
    return names == [split] ? folders.firstIndex { $0.name == split } : nil
  }
}
