import Foundation

/// How a classifier did on labelled pictures as one self-contained HTML file: classes, calibration, frequency, mistakes. Nothing
/// in it is fetched from elsewhere.
///
///     try ClassificationReport(title: "resnet18 on cells", measurement).write(to: file)
public struct ClassificationReport: Sendable {
  /// What is reported.
  public let title: String
  /// How the classifier did.
  public let measurement: ClassifierMeasurement
  /// Pictures with what the network saw in them.
  public var pictures: [ExamplePicture]

  /// - Parameters:
  ///   - title: such as the network's name and the data's.
  ///   - measurement: how the classifier did.
  ///   - pictures: with what the network saw in them, as `ClassifierScores.examples` has them.
  public init(title: String, _ measurement: ClassifierMeasurement, pictures: [ExamplePicture] = []) {
    self.title = title
    self.measurement = measurement
    self.pictures = pictures
  }

  /// Writes the file, all of it or nothing.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  public func write(to url: URL) throws {
    try TrainingError.writing(Data(html.utf8), to: url.path)
  }

  /// The file's content.
  public var html: String {
    let evaluation = measurement.evaluation
    let views = measurement.views.count
    let what = views == 1 ? "" : ", \(views) views of each"
    let mistakes = pictures.filter { !$0.isCorrect }
    let recognized = pictures.filter(\.isCorrect)
    return Report.page(
      title: title,
      body: """
        <header><p class="eyebrow">Colonnade evaluation report</p>
        <h1>\(HTML.escaped(title))</h1>
        <p>\(HTML.counted(evaluation.count, "picture"))\(what) · \
        \(HTML.counted(evaluation.classNames.count, "class"))</p></header>
        <section class="tiles">\(tiles)</section>
        \(sections)
        \(measurement.robustness.map { RobustnessSections($0).html } ?? "")
        \(Report.gallery("Mistakes it was surest of", mistakes))\(Report.gallery("Recognized", recognized))
        <footer><p>Written by Colonnade.</p></footer>
        """)
  }

  private var sections: String {
    ClassificationSections(
      evaluation: measurement.evaluation, pictures: "the measured pictures",
      calibration: measurement.calibration, scaled: measurement.scaled,
      temperaturePart: measurement.temperaturePart, frequency: measurement.frequency
    ).html
  }

  private var tiles: String {
    let evaluation = measurement.evaluation
    var tiles = [(HTML.percent(evaluation.top1), "accuracy")]
    if evaluation.classNames.count > 5 {
      tiles.append((HTML.percent(evaluation.top5), "among the first five"))
    }
    tiles.append((HTML.percent(evaluation.balancedAccuracy), "mean of the classes' accuracies"))
    if let calibration = measurement.calibration {
      tiles.append((HTML.percent(calibration.error), ClassificationSections.calibrationError))
    }
    return tiles.map { "<div class=\"tile\"><b>\($0)</b><span>\($1)</span></div>" }.joined()
  }
}
