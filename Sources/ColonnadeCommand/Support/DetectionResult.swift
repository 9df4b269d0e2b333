import Colonnade
import Foundation

/// What was found in a picture, as `--json` prints it.
struct DetectionResult: Encodable {
  struct Object: Encodable {
    let `class`: Int
    let label: String
    let score: Float
    /// Left, top, right, bottom in pixels of the picture.
    let box: [Float]
  }

  let file: String
  /// Nil where the picture failed.
  let detections: [Object]?
  let error: String?

  init(file: String, _ found: [Detection], labels: [String]) {
    self.file = file
    detections = found.map {
      Object(
        class: $0.label, label: labels[$0.label], score: $0.score,
        box: [$0.box.left, $0.box.top, $0.box.right, $0.box.bottom])
    }
    error = nil
  }

  init(file: String, error: String) {
    (self.file, self.error, detections) = (file, error, nil)
  }
}

/// Objects for people: a line each with picture, label, score and box.
struct DetectionListing {
  private let terminal = Terminal.standardOutput
  private let fileWidth, labelWidth: Int

  /// - Parameters:
  ///   - files: all that will be printed, for the alignment.
  ///   - labels: all that may be found.
  init(files: [String], labels: [String]) {
    fileWidth = files.map { printable($0).count }.max() ?? 0
    labelWidth = labels.map { printable($0).count }.max() ?? 0
  }

  func print(_ result: DetectionResult) {
    let objects = result.detections ?? []
    if objects.isEmpty { terminal.print("\(padded(result.file, fileWidth))  nothing found") }
    for object in objects {
      let box = object.box.map { fixed(Double($0), 1) }.joined(separator: " ")
      terminal.print(
        "\(padded(result.file, fileWidth))  \(terminal.styled(padded(object.label, labelWidth), .bold))"
          + "  \(fixed(Double(object.score), 4))  \(box)")
    }
  }

  private func padded(_ text: String, _ width: Int) -> String {
    let text = printable(text)
    return text + String(repeating: " ", count: Swift.max(0, width - text.count))
  }
}

/// Pictures with boxes drawn, as PNG files in a folder.
struct BoxedPictures {
  private let folder: String
  private let names: [String: String]

  /// Makes the folder where it is missing.
  /// - Parameters:
  ///   - folder: where to write.
  ///   - files: all pictures: those of one name get different ones.
  /// - Throws: `Failure`, also where a picture would be written over one of those that are read.
  init(folder: String, for files: [(name: String, file: Result<PictureFile, any Error>)]) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotCreate, "\(folder): cannot be made: \(error.localizedDescription)")
    }
    var taken: Set<String> = []
    var names: [String: String] = [:]
    for (file, _) in files where names[file] == nil {
      let stem = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
      var (name, number) = (stem, 1)
      while !taken.insert(name.lowercased()).inserted {
        number += 1
        name = "\(stem)-\(number)"
      }
      names[file] = name + ".png"
    }
    (self.folder, self.names) = (folder, names)
    let pictures = files.compactMap { try? $0.file.get() }
    try Output.check(files: names.values.map(path), areNoneOf: pictures)
  }

  /// - Throws: `Failure` where the file cannot be written.
  func write(_ picture: Image, _ found: [Detection], _ labels: [String], of file: String) throws {
    let drawn = picture.drawing(found, names: labels)
    try Output.write(drawn.pngData(), to: path(names[file]!))
  }

  private func path(_ name: String) -> String { (folder as NSString).appendingPathComponent(name) }
}
