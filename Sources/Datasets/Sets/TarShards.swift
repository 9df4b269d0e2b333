import Engine
import Foundation
import Images

/// Classified pictures in tar archives, as WebDataset keeps them: `KEY.jpg` (or another picture) and `KEY.cls`, its class as a
/// number or a name; where there is no `.cls` at all, the class is the folder that a picture is in. Pictures are read from the
/// archive when they are asked for.
struct TarShards: Dataset {
  private struct Sample: Sendable {
    let archive: Int
    let entry: TarArchive.Entry
    let label: String
  }

  private let archives: [TarArchive]
  private var samples: [Sample] = []
  private var labels: [Int] = []
  private(set) var classNames: [String] = []
  private var notes: [String] = []
  private let reading: PictureReading

  var count: Int { samples.count }
  func target(at index: Int) -> Int { labels[index] }

  func name(at index: Int) -> String {
    "\(archives[samples[index].archive].path)/\(samples[index].entry.name)"
  }

  func example(at index: Int) throws -> Example<Int> {
    Example(image: try reading.image(data(at: index), name: name(at: index)), label: labels[index])
  }

  func encodedPicture(at index: Int) throws -> EncodedPicture? {
    try reading.encoded { (data(at: index), name(at: index)) }
  }

  private func data(at index: Int) -> Data { archives[samples[index].archive].data(samples[index].entry) }

  /// - Throws: ``DatasetError`` where an archive is broken, or none holds a picture with a class.
  private init(_ paths: [String], _ options: DataOptions) throws {
    reading = PictureReading(options)
    archives = try paths.map { try TarArchive($0) }
    var (classes, pictures, others) = ([String: String](), [(archive: Int, entry: TarArchive.Entry)](), 0)
    for (index, archive) in archives.enumerated() {
      for entry in archive.entries {
        let (key, ending) = Self.split(entry.name)
        if ending == "cls" {
          classes["\(index) \(key)"] = String(decoding: archive.data(entry).prefix(256), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        } else if Self.isPicture(entry.name) {
          pictures.append((index, entry))
        } else {
          others += 1
        }
      }
    }
    var unlabelled = 0
    for (index, entry) in pictures {
      let label =
        classes.isEmpty ? Self.folder(of: entry.name) : classes["\(index) \(Self.split(entry.name).key)"]
      guard let label, !label.isEmpty else {
        unlabelled += 1
        continue
      }
      samples.append(Sample(archive: index, entry: entry, label: label))
    }
    guard !samples.isEmpty else {
      throw DatasetError.invalidArchive(
        file: listed(paths),
        reason: "no pictures with a class: neither KEY.jpg with KEY.cls nor folders of pictures")
    }
    if unlabelled > 0 { notes.append("\(counted(unlabelled, "picture")) without a class") }
    if others > 0 { notes.append("\(counted(others, "other file")) in archives") }
    let special = archives.reduce(0) { $0 + $1.special }
    if special > 0 { notes.append("\(special) links and devices in archives") }
  }

  /// Opens archives: those with `train` in their names to train on, those with `val` or `test` to validate by; all to train on
  /// where no name says so.
  /// - Throws: ``DatasetError``.
  static func open(_ paths: [String], name: String, path: String, _ options: DataOptions) throws -> OpenedData
  {
    func isTest(_ path: String) -> Bool {
      let file = (path as NSString).lastPathComponent.lowercased()
      return !file.contains("train") && ["val", "test"].contains { file.contains($0) }
    }
    let held = paths.filter(isTest)
    let trained = paths.filter { !isTest($0) }
    var train = try TarShards(trained.isEmpty ? held : trained, options)
    var validation: TarShards? = try trained.isEmpty || held.isEmpty ? nil : TarShards(held, options)
    let parts = try WrittenLabels.parts(
      train.samples.map(\.label), validation?.samples.map(\.label), path: held.first ?? path)
    (train.classNames, train.labels) = (parts.classNames, parts.train)
    validation?.classNames = parts.classNames
    if let labels = parts.validation { validation?.labels = labels }
    var findings = DataFindings(folder: path)
    findings.notes = train.notes + (validation?.notes ?? [])
    findings.missingInValidation = parts.missing
    return OpenedData(
      name: name, path: path, train: train, validation: validation, isUndivided: validation == nil,
      findings: findings)
  }

  /// A name up to the first point of its last component, and what follows it.
  private static func split(_ name: String) -> (key: String, ending: String) {
    let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    guard let point = name[start...].firstIndex(of: ".") else { return (name, "") }
    return (String(name[..<point]), name[name.index(after: point)...].lowercased())
  }

  private static func isPicture(_ name: String) -> Bool {
    let last = Array((name as NSString).lastPathComponent.utf8)
    return last.withUnsafeBufferPointer { !EntryNames.isHidden($0) && EntryNames.isPicture($0) }
  }

  private static func folder(of name: String) -> String? {
    let parts = name.split(separator: "/")
    return parts.count > 1 ? String(parts[parts.count - 2]) : nil
  }
}
