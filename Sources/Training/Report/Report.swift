import Foundation

/// A training run as one self-contained HTML file: curves, confusion matrix, classes, calibration, pictures, configuration, and
/// what is needed to do it again. Nothing in it is fetched from elsewhere.
///
///     try Report(run: folder).write(to: file)
public struct Report: Sendable {
  /// What the run is.
  public let description: RunDescription
  /// Of all epochs.
  public let records: [EpochRecord]
  /// Of the best weights on the validation set; nil where the task is not classification.
  public let evaluation: Evaluation?
  /// Of the best weights on the validation set; nil where the task's meter is no ``DetectionMeter``.
  public let detection: DetectionEvaluation?
  /// What is shown; the run's own examples to begin with.
  public var pictures: [ExamplePicture]

  /// Reads a run's files.
  /// - Parameter run: the folder that a ``Trainer`` wrote; at least one epoch must be done.
  /// - Throws: ``TrainingError/unreadable(file:reason:)``, ``TrainingError/malformed(file:reason:)``.
  public init(run: URL) throws {
    let directory = RunDirectory(run)
    description = try directory.readDescription()
    records = try directory.readLog()
    guard !records.isEmpty else {
      throw TrainingError.malformed(
        file: directory.log.path, reason: "no epoch is done yet: there is nothing to report")
    }
    let isClassification = description.card.task == nil
    evaluation = isClassification ? try directory.readEvaluation() : nil
    // Another task's evaluation is something else.
    detection = isClassification ? nil : try? directory.readEvaluation(as: DetectionEvaluation.self)
    pictures = try directory.readExamples() ?? []
  }

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws {
    try TrainingError.writing(Data(html.utf8), to: url.path)
  }

  /// The file's content.
  public var html: String {
    let detection = detection.map { DetectionSections($0).html } ?? ""
    let configuration = Self.configuration(of: description)
    return Self.page(
      title: title,
      body: [header, curves, classes, detection, gallery, configuration, epochs, footer].joined(
        separator: "\n"))
  }

  /// A whole file with the style sheet in it.
  /// - Parameters:
  ///   - title: text.
  ///   - body: HTML.
  static func page(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(HTML.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    \(body)
    </main>
    </body>
    </html>

    """
  }

  var title: String {
    description.data.isEmpty ? description.card.network : "\(description.card.network) on \(description.data)"
  }

  /// The epoch whose weights were kept as the best.
  var best: EpochRecord { records.best! }
}
