import Datasets
import Engine
import Images
import Models

/// Table 5: accuracy and loss with and without batch norm at two learning rates, and the gradients' norms by layer.
struct BatchNormStudy: Study {
  let name = "batchnorm"
  let question = "What does batch norm change, at a high and at a low learning rate?"

  private static let rates = [0.1, 0.01]

  private struct Variant {
    let normalizes: Bool
    let rate: Double

    var name: String { "\(normalizes ? "with" : "without") batch norm, \(rate)" }
    var folder: String { "\(normalizes ? "bn" : "plain")-\(rate)" }
  }

  /// Six 3×3 convolutions of 32 to 128 channels and a linear layer, after VGG's pattern.
  static let layers = (0..<6).map { "conv\($0)" } + ["fc"]

  /// With and without batch norm the convolutions begin with the same weights.
  static func network(
    normalizes: Bool, classes: Int, channels: Int, preprocessing: Preprocessing, seed: UInt64
  ) throws -> Network {
    try Network(
      name: normalizes ? "vgg-small-bn" : "vgg-small", classes: classes, preprocessing: preprocessing,
      inputChannels: channels, inputSize: 32, minimumSize: 4, seed: seed
    ) { scope in
      var modules: [any Module] = []
      var before = channels
      for (index, width) in [32, 32, 64, 64, 128, 128].enumerated() {
        let convolution = Conv2d(
          scope["conv\(index)"], from: before, to: width, kernel: 3, padding: 1, bias: !normalizes,
          initializer: .kaimingNormal(), biasInitializer: .zeros)
        modules.append(
          normalizes
            ? ConvNormActivation(convolution, BatchNorm2d(scope["bn\(index)"], channels: width))
            : ConvActivation(convolution))
        if index == 1 || index == 3 { modules.append(MaxPool2d(kernel: 2)) }
        before = width
      }
      return Sequential(
        modules + [
          AdaptiveAvgPool2d(size: 1), Flatten(),
          Linear(scope["fc"], from: before, to: classes, initializer: .kaimingNormal()),
        ])
    }
  }

  func run(_ context: StudyContext) throws -> StudyResult {
    let pictures = try StudyPictures(context.data)
    let card = try Registry.card(named: "resnet20")
    let side = pictures.side(context.options.size, for: card)
    let preprocessing = try pictures.preprocessing(for: card, side: side)
    let variants = Self.rates.flatMap { rate in
      [true, false].map { Variant(normalizes: $0, rate: rate) }
    }
    let (classes, channels) = (pictures.classes, pictures.channels)
    let trainings = variants.map { variant in
      var configuration = pictures.recipe(for: card)
      (configuration.learningRate, configuration.warmUpEpochs) = (variant.rate, 0)
      return StudyTraining(
        variant.folder, on: context.data, preprocessing: preprocessing, configuration: configuration
      ) { seed in
        try Self.network(
          normalizes: variant.normalizes, classes: classes, channels: channels, preprocessing: preprocessing,
          seed: seed)
      }
    }
    let (plan, runs) = try context.train(trainings, wish: pictures.usualEpochs / 2)
    let norms = try trainings.map { try gradientNorms(of: $0, context, epochs: plan.epochs) }

    var result = StudyResult(of: self)
    result.paragraphs = [
      "A network of six convolutions is trained with batch norm and without it from the same initial weights, at two learning "
        + "rates, with \(counted(context.options.seeds.count, "seed")). \(plan.sentence)"
    ]
    for (place, rate) in Self.rates.enumerated() {
      result.paragraphs.append(
        "At a learning rate of \(rate): "
          + StudyResult.comparison(
            "the network with batch norm", runs[2 * place].seeds(\.validationAccuracy),
            with: "the one without", runs[2 * place + 1].seeds(\.validationAccuracy)))
    }
    result.tables = [table(variants, runs), Self.published]
    result.figures = figures(variants, runs, norms)
    result.differences = [
      pictures.difference(side: side),
      "The network has six convolutions and no dropout, and is trained for \(counted(plan.epochs, "epoch")) without warm-up and "
        + "without clipping; the published one is Inception.",
    ]
    return result
  }

