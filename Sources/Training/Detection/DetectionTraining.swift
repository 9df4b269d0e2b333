import Datasets
import Engine
import Foundation
import Images
import Models

/// What a detector of a registry is to be trained like: all that `colonnade train` is told of it, beside the configuration.
///
///     var training = DetectionTraining(try DetectorRegistry.standard.card(named: "fasterrcnn_mobilenet_v2"))
///     training.weights = "mobilenet_v2.pth"
///     let begun = try training.begin(on: data, configuration: try training.recipe(), output: folder)
///     try begun.run.run(resuming: false, until: nil) { print($0) }
public struct DetectionTraining: Sendable {
  /// Where the anchors of a YOLO come from.
  public enum Anchors: Hashable, Sendable {
    /// From the training set's boxes by ``AnchorClustering``, unless the weights' heads are kept: then those with which they were
    /// trained, which the weights name or which are the detector's own.
    case automatic
    /// The detector's own.
    case own
    /// These, in pixels of the network's input.
    case given([YOLOHead.Anchor])
  }

  /// The detector.
  public let card: DetectorCard
  /// Height and width of YOLO's input, or the shorter side of an R-CNN's pictures, in pixels; nil for the detector's own.
  public var size: Int?
  /// λ in L = L_cls + λ · smooth L1; nil for the detector's own loss.
  public var lambda: Float?
  /// Of a YOLO.
  public var anchors = Anchors.automatic
  /// What training begins with: a whole detector's weights, or its trunk's; nil for random ones.
  public var weights: String?
  /// Where in a checkpoint of several state dicts the weights are.
  public var key: String?
  /// How R-CNNs are trained that take no steps; its seed is the configuration's.
  public var machines = RCNNTrainer.Options()

  /// - Parameter card: the detector.
  public init(_ card: DetectorCard) { self.card = card }

  /// What is being done before training's first step, or in place of steps.
  public enum Progress: Hashable, Sendable {
    /// So many of the pictures have been searched for proposals.
    case proposals(pictures: Int, of: Int)
    /// An R-CNN's training.
    case machines(RCNNTrainer.Progress)
    /// So many of the validation pictures have been measured.
    case measured(pictures: Int, of: Int)
  }

  /// A run that is ready, and what was found on the way.
  public struct Beginning {
    /// What trains.
    public let run: any TrainingRun
    /// What was loaded of ``DetectionTraining/weights``.
    public let weights: StartingWeights?
    /// Where anchors come from the training set.
    public let clustering: AnchorClustering?
  }

  /// How the detector is trained where nothing is said.
  /// - Throws: what the card's function throws, ``TrainingError/invalidConfiguration(_:)`` where it cannot be trained.
  public func recipe() throws -> TrainingConfiguration {
    guard card.regions == nil else { return TrainingConfiguration() }
    return try trainable(card.detector(DetectorRequest(classes: ["object"]))).ownRecipe
  }

  /// Makes the detector and what trains it. Where proposals come from selective search, the pictures are searched now, and what
  /// is found is kept in the run's folder.
  /// - Parameters:
  ///   - data: pictures with their objects.
  ///   - configuration: what decides the run's numbers.
  ///   - output: the run's folder; nil keeps nothing.
  ///   - observer: is told how it goes; held weakly.
  ///   - progress: told what is done before and in place of steps.
  /// - Throws: ``TrainingError``, `NetworkError`, `DarknetError`, `WeightFileError`, and what reading the data throws.
  public func begin(
    on data: DataSource<[LabelledBox]>, configuration: TrainingConfiguration, output: URL? = nil,
    observer: (any TrainingObserver)? = nil, progress: @escaping (Progress) -> Void = { _ in }
  ) throws -> Beginning {
    try configuration.check()
    if let regions = card.regions {
      let (run, start) = try MappedFile.once(weights) {
        (try RCNNRun(self, regions, data, configuration, output, progress), try knownStart(in: output))
      }
      run.start = start
      return Beginning(run: run, weights: nil, clustering: nil)
    }
    if let output { try RunDirectory(output).checkNew() }
    let (detector, loaded, plan, start) = try MappedFile.once(weights) {
      let plan = try self.plan(for: data, configuration)
      let detector = try trainable(card.detector(plan.request))
      var loaded = try weights.map { try StartingWeights.load($0, key: key, into: detector, card) }
      if plan.keepsAnchors { loaded?.notes.append("its heads are kept, and with them their anchors") }
      return (detector, loaded, plan, try knownStart(in: output))
    }
    let run = try run(detector, data, configuration, output, observer, progress)
    run.start = start
    return Beginning(run: run, weights: loaded, clustering: plan.clustering)
  }

  /// What the files of a run in a folder say of the weights.
  private func knownStart(in output: URL?) throws -> RunStart? {
    guard output != nil else { return nil }
    return try weights.map { try RunStart(weights: $0, key: key) }
  }

