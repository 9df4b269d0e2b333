import Colonnade
import Foundation

extension EvaluateCommand {
  /// Measures a classifier.
  func evaluateClassifier() throws {
    let given = made.given + detection.given
    guard given.isEmpty else {
      throw Failure(.usage, "\(given.joined(separator: ", ")): of detectors; the weights are a classifier's")
    }
    try checkReport()
    let baseline = try classification.baseline.map(Self.baseline)
    let trained = try trained.load()
    try DataArguments.refuseBoxes(data, for: trained.network.name)
    let name = part ?? "validation"
    guard let part = DataSource<Int>.Part(rawValue: name) else {
      throw Failure(.usage, "--part \(name): of classified pictures there are train and validation")
    }
    let dataset = try pictures(of: part, for: trained)
    if let baseline, let path = classification.baseline { try Self.check(baseline, in: path, fits: dataset) }
    sayWhatIsSplitOff(trained)
    let preprocessing = try presetArguments.preprocessing(trained.preprocessing)
    let views = classification.views
    if let fault = views.fault(for: preprocessing) {
      throw Failure(.usage, "--ten-crop, --scales: \(fault) (--resize, --crop)")
    }
    let first = views.prepared(try dataset.example(at: 0).image, by: preprocessing)[0]
    try trained.network.check([1, first.height, first.width, first.channels])
    let evaluator = ClassifierEvaluator(trained.network, preprocessing: preprocessing, views: views)
    let scores = try withProgress(of: dataset.count) { progress in
      try evaluator.evaluate(dataset, batchSize: batch ?? 32, shows: report != nil, progress: progress)
    }
    let fitting = try fittingScores(measuring: part, evaluator, trained)
    let robustness =
      try classification.robustness
      ? self.robustness(of: evaluator, dataset, scores, baseline?.robustness) : nil
    let measurement = ClassifierMeasurement(
      scores, views: views, fitting: fitting,
      frequency: frequency(measuring: part, dataset, trained, scores.evaluation), robustness: robustness)
    if let report {
      try ClassificationReport(
        title: "\(trained.network.name) on \((data as NSString).lastPathComponent)", measurement,
        pictures: scores.examples
      ).write(to: URL(fileURLWithPath: report))
    }
    let terminal = Output.terminal(beside: report)
    if json {
      try Output.json(measurement, on: terminal)
    } else {
      EvaluationListing(measurement, on: terminal).print()
    }
  }

  /// A part of the data under the network's classes, with what is to be said of it.
  private func pictures(
    of part: DataSource<Int>.Part, for trained: TrainedNetwork
  ) throws -> any Dataset<Int> {
    let options = try loadingArguments.applied(
      to: dataArguments.options(pictureArguments, seed: splitSeed(trained)))
    let opened = try DataSource<Int>.pictures(of: part, in: data, options)
    try loadingArguments.check(opened.pictures, of: data)
    DataArguments.say(opened.findings)
    guard opened.pictures.count > 0 else { throw TrainingError.noPictures(set: part.rawValue) }
    return try trained.matched(opened.pictures, name: data)
  }

  /// What decides which pictures are split off: what was said, else what decided it in the weights' training.
  private func splitSeed(_ trained: TrainedNetwork) -> UInt64 {
    let isSameShare = trained.card?.validationShare == dataArguments.validationShare
    return seed ?? (isSameShare ? trained.card?.splitSeed : nil) ?? 0
  }

  /// Says whether pictures that the network was trained on may be among those that are split off.
  private func sayWhatIsSplitOff(_ trained: TrainedNetwork) {
    guard let share = dataArguments.validationShare else { return }
    let seed = splitSeed(trained)
    let own = trained.card.flatMap { card in
      card.validationShare.flatMap { share in card.splitSeed.map { (share: share, seed: $0) } }
    }
    if let own, own.share == share, own.seed == seed {
      guard self.seed == nil else { return }
      return Diagnostics.note("--validation-share by --seed \(seed), as the weights' training had it")
    }
    let training = own.map { ", --validation-share \($0.share) by --seed \($0.seed)" } ?? ""
    Diagnostics.note(
      "--validation-share by --seed \(seed): pictures that the network was trained on may be among the measured ones, unless "
        + "share and seed are those of its training\(training)")
  }