  /// Ioffe and Szegedy 2015, "Batch Normalization", figure 3, the learning rates by section 4.2.2: Inception, BN-Baseline, BN-x5 and
  /// BN-x30. The latter two have the changes of section 4.2.1 beside the rate.
  private static let published = StudyTable(
    "Inception on ImageNet with and without batch norm",
    columns: [
      .init("network", .text), .init("steps to 72.2 %, millions", .number, isPublished: true),
      .init("highest accuracy", .share, isPublished: true),
    ],
    rows: [
      [.text("Inception, learning rate 0.0015"), .number(31), .number(0.722)],
      [.text("the same with batch norm"), .number(13.3), .number(0.727)],
      [.text("with batch norm, five times the rate"), .number(2.1), .number(0.73)],
      [.text("with batch norm, thirty times the rate"), .number(2.7), .number(0.748)],
    ],
    note:
      "Ioffe and Szegedy 2015, figure 3. With the higher rates there is also no dropout, less weight decay, a faster decay of the "
      + "rate, better shuffling and less distortion of colours.")

  private func table(_ variants: [Variant], _ runs: [[StudyRun]]) -> StudyTable {
    let rows: [[StudyTable.Cell]] = zip(variants, runs).map { variant, runs in
      [
        .text(variant.name), .of(runs.atEnd(\.validationAccuracy)), .of(runs.atEnd(\.trainLoss)),
        .of(runs.atEnd(\.validationLoss)), runs.divergences,
        .of(runs.flatMap { $0.records.map(\.seconds) }),
      ]
    }
    return StudyTable(
      "With and without batch norm",
      columns: [
        .init("network and learning rate", .text), .init("validation accuracy", .share),
        .init("training loss", .number), .init("validation loss", .number), .init("diverged", .text),
        .init("an epoch", .duration),
      ],
      rows: rows,
      note: "After the last epoch; mean and sample deviation over the seeds, of the time over all epochs.")
  }

  private func figures(
    _ variants: [Variant], _ runs: [[StudyRun]], _ norms: [[LayerNorm]]
  ) -> [StudyFigure] {
    var losses = StudyFigure(
      "Training loss", xTitle: "epoch", unit: .number,
      series: zip(variants, runs).map { .init($0.name, $1.curve(\.trainLoss)) })
    losses.valuesSpanDecades = true
    let accuracies = StudyFigure(
      "Validation accuracy", xTitle: "epoch", unit: .share,
      series: zip(variants, runs).map { .init($0.name, $1.curve(\.validationAccuracy)) })
    var gradients = StudyFigure(
      "Norm of the weights' gradient in the first epoch, first seed", xTitle: "layer", unit: .number,
      series: zip(variants, norms).map { variant, norms in
        .init(
          variant.name,
          norms.enumerated().map { place, norm in
            var point = StudyFigure.Point(x: Double(place + 1), values: [norm.mean])
            (point.low, point.high) = (norm.least, norm.most)
            return point
          })
      })
    gradients.valuesSpanDecades = true
    return [losses, accuracies, gradients]
  }

  // MARK: Gradients

  /// Over the steps of an epoch.
  private struct LayerNorm: Codable {
    let mean, least, most: Double
  }

  /// Trains the first epoch of the first seed's run once more, with somebody looking on.
  private func gradientNorms(
    of training: StudyTraining, _ context: StudyContext, epochs: Int
  ) throws -> [LayerNorm] {
    try context.remembered(
      "gradients-\(training.name)", under: "\(epochs) epochs, \(context.options.seeds[0])"
    ) {
      context.say("\(training.name): gradients of the first epoch")
      let recorder = GradientRecorder(Self.layers.map { "\($0).weight" })
      let configuration = training.configured(epochs: epochs, seed: context.options.seeds[0])
      do {
        _ = try training.run(configuration, nil, recorder).run(resuming: false, until: 1) { _ in }
      } catch TrainingError.diverged {
        // What there was until then was seen.
      }
      return withExtendedLifetime(recorder) {
        recorder.norms.map { norms in
          let finite = norms.filter(\.isFinite)
          return LayerNorm(
            mean: finite.isEmpty ? .nan : finite.reduce(0, +) / Double(finite.count),
            least: finite.min() ?? .nan, most: finite.max() ?? .nan)
        }
      }
    }
  }
}

/// Keeps the Euclidean norms of some weights' gradients, step by step.
final class GradientRecorder: TrainingObserver {
  private let parameters: [String]
  /// For each parameter, a norm a step.
  private(set) var norms: [[Double]]

  init(_ parameters: [String]) {
    self.parameters = parameters
    norms = parameters.map { _ in [] }
  }

  func willStep(along gradients: Gradients, epoch: Int) {
    for leaf in gradients.leaves {
      guard let name = leaf.parameter, let place = parameters.firstIndex(of: name),
        let gradient = gradients[leaf]
      else { continue }
      let sum = gradient.withUnsafeBufferPointer { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }
      norms[place].append(sum.squareRoot())
    }
  }
}
