import Engine
import Foundation
import Images

/// Reads data sets in YOLO's format: for each picture a text with a line `class cx cy w h` for each object, from 0 on and in
/// shares of the picture's width and height, or `class x1 y1 x2 y2 x3 y3 …`, the corners of a segment, of which the box around
/// them is taken. A picture without a text, or with an empty one, shows none of the objects.
///
/// The layouts are those of ``YOLOFolders``, the splits those of ``YOLOSplits``.
struct YOLOReader {
  private struct Object {
    let file: String
    let line: Int
    let label: Int
    /// Left, top, right, bottom in shares of the picture.
    let sides: SIMD4<Double>
  }

  private struct Reading {
    let picture: URL
    /// Nil of a picture that is left out.
    var size: Image.Size?
    var objects: [Object] = []
    var report = AnnotationReport()
  }

  /// Nil where the folder has none of the layouts.
  static func read(_ root: URL, _ options: PictureReading) throws -> DetectionSource? {
    let folders = YOLOFolders.find(root)
    guard !folders.isEmpty else { return nil }
    let files = try YOLOFile.find(root)
    let names = try YOLONames.find(root, files.names, beside: folders.map(\.labels))
    let splits = try YOLOSplits(root, folders, files.splits)
    let parts = divided(splits, root, folders, options)
    let highest = parts.flatMap { $0.readings.flatMap { $0.objects.map(\.label) } }.max() ?? -1
    // Without names, numbers; not as many as a mistyped number asks for.
    let classNames = names ?? (0..<min(highest, 9_999) + 1).map(String.init)
    return DetectionSource(
      name: root.lastPathComponent, format: .yolo, classNames: classNames,
      parts: parts.map { part in
        var report = part.report
        let pictures = part.readings.compactMap { picture($0, classNames.count, &report) }
        return DetectionSource.Part(name: part.name, pictures: pictures, report: report)
      }, options)
  }

  private typealias Part = (name: String, readings: [Reading], report: AnnotationReport)

  private static func part(_ folder: YOLOFolders.Folder, _ options: PictureReading) -> Part {
    var report = AnnotationReport()
    let texts = Listing.files(folder.labels, withExtension: "txt")
    let byStem = Dictionary(texts.map { (Listing.stem($0), $0) }, uniquingKeysWith: { first, _ in first })
    let files = Listing.pictures(folder.pictures)
    let stems = Set(files.map(Listing.stem))
    // Beside pictures a text may be about anything.
    for text in texts where !stems.contains(Listing.stem(text)) && text.lastPathComponent != "classes.txt" {
      guard folder.pictures != folder.labels || YOLOFolders.hasObjects(inText: text) else { continue }
      report.add(.missingPicture, file: text.path, "there is no picture of that name")
    }
    return (folder.name, files.map { reading($0, byStem[Listing.stem($0)], options) }, report)
  }

  /// The splits, and all pictures where these are not each in one of them.
  private static func divided(
    _ splits: YOLOSplits, _ root: URL, _ folders: [YOLOFolders.Folder], _ options: PictureReading
  ) -> [Part] {
    let read = folders.map { part($0, options) }
    let readings = read.flatMap(\.readings)
    var (places, count) = ([Range<Int>](), 0)
    for part in read {
      places.append(count..<count + part.readings.count)
      count += part.readings.count
    }
    let hasLists = splits.all.contains { $0.sources.contains(where: \.isList) }
    let pictures = YOLOPictures(splits.paths, hasLists ? read.map { $0.readings.map(\.picture) } : [])
    var (parts, used, complete) = ([Part](), Set<Int>(), Set<Int>())
    for split in splits.all {
      var (found, seen, report) = ([Int](), Set<Int>(), AnnotationReport())
      for source in split.sources {
        switch source {
        case .folder(let index):
          found += places[index].filter { seen.insert($0).inserted }
          report.add(read[index].report)
          complete.insert(index)
        case .list(let file): found += listed(file, of: pictures, &seen, &report)
        }
      }
      used.formUnion(seen)
      parts.append((split.name, found.map { readings[$0] }, report))
    }
    let hasWhole = parts.contains { $0.name == DetectionSource.whole }
    if !hasWhole, !splits.isPartition {
      let report = read.reduce(into: AnnotationReport()) { $0.add($1.report) }
      parts.insert((DetectionSource.whole, readings, report), at: 0)
    }
    // What is of no split is said of all pictures and of those to train on.
    let whole = parts.firstIndex { $0.name == DetectionSource.whole }
    let first = parts.firstIndex { $0.name != DetectionSource.whole } ?? 0
    let main = parts.firstIndex { $0.name == "train" } ?? first
    var rest = YOLOFolders.unused(root, folders)
    if let unlisted = readings.indices.first(where: { !used.contains($0) }) {
      let (left, name) = (readings.count - used.count, readings[unlisted].picture.lastPathComponent)
      rest.add(
        .unlisted, count: left, file: root.path,
        "no list names \(left == 1 ? "" : "\(counted(left, "picture")), the first of them ")'\(name)'")
    }
    for index in Set([whole, hasWhole ? nil : main].compactMap { $0 }) { parts[index].report.add(rest) }
    for (index, part) in read.enumerated() where !complete.contains(index) {
      parts[main].report.add(part.report)
    }
    for unknown in splits.unknown {
      let own = parts.firstIndex { $0.name == unknown.split } ?? main
      for index in Set([whole, own].compactMap { $0 }) { parts[index].report.add(unknown) }
    }
    return parts
  }

