import Datasets
import Engine
import Foundation
import Images
import Models
import TestSupport
import Training
import XCTest

/// Detectors of a registry trained by what a command is told.
final class DetectionTrainingTests: XCTestCase {
  /// Grey pictures with a bright square each.
  private struct Squares: Dataset {
    let count: Int
    let classNames = ["square"]

    func example(at index: Int) -> Example<[LabelledBox]> {
      let (side, x, y) = (10 + index % 3 * 4, index % 4 * 5, index / 4 % 4 * 3)
      var image = Image(width: 48, height: 32, repeating: 60)
      image.paste(Image(width: side, height: side, repeating: 230), x: x, y: y)
      let box = BoundingBox(
        left: Float(x), top: Float(y), right: Float(x + side), bottom: Float(y + side))
      return Example(image: image, target: [LabelledBox(box, label: 0)])
    }
  }

  private let data = DataSource(name: "squares", train: Squares(count: 8), validation: Squares(count: 3))

  /// A classifier that is small enough for a detector's trunk in a test.
  private let network = NetworkCard("small", classes: 2, inputSize: 32) { scope, options in
    Sequential([
      ConvNormActivation(scope["a"], from: 3, to: 6, kernel: 3, stride: 4),
      ConvNormActivation(scope["b"], from: 6, to: 8, kernel: 3, stride: 2),
      AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 8, to: options.classes),
    ])
  }

  private var yolo: DetectorCard {
    DetectorCard("yolo-small", classes: ["thing"], trunk: "small") {
      [network] request in
      let anchors = request.details.anchors ?? (1...6).map { YOLOHead.Anchor(Float(4 * $0), Float(4 * $0)) }
      let body = try YOLONetwork(
        name: "yolo-small", inputSize: request.inputSize ?? Image.Size(width: 32, height: 32),
        seed: request.seed ?? 0
      ) {
        try TrunkYOLO(
          $0, on: BackbonePlan(network, maps: ["a", "b"], freezesBatchNorm: false), anchors: anchors,
          classes: request.classes!.count)
      }
      return try YOLODetector(
        body, classes: request.classes,
        preparation: .preprocessing(
          request.preprocessing
            ?? Preprocessing(
              resize: .exact(width: body.inputSize.width, height: body.inputSize.height))))
    }
  }

  private var fast: DetectorCard {
    DetectorCard("fastrcnn_small", classes: ["thing"]) { [network] request in
      var options = FastRCNNOptions()
      (options.shorterSide, options.headWidth) = (request.details.shorterSide ?? 32, 8)
      options.pooler = RegionPooler(.maximum, size: 2)
      return try FastRCNN(
        classes: request.classes!, backbone: BackbonePlan(network, maps: ["b"]), options: options,
        seed: request.seed ?? 0, proposer: request.proposer ?? { SelectiveSearch.fast($0) })
    }
  }

  private func configuration(_ training: DetectionTraining, epochs: Int) throws -> TrainingConfiguration {
    var configuration = try training.recipe()
    (configuration.epochs, configuration.batchSize, configuration.seed) = (epochs, 4, 2)
    configuration.schedule = .constant
    return configuration
  }

  /// Begun, stopped, and gone on with from its folder alone: the same bits as in one go, anchors from the boxes.
  func testYOLOResumesFromItsFolder() throws {
    var training = DetectionTraining(yolo)
    training.lambda = 1.5
    training.anchors = .given((1...6).map { YOLOHead.Anchor(Float(3 * $0), Float(5 * $0)) })
    let (whole, folder) = (temporaryFolder(), temporaryFolder())
    let expected = try training.begin(
      on: data, configuration: configuration(training, epochs: 2), output: whole
    ).run.run(resuming: false, until: nil) { _ in }
    _ = try training.begin(
      on: data, configuration: configuration(training, epochs: 1), output: folder
    ).run.run(resuming: false, until: nil) { _ in }
    let earlier = try RunDirectory(folder).readDescription()
    XCTAssertEqual(earlier.card.detector?.lambda, 1.5)
    let again = DetectionTraining(yolo)
    let records = try again.resume(
      earlier, on: data, configuration: configuration(again, epochs: 2), output: folder
    ).run(resuming: true, until: nil) { _ in }
    XCTAssertEqual(records.map(\.training), expected.map(\.training))
    XCTAssertEqual(records.map(\.validation), expected.map(\.validation))
    XCTAssertEqual(
      Set(records[0].training.parts.keys), ["classification", "regression", "objectness", "class"])
    let (a, e) = (RunDirectory(folder).last.path, RunDirectory(whole).last.path)
    for key in try SafetensorsFile(path: e).keys where !key.hasSuffix("num_batches_tracked") {
      XCTAssertEqual(
        try SafetensorsFile(path: a).tensor(key).scalars, try SafetensorsFile(path: e).tensor(key).scalars)
    }
    // The weights alone say what is needed to build the detector.
    let trained = try TrainedDetector(weights: a, in: DetectorRegistry([yolo]))
    XCTAssertEqual((trained.detector as? YOLODetector)?.network.anchors?[1], YOLOHead.Anchor(6, 10))
    XCTAssertTrue(TrainedDetector.isOne(weights: a, in: try DetectorRegistry([yolo])))
    XCTAssertFalse(TrainedDetector.isOne(weights: a))
    let found = try DetectorEvaluator(trained.detector).evaluate(data.validation)
    XCTAssertEqual(found.evaluation.objects, 3)
    XCTAssertEqual(found.detections.count, 3)
  }

  /// Anchors by themselves: of the boxes where there are different ones enough, and those that weights were trained with.
  func testWhereAnchorsComeFrom() throws {
    typealias Anchors = [YOLOHead.Anchor]?
    func anchors(_ training: DetectionTraining, _ data: DataSource<[LabelledBox]>) throws -> Anchors {
      let begun = try training.begin(on: data, configuration: configuration(training, epochs: 1))
      return begun.run.card.detector?.anchors
    }
    var training = DetectionTraining(yolo)
    let own = (1...6).map { YOLOHead.Anchor(Float(4 * $0), Float(4 * $0)) }
    XCTAssertEqual(try anchors(training, data), own, "three sizes are too few for six anchors")
    struct Many: Dataset {
      let count = 12
      let classNames = ["square"]
      func example(at index: Int) -> Example<[LabelledBox]> {
        let box = BoundingBox(left: 0, top: 0, right: Float(4 + 2 * index), bottom: Float(20 - index))
        return Example(
          image: Image(width: 32, height: 32, repeating: 9), target: [LabelledBox(box, label: 0)])
      }
    }
    let many = DataSource(name: "many", train: Many(), validation: Many())
    let clustered = try AnchorClustering(
      Many(), preprocessing: Preprocessing(resize: .exact(width: 32, height: 32)), count: 6)
    XCTAssertEqual(try anchors(training, many), clustered.anchors)
    training.anchors = .own
    XCTAssertEqual(try anchors(training, many), own)

    let folder = temporaryFolder()
    training.anchors = .given(own.reversed())
    _ = try training.begin(on: many, configuration: configuration(training, epochs: 1), output: folder).run
      .run(
        resuming: false, until: nil
      ) { _ in }
    var next = DetectionTraining(yolo)
    next.weights = RunDirectory(folder).best.path
    XCTAssertEqual(try anchors(next, many), own.reversed())
  }

  /// A darknet network of one head with two anchors; the numbers of its file depend on the classes.
  private let darknet = DetectorCard("dark", classes: ["thing"]) { request in
    let anchors = request.details.anchors ?? [YOLOHead.Anchor(5, 6), YOLOHead.Anchor(7, 8)]
    let sides: [Float] = anchors.flatMap { [$0.width, $0.height] }
    let classes = request.classes!
    let text = """
      [net]
      height=32
      width=32
      [convolutional]
      filters=4
      size=8
      stride=8
      activation=leaky
      [convolutional]
      filters=\(2 * (5 + classes.count))
      size=1
      activation=linear
      [yolo]
      anchors=\(sides.map { "\($0)" }.joined(separator: ","))
      num=2
      classes=\(classes.count)
      """
    return try YOLODetector(
      YOLONetwork(darknet: DarknetConfiguration(text, file: "dark"), seed: request.seed ?? 0),
      classes: classes)
  }

  /// Where weights come with heads that are kept, so are the anchors from which their boxes are told.
  func testAnchorsOfHeadsThatAreKept() throws {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func file(classes: Int) throws -> String {
      var data = Data()
      for number in [0, 2, 0, 0, 0] as [Int32] {
        withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
      }
      data.append(Data(count: 4 * (4 + 4 * 3 * 64 + 2 * (5 + classes) * 5)))
      let url = folder.appending(path: "\(classes).weights")
      try data.write(to: url)
      return url.path
    }
    func begun(_ weights: String?) throws -> DetectionTraining.Beginning {
      var training = DetectionTraining(darknet)
      training.weights = weights
      return try training.begin(on: data, configuration: configuration(training, epochs: 1))
    }
    let own = [YOLOHead.Anchor(5, 6), YOLOHead.Anchor(7, 8)]
    let fresh = try begun(nil)
    XCTAssertNotNil(fresh.clustering)
    XCTAssertNotEqual(fresh.run.card.detector?.anchors, own)
    let others = try begun(try file(classes: 3))
    XCTAssertEqual(others.run.card.detector?.anchors, fresh.run.card.detector?.anchors)
    XCTAssertFalse(try XCTUnwrap(others.weights).notLoaded.isEmpty)
    // Darknet's, and the same without a card in another format.
    let store = try darknet.detector(DetectorRequest(classes: ["square"], seed: 1)).store
    let path = folder.appending(path: "own.safetensors").path
    try store.save(to: path)
    for weights in [try file(classes: 1), path] {
      let kept = try begun(weights)
      XCTAssertNil(kept.clustering)
      XCTAssertEqual(kept.run.card.detector?.anchors, own)
      XCTAssertEqual(kept.weights?.notLoaded, [])
      XCTAssertEqual(kept.weights?.notes.last, "its heads are kept, and with them their anchors")
    }
  }

  /// What batch norms add to the variance is the weights' own: of torchvision's for COCO, seen by the file, with any names and
  /// when they are trained further; whoever goes on, or measures, has it from the run's card.
  func testEpsilonFollowsTheWeights() throws {
    let trunk = NetworkCard("small", classes: 2, inputSize: 32) { scope, options in
      let unit = scope["layer3"]["5"]
      return Sequential([
        ConvNormActivation(
          Conv2d(unit["conv3"], from: 3, to: 4, kernel: 3, stride: 8, bias: false),
          BatchNorm2d(unit["bn3"], channels: 4), at: unit),
        AdaptiveAvgPool2d(size: 1), Flatten(), Linear(scope["fc"], from: 4, to: options.classes),
      ])
    }
    let card = DetectorCard("fasterrcnn_small", classes: FasterRCNN.cocoCategories) { request in
      var plan = BackbonePlan(trunk, maps: ["layer3.5"])
      plan.batchNormEpsilon = request.details.batchNormEpsilon
      var options = FasterRCNNOptions()
      (options.shorterSide, options.longestSide, options.headWidth) = (32, 48, 8)
      options.pooler = RegionPooler(size: 2)
      return try FasterRCNN(
        classes: request.classes!, backbone: plan, options: options, seed: request.seed ?? 0)
    }
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (classes, expected) in [(FasterRCNN.cocoCategories, 0), (["a", "b"], nil)] as [([String], Float?)] {
      let path = folder.appending(path: "\(classes.count).safetensors").path
      try card.detector(DetectorRequest(classes: classes, seed: 3)).store.save(to: path)
      var training = DetectionTraining(card)
      training.weights = path
      let run = folder.appending(path: "run \(classes.count)")
      let begun = try training.begin(
        on: data, configuration: configuration(training, epochs: 1), output: run)
      XCTAssertEqual(begun.run.card.detector?.batchNormEpsilon, expected)
      _ = try begun.run.run(resuming: false, until: nil) { _ in }
      let start = try RunDirectory(run).readDescription().start
      XCTAssertEqual(
        start, RunStart(file: "\(classes.count).safetensors", digest: try SHA256.digest(ofFile: path)))
      let weights = RunDirectory(run).best.path
      let registry = try DetectorRegistry([card])
      let trained = try TrainedDetector(weights: weights, in: registry).detector as? FasterRCNN
      XCTAssertEqual(trained?.backbone.plan.batchNormEpsilon, expected)
      let resumed = try DetectionTraining(card).resume(
        RunDirectory(run).readDescription(), on: data, configuration: configuration(training, epochs: 2),
        output: run)
      XCTAssertEqual(resumed.card.detector?.batchNormEpsilon, expected)
      training.weights = weights
      let again = try training.begin(on: data, configuration: configuration(training, epochs: 1))
      XCTAssertEqual(again.run.card.detector?.batchNormEpsilon, expected)
    }
    let names = FasterRCNN.cocoCategories.indices.map { "class \($0)" }
    let published = try DetectorRegistry.standard.card(named: "fasterrcnn_resnet50_fpn").detector(
      DetectorRequest(classes: names))
    XCTAssertEqual((published as? FasterRCNN)?.backbone.plan.batchNormEpsilon, 0)
    XCTAssertThrowsError(
      try card.detector(DetectorRequest(details: DetectorDetails(batchNormEpsilon: .nan))))
  }

  /// Proposals are searched before the first step, kept in the folder, and not searched again.
  func testFastRCNNKeepsItsProposals() throws {
    let (training, folder) = (DetectionTraining(fast), temporaryFolder())
    var done: [DetectionTraining.Progress] = []
    let begun = try training.begin(
      on: data, configuration: configuration(training, epochs: 1), output: folder
    ) { done.append($0) }
    XCTAssertEqual(done.last, .proposals(pictures: 11, of: 11))
    XCTAssertEqual(done.count, 11)
    XCTAssertEqual(
      ProposalStore().read(RunDirectory(folder).proposals), 8, "pictures that are the same are one")
    _ = try begun.run.run(resuming: false, until: nil) { _ in }
    let weights = RunDirectory(folder).best.path
    let trained = try TrainedDetector(weights: weights, in: DetectorRegistry([fast]))
    let detector = try XCTUnwrap(trained.detector as? FastRCNN)
    // The file's are taken, and it can be told something else of a picture.
    let image = try data.train.example(at: 0).image
    XCTAssertEqual(detector.proposer(image), SelectiveSearch.fast(image, maximum: 2000))
    let file = RunDirectory(folder).proposals.path
    let kept = try SafetensorsFile(path: file)
    let (boxes, counts) = (try kept.tensor("boxes"), try kept.integers("counts"))
    let told = BoundingBox(left: 1, top: 2, right: 20, bottom: 30)
    let sides = (0..<boxes.shape[0]).flatMap { _ in [told.left, told.top, told.right, told.bottom] }
    try Safetensors.write(
      [("boxes", Tensor(sides, shape: boxes.shape))], integers: [("counts", [counts.count], counts)],
      metadata: kept.metadata, to: file)
    let other = try TrainedDetector(weights: weights, in: DetectorRegistry([fast])).detector as? FastRCNN
    XCTAssertEqual(other?.proposer(image).first, told)
    // A folder in which a run is stays as it is.
    assertThrows(TrainingError.outputNotEmpty(folder: folder.path)) {
      _ = try training.begin(on: data, configuration: try configuration(training, epochs: 1), output: folder)
    }
  }

  func testWhatCannotBeTrained() throws {
    var training = DetectionTraining(fast)
    var configuration = try configuration(training, epochs: 1)
    configuration.augmentation = .mosaic
    XCTAssertThrowsError(try training.begin(on: data, configuration: configuration)) {
      XCTAssertTrue("\($0)".contains("'mosaic' is not for detectors"), "\($0)")
    }
    configuration.augmentation = .none
    training.anchors = .given([YOLOHead.Anchor(1, 1)])
    XCTAssertThrowsError(try training.begin(on: data, configuration: configuration)) {
      XCTAssertTrue("\($0)".contains("no anchors that could be given"), "\($0)")
    }
    struct Empty: Dataset {
      let count = 2
      let classNames = ["square"]
      func example(at index: Int) -> Example<[LabelledBox]> {
        Example(image: Image(width: 8, height: 8, repeating: 0), target: [])
      }
    }
    let empty = DataSource(name: "", train: data.train, validation: Empty())
    assertThrows(TrainingError.noObjects(set: "validation")) {
      _ = try DetectionTraining(yolo).begin(on: empty, configuration: configuration)
    }
    let rcnn = DetectionTraining(try DetectorRegistry.standard.card(named: "rcnn_squeezenet1_1"))
    XCTAssertThrowsError(try rcnn.begin(on: data, configuration: configuration)) {
      XCTAssertTrue("\($0)".contains("needs the weights of squeezenet1_1"), "\($0)")
    }
    XCTAssertThrowsError(try DetectorRegistry.standard.card(named: "rcnn_squeezenet1_1").detector()) {
      XCTAssert($0 is NetworkError)
    }
  }

  /// Every preset of pictures with boxes changes pictures and keeps objects where they are seen.
  func testAugmentations() throws {
    for preset in [AugmentationRecipe.zoom, .ssd, .mosaic] {
      var training = DetectionTraining(yolo)
      training.anchors = .own
      var configuration = try configuration(training, epochs: 1)
      configuration.augmentation = preset
      let records = try training.begin(on: data, configuration: configuration).run.run(
        resuming: false, until: nil
      ) { _ in }
      configuration.augmentation = .none
      let unchanged = try training.begin(on: data, configuration: configuration).run.run(
        resuming: false, until: nil
      ) { _ in }
      XCTAssertNotEqual(records[0].training.loss, unchanged[0].training.loss, preset.description)
    }
  }
}
