import Foundation
import Images

/// Reads data sets in Pascal VOC's format: `Annotations/`, `JPEGImages/` and `ImageSets/Main/*.txt`, or folders in which
/// pictures and their .xml files lie beside each other, one for each split or one for all.
struct VOCReader {
  private struct Reading {
    let annotation: VOCAnnotation
    let file: URL
    let picture: URL
    let size: Image.Size
  }

  /// By the stem of the annotation's file.
  private var readings: [String: Reading] = [:]
  private var reports: [String: AnnotationReport] = [:]

  private let options: PictureReading

  private init(_ options: PictureReading) { self.options = options }

  /// Whether a folder is one of these.
  static func recognizes(_ root: URL) -> Bool { annotations(root) != nil || !flatFolders(root).isEmpty }

  /// `Annotations/`, or such a folder in other letters where it holds .xml files: COCO's is called so, too.
  private static func annotations(_ root: URL) -> URL? {
    guard let folder = Listing.folder("Annotations", in: root) else { return nil }
    let isVOC =
      folder.lastPathComponent == "Annotations" || !Listing.files(folder, withExtension: "xml").isEmpty
    return isVOC ? folder : nil
  }

  /// The folder itself or the folders of its splits, where they hold .xml files.
  private static func flatFolders(_ root: URL) -> [URL] {
    func isFlat(_ folder: URL) -> Bool {
      !Listing.files(folder, withExtension: "xml").isEmpty && !Listing.pictures(folder).isEmpty
    }
    if isFlat(root) { return [root] }
    return Listing.folders(root).filter {
      Listing.splitNames.contains(Listing.splitKey($0.lastPathComponent)) && isFlat($0)
    }
  }

  static func read(_ root: URL, _ options: PictureReading) throws -> DetectionSource {
    if let annotations = annotations(root) { return try readSets(root, annotations, options) }
    var parts: [(name: String, readings: [Reading], report: AnnotationReport)] = []
    for folder in flatFolders(root) {
      var reader = VOCReader(options)
      let stems = reader.read(annotations: folder, pictures: folder)
      var report = AnnotationReport()
      let known = Set(stems)
      for picture in Listing.pictures(folder) where !known.contains(Listing.stem(picture)) {
        report.add(.missingAnnotation, file: picture.path, "there is no .xml file for it")
      }
      let name = folder == root ? DetectionSource.whole : Listing.splitKey(folder.lastPathComponent)
      parts.append((name, stems.compactMap { reader.readings[$0] }, reader.report(stems, after: report)))
    }
    return source(root, parts, options)
  }

  // MARK: Annotations, JPEGImages, ImageSets

  private static func readSets(
    _ root: URL, _ annotations: URL, _ options: PictureReading
  ) throws -> DetectionSource {
    let candidates = ["JPEGImages", "images"].compactMap { Listing.folder($0, in: root) } + [annotations]
    guard let pictures = candidates.first(where: { !Listing.pictures($0).isEmpty }) else {
      throw DatasetError.emptyFolder(
        path: root.appendingPathComponent("JPEGImages").path, expected: "pictures")
    }
    var reader = VOCReader(options)
    let stems = reader.read(annotations: annotations, pictures: pictures)
    guard !stems.isEmpty else {
      throw DatasetError.emptyFolder(path: annotations.path, expected: "annotations (xml)")
    }
    let known = Set(stems)
    var unnamed = AnnotationReport()
    for picture in Listing.pictures(pictures) where !known.contains(Listing.stem(picture)) {
      unnamed.add(.missingAnnotation, file: picture.path, "there is no .xml file for it")
    }
    var parts = [
      (
        name: DetectionSource.whole, readings: stems.compactMap { reader.readings[$0] },
        report: reader.report(stems, after: unnamed)
      )
    ]
    for list in lists(root) {
      guard let identifiers = try identifiers(list) else { continue }
      var report = AnnotationReport()
      var (listed, seen) = ([String](), Set<String>())
      for (line, identifier) in identifiers {
        if !seen.insert(identifier).inserted {
          report.add(.brokenFile, file: list.path, line: line, "'\(identifier)' is listed a second time")
        } else if known.contains(identifier) {
          listed.append(identifier)
        } else {
          report.add(
            .missingAnnotation, file: list.path, line: line, "there is no annotation of '\(identifier)'")
        }
      }
      parts.append(
        (Listing.stem(list), listed.compactMap { reader.readings[$0] }, reader.report(listed, after: report)))
    }
    return source(root, parts, options)
  }