  /// The pictures that a list names and that are not taken yet, by their places among all of them.
  private static func listed(
    _ list: URL, of pictures: YOLOPictures, _ seen: inout Set<Int>, _ report: inout AnnotationReport
  ) -> [Int] {
    guard let lines = Listing.lines(list) else {
      report.add(.brokenFile, file: list.path, "is no text")
      return []
    }
    var found: [Int] = []
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let path = YOLOPaths.parts(line)
      switch pictures.find(path) {
      case .picture(let place) where seen.insert(place).inserted: found.append(place)
      case .picture:
        report.add(
          .brokenFile, file: list.path, line: index + 1, "'\(path.last ?? "")' is listed a second time")
      case .several:
        report.add(
          .brokenFile, file: list.path, line: index + 1, "there are several pictures '\(line.prefix(80))'")
      case .missing:
        report.add(
          .missingPicture, file: list.path, line: index + 1, "there is no picture '\(line.prefix(80))'")
      }
    }
    return found
  }

  private static func reading(_ picture: URL, _ text: URL?, _ options: PictureReading) -> Reading {
    var result = Reading(picture: picture)
    let size = result.report.size(of: picture, stated: nil, file: picture.path, options)
    guard let text else {
      result.size = size
      return result
    }
    guard let lines = Listing.lines(text) else {
      result.report.add(.brokenFile, file: text.path, "is no text")
      return result
    }
    result.size = size
    for (index, line) in lines.enumerated() where !line.isEmpty {
      if let (label, sides) = YOLOLine.parse(line) {
        result.objects.append(Object(file: text.path, line: index + 1, label: label, sides: sides))
      } else {
        result.report.add(
          .brokenObject, file: text.path, line: index + 1,
          "'\(line.prefix(60))' where a class from 0 on and four numbers, or the corners of a segment, are expected"
        )
      }
    }
    return result
  }

  /// Nil where the picture is left out.
  private static func picture(
    _ reading: Reading, _ classes: Int, _ report: inout AnnotationReport
  ) -> AnnotatedPicture? {
    report.add(reading.report)
    guard let size = reading.size else { return nil }
    let (width, height) = (Double(size.width), Double(size.height))
    let boxes = reading.objects.compactMap { object -> LabelledBox? in
      guard object.label < classes else {
        report.add(
          .unknownClass, file: object.file, line: object.line,
          "class \(object.label) where there are \(classes)")
        return nil
      }
      let sides = (
        left: object.sides[0] * width, top: object.sides[1] * height, right: object.sides[2] * width,
        bottom: object.sides[3] * height
      )
      let box = report.checked(sides, in: size, file: object.file, line: object.line)
      return box.map { LabelledBox($0, label: object.label) }
    }
    return AnnotatedPicture(url: reading.picture, size: size, boxes: boxes)
  }
}

extension AnnotationReport {
  fileprivate mutating func add(_ unknown: YOLOSplits.Unknown) {
    let path = unknown.path.prefix(80)
    add(
      .unknownSplit, file: unknown.file.path, line: unknown.line,
      "there is neither a folder of pictures nor a list '\(path)' for \(unknown.split)")
  }
}
