import Engine

/// What of a data folder is not used, and what is missing in it: counted, to be said once.
public struct DataFindings: Hashable, Sendable {
  /// The data folder.
  public var folder: String
  /// Files that are no pictures of a format that is read, by their ending or format: `["txt": 12, "TIFF": 1]`.
  public var otherFiles: [String: Int] = [:]
  /// Files and folders whose names begin with a point.
  public var hidden = 0
  /// What file managers and archivers leave behind, by name: `["__MACOSX": 1]`.
  public var litter: [String: Int] = [:]
  /// Links that lead nowhere or back to a folder they are in, pipes and devices.
  public var special = 0
  /// Pictures beside the class folders.
  public var loosePictures = 0
  /// Folders that are neither a part of the data nor a class.
  public var unusedFolders: [String] = []
  /// Classes without pictures to train on: they are left out.
  public var emptyClasses: [String] = []
  /// Classes without pictures in validation.
  public var missingInValidation: [String] = []
  /// Why pictures were skipped that cannot be read.
  public var broken: [String] = []
  /// What was wrong with annotations.
  public var annotations = AnnotationReport()
  /// Pictures to validate by that are among those to train on.
  public var inBothParts = 0
  /// What else there is to say, in a few words each.
  public var notes: [String] = []
  /// What a name was taken for where it could mean several things.
  public var choice: String?

  /// Nothing found.
  public init(folder: String) { self.folder = folder }

  /// Whether there is nothing to say.
  public var isEmpty: Bool { self == DataFindings(folder: folder) }

  /// With what was found in a part of the same data.
  mutating func add(_ part: DataFindings) {
    otherFiles.merge(part.otherFiles, uniquingKeysWith: +)
    hidden += part.hidden
    litter.merge(part.litter, uniquingKeysWith: +)
    special += part.special
    loosePictures += part.loosePictures
    unusedFolders += part.unusedFolders
    notes += part.notes
    for name in part.emptyClasses where !emptyClasses.contains(name) { emptyClasses.append(name) }
  }
}

extension DataFindings: CustomStringConvertible {
  /// One line that names the folder: `photos: not used: 12 txt, 1 .DS_Store; no pictures, so no class: d`. Control characters
  /// in names are escaped.
  public var description: String {
    var unused = Self.sorted(otherFiles) + Self.sorted(litter)
    if hidden > 0 { unused.append("\(hidden) hidden") }
    if special > 0 { unused.append("\(special) \(special == 1 ? "link or device" : "links or devices")") }
    if loosePictures > 0 {
      unused.append("\(counted(loosePictures, "picture")) beside the class folders")
    }
    if !unusedFolders.isEmpty {
      unused.append("\(unusedFolders.count == 1 ? "folder" : "folders") \(listed(unusedFolders))")
    }
    if !broken.isEmpty {
      unused.append(
        "\(counted(broken.count, "broken picture")): \(listed(broken))")
    }
    var parts = choice.map { [$0] } ?? []
    if !unused.isEmpty { parts.append("not used: \(unused.joined(separator: ", "))") }
    if !emptyClasses.isEmpty { parts.append("no pictures, so no class: \(listed(emptyClasses))") }
    if !missingInValidation.isEmpty {
      parts.append("no pictures in validation of \(listed(missingInValidation))")
    }
    if !annotations.isEmpty { parts.append("annotations: \(annotations.summary)") }
    if inBothParts > 0 {
      parts.append(
        "\(counted(inBothParts, "picture")) to validate by among those to train on")
    }
    parts += notes
    return printable("\(folder): \(parts.joined(separator: "; "))")
  }

  /// Most frequent first.
  private static func sorted(_ counts: [String: Int]) -> [String] {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
  }
}
