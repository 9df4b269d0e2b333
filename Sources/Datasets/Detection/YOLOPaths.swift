import Foundation

/// Finds a data set's folders and pictures by paths that may have been written on another machine: by as many of their last
/// parts as are the same. Upper and lower case of folders are the same.
struct YOLOPaths {
  /// By the end of a path, which may follow others: a folder from the root on.
  private let ends: [String: Int]
  /// By a path that is all there is: less than that, with the split's name.
  private let short: [String: Int]
  /// The most parts of a key.
  private let depth: Int
  /// The folder that has all pictures.
  private let whole: Int?

  init(_ root: URL, _ folders: [YOLOFolders.Folder]) {
    let above = root.standardizedFileURL.pathComponents
    func parts(_ folder: URL) -> [String] {
      Array(folder.standardizedFileURL.pathComponents.dropFirst(above.count))
    }
    var whole: Int?
    var (endings, shorter) = ([(path: [String], index: Int)](), [(path: [String], index: Int)]())
    for (index, folder) in folders.enumerated() {
      let (pictures, split) = (parts(folder.pictures), parts(folder.split))
      for path in pictures == split ? [pictures] : [pictures, split] { endings.append((path, index)) }
      if folder.name == DetectionSource.whole {
        whole = index
        for path in [pictures, split] { endings.append((above.suffix(1) + path, index)) }
      } else {
        for count in stride(from: pictures.count - 1, to: max(pictures.count - split.count, 0), by: -1) {
          shorter.append((pictures.suffix(count), index))
        }
      }
    }
    self.whole = whole
    ends = Self.keys(endings)
    short = Self.keys(shorter)
    depth = endings.map(\.path.count).max() ?? 0
  }

  /// As they are written, which goes first, and in lower case.
  private static func keys(_ paths: [(path: [String], index: Int)]) -> [String: Int] {
    let keys = paths.filter { !$0.path.isEmpty }.map { ($0.path.joined(separator: "/"), $0.index) }
    return Dictionary(
      keys + keys.map { ($0.lowercased(), $1) }, uniquingKeysWith: { first, _ in first })
  }

  /// The parts of a path with `/` or `\` between them, without those that lead nowhere or back.
  static func parts(_ path: some StringProtocol) -> [String] {
    var parts: [String] = []
    for part in path.split(whereSeparator: { "/\\".contains($0) }) where part != "." {
      if part != ".." { parts.append(String(part)) } else { _ = parts.popLast() }
    }
    return parts
  }

  /// Whether a path begins at the top of a machine, this one or another.
  static func isAbsolute(_ path: String) -> Bool {
    path.hasPrefix("/") || path.hasPrefix("\\") || path.dropFirst().first == ":"
  }

  /// The folder that a path ends with.
  /// - Parameters:
  ///   - path: its parts.
  ///   - loosely: whether the split's name at its end is enough, whatever stands before.
  /// - Returns: its place; nil where there is none.
  func folder(_ path: [String], loosely: Bool = false) -> Int? {
    for count in stride(from: min(path.count, depth), to: 0, by: -1) {
      let end = path.suffix(count).joined(separator: "/")
      if let found = ends[end] ?? ends[end.lowercased()] {
        // `train/images` are not all pictures.
        let isOfSplit =
          count < path.count && Listing.splitNames.contains(Listing.splitKey(path[path.count - count - 1]))
        return found == whole && isOfSplit ? nil : found
      }
      if loosely || count == path.count, let found = short[end] ?? short[end.lowercased()] { return found }
    }
    return path.isEmpty ? whole : nil
  }
}

/// Finds pictures by the lines of lists. Where several have a name, the folders before it decide.
struct YOLOPictures {
  enum Found {
    case picture(Int)
    case missing
    case several
  }

  private let paths: YOLOPaths
  /// By folder and name, places among the pictures of all folders.
  private var places: [[String: Int]] = []
  /// The same by name alone; nil where there are several.
  private var byName: [String: Int?] = [:]

  /// - Parameter pictures: of each folder.
  init(_ paths: YOLOPaths, _ pictures: [[URL]]) {
    self.paths = paths
    var count = 0
    for files in pictures {
      var own: [String: Int] = [:]
      for file in files {
        let name = file.lastPathComponent
        own[name] = count
        byName.updateValue(byName[name] == nil ? count : nil, forKey: name)
        count += 1
      }
      places.append(own)
    }
  }

  /// - Parameter path: the parts of a line.
  func find(_ path: [String]) -> Found {
    guard let name = path.last, let only = byName[name] else { return .missing }
    let folders = Array(path.dropLast())
    if let folder = paths.folder(folders) { return places[folder][name].map(Found.picture) ?? .missing }
    if let only { return .picture(only) }
    return paths.folder(folders, loosely: true).flatMap { places[$0][name] }.map(Found.picture) ?? .several
  }
}
