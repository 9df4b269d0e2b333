import Foundation
import Images

/// Reads data sets in COCO's format: JSON files in `annotations/`, in the folder itself or in the folders of its splits
/// beside the pictures.
struct COCOReader {
  /// Nil where no file is in the format.
  /// - Parameter root: a folder, or one JSON file.
  static func read(_ root: URL, _ reading: PictureReading) throws -> DetectionSource? {
    let isFile = FileReading.isFolder(root) == false
    let files = isFile ? [root] : candidates(root)
    var classNames: [String]?
    var parts: [DetectionSource.Part] = []
    var folders: [URL] = []
    var named: Set<String> = []
    for file in files {
      guard let content = try COCOFile(file) else { continue }
      let categories = sorted(content.categories)
      let names = categories.map(\.name)
      if let known = classNames, known != names {
        let only = Set(known).symmetricDifference(names).sorted().prefix(4).joined(separator: ", ")
        throw DatasetError.invalidAnnotations(
          file: file.path, line: nil,
          reason: "other categories than its neighbours have: \(only.isEmpty ? "another order" : only)")
      }
      classNames = names
      let name = isFile ? DetectionSource.whole : splitName(file, in: root, taken: parts.map(\.name))
      let folder = pictureFolder(content, file, isFile ? file.deletingLastPathComponent() : root)
      folders.append(folder)
      named.formUnion(content.pictures.map { picture($0, in: folder).path })
      parts.append(part(name, content, categories.map(\.identifier), file, folder, reading))
    }
    guard let classNames else { return nil }
    // One file says nothing of its neighbours' pictures.
    if !isFile {
      for (index, folder) in folders.enumerated() where folders.firstIndex(of: folder) == index {
        for picture in Listing.pictures(folder) where !named.contains(picture.path) {
          parts[index].report.add(.missingAnnotation, file: picture.path, "no .json file names it")
        }
      }
    }
    return DetectionSource(
      name: isFile ? Listing.stem(root) : root.lastPathComponent, format: .coco, classNames: classNames,
      parts: parts, reading)
  }

  /// Whether a file is in the format, or is meant to be and broken: what cannot be read is to be said, not to be passed over.
  static func recognizes(_ file: URL) -> Bool {
    do { return try COCOFile(file) != nil } catch {
      if file.deletingLastPathComponent().lastPathComponent.lowercased() == "annotations" { return true }
      guard let data = try? Data(contentsOf: file, options: .mappedIfSafe) else { return false }
      let beginning = data.prefix(1 << 20)
      return ["\"bbox\"", "\"file_name\""].contains { beginning.range(of: Data($0.utf8)) != nil }
    }
  }

  /// A picture's file. Names that were written on Windows have `\` where folders end.
  private static func picture(_ picture: COCOFile.Picture, in folder: URL) -> URL {
    let url = folder.appendingPathComponent(picture.fileName)
    guard picture.fileName.contains("\\"), FileReading.isFolder(url) == nil else { return url }
    return folder.appendingPathComponent(picture.fileName.replacingOccurrences(of: "\\", with: "/"))
  }

  /// Of a folder that has files `instances_…`, as COCO's own has, only these: the others repeat them.
  static func candidates(_ root: URL) -> [URL] {
    let folders =
      [root.appendingPathComponent("annotations"), root]
      + Listing.folders(root).filter { Listing.splitNames.contains(Listing.splitKey($0.lastPathComponent)) }
    let files = folders.flatMap { Listing.files($0, withExtension: "json") }
    let instances = files.filter { $0.lastPathComponent.hasPrefix("instances") }
    return instances.isEmpty ? files : instances
  }

  /// `train`, `val` or `test` where the file's name or folder says so.
  private static func splitName(_ file: URL, in root: URL, taken: [String]) -> String {
    let stem = Listing.stem(file)
    let folder = file.deletingLastPathComponent().lastPathComponent
    let words = [Listing.splitKey(folder), stem.lowercased()]
    for split in ["train", "val", "test"]
    where words.contains(where: { $0.contains(split) }) && !taken.contains(split) {
      return split
    }
    return stem
  }

