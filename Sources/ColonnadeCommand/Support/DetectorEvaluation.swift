import Colonnade
import Foundation

extension EvaluateCommand {
  /// Measures a detector.
  func evaluateDetector() throws {
    try refuseClassifiersOptions()
    try checkReport()
    let (trained, detector) = try made.load(trained.network, weights: trained.weights)
    let (dataset, labels) = try pictures(for: detector.classes)
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    let found = try DetectorEvaluator(detector, options: detection.options).evaluate(
      dataset, labels: labels
    ) { done in
      progress.draw(Double(done) / Double(dataset.count), before: "\(done) of \(dataset.count)", after: "")
    }
    progress.clear()
    if let file = report {
      let name = (data as NSString).lastPathComponent
      try DetectionReport(
        title: "\(trained.name) on \(name)", found.evaluation,
        pictures: found.evaluation.examples(found.detections, in: dataset)
      ).write(to: URL(fileURLWithPath: file))
    }
    let terminal = Output.terminal(beside: report)
    if json {
      try Output.json(DetectionEvaluationResult(evaluation: found.evaluation), on: terminal)
    } else {
      DetectionEvaluationListing(found.evaluation, on: terminal).print()
    }
  }

  /// The part that is measured, with the detector's labels, and those of the classes that are annotated.
  private func pictures(for classes: [String]) throws -> (dataset: DetectionDataset, labels: Set<Int>) {
    var dataset: DetectionDataset
    do {
      dataset = try DetectionSource(data, pictureArguments.dataOptions()).part(part)
    } catch let error as DatasetError {
      guard case .unknownDetectionLayout = error,
        (try? DataSource<Int>.pictures(of: .train, in: data)) != nil
      else { throw error }
      throw Failure(
        .usage, "\(data): pictures of one class each, without boxes; the weights are a detector's")
    }
    if dataArguments.skipBroken {
      var findings = DataFindings(folder: data)
      findings.broken = dataset.removeUnreadable()
      DataArguments.say(findings)
    }
    guard dataset.count > 0 else { throw TrainingError.noPictures(set: part ?? "validation") }
    if !dataset.report.isEmpty { Diagnostics.note("\(data): annotations: \(dataset.report.summary)") }
    let matched = dataset.relabelled(to: classes)
    let unknown = dataset.unmatchedClasses(in: classes)
    guard unknown.count < dataset.classNames.count else {
      throw TrainedNetworkError.unknownClasses(data: data, unknown)
    }
    if !unknown.isEmpty {
      let left = dataset.boxCounts.reduce(0, +) - matched.boxCounts.reduce(0, +)
      Diagnostics.note(
        "\(data): not known to the detector, so left out with \(counted(left, "object")): "
          + unknown.joined(separator: ", "))
    }
    let labels = dataset.annotatedLabels(in: classes)
    if labels.count < classes.count {
      let others = classes.indices.filter { !labels.contains($0) }.map { classes[$0] }
      Diagnostics.note(
        "\(data): not annotated there, so neither right nor wrong where they are found: "
          + others.prefix(4).map { printable($0) }.joined(separator: ", ")
          + (others.count > 4 ? " and \(others.count - 4) more" : ""))
    }
    return (matched, labels)
  }

  private func refuseClassifiersOptions() throws {
    let given =
      [
        ("--classes", trained.classes != nil), ("--key", trained.key != nil), ("--batch", batch != nil),
        ("--preset", presetArguments.preset != nil),
        ("--resize, --crop, --mean, --std", presetArguments.changes.isGiven),
        ("--validation-share", dataArguments.validationShare != nil),
      ].filter(\.1).map(\.0) + loadingArguments.given + classification.given
    guard given.isEmpty else {
      throw Failure(.usage, "\(given.joined(separator: ", ")): of classifiers; the weights are a detector's")
    }
  }
}
