import Engine
import Foundation
import Images

/// Pictures and their classes as a CSV file names them: `path,label`, with or without a line of names above, with a column
/// `split` where one file has both parts, and a column `group` where pictures belong to groups beside their classes. Paths are
/// relative to the file's folder.
struct PictureTable {
  private struct Entry {
    let path: BytePath
    let label: String
    /// Nil where the table has no such column, or nothing in it.
    let group: String?
    let isValidation: Bool
  }

  private let file: String
  private var entries: [Entry] = []
  /// Whether a column says which part a picture belongs to.
  private let hasParts: Bool
  private var notes: [String] = []

  private static let paths = [
    "path", "file", "filename", "file_name", "filepath", "image", "image_path", "img", "picture",
  ]
  private static let labels = ["label", "class", "category", "target", "class_name", "classname"]
  private static let splits = ["split", "part", "subset", "set"]
  private static let groups = ["group", "group_name", "subgroup"]
  private static let validation = ["val", "valid", "validation", "test", "testing"]
  private static let training = ["train", "training"]

  /// - Throws: ``DatasetError`` where the file cannot be read.
  private static func rows(of file: BytePath) throws -> [CSVText.Row] {
    let data: Data
    do { data = try FileReading.data(file) } catch {
      throw DatasetError.unreadable(path: file.description, reason: error.reason)
    }
    return try CSVText(data, file: file.description).rows
  }