  private func withProgress<R>(of count: Int, _ body: ((Int) -> Void) throws -> R) rethrows -> R {
    let progress = ProgressLine(.standardError)
    defer { progress.clear() }
    return try body { done in
      progress.draw(Double(done) / Double(count), before: "\(done) of \(count)", after: "")
    }
  }

  /// Of the pictures on which the temperature is fitted; nil where they are the measured ones.
  private func fittingScores(
    measuring measured: DataSource<Int>.Part, _ evaluator: ClassifierEvaluator, _ trained: TrainedNetwork
  ) throws -> (scores: ClassifierScores, part: String)? {
    guard let part = classification.fitTemperature.flatMap({ DataSource<Int>.Part(rawValue: $0) }),
      part != measured
    else {
      return nil
    }
    let dataset = try pictures(of: part, for: trained)
    let scores = try withProgress(of: dataset.count) { progress in
      try evaluator.evaluate(dataset, batchSize: batch ?? 32, progress: progress)
    }
    return (scores, "the \(part.rawValue) part")
  }

  /// By the pictures of each class that there are to train on; where they are not there, by those that are measured.
  private func frequency(
    measuring measured: DataSource<Int>.Part, _ dataset: any Dataset<Int>, _ trained: TrainedNetwork,
    _ evaluation: Evaluation
  ) -> ClassFrequency? {
    func frequency(_ pictures: any Dataset<Int>, _ part: String) -> ClassFrequency? {
      guard let counts = try? ClassFrequency.counts(of: pictures) else { return nil }
      return ClassFrequency(evaluation, counts: counts, part: part)
    }
    var options = dataArguments.options(pictureArguments, seed: splitSeed(trained))
    // Not to read every picture for a count.
    options.skipsBroken = false
    if measured == .validation,
      let opened = try? DataSource<Int>.pictures(of: .train, in: data, options), opened.pictures.count > 0,
      let pictures = try? trained.matched(opened.pictures, name: data),
      let result = frequency(pictures, DataSource<Int>.Part.train.rawValue)
    {
      return result
    }
    return frequency(dataset, measured.rawValue)
  }

  private func robustness(
    of evaluator: ClassifierEvaluator, _ dataset: any Dataset<Int>, _ scores: ClassifierScores,
    _ baseline: Robustness?
  ) throws -> Robustness {
    try withProgress(of: dataset.count * RobustnessTest.passes) { progress in
      try RobustnessTest(evaluator, seed: seed ?? 0).run(
        on: dataset, batchSize: batch ?? 32, cleanError: 1 - scores.evaluation.top1, baseline: baseline,
        progress: progress)
    }
  }

  /// What another network was measured by.
  private struct Baseline: Decodable {
    let classNames: [String]
    let count: Int
    let robustness: Robustness
  }

  /// - Throws: ``Failure`` where the baseline is not of these pictures, as far as their number and classes tell.
  private static func check(
    _ baseline: Baseline, in path: String, fits dataset: any Dataset<Int>
  ) throws {
    func differs(_ what: String, _ there: String, _ here: String) -> Failure {
      Failure(.data, "\(path): of other pictures than these: \(what) \(there), not \(here)")
    }
    if baseline.count != dataset.count {
      throw differs("there were", counted(baseline.count, "picture"), grouped(dataset.count))
    }
    // One of the two may choose among more classes.
    let (there, here) = (Set(baseline.classNames), Set(dataset.classNames))
    if !there.isSubset(of: here) && !here.isSubset(of: there) {
      throw differs("classes are", listed(baseline.classNames), listed(dataset.classNames))
    }
  }

  private static func baseline(_ path: String) throws -> Baseline {
    let content = try Input.data(PictureFile(BytePath(path)))
    guard let baseline = try? JSONDecoder().decode(Baseline.self, from: content) else {
      throw Failure(.data, "\(path): is not what 'evaluate --robustness --json' prints")
    }
    return baseline
  }
}
