import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// Calibration, frequency and views of classifiers, the first two against NumPy and SciPy
/// (scripts/goldens/topics/evaluation.py).
final class ClassifierMeasurementTests: XCTestCase {
  private struct Goldens: Decodable {
    struct Case: Decodable {
      let name: String
      let count, classes: Int
      let scale: Float
      let bins: Int
      let labels: [Int]
      let error, loss, temperature, scaledError, scaledLoss: Double

      var logits: [Float] {
        let generator = CounterGenerator(name)
        return (0..<count * classes).map { scale * (generator.uniform($0) - 0.5) }
      }
    }

    struct Correlation: Decodable {
      let counts: [Int]
      let shares: [Double]
      let correlation: Double
    }

    let calibrations: [Case]
    let correlations: [Correlation]
  }

  private func goldens() throws -> Goldens {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "calibration", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
  }

  func testCalibrationIsNumPys() throws {
    for golden in try goldens().calibrations {
      let logits = golden.logits
      let calibration = Calibration(logits: logits, labels: golden.labels, bins: golden.bins)
      XCTAssertEqual(calibration.error, golden.error, accuracy: 1e-9, golden.name)
      XCTAssertEqual(calibration.loss, golden.loss, accuracy: 1e-9, golden.name)
      XCTAssertEqual(calibration.bins.reduce(0) { $0 + $1.count }, golden.count)
      XCTAssertEqual(calibration.bins.count, golden.bins)
      for bin in calibration.bins where bin.count > 0 {
        XCTAssertTrue(bin.lower < bin.confidence && bin.confidence <= bin.upper, "\(bin)")
      }
      let temperature = Calibration.temperature(logits: logits, labels: golden.labels)
      XCTAssertEqual(temperature, golden.temperature, accuracy: 1e-5 * golden.temperature, golden.name)
      let scaled = Calibration(
        logits: logits, labels: golden.labels, bins: golden.bins, temperature: temperature)
      XCTAssertEqual(scaled.loss, golden.scaledLoss, accuracy: 1e-9, golden.name)
      // The error has steps where a picture changes its bin.
      XCTAssertEqual(scaled.error, golden.scaledError, accuracy: 2 / Double(golden.count), golden.name)
      XCTAssertLessThanOrEqual(scaled.loss, calibration.loss)
    }
  }

  func testTheEdgesOfTemperatures() {
    // All right, and sure of it: the likelihood grows for ever.
    XCTAssertEqual(
      Calibration.temperature(logits: [3, 0, 0, 5], labels: [0, 1]), Calibration.temperatures.lowerBound)
    // All wrong: the more even the better.
    XCTAssertEqual(
      Calibration.temperature(logits: [3, 0, 0, 5], labels: [1, 0]), Calibration.temperatures.upperBound)
    XCTAssertEqual(Calibration.bound(Calibration.temperatures.lowerBound), "the least that is tried")
    XCTAssertEqual(Calibration.bound(Calibration.temperatures.upperBound), "the greatest that is tried")
    XCTAssertNil(Calibration.bound(1))
    // A confidence of 1 is in the last bin, and large logits do not overflow.
    let sure = Calibration(logits: [1000, -1000, 0, 2000], labels: [0, 0], bins: 10)
    XCTAssertEqual(sure.bins[9].count, 2)
    XCTAssertEqual(sure.bins[9].accuracy, 0.5)
    XCTAssertEqual(sure.error, 0.5)
    XCTAssertEqual(sure.loss, 1000, accuracy: 1e-6)
  }

