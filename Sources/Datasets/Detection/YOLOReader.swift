import Foundation
import Images

/// Reads data sets in YOLO's format: for each picture a text with a line `class cx cy w h` for each object, from 0 on and in
/// shares of the picture's width and height, or `class x1 y1 x2 y2 x3 y3 …`, the corners of a segment, of which the box around
/// them is taken. A picture without a text, or with an empty one, shows none of the objects.
///
/// The layouts are those of ``YOLOFolders``.
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
    let names = try YOLONames.find(root, beside: folders.map(\.labels))
    var parts = folders.map { part($0, options) }
    let main = parts.firstIndex { $0.name == "train" } ?? 0
    parts[main].report.add(YOLOFolders.unused(root, folders))
    if folders.count == 1, parts[0].name == DetectionSource.whole {
      parts += YOLOFolders.lists(root).map { listed($0, of: parts[0].readings) }
    }
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

  /// The pictures that a list names, by their names alone: its paths are those of the machine that it was written on.
  private static func listed(_ list: (name: String, file: URL), of readings: [Reading]) -> Part {
    let byName = Dictionary(
      readings.map { ($0.picture.lastPathComponent, $0) }, uniquingKeysWith: { first, _ in first })
    var (report, found, seen) = (AnnotationReport(), [Reading](), Set<String>())
    for (index, line) in (Listing.lines(list.file) ?? []).enumerated() where !line.isEmpty {
      let name = line.split { "/\\".contains($0) }.last.map(String.init) ?? ""
      if !seen.insert(name).inserted {
        report.add(.brokenFile, file: list.file.path, line: index + 1, "'\(name)' is listed a second time")
      } else if let reading = byName[name] {
        found.append(reading)
      } else {
        report.add(
          .missingPicture, file: list.file.path, line: index + 1, "there is no picture '\(line.prefix(80))'")
      }
    }
    return (list.name, found, report)
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
