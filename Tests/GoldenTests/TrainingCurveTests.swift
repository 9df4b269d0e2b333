import Engine
import Models
import TestSupport
import XCTest

/// Ten steps of training against PyTorch's float64: the loss of each step, the first step's change of every
/// parameter, and the running statistics at the end; four networks, four optimizers, each with a schedule.
final class TrainingCurveTests: XCTestCase {
  private struct Curve: Decodable {
    let network, rule: String
    let losses: [Double]
    /// PyTorch-fp32's own largest errors, relative.
    let lossError, statisticsError: Double
    let statistics: [Fixture.Sampled]
    /// What the first step adds to each parameter.
    let updates: [Fixture.Gradient]
  }

  private struct Course {
    let optimizer: any Optimizer
    let schedule: Schedule
  }

  func testResNet() throws {
    try check("resnet") { store in CIFARResNet(store.scope, NetworkOptions(classes: 10), depth: 1) }
  }

  func testVGG() throws { try check("vgg") { store in Self.vgg(store.scope) } }

  func testGoogLeNet() throws { try check("googlenet") { store in Self.googLeNet(store.scope) } }

  func testMobileNet() throws { try check("mobilenet") { store in Self.mobileNet(store.scope) } }

  private func check(_ name: String, _ build: (ParameterStore) -> any Module) throws {
    for golden in try Fixture.decode([Curve].self, "curves_\(name)") {
      let message = "\(name) by \(golden.rule)"
      let store = ParameterStore(initializes: false)
      let network = build(store)
      store.fillFromKeys()
      let start = store.trainable.map { DTensor($0.value) }
      let course = course(golden.rule, store.trainable)
      let rate = course.optimizer.learningRate

      for (step, expected) in golden.losses.enumerated() {
        let batch = "1.\(step % 2)"
        let x = goldenPictures([6, 16, 16, 3], label: "pictures \(batch)")
        let labels = CounterGenerator("labels \(batch)")
        let logits = network(x, .training(generator: RandomStream(seed: 0)))
        let loss = crossEntropy(logits, labels: (0..<6).map { Int(labels[$0] % 10) })
        let tolerance = golden.rule == "rmsprop" ? 1e-3 : max(3 * golden.lossError, 1e-4)
        assertClose(loss.scalar, expected, absolute: 0, relative: tolerance, "\(message), step \(step)")
        course.optimizer.learningRate = rate * course.schedule.factor(at: step)
        course.optimizer.step(loss.backward())
        if step == 0 { assertUpdates(golden, store, start, message) }
      }
      let tolerance = max(3 * golden.statisticsError, 1e-4)
      for statistic in golden.statistics {
        let value = try XCTUnwrap(store[statistic.name]).value
        assertForward(
          samples("statistic", statistic.name, value, statistic.samples.count), statistic,
          tolerance: tolerance, message)
      }
    }
  }

  private func assertUpdates(
    _ golden: Curve, _ store: ParameterStore, _ start: [DTensor], _ message: String
  ) {
    XCTAssertEqual(golden.updates.count, start.count, message)
    let start = Dictionary(uniqueKeysWithValues: zip(store.trainable.map(\.name), start))
    assertGradients(golden.updates, "\(message), first step", kind: "update") { name in
      store[name].map { parameter in
        parameter.layout.toFile(DTensor(parameter.value).zip(start[name]!, -).tensor)
      }
    }
  }

  /// As in `scripts/goldens/curves.py`.
  private func course(_ rule: String, _ parameters: [Parameter]) -> Course {
    switch rule {
    case "sgd":
      Course(
        optimizer: SGD(parameters, learningRate: 0.02, momentum: 0.9, weightDecay: 5e-4),
        schedule: .cosine(over: 10))
    case "adam":
      Course(
        optimizer: Adam(parameters, learningRate: 1e-3, weightDecay: 1e-2),
        schedule: .step(every: 4, gamma: 0.5))
    case "adamw":
      Course(
        optimizer: AdamW(parameters, learningRate: 1e-3, weightDecay: 0.05),
        schedule: .polynomial(over: 9, power: 0.9).warmedUp(over: 3, from: 0.1))
    case "rmsprop":
      Course(
        optimizer: RMSProp(parameters, learningRate: 2e-4, smoothing: 0.9, weightDecay: 1e-3),
        schedule: .multiStep(at: [4, 7], gamma: 0.3))
    default:
      preconditionFailure("no optimizer is named \(rule)")
    }
  }

  private static func vgg(_ scope: Scope) -> any Module {
    var layers: [any Module] = []
    var (index, channels) = (0, 3)
    for width in [16, 16, nil, 32, 32, nil] {
      guard let width else {
        layers.append(MaxPool2d(kernel: 2, stride: 2))
        index += 1
        continue
      }
      let features = scope["features"]
      layers.append(
        ConvNormActivation(
          Conv2d(features[index], from: channels, to: width, kernel: 3, padding: 1, bias: false),
          BatchNorm2d(features[index + 1], channels: width)))
      (index, channels) = (index + 3, width)
    }
    let classifier = Linear(scope["classifier"], from: 32 * 4 * 4, to: 10, flattening: (32, 4, 4))
    return Sequential(layers + [Flatten(), classifier])
  }

  private static func mobileNet(_ scope: Scope) -> any Module {
    Sequential([
      MobileNetV2.unit(scope["conv1"], from: 3, to: 24, kernel: 3),
      MobileNetV2.unit(scope["conv2"], from: 24, to: 24, kernel: 3, stride: 2, groups: 24),
      InvertedResidual(scope["block"], from: 24, to: 24, expansion: 4, stride: 1),
      AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 24, to: 10),
    ])
  }

  private static func googLeNet(_ scope: Scope) -> any Module {
    let style = GoogLeNet.Style.torchvision
    return Sequential([
      ConvNormActivation(
        Conv2d(scope["conv1"]["conv"], from: 3, to: 24, kernel: 3, padding: 1, bias: false),
        BatchNorm2d(scope["conv1"]["bn"], channels: 24, epsilon: 1e-3)),
      Inception(scope["inceptiona"], from: 24, .init(16, 12, 24, 8, 12, 12), style),
      MaxPool2d(kernel: 3, stride: 2, ceilMode: true),
      Inception(scope["inceptionb"], from: 64, .init(24, 16, 32, 8, 16, 16), style),
      AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 88, to: 10),
    ])
  }
}