  /// - Parameters:
  ///   - file: what paths are relative to, and errors name.
  ///   - rows: all that is in it.
  /// - Throws: ``DatasetError`` where it is no such table.
  private init(_ file: BytePath, _ rows: [CSVText.Row]) throws {
    self.file = file.description
    var rows = rows[...]
    guard let first = rows.first else {
      throw DatasetError.invalidTable(file: file.description, line: nil, reason: "it is empty")
    }
    let names = first.fields.map { $0.lowercased() }
    func column(_ wanted: [String]) -> Int? { names.firstIndex { wanted.contains($0) } }
    var (path, label, split, group, width) = (0, 1, nil as Int?, nil as Int?, 2)
    if let named = column(Self.paths), let labelled = column(Self.labels) {
      (path, label, split, width) = (named, labelled, column(Self.splits), names.count)
      group = column(Self.groups)
      rows.removeFirst()
      let used = [named, labelled, split, group]
      let unused = first.fields.indices.filter { !used.contains($0) }.map { first.fields[$0] }
      if !unused.isEmpty {
        notes.append("\(unused.count == 1 ? "column" : "columns") not used: \(listed(unused))")
      }
    }
    hasParts = split != nil
    let folder = BytePath(
      bytes: Array(file.bytes.prefix((file.bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)))
    var (missing, seen, repeated) = ([String](), Set<BytePath>(), 0)
    for row in rows {
      guard row.fields.count == width else {
        throw Self.fault(
          file, row,
          "\(row.fields.count) fields where \(width) are expected: path and label, or as the first line says")
      }
      guard !row.fields[path].isEmpty, !row.fields[label].isEmpty else {
        throw Self.fault(file, row, "a picture without \(row.fields[path].isEmpty ? "path" : "label")")
      }
      let isValidation = try split.map { try Self.isValidation(row, $0, file) } ?? false
      let bytes = Array(row.fields[path].utf8)
      let isAbsolute = bytes.first == UInt8(ascii: "/") || folder.bytes.isEmpty
      let picture = isAbsolute ? BytePath(bytes: bytes) : folder.appending(bytes)
      guard picture.withCString({ access($0, F_OK) }) == 0 else {
        missing.append(row.fields[path])
        continue
      }
      if !seen.insert(picture).inserted { repeated += 1 }
      let named = group.flatMap { row.fields[$0].isEmpty ? nil : row.fields[$0] }
      entries.append(
        Entry(path: picture, label: row.fields[label], group: named, isValidation: isValidation))
    }
    guard !entries.isEmpty else {
      throw DatasetError.invalidTable(
        file: file.description, line: nil,
        reason: missing.isEmpty
          ? "no pictures in it" : "none of \(counted(missing.count, "picture")) is there (\(listed(missing)))"
      )
    }
    if !missing.isEmpty {
      notes.append("missing: \(missing.count) of \(counted(rows.count, "picture")) (\(listed(missing)))")
    }
    if repeated > 0 { notes.append("named again: \(counted(repeated, "picture"))") }
  }

  /// Whether the first line is not one of names, paths among them, without labels.
  private static func hasLabels(_ rows: [CSVText.Row]) -> Bool {
    let first = rows.first?.fields.map { $0.lowercased() } ?? []
    return !first.contains(where: paths.contains) || first.contains(where: labels.contains)
  }

  private static func fault(_ file: BytePath, _ row: CSVText.Row, _ reason: String) -> DatasetError {
    .invalidTable(file: file.description, line: row.line, reason: reason)
  }

  private static func isValidation(_ row: CSVText.Row, _ column: Int, _ file: BytePath) throws -> Bool {
    let name = row.fields[column].lowercased()
    if validation.contains(name) { return true }
    guard training.contains(name) else {
      throw fault(file, row, "a part '\(row.fields[column])', which is neither train nor val nor test")
    }
    return false
  }

  /// A file of all pictures, or of those to train on with another of those to validate by.
  /// - Throws: ``DatasetError``.
  static func open(
    _ file: BytePath, validation: BytePath? = nil, name: String, path: String, _ options: DataOptions
  ) throws -> OpenedData {
    let table = try PictureTable(file, rows(of: file))
    var (train, held) = (table.entries.filter { !$0.isValidation }, table.entries.filter(\.isValidation))
    var findings = DataFindings(folder: path)
    findings.notes = table.notes
    let other = try validation.flatMap { file in
      let rows = try rows(of: file)
      return hasLabels(rows) ? try PictureTable(file, rows) : nil
    }
    if let other {
      (train, held) = (table.entries, other.entries)
      findings.notes += other.notes
    } else if let validation {
      // As competitions have it for the pictures whose classes are to be found.
      findings.notes.append("not read: \(validation.description), which has no column of labels")
    }
    guard !train.isEmpty else {
      throw DatasetError.invalidTable(
        file: file.description, line: nil, reason: "no pictures to train on in it")
    }
    let parts = try WrittenLabels.parts(
      train.map(\.label), held.isEmpty ? nil : held.map(\.label),
      path: validation?.description ?? file.description)
    findings.missingInValidation = parts.missing
    let trained = Set(train.map(\.path))
    findings.inBothParts = held.count { trained.contains($0.path) }
    func dataset(_ entries: [Entry], _ labels: [Int]) -> PathDataset {
      PathDataset(
        paths: entries.map(\.path), labels: labels, groups: entries.map(\.group),
        classNames: parts.classNames, reading: PictureReading(options))
    }
    return OpenedData(
      name: name, path: path, train: dataset(train, parts.train),
      validation: parts.validation.map { dataset(held, $0) },
      isUndivided: other == nil && !table.hasParts, findings: findings)
  }
}

/// Picture files with labels, read when asked for.
struct PathDataset: Dataset {
  let paths: [BytePath]
  let labels: [Int]
  /// By picture; nil of one that the table names none for.
  let groups: [String?]
  let classNames: [String]
  let reading: PictureReading

  var count: Int { paths.count }
  func target(at index: Int) -> Int { labels[index] }
  func name(at index: Int) -> String { paths[index].description }
  func group(at index: Int) -> String? { groups[index] }

  func encodedPicture(at index: Int) throws -> EncodedPicture? { try reading.encoded(paths[index]) }

  func example(at index: Int) throws -> Example<Int> {
    Example(image: try reading.image(paths[index]), label: labels[index])
  }
}