  /// Makes what goes on with a run, from its folder.
  /// - Parameters:
  ///   - earlier: the run's description.
  ///   - data: the same pictures.
  ///   - configuration: the run's, but for the number of epochs.
  ///   - output: the run's folder.
  ///   - observer: is told how it goes; held weakly.
  ///   - progress: told what is done before steps.
  /// - Throws: as ``begin(on:configuration:output:observer:progress:)``.
  public func resume(
    _ earlier: RunDescription, on data: DataSource<[LabelledBox]>, configuration: TrainingConfiguration,
    output: URL, observer: (any TrainingObserver)? = nil, progress: @escaping (Progress) -> Void = { _ in }
  ) throws -> any TrainingRun {
    guard card.regions == nil else { throw TrainingError.noSteps(network: card.name) }
    try configuration.check()
    var request = DetectorRequest(earlier.card)
    request.seed = configuration.seed
    var training = self
    training.lambda = earlier.card.detector?.lambda
    return try training.run(
      trainable(card.detector(request)), data, configuration, output, observer, progress)
  }

  private func run(
    _ detector: any TrainableDetector, _ data: DataSource<[LabelledBox]>,
    _ configuration: TrainingConfiguration, _ output: URL?, _ observer: (any TrainingObserver)?,
    _ progress: (Progress) -> Void
  ) throws -> any TrainingRun {
    let store = ProposalStore()
    let file = output.map { RunDirectory($0).proposals }
    if let file { store.read(file) }
    let total = data.train.count + data.validation.count
    var before = 0
    return try detector.trainer(
      on: data, lambda: lambda, configuration: configuration, output: output, observer: observer
    ) { part in
      if let output { try RunDirectory(output).make() }
      defer { before += part.count }
      return try store.proposals(of: part, savingTo: file) { done in
        progress(.proposals(pictures: before + done, of: total))
      }
    }
  }

  private func trainable(_ detector: any LoadableDetector) throws -> any TrainableDetector {
    guard let detector = detector as? any TrainableDetector else {
      throw TrainingError.invalidConfiguration("\(card.name) is no detector that can be trained")
    }
    return detector
  }
}

// MARK: The request

extension DetectionTraining {
  /// What the detector is to be like.
  private struct Plan {
    var request: DetectorRequest
    /// Where anchors come from the training set.
    var clustering: AnchorClustering?
    /// Whether anchors stay the detector's own because the weights' heads do.
    var keepsAnchors = false
  }

  /// What the weights say of themselves, and where they say nothing, what their batch norms are known to add to the variance.
  private func startingCard() throws -> (card: WeightCard?, epsilon: Float?) {
    guard let weights, try !DarknetWeightFile.isOne(weights) else { return (nil, nil) }
    let file = try WeightFile(path: weights, key: key)
    guard let found = try WeightCard.read(from: file) else { return (nil, FasterRCNN.epsilon(of: file)) }
    return (found.network == card.name ? found : nil, nil)
  }

  private func plan(
    for data: DataSource<[LabelledBox]>, _ configuration: TrainingConfiguration
  ) throws -> Plan {
    let classes = data.train.classNames
    guard !classes.isEmpty else { throw TrainingError.noObjects(set: "training") }
    let (weightCard, epsilon) = try startingCard()
    var request = weightCard.map { DetectorRequest($0) } ?? DetectorRequest()
    request.classes = classes
    if let size {
      request.inputSize = Image.Size(width: size, height: size)
      (request.details.shorterSide, request.details.longestSide) = (size, nil)
      request.preprocessing = nil
    }
    request.details.lambda = lambda
    request.details.freezesBatchNorm = weights != nil
    if let epsilon { request.details.batchNormEpsilon = epsilon }
    if anchors == .own { request.details.anchors = nil }
    var plan = Plan(request: request)
    try chooseAnchors(&plan, data)
    plan.request.seed = configuration.seed
    return plan
  }

  private func chooseAnchors(_ plan: inout Plan, _ data: DataSource<[LabelledBox]>) throws {
    let draft = try trainable(card.detector(plan.request))
    switch anchors {
    case .own: break
    case .given(let anchors):
      guard draft.anchors != nil else {
        throw TrainingError.invalidConfiguration("\(card.name) has no anchors that could be given")
      }
      plan.request.details.anchors = anchors
    case .automatic:
      guard let own = draft.anchors, plan.request.details.anchors == nil else { return }
      plan.keepsAnchors = try takesHeads(draft)
      guard !plan.keepsAnchors else { return }
      let found = try AnchorClustering(
        data.train, preprocessing: draft.trainingPreprocessing, count: own.count)
      // Of fewer different boxes than anchors there is nothing to learn from.
      guard found.anchors.count == own.count else { return }
      plan.request.details.anchors = found.anchors
      plan.clustering = found
    }
  }

  /// Whether a detector gets its heads from the weights, whose numbers tell boxes from its own anchors.
  private func takesHeads(_ draft: any TrainableDetector) throws -> Bool {
    guard let weights else { return false }
    let loaded = try StartingWeights.load(weights, key: key, into: draft, card)
    let heads = Set(draft.classLayers.flatMap(\.names))
    return loaded.source == .detector && heads.isDisjoint(with: loaded.notLoaded)
  }
}

extension DetectorRequest {
  /// The detector that a weight file's card describes.
  init(_ card: WeightCard) {
    self.init(
      classes: card.classNames, inputSize: Image.Size(width: card.inputWidth, height: card.inputHeight),
      preprocessing: card.preprocessing, details: card.detector ?? DetectorDetails())
  }
}
