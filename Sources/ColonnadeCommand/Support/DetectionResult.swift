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