  /// By number where all are numbers: labels are places in this order, for identifiers have gaps.
  private static func sorted(
    _ categories: [(identifier: String, name: String)]
  ) -> [(identifier: String, name: String)] {
    let numbers = categories.compactMap { Int($0.identifier) }
    guard numbers.count == categories.count else { return categories }
    return zip(numbers, categories).sorted { $0.0 < $1.0 }.map(\.1)
  }

  private static func part(
    _ name: String, _ content: COCOFile, _ categories: [String], _ file: URL, _ folder: URL,
    _ reading: PictureReading
  ) -> DetectionSource.Part {
    var report = AnnotationReport()
    let labels = Dictionary(categories.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var places: [String: Int] = [:]
    var pictures: [AnnotatedPicture] = []
    var left: Set<String> = []
    for picture in content.pictures {
      let isSafe =
        !picture.fileName.isEmpty && !picture.fileName.split { "/\\".contains($0) }.contains("..")
      let url = Self.picture(picture, in: folder)
      let stated = picture.width.flatMap { width in
        picture.height.flatMap { height in
          Int(exactly: width).flatMap { width in
            Int(exactly: height).map { Image.Size(width: width, height: $0) }
          }
        }
      }
      if !isSafe || places[picture.identifier] != nil {
        report.add(
          .brokenFile, file: file.path, line: picture.line,
          isSafe ? "a second picture '\(picture.identifier)'" : "a picture without a usable file name")
      } else if let size = report.size(of: url, stated: stated, file: file.path, reading) {
        places[picture.identifier] = pictures.count
        pictures.append(AnnotatedPicture(url: url, size: size, boxes: []))
      } else {
        left.insert(picture.identifier)
      }
    }
    for object in content.objects where !left.contains(object.picture) {
      guard let place = places[object.picture] else {
        report.add(
          .brokenObject, file: file.path, line: object.line,
          "an object in a picture '\(object.picture)' that is not there")
        continue
      }
      if let box = labelled(object, labels, pictures[place].size, file.path, &report) {
        pictures[place].boxes.append(box)
      }
    }
    return DetectionSource.Part(name: name, pictures: pictures, report: report)
  }

  private static func labelled(
    _ object: COCOFile.Object, _ labels: [String: Int], _ size: Image.Size, _ file: String,
    _ report: inout AnnotationReport
  ) -> LabelledBox? {
    guard let label = labels[object.category] else {
      report.add(
        .unknownClass, file: file, line: object.line,
        "an object of a category '\(object.category)' that is not there")
      return nil
    }
    guard let box = object.box else {
      report.add(.brokenObject, file: file, line: object.line, "an object without a bbox of four numbers")
      return nil
    }
    let sides = (left: box[0], top: box[1], right: box[0] + box[2], bottom: box[1] + box[3])
    guard let inside = report.checked(sides, in: size, file: file, line: object.line) else { return nil }
    var result = LabelledBox(
      inside, label: label, isDifficult: object.isIgnored, isCrowd: object.isCrowd,
      annotatedArea: object.area.map { Float($0) }.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil })
    let annotated = BoundingBox(
      left: Float(sides.left), top: Float(sides.top), right: Float(sides.right), bottom: Float(sides.bottom))
    if annotated != inside { result.annotatedBox = annotated }
    return result
  }

  /// The folder in which most of the first pictures are.
  private static func pictureFolder(_ content: COCOFile, _ file: URL, _ root: URL) -> URL {
    let beside = file.deletingLastPathComponent()
    let word = Listing.stem(file).split(separator: "_").last.map(String.init) ?? ""
    let candidates = [
      beside, root.appendingPathComponent(word), root.appendingPathComponent("images/\(word)"),
      root.appendingPathComponent("images"), beside.appendingPathComponent("images"), root,
      root.deletingLastPathComponent().appendingPathComponent(word),
      root.deletingLastPathComponent().appendingPathComponent("images"), root.deletingLastPathComponent(),
    ]
    func hits(_ folder: URL) -> Int {
      content.pictures.prefix(20).count { FileReading.isFolder(picture($0, in: folder)) == false }
    }
    return candidates.max { hits($0) < hits($1) } ?? beside
  }
}