  private static func lists(_ root: URL) -> [URL] {
    let sets = root.appendingPathComponent("ImageSets")
    let main = Listing.files(sets.appendingPathComponent("Main"), withExtension: "txt")
    return main.isEmpty ? Listing.files(sets, withExtension: "txt") : main
  }

  /// The pictures of a split with their lines; nil for a list of one class, which has a 1, 0 or −1 behind each.
  private static func identifiers(_ list: URL) throws -> [(line: Int, identifier: String)]? {
    guard let lines = Listing.lines(list) else {
      throw DatasetError.invalidAnnotations(file: list.path, line: nil, reason: "it is no UTF-8 text")
    }
    let entries = lines.enumerated().filter { !$1.isEmpty }.map { (line: $0 + 1, identifier: $1) }
    let isOfOneClass =
      !entries.isEmpty
      && entries.allSatisfy { _, text in
        let words = text.split(whereSeparator: \.isWhitespace)
        return words.count == 2 && ["1", "0", "-1"].contains(String(words[1]))
      }
    return isOfOneClass ? nil : entries
  }

  // MARK: Files

  /// - Returns: the stems of all annotations in the order of their names.
  private mutating func read(annotations: URL, pictures: URL) -> [String] {
    var byStem: [String: [URL]] = [:]
    for picture in Listing.pictures(pictures) { byStem[Listing.stem(picture), default: []].append(picture) }
    let byName = Dictionary(
      byStem.values.joined().map { ($0.lastPathComponent, $0) }, uniquingKeysWith: { first, _ in first })
    return Listing.files(annotations, withExtension: "xml").map { file in
      let stem = Listing.stem(file)
      var report = AnnotationReport()
      readings[stem] = reading(file, &report) { annotation in
        let own = byStem[stem] ?? []
        let named = annotation.fileName.flatMap { byName[FileReading.url($0).lastPathComponent] }
        return own.count == 1 ? own[0] : named ?? own.first
      }
      reports[stem] = report
      return stem
    }
  }

  private func reading(
    _ file: URL, _ report: inout AnnotationReport, picture: (VOCAnnotation) -> URL?
  ) -> Reading? {
    do throws(VOCAnnotation.Broken) {
      let annotation = try VOCAnnotation(file)
      guard let picture = picture(annotation) else {
        report.add(.missingPicture, file: file.path, "there is no picture of that name")
        return nil
      }
      guard let size = report.size(of: picture, stated: annotation.size, file: file.path, options) else {
        return nil
      }
      return Reading(annotation: annotation, file: file, picture: picture, size: size)
    } catch {
      report.add(.brokenFile, file: file.path, line: error.line, error.reason)
      return nil
    }
  }

  private func report(_ stems: [String], after first: AnnotationReport = .init()) -> AnnotationReport {
    stems.reduce(into: first) { all, stem in if let report = reports[stem] { all.add(report) } }
  }

  // MARK: Boxes

  /// Classes are the names of all objects, sorted by their bytes.
  private static func source(
    _ root: URL, _ parts: [(name: String, readings: [Reading], report: AnnotationReport)],
    _ options: PictureReading
  ) -> DetectionSource {
    let names = Set(parts.flatMap { $0.readings.flatMap { $0.annotation.objects.map(\.name) } }).subtracting([
      ""
    ])
    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let labels = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return DetectionSource(
      name: root.lastPathComponent, format: .voc, classNames: names,
      parts: parts.map { part in
        var report = part.report
        let pictures = part.readings.map { picture($0, labels, &report) }
        return DetectionSource.Part(name: part.name, pictures: pictures, report: report)
      }, options)
  }

  private static func picture(
    _ reading: Reading, _ labels: [String: Int], _ report: inout AnnotationReport
  ) -> AnnotatedPicture {
    let file = reading.file.path
    let boxes = reading.annotation.objects.compactMap { object -> LabelledBox? in
      guard let label = labels[object.name], let sides = object.sides else {
        let what = object.name.isEmpty ? "has no name" : "'\(object.name)' has no box of four numbers"
        report.add(.brokenObject, file: file, line: object.line, "an object \(what)")
        return nil
      }
      guard let box = report.checked(sides, in: reading.size, file: file, line: object.line) else {
        return nil
      }
      return LabelledBox(
        box, label: label, isDifficult: object.isSet("difficult"), isTruncated: object.isSet("truncated"))
    }
    return AnnotatedPicture(url: reading.picture, size: reading.size, boxes: boxes)
  }
}
