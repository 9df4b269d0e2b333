import Foundation

/// How a detector did on annotated pictures as one self-contained HTML file: the metrics by each definition, curves, mistakes
/// and pictures. Nothing in it is fetched from elsewhere.
///
///     try DetectionReport(title: "yolov3-tiny on bccd", evaluation, pictures: pictures).write(to: file)
public struct DetectionReport: Sendable {
  /// What is reported.
  public let title: String
  /// How the detector did.
  public let evaluation: DetectionEvaluation
  /// Pictures with what was found drawn into them.
  public var pictures: [ExamplePicture]
  /// What the run is, where it is one's.
  private var description: RunDescription?

  /// - Parameters:
  ///   - title: such as the detector's name and the data's.
  ///   - evaluation: how the detector did.
  ///   - pictures: with what was found drawn into them, see ``ExamplePicture/init(_:detections:mistakes:classNames:name:)``.
  public init(title: String, _ evaluation: DetectionEvaluation, pictures: [ExamplePicture] = []) {
    self.title = title
    self.evaluation = evaluation
    self.pictures = pictures
  }

  /// Reads the files of a run that has no epochs, see ``RCNNRun``.
  /// - Parameter run: the run's folder.
  /// - Throws: ``TrainingError/unreadable(file:reason:)``, ``TrainingError/malformed(file:reason:)``.
  public init(run: URL) throws {
    let directory = RunDirectory(run)
    let description = try directory.readDescription()
    guard let evaluation = try directory.readEvaluation(as: DetectionEvaluation.self) else {
      throw TrainingError.malformed(
        file: directory.evaluation.path, reason: "is missing: the training is not done")
    }
    self.init(
      title: "\(description.card.network) on \(description.data)", evaluation,
      pictures: try directory.readExamples() ?? [])
    self.description = description
  }

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws {
    try TrainingError.writing(Data(html.utf8), to: url.path)
  }

  /// The file's content.
  public var html: String {
    let tiles: [(Double?, String)] = [
      (evaluation.vocArea, "mAP at IoU 0.5, VOC area"), (evaluation.voc07, "mAP, VOC07"),
      (evaluation.coco.ap, "mAP, COCO"),
    ]
    let shown = tiles.map { value, name in
      "<div class=\"tile\"><b>\(value.map { HTML.percent($0) } ?? "–")</b><span>\(name)</span></div>"
    }
    let gallery =
      pictures.isEmpty
      ? ""
      : """
      <h2>\(DetectionSections.picturesTitle)</h2>
      <section class="pictures">\(pictures.map(Report.figure).joined(separator: "\n"))</section>
      """
    return Report.page(
      title: title,
      body: """
        <header><p class="eyebrow">Colonnade detection report</p>
        <h1>\(HTML.escaped(title))</h1></header>
        <section class="tiles">\(shown.joined())</section>
        \(DetectionSections(evaluation).html)
        \(gallery)
        \(description.map { Report.configuration(of: $0) } ?? "")
        <footer><p>Written by Colonnade.</p></footer>
        """)
  }
}