  /// Rank correlation with ties, thirds by pictures, and the mean over classes.
  func testFrequency() throws {
    for golden in try goldens().correlations {
      let evaluation = try Self.evaluation(shares: golden.shares)
      let frequency = ClassFrequency(evaluation, counts: golden.counts, part: "train")
      XCTAssertEqual(try XCTUnwrap(frequency.correlation), golden.correlation, accuracy: 1e-12)
      XCTAssertEqual(frequency.groups.reduce(0) { $0 + $1.classes }, golden.counts.count)
    }
    let evaluation = try Self.evaluation(shares: [0.25, nil, 1, 0.5, 0.75])
    XCTAssertEqual(evaluation.balancedAccuracy, 0.625)
    let frequency = ClassFrequency(evaluation, counts: [10, 500, 40, 20, 30], part: "train")
    XCTAssertEqual(frequency.groups.map(\.classes), [1, 1, 2])
    XCTAssertEqual(frequency.groups.map(\.fewest), [10, 20, 30])
    XCTAssertEqual(frequency.groups.map(\.most), [10, 20, 40])
    XCTAssertEqual(frequency.groups.map(\.accuracy), [0.25, 0.5, 0.875])
    XCTAssertNil(ClassFrequency(evaluation, counts: [3, 3, 3, 3, 3], part: "train").correlation)
    let two = try Self.evaluation(shares: [0.25, 1])
    XCTAssertNil(
      ClassFrequency(two, counts: [1, 2], part: "train").correlation, "the ranks of two classes say nothing")
  }

  /// Twenty pictures of each class with these shares recognized; nil is none of that class.
  private static func evaluation(shares: [Double?]) throws -> Evaluation {
    var (logits, labels): ([Float], [Int]) = ([], [])
    let classes = shares.count
    for (label, share) in shares.enumerated() {
      guard let share else { continue }
      for picture in 0..<20 {
        let seen = Double(picture) < 20 * share - 1e-9 ? label : (label + 1) % classes
        logits += (0..<classes).map { $0 == seen ? 1 : 0 }
        labels.append(label)
      }
    }
    var tally = Tally(classes: classes)
    tally.add(logits: Tensor(logits, shape: [labels.count, classes]), labels: labels)
    return tally.evaluation(classNames: (0..<classes).map { "class \($0)" })
  }

  /// One view is what `Evaluator` measures, bit by bit.
  func testOneViewIsTheEvaluators() throws {
    let run = try SmallRun()
    let loader = DataLoader(run.data.validation, preprocessing: Digits.preprocessing, batchSize: 16)
    let expected = try Evaluator(run.network, loader, classNames: run.data.validation.classNames).evaluate()
    let scores = try ClassifierEvaluator(run.network, preprocessing: Digits.preprocessing)
      .evaluate(run.data.validation, batchSize: 16)
    func assertEqual(_ found: Evaluation, line: UInt = #line) {
      XCTAssertEqual(found.confusion, expected.confusion, line: line)
      XCTAssertEqual(
        [found.loss, found.top1, found.top5], [expected.loss, expected.top1, expected.top5], line: line)
      XCTAssertEqual(found.classNames, expected.classNames, line: line)
      XCTAssertEqual(found.perClass, expected.perClass, line: line)
    }
    assertEqual(scores.evaluation)
    XCTAssertEqual(scores.calibration(), expected.calibration)
    XCTAssertEqual(scores.labels.count, run.data.validation.count)
    XCTAssertTrue(scores.examples.isEmpty)
    let same = try ClassifierEvaluator(run.network, preprocessing: Digits.preprocessing)
      .evaluate(run.data.validation, batchSize: 16, shows: true) { picture, _ in picture }
    assertEqual(same.evaluation)
    XCTAssertFalse(same.examples.isEmpty)
  }

  /// The mean of the views' probabilities, each view computed apart.
  func testViewsAreAveraged() throws {
    let run = try SmallRun()
    let data = try Subset(run.data.validation, perClass: 1)
    let preprocessing = Preprocessing(
      resize: .shorterSide(10), crop: 8, mean: [0.3], standardDeviation: [0.4])
    let views = TestViews(scales: [9, 12], tenCrop: true)
    let scores = try ClassifierEvaluator(run.network, preprocessing: preprocessing, views: views)
      .evaluate(data, batchSize: 40, shows: true)
    XCTAssertEqual(scores.labels.count, 10)
    for index in 0..<data.count {
      let pictures = views.prepared(try data.example(at: index).image, by: preprocessing)
      XCTAssertEqual(pictures.count, 20)
      let probabilities = softmax(try run.network.logits(preprocessing.withoutResizing(pictures)))
      let mean = probabilities.mean(axis: 0).scalars
      let averaged = softmax(
        Tensor(Array(scores.logits[index * 10..<(index + 1) * 10]), shape: [1, 10])
      ).scalars
      assertClose(averaged, mean.map { Double($0) }, absolute: 1e-5)
      assertClose(scores.logits[index * 10], log(Double(mean[0])), absolute: 1e-4)
    }
    // Pictures for the report are the middle crops.
    let shown = scores.examples[0]
    XCTAssertEqual(try Image(decoding: shown.png, name: "shown").size, Image.Size(width: 8, height: 8))
  }

