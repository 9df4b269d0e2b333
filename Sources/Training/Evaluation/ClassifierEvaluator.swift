import Datasets
import Engine
import Foundation
import Images
import Models

/// Measures a classifier on labelled pictures, with several views of each where that is wanted, and keeps every picture's
/// logits: what calibration and its temperature are computed from.
///
///     let scores = try ClassifierEvaluator(network, views: TestViews(tenCrop: true)).evaluate(dataset)
///     print(scores.evaluation.top1, scores.calibration()?.error)
public struct ClassifierEvaluator: Sendable {
  /// What is measured.
  public let network: Network
  /// What is done to a picture first.
  public let preprocessing: Preprocessing
  /// What of each picture the network sees.
  public let views: TestViews

  /// - Parameters:
  ///   - network: what is measured.
  ///   - preprocessing: nil is what the network's card says.
  ///   - views: whose probabilities are averaged.
  public init(_ network: Network, preprocessing: Preprocessing? = nil, views: TestViews = .single) {
    self.network = network
    self.preprocessing = preprocessing ?? network.card.preprocessing
    self.views = views
  }

  /// - Parameters:
  ///   - dataset: whose classes are the network's, in their order.
  ///   - batchSize: views of a forward pass; of more views than that one picture at a time.
  ///   - shows: whether pictures are kept for a report.
  ///   - change: what is done to a picture when it has been resized and cropped, by its place in the data set, in bytes; nil is
  ///     nothing.
  ///   - progress: told of the pictures done after every batch.
  /// - Throws: what reading the data throws, `NetworkError` where the network cannot take a batch or gives no finite numbers,
  ///   ``TrainingError/classes(set:data:network:)``.
  public func evaluate(
    _ dataset: any Dataset<Int>, batchSize: Int = 32, shows: Bool = false,
    change: (@Sendable (_ picture: Image, _ index: Int) throws -> Image)? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws -> ClassifierScores {
    guard dataset.classNames.count == network.classes else {
      throw TrainingError.classes(
        set: "measured", data: dataset.classNames.count, network: network.classes)
    }
    precondition(
      views.fault(for: preprocessing) == nil, "ClassifierEvaluator: views \(views.fault(for: preprocessing)!)"
    )
    var tally = Tally(classes: network.classes)
    var collector = ExampleCollector(classNames: dataset.classNames, preprocessing: preprocessing)
    var (logits, labels): ([Float], [Int]) = ([], [])
    logits.reserveCapacity(dataset.count * network.classes)
    for result in loader(dataset, batchSize, change).epoch(0) {
      let batch = try result.get()
      let shape = batch.images.shape
      let pictures = batch.images.reshaped(
        to: [shape[0] * views.count, shape[1] / views.count, shape[2], shape[3]])
      let viewed = try network.logits(pictures)
      try NetworkError.checkFinite([viewed], of: network.name)
      let scores = averaged(viewed)
      tally.add(
        logits: scores, labels: batch.labels, loss: crossEntropy(scores, labels: batch.labels).scalar)
      if shows {
        let middles = stride(from: views.middle, to: pictures.shape[0], by: views.count)
        let shown = views.count == 1 ? pictures : pictures.indexSelect(Array(middles))
        collector.add(images: shown, logits: scores, labels: batch.labels)
      }
      logits += scores.scalars
      labels += batch.labels
      progress(labels.count)
    }
    return ClassifierScores(
      labels: labels, logits: logits, evaluation: tally.evaluation(classNames: dataset.classNames),
      examples: collector.examples)
  }

  /// Pictures with their views one below another.
  private func loader(
    _ dataset: any Dataset<Int>, _ batchSize: Int,
    _ change: (@Sendable (_ picture: Image, _ index: Int) throws -> Image)?
  ) -> DataLoader<Int> {
    let size = max(batchSize / views.count, 1)
    if views == .single && change == nil {
      return DataLoader(dataset, preprocessing: preprocessing, batchSize: size)
    }
    let (views, preprocessing) = (views, preprocessing)
    let viewed = ViewedDataset(base: dataset) { picture, index in
      let prepared = views.stacked(picture, by: preprocessing)
      return try change?(prepared, index) ?? prepared
    }
    return DataLoader(viewed, preprocessing: preprocessing.withoutResizing, batchSize: size)
  }

  /// Logits `[N · views, C]` to `[N, C]`: of several views the logarithm of their mean probability.
  private func averaged(_ logits: Tensor) -> Tensor {
    guard views.count > 1 else { return logits }
    let (count, classes) = (logits.shape[0] / views.count, logits.shape[1])
    let probabilities = softmax(logits).scalars
    return Tensor(
      (0..<count * classes).map { place in
        let (picture, label) = (place / classes, place % classes)
        let sum = (0..<views.count).reduce(0.0) { sum, view in
          sum + Double(probabilities[(picture * views.count + view) * classes + label])
        }
        return Float(log(max(sum / Double(views.count), 1e-38)))
      }, shape: [count, classes])
  }
}

/// A data set's pictures after something was done to them.
private struct ViewedDataset: Dataset {
  let base: any Dataset<Int>
  let change: @Sendable (_ picture: Image, _ index: Int) throws -> Image

  var count: Int { base.count }
  var classNames: [String] { base.classNames }
  func target(at index: Int) throws -> Int { try base.target(at: index) }

  func example(at index: Int) throws -> Example<Int> {
    let example = try base.example(at: index)
    return Example(image: try change(example.image, index), label: example.label)
  }
}

/// What a classifier made of labelled pictures.
public struct ClassifierScores: Sendable {
  /// Each picture's class.
  public let labels: [Int]
  /// A row of logits for each picture; of several views the logarithms of mean probabilities.
  public let logits: [Float]
  /// What was taken for what.
  public let evaluation: Evaluation
  /// Pictures for a report; none where none were wanted.
  public let examples: [ExamplePicture]

  /// - Parameters:
  ///   - labels: each picture's class.
  ///   - logits: a row for each picture.
  ///   - evaluation: what was taken for what.
  ///   - examples: pictures for a report.
  public init(labels: [Int], logits: [Float], evaluation: Evaluation, examples: [ExamplePicture] = []) {
    precondition(
      labels.isEmpty ? logits.isEmpty : logits.count % labels.count == 0,
      "ClassifierScores: \(logits.count) logits of \(labels.count) pictures")
    self.labels = labels
    self.logits = logits
    self.evaluation = evaluation
    self.examples = examples
  }

  /// How far the probabilities are from the shares that are right, at a temperature.
  /// - Parameters:
  ///   - bins: intervals of confidence of equal length.
  ///   - temperature: the logits are divided by it.
  /// - Returns: nil where a logit is not finite, or there are no pictures.
  public func calibration(bins: Int = 15, temperature: Double = 1) -> Calibration? {
    guard !labels.isEmpty, logits.allSatisfy(\.isFinite) else { return nil }
    return Calibration(logits: logits, labels: labels, bins: bins, temperature: temperature)
  }

  /// The temperature by which the logits are to be divided so that the mean negative log-likelihood of the labels is least; see
  /// ``Calibration/temperature(logits:labels:)``.
  /// - Returns: nil where a logit is not finite, or there are no pictures.
  public var bestTemperature: Double? {
    guard !labels.isEmpty, logits.allSatisfy(\.isFinite) else { return nil }
    return Calibration.temperature(logits: logits, labels: labels)
  }
}
