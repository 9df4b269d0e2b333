import Foundation
import Images

/// Reads data sets in YOLO's format: for each picture a text with a line `class cx cy w h` for each object, from 0 on and in
/// shares of the picture's width and height. A picture without a text, or with an empty one, shows none of the objects.
///
/// The layouts: `images/train` and `labels/train`, `train/images` and `train/labels`, `images` and `labels`, or pictures
/// and texts beside each other. The paths in a .yaml file are not followed: what the folder holds is what counts.
struct YOLOReader {
  private struct Object {
    let file: String
    let line: Int
    let label: Int
    /// Middle and extents in shares of the picture.
    let box: SIMD4<Double>
  }

  private struct Reading {
    let picture: URL
    let size: Image.Size
    let objects: [Object]
  }

  /// Nil where the folder has none of the layouts.
  static func read(_ root: URL) throws -> DetectionSource? {
    let folders = pairs(root)
    guard !folders.isEmpty else { return nil }
    let names = try YOLONames.find(root)
    let parts = folders.map { name, pictures, labels in
      var report = AnnotationReport()
      let files = Listing.pictures(pictures)
      let readings = files.compactMap { reading($0, labels, &report) }
      if pictures != labels {
        let stems = Set(files.map(Listing.stem))
        for text in Listing.files(labels, withExtension: "txt")
        where !stems.contains(Listing.stem(text)) && text.lastPathComponent != "classes.txt" {
          report.add(.missingPicture, file: text.path, "there is no picture of that name")
        }
      }
      return (name: name, readings: readings, report: report)
    }
    let highest = parts.flatMap { $0.readings.flatMap { $0.objects.map(\.label) } }.max() ?? -1
    // Without names, numbers; not as many as a mistyped number asks for.
    let classNames = names ?? (0..<min(highest, 9_999) + 1).map(String.init)
    return DetectionSource(
      name: root.lastPathComponent, format: .yolo, classNames: classNames,
      parts: parts.map { part in
        var report = part.report
        let pictures = part.readings.map { picture($0, classNames.count, &report) }
        return DetectionSource.Part(name: part.name, pictures: pictures, report: report)
      })
  }

  /// Folders of pictures with those of their texts, by split.
  static func pairs(_ root: URL) -> [(name: String, pictures: URL, labels: URL)] {
    func pair(_ name: String, _ pictures: URL, _ labels: URL) -> (name: String, pictures: URL, labels: URL)? {
      Listing.isFolder(labels) && !Listing.pictures(pictures).isEmpty ? (name, pictures, labels) : nil
    }
    let (images, labels) = (root.appendingPathComponent("images"), root.appendingPathComponent("labels"))
    let inside = Listing.folders(images).compactMap { folder in
      pair(
        Listing.splitKey(folder.lastPathComponent), folder,
        labels.appendingPathComponent(folder.lastPathComponent))
    }
    if !inside.isEmpty { return inside }
    let outside = Listing.folders(root).compactMap { folder in
      pair(
        Listing.splitKey(folder.lastPathComponent), folder.appendingPathComponent("images"),
        folder.appendingPathComponent("labels"))
    }
    if !outside.isEmpty { return outside }
    if let whole = pair(DetectionSource.whole, images, labels) { return [whole] }
    let stems = Set(Listing.files(root, withExtension: "txt").map(Listing.stem))
    let isFlat = Listing.pictures(root).contains { stems.contains(Listing.stem($0)) }
    return isFlat ? [(DetectionSource.whole, root, root)] : []
  }

  private static func reading(_ picture: URL, _ labels: URL, _ report: inout AnnotationReport) -> Reading? {
    guard let size = report.size(of: picture, stated: nil, file: picture.path) else { return nil }
    let file = labels.appendingPathComponent(Listing.stem(picture) + ".txt")
    guard FileReading.isFolder(file) == false else {
      return Reading(picture: picture, size: size, objects: [])
    }
    guard let lines = Listing.lines(file) else {
      report.add(.brokenFile, file: file.path, "is no text")
      return nil
    }
    var objects: [Object] = []
    for (index, text) in lines.enumerated() where !text.isEmpty {
      let words = text.split(whereSeparator: \.isWhitespace)
      let numbers = words.dropFirst().compactMap { Double($0) }
      if words.count == 5, numbers.count == 4, let label = Int(words[0]), label >= 0 {
        let box = SIMD4(numbers[0], numbers[1], numbers[2], numbers[3])
        objects.append(Object(file: file.path, line: index + 1, label: label, box: box))
      } else {
        report.add(
          .brokenObject, file: file.path, line: index + 1,
          "'\(text.prefix(60))' where a class from 0 on and four numbers are expected")
      }
    }
    return Reading(picture: picture, size: size, objects: objects)
  }

  private static func picture(
    _ reading: Reading, _ classes: Int, _ report: inout AnnotationReport
  ) -> AnnotatedPicture {
    let (width, height) = (Double(reading.size.width), Double(reading.size.height))
    let boxes = reading.objects.compactMap { object -> LabelledBox? in
      guard object.label < classes else {
        report.add(
          .unknownClass, file: object.file, line: object.line,
          "class \(object.label) where there are \(classes)")
        return nil
      }
      let (x, y, w, h) = (
        object.box[0] * width, object.box[1] * height, object.box[2] * width, object.box[3] * height
      )
      let sides = (left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2)
      let box = report.checked(sides, in: reading.size, file: object.file, line: object.line)
      return box.map { LabelledBox($0, label: object.label) }
    }
    return AnnotatedPicture(url: reading.picture, size: reading.size, boxes: boxes)
  }
}