  func testWhatIsNotFiniteIsNotCalibrated() {
    let scores = ClassifierScores(
      labels: [0], logits: [.nan, 1], evaluation: Tally(classes: 2).evaluation(classNames: ["a", "b"]),
      examples: [])
    XCTAssertNil(scores.calibration())
    XCTAssertNil(scores.bestTemperature)
    XCTAssertNil(ClassifierMeasurement(scores).scaled)
  }

  // MARK: Robustness

  func testMeanCorruptionErrors() {
    func robustness(_ clean: Double, _ errors: [[Double]], _ baseline: Robustness? = nil) -> Robustness {
      Robustness(
        cleanError: clean,
        errors: zip([Corruption.jpeg, .contrast], errors).map { (corruption: $0, errors: $1) }, coverage: [],
        occlusion: [], baseline: baseline)
    }
    let baseline = robustness(0.4, [[0.5, 0.6, 0.7, 0.8, 0.9], [0.4, 0.5, 0.5, 0.5, 0.6]])
    XCTAssertNil(baseline.meanCorruptionError)
    XCTAssertEqual(baseline.meanError, 0.6, accuracy: 1e-12)
    let better = robustness(0.2, [[0.2, 0.3, 0.4, 0.4, 0.45], [0.2, 0.2, 0.2, 0.2, 0.2]], baseline)
    XCTAssertEqual(better.rows[0].corruptionError!, 0.5, accuracy: 1e-12)
    XCTAssertEqual(better.rows[1].corruptionError!, 0.4, accuracy: 1e-12)
    XCTAssertEqual(better.meanCorruptionError!, 0.45, accuracy: 1e-12)
    XCTAssertEqual(better.rows[0].relativeCorruptionError!, 0.75 / 1.5, accuracy: 1e-12)
    XCTAssertEqual(better.meanRelativeCorruptionError!, 0.25, accuracy: 1e-12)
    // A baseline without errors has nothing to relate to.
    let perfect = robustness(0, [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
    XCTAssertNil(robustness(0.1, [[0.1, 0.1, 0.1, 0.1, 0.1]], perfect).meanCorruptionError)
  }

  /// The same numbers for the same seed; what is covered is grey, has the area and lies within; places make up the picture.
  func testRobustnessIsDeterministic() throws {
    let run = try SmallRun()
    let data = try Subset(run.data.validation, perClass: 2)
    let evaluator = ClassifierEvaluator(run.network, preprocessing: Digits.preprocessing)
    func measured(_ seed: UInt64, batch: Int = 16) throws -> Robustness {
      var last = 0
      let result = try RobustnessTest(evaluator, seed: seed).run(
        on: data, batchSize: batch, cleanError: 0.5
      ) { done in
        XCTAssertGreaterThan(done, last)
        last = done
      }
      XCTAssertEqual(last, RobustnessTest.passes * data.count)
      return result
    }
    let first = try measured(1)
    XCTAssertEqual(try Parallel.withThreads(2) { try measured(1) }, first)
    XCTAssertEqual(first.rows.map(\.corruption), Corruption.allCases)
    XCTAssertEqual(first.coverage.map(\.area), RobustnessTest.areas)
    XCTAssertEqual(first.occlusion.map(\.count), [4, 4, 4, 4])
    let coded = try JSONDecoder().decode(Robustness.self, from: JSONEncoder().encode(first))
    XCTAssertEqual(coded, first)
  }

  // MARK: Report

  /// ImageNet's classes are called by their names, and a temperature at its bound is said to be there.
  func testReportOfFoldersCalledByIdentifiers() {
    let names = ["n01440764", "n02102040"]
    let logits: [Float] = [3, 0, 0, 5, 0, 4]
    var tally = Tally(classes: 2)
    tally.add(logits: Tensor(logits, shape: [3, 2]), labels: [1, 0, 0])
    let example = ExamplePicture(
      png: Data(), truth: 0, truthLabel: names[0],
      predictions: [Prediction(class: 1, label: names[1], probability: 0.75)])
    let scores = ClassifierScores(
      labels: [1, 0, 0], logits: logits, evaluation: tally.evaluation(classNames: names), examples: [example])
    let html = ClassificationReport(
      title: "two", ClassifierMeasurement(scores), pictures: [example]
    ).html
    XCTAssertTrue(html.contains("tench, Tinca tinca") && html.contains("English springer"), html)
    XCTAssertFalse(html.contains("n01440764") || html.contains("n02102040"))
    XCTAssertTrue(html.contains("The temperature, the greatest that is tried, fitted on"), html)
  }

  /// Batch by batch the same as at once; too many logits leave the temperature out, and one that is not finite all.
  func testCalibrationIsGatheredInBatches() throws {
    let golden = try XCTUnwrap(goldens().calibrations.first)
    let classes = golden.logits.count / golden.labels.count
    func gathered(most: Int, spoiling: Float? = nil) -> CalibrationCollector {
      var collector = CalibrationCollector(mostLogits: most)
      for start in stride(from: 0, to: golden.labels.count, by: 7) {
        let places = start..<min(start + 7, golden.labels.count)
        var rows = Array(golden.logits[places.lowerBound * classes..<places.upperBound * classes])
        if let spoiling, start == 0 { rows[0] = spoiling }
        collector.add(Tensor(rows, shape: [places.count, classes]), labels: Array(golden.labels[places]))
      }
      return collector
    }
    let expected = Calibration(logits: golden.logits, labels: golden.labels)
    let temperature = Calibration.temperature(logits: golden.logits, labels: golden.labels)
    let all = gathered(most: golden.logits.count)
    XCTAssertEqual(all.calibration, expected)
    XCTAssertEqual(
      all.scaled, Calibration(logits: golden.logits, labels: golden.labels, temperature: temperature))
    let fewer = gathered(most: golden.logits.count - 1)
    XCTAssertEqual(fewer.calibration, expected)
    XCTAssertNil(fewer.scaled)
    for value in [-Float.infinity, .nan] {
      let spoilt = gathered(most: .max, spoiling: value)
      XCTAssertNil(spoilt.calibration)
      XCTAssertNil(spoilt.scaled)
    }
    XCTAssertNil(CalibrationCollector().calibration)
    XCTAssertNil(CalibrationCollector().scaled)
  }

  func testReport() throws {
    let run = try SmallRun()
    let data = run.data.validation
    let scores = try ClassifierEvaluator(run.network, preprocessing: Digits.preprocessing)
      .evaluate(data, shows: true)
    let frequency = ClassFrequency(
      scores.evaluation, counts: [5, 20, 10, 40, 80, 7, 9, 11, 13, 15], part: "train & more")
    let robustness = Robustness(
      cleanError: 0.25,
      errors: Corruption.allCases.map { ($0, [0.3, 0.35, 0.4, 0.5, 0.6]) },
      coverage: [
        Robustness.Coverage(area: 0.1, accuracy: 0.7), Robustness.Coverage(area: 0.5, accuracy: 0.3),
      ],
      occlusion: [[0.7, 0.6], [0.75, 0.5]])
    let measurement = ClassifierMeasurement(scores, frequency: frequency, robustness: robustness)
    let html = ClassificationReport(title: "a <b> & c", measurement, pictures: scores.examples).html
    for text in [
      "a &lt;b&gt; &amp; c", "Confusion matrix", "Calibration", "At a temperature of", "train &amp; more",
      "Corrupted pictures", "Gaussian noise", "Covered pictures", "Mistakes it was surest of",
      "fitted on the measured pictures themselves",
    ] {
      XCTAssertTrue(html.contains(text), text)
    }
    XCTAssertFalse(html.contains("http"), "nothing is fetched")
    XCTAssertFalse(html.contains("nan"), "no number is missing")
    let json = try XCTUnwrap(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(measurement)) as? [String: Any])
    XCTAssertEqual(
      Set(json.keys),
      [
        "classNames", "count", "loss", "top1", "top5", "perClass", "confusion", "balancedAccuracy",
        "calibration",
        "scaled", "temperaturePart", "frequency", "robustness",
      ])
  }
}
