import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// Explanations against PyTorch in float64 (scripts/goldens/topics/explanation.py), and what they promise.
final class ExplanationTests: XCTestCase {
  private struct Golden: Decodable {
    let network: String
    let height, width, label: Int
    let layer: String
    let samples, steps, side, stride: Int
    let logit, probability, baseline: Double
    let smallShape: [Int]
    let gradCAM, gradCAMOfThePicture, saliency, smoothGrad, integrated, occlusion: [Double]
    let integratedSum: Double

    var picture: Tensor { goldenPictures([1, height, width, 3]) }

    func noise(_ sample: Int) -> Tensor {
      let generator = CounterGenerator("noise \(sample)")
      return Tensor(
        (0..<height * width * 3).map { 0.8 * (generator.uniform($0) - 0.5) }, shape: [1, height, width, 3])
    }
  }

  private func goldens(_ name: String) throws -> [Golden] {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: url))
  }

  /// Every map within `tolerance` of its largest element.
  private func check(
    _ golden: Golden, _ network: Network, tolerance: Double,
    compare: (_ map: Tensor, _ expected: [Double], _ tolerance: Double, _ name: String) -> Void
  ) throws {
    let (explainer, x, label) = (Explainer(network), golden.picture, golden.label)
    let shape: Shape = [golden.height, golden.width]
    XCTAssertEqual(network.lastConvolutionalLayer, golden.layer)
    let small = try explainer.gradCAM(of: label, at: x, layer: golden.layer)
    XCTAssertEqual(small.shape.dimensions, golden.smallShape)
    compare(small, golden.gradCAM, tolerance, "Grad-CAM")
    let cam = try explainer.explain(x, class: label, by: .gradCAM())
    compare(cam.map, golden.gradCAMOfThePicture, tolerance, "Grad-CAM of the picture")
    XCTAssertEqual(cam.layer, golden.layer)
    assertClose(cam.logit, golden.logit, absolute: 1e-4, relative: 1e-4)
    assertClose(cam.probability, golden.probability, absolute: 1e-4, relative: 0)
    compare(
      try explainer.explain(x, class: label, by: .saliency).map, golden.saliency, tolerance, "saliency")
    let smooth = try explainer.smoothGradient(of: label, at: x, samples: golden.samples, noise: golden.noise)
    compare(
      abs(smooth).max(axes: [3]).reshaped(to: shape), golden.smoothGrad, tolerance, "SmoothGrad")
    let integrated = try explainer.explain(x, class: label, by: .integratedGradients(steps: golden.steps))
    compare(integrated.map, golden.integrated, tolerance, "integrated gradients")
    assertClose(
      try XCTUnwrap(integrated.baselineLogit), golden.baseline, absolute: 1e-4, relative: 1e-4)
    let span = abs(golden.logit - golden.baseline) + abs(golden.integratedSum)
    assertClose(integrated.map.sum().scalar, golden.integratedSum, absolute: 1e-3 * span, relative: 0)
    let method = ExplanationMethod.occlusion(side: golden.side, stride: golden.stride)
    compare(
      try explainer.explain(x, class: label, by: method).map, golden.occlusion, tolerance, "occlusion")
  }

  func testDrawnNetworksAgreeWithPyTorch() throws {
    let goldens = try goldens("explanation")
    XCTAssertEqual(goldens.map(\.network), ["resnet20", "squeezenet1_1"])
    for golden in goldens {
      let network = try Network(golden.network, classes: 5, dropout: 0, initializes: false)
      network.store.fillFromKeys()
      try check(golden, network, tolerance: 1e-4) { map, expected, tolerance, name in
        let largest = expected.map { abs($0) }.max()!
        // Nothing in ResNet-20's last maps speaks for the class that is explained, so that ReLU leaves exactly 0.
        let isZero = golden.network == "resnet20" && name.hasPrefix("Grad-CAM")
        XCTAssertEqual(largest == 0, isZero, name)
        assertClose(
          map.reshaped(to: [map.count]), DTensor(shape: [expected.count], values: expected),
          absolute: tolerance * largest, relative: 0, "\(golden.network), \(name)")
      }
    }
  }

  /// Samples of the maps; the largest element first. PyTorch itself, in single precision, is 10⁻³ of the largest element off
  /// in MobileNetV2's integrated gradients: rounding moves activations over the kinks of ReLU6.
  func testPublishedWeightsAgreeWithPyTorch() throws {
    let files = [
      "squeezenet1_1": "squeezenet1_1.safetensors", "mobilenet_v2": "mobilenet_v2/mobilenet_v2-b0353104.pth",
    ]
    for golden in try goldens("explanation_weights") {
      let network = try Network(golden.network, initializes: false)
      try network.store.load(from: RealWeightsTests.path(files[golden.network]!))
      try check(golden, network, tolerance: 3e-3) { map, expected, tolerance, name in
        let values = map.scalars
        let offsets = CounterGenerator.sample("explanation", of: values.count, 60)
        let largest = values.map { abs($0) }.max()!
        assertClose(
          [largest] + offsets.map { values[$0] }, expected, absolute: tolerance * expected[0], relative: 0,
          "\(golden.network), \(name)")
      }
    }
  }

  /// The pixels' sum is the difference of the logits: exactly of a linear network, whose gradient is its weights, and the
  /// nearer the more steps of another one.
  func testIntegratedGradientsAddUp() throws {
    let linear = try Network(
      name: "linear", classes: 3, preprocessing: .torchvision, inputSize: 4, seed: 1
    ) { scope in
      Sequential([Flatten(), Linear(scope["fc"], from: 48, to: 3, flattening: (3, 4, 4))])
    }
    var generator = RandomStream(seed: 4)
    let x = Tensor(randomNormal: [1, 4, 4, 3], generator: &generator)
    let explanation = try Explainer(linear).explain(x, class: 2, by: .integratedGradients(steps: 1))
    let difference = explanation.logit - explanation.baselineLogit!
    XCTAssertGreaterThan(abs(difference), 1e-3)
    assertClose(explanation.map.sum().scalar, Double(difference), absolute: 1e-5)

    let network = try Network("resnet20", classes: 4, initializes: false)
    network.store.fillFromKeys()
    let picture = goldenPictures([1, 12, 12, 3])
    let gaps = try [2, 32].map { steps -> Float in
      let explanation = try Explainer(network).explain(picture, by: .integratedGradients(steps: steps))
      return abs(
        (explanation.map.sum().scalar - (explanation.logit - explanation.baselineLogit!))
          / (explanation.logit - explanation.baselineLogit!))
    }
    XCTAssertLessThan(gaps[1], 0.03)
    XCTAssertLessThan(gaps[1], gaps[0])
  }

  /// Gradients of several pictures at once are those of each alone, and of differences of the logit.
  func testGradientsOfABatch() throws {
    let network = try Network("resnet20", classes: 4, initializes: false)
    network.store.fillFromKeys()
    let (explainer, x) = (Explainer(network), goldenPictures([3, 12, 12, 3]))
    let (logits, gradient) = try explainer.gradient(of: 1, at: x)
    for picture in 0..<3 {
      let alone = try explainer.gradient(of: 1, at: x[picture..<picture + 1])
      assertClose(logits[picture], Double(alone.logits[0]), absolute: 1e-4)
      assertClose(gradient[picture..<picture + 1], alone.gradient, absolute: 1e-4, relative: 1e-3)
    }
    XCTAssertEqual(try network.logits(x).slice(axis: 1, 1..<2).scalars.count, logits.count)
  }

  /// The seed decides on the noise, and nothing else does.
  func testTheSeedDecides() throws {
    let network = try Network("resnet20", classes: 4, seed: 2)
    let x = goldenPictures([1, 8, 8, 3])
    func map(_ seed: UInt64, _ threads: Int = 1) throws -> Tensor {
      try Parallel.withThreads(threads) {
        try Explainer(network).explain(x, class: 0, by: .smoothGrad(samples: 3, seed: seed)).map
      }
    }
    let first = try map(1)
    assertSameBits(try map(1, 3), first)
    XCTAssertNotEqual(try map(2).scalars, first.scalars)
  }

  func testTheLayerThatIsLookedAt() throws {
    let expected = [
      "alexnet": "features.11", "alexnet_paper": "relu5", "vgg11": "features.19", "vgg16": "features.29",
      "vgg16_bn": "features.42", "googlenet": "inception5b", "googlenet_paper": "inception5b",
      "resnet18": "layer4.1", "resnet50": "layer4.2", "squeezenet1_0": "features.12",
      "squeezenet1_1": "features.12", "mobilenet_v2": "features.18", "resnet20": "layer3.2",
      "resnet56": "layer3.8", "plain20": "layer3.5",
    ]
    for card in Registry.all {
      let network = try Network(card, classes: 3, auxiliary: true, initializes: false)
      let path = try XCTUnwrap(network.lastConvolutionalLayer, card.name)
      if let expected = expected[card.name] { XCTAssertEqual(path, expected, card.name) }
      let size = max(card.minimumSize, 32)
      let maps = try network.features(at: [path], of: Tensor(zeros: [1, size, size, 3]))[0]
      XCTAssertEqual(maps.shape.rank, 4, card.name)
    }
  }

  func testRefusals() throws {
    let network = try Network("resnet20", classes: 4, seed: 2)
    let (explainer, x) = (Explainer(network), goldenPictures([1, 8, 8, 3]))
    func fails(_ expected: ExplanationError, _ body: () throws -> Void) {
      XCTAssertThrowsError(try body()) { XCTAssertEqual($0 as? ExplanationError, expected) }
    }
    fails(.noSuchClass(4, network: "resnet20", classes: 4)) { _ = try explainer.explain(x, class: 4) }
    fails(.noSuchClass(-1, network: "resnet20", classes: 4)) {
      _ = try explainer.explain(x, class: -1, by: .occlusion())
    }
    fails(.noMaps(path: "linear", shape: [1, 4])) {
      _ = try explainer.explain(x, by: .gradCAM(layer: "linear"))
    }
    fails(.badSquare(side: 3, stride: 4)) {
      _ = try explainer.explain(x, by: .occlusion(side: 3, stride: 4))
    }
    XCTAssertThrowsError(try explainer.explain(x, by: .gradCAM(layer: "layer9"))) { error in
      XCTAssertTrue("\(error)".hasPrefix("no module is at 'layer9'"), "\(error)")
    }
    XCTAssertThrowsError(try explainer.explain(goldenPictures([1, 8, 8, 1])))
    let broken = try Network("resnet20", classes: 4, seed: 2)
    broken.store.all.last { $0.name == "linear.bias" }!.value = Tensor(repeating: .nan, shape: [4])
    XCTAssertThrowsError(try Explainer(broken).explain(x)) {
      XCTAssertEqual($0 as? NetworkError, .notFinite(network: "resnet20"))
    }
    let linear = try Network(name: "linear", classes: 2, preprocessing: .torchvision) { scope in
      Sequential([Flatten(), Linear(scope["fc"], from: 192, to: 2)])
    }
    fails(.noConvolution(network: "linear")) { _ = try Explainer(linear).explain(x) }
    fails(.noConvolution(network: "linear")) { _ = try Explainer(linear).filterSheet() }
  }

  /// A square in the only place that the network looks at.
  func testWhatIsDrawn() throws {
    var weights = [Float](repeating: 0, count: 2 * 64)
    for (y, x) in [(1, 5), (1, 6)] { weights[64 + y * 8 + x] = 1 }
    let network = try Network(
      name: "corner", classes: 2,
      preprocessing: Preprocessing(resize: .none, mean: [0], standardDeviation: [1]),
      inputChannels: 1, inputSize: 8
    ) { scope in Sequential([Flatten(), Linear(scope["fc"], from: 64, to: 2)]) }
    network.store.all.first { $0.name == "fc.weight" }!.value = Tensor(weights, shape: [2, 64])
    let explainer = Explainer(network)
    let picture = Image(width: 8, height: 8, channels: 1, repeating: 255)
    for method in [
      ExplanationMethod.saliency, .integratedGradients(steps: 1), .occlusion(side: 1, stride: 1),
    ] {
      let explanation = try explainer.explain(picture, class: 1, by: method)
      XCTAssertEqual(explanation.peak.x, 5, method.name)
      XCTAssertEqual(explanation.peak.y, 1, method.name)
      XCTAssertEqual(explanation.heat.scalars.map { $0 > 0 }, weights[64...].map { $0 > 0 }, method.name)
      let overlay = explanation.overlay(on: picture)
      XCTAssertEqual(overlay.size, picture.size)
      let (hot, cold) = (ColorMap.color(of: 1), ColorMap.color(of: 0))
      XCTAssertEqual(overlay[6, 1, 2], UInt8(255 + 0.75 * (Float(hot.blue) - 255) + 0.5), method.name)
      XCTAssertEqual(overlay[0, 0, 0], UInt8(255 + 0.35 * (Float(cold.red) - 255) + 0.5), method.name)
    }
  }

  func testSheets() throws {
    let network = try Network("resnet20", classes: 4, seed: 2)
    // 16 filters of 3×3, magnified to 33, in four rows.
    let sheet = try Explainer(network).filterSheet()
    XCTAssertEqual([sheet.width, sheet.height], [4 * 35 + 2, 4 * 35 + 2])
    let filters = network.store.all.first { $0.name == "conv1.weight" }!.value
    let largest = (0..<27).map { abs(filters.scalars[$0 * 16 + 5]) }.max()!
    for (y, x) in [(0, 0), (1, 2), (2, 1)] {
      for channel in 0..<3 {
        let weight = filters[y, x, channel, 5].scalar
        let expected = UInt8((weight / largest + 1) * 127.5 + 0.5)
        // Filter 5 stands second in the second row.
        let shown = sheet[2 + 35 + x * 11 + 5, 2 + 35 + y * 11 + 5, channel]
        XCTAssertEqual(Double(shown), Double(expected), accuracy: 1)
      }
    }
    var explainer = Explainer(network)
    explainer = Explainer(network, preprocessing: Preprocessing(resize: .exact(width: 16, height: 8)))
    let picture = Image(width: 20, height: 20, repeating: 90)
    let maps = try explainer.activationSheet(at: "layer2", of: picture)
    // 32 maps of 8×4, magnified to 56×28, six in a row.
    XCTAssertEqual([maps.width, maps.height], [6 * 58 + 2, 6 * 30 + 2])
    XCTAssertThrowsError(try explainer.activationSheet(at: "linear", of: picture))
    let grey = try Network("resnet20", classes: 4, inputChannels: 1, seed: 2)
    XCTAssertEqual(try Explainer(grey).filterSheet().channels, 1)
    let many = try Network("resnet20", classes: 4, inputChannels: 5, seed: 2)
    XCTAssertThrowsError(try Explainer(many).filterSheet()) { error in
      XCTAssertEqual(error as? ExplanationError, .noPictures(path: "conv1", channels: 5))
    }
  }
}
