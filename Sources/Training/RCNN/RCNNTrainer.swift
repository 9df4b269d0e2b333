import Datasets
import Engine
import Images
import Models

/// Trains `RCNN` on pictures with boxes as Girshick et al. 2014 do, the network's weights staying as they are: a linear
/// support vector machine for each class, whose positive examples are the objects and whose negative ones are proposals and
/// objects with an IoU below 0.3 with all of the class, mined for hard ones; and a ridge regression of the boxes from
/// proposals with an IoU above 0.6.
///
///     let trunk = try TrainedNetwork("mobilenet_v2", weights: "mobilenet_v2.pth").network
///     let trainer = RCNNTrainer(try RegionEncoder(trunk, layer: "features"))
///     let detector = try trainer.train(on: pictures) { print($0) }
///     try detector.save(to: "rcnn.safetensors")
///
/// The same data, options and seed give the same bits on any number of threads.
public struct RCNNTrainer: Sendable {
  /// What is trained on, and how.
  public struct Options: Hashable, Sendable {
    /// What proposes regions.
    public var search = SelectiveSearch.fast
    /// Of a picture, the first ones.
    public var maximumProposals = 1000
    /// Proposals with at least ``negativeOverlap`` of an object, of each picture, chosen at random: examples of the boxes'
    /// regression, and negative ones of other classes.
    public var nearPerPicture = 100
    /// Other proposals of each picture, chosen at random: negative examples.
    public var farPerPicture = 200
    /// Regions whose IoU with every object of a class is below it are negative examples of the class.
    public var negativeOverlap: Float = 0.3
    /// Proposals whose IoU with an object is above it are examples of the regression.
    public var regressionOverlap: Float = 0.6
    /// The mean length to which vectors are scaled before the machines are trained, as in the authors' program.
    public var meanLength: Float = 20
    /// Of the classes' machines: the authors' cost, loss, weight of positive examples and bias.
    public var machine = LinearSVM.Options(
      cost: 1e-3, loss: .hinge, positiveWeight: 2, biasFeature: 10, tolerance: 1e-2, maximumPasses: 300)
    /// Negative examples of the first round, chosen at random.
    public var firstNegatives = 4000
    /// Negative examples that a round adds, the hardest, at most.
    public var addedNegatives = 8000
    /// Of training and mining; it ends earlier where no hard examples are left.
    public var rounds = 6
    /// Examples of a class's regression, chosen at random where there are more.
    public var regressionExamples = 10_000
    /// The paper's λ.
    public var regressionPenalty: Float = 1000
    /// Of all choices at random.
    public var seed: UInt64 = 0

    /// Those of the paper, and numbers of proposals for small data sets.
    public init() {}
  }

  /// What has been done.
  public enum Progress: Hashable, Sendable {
    /// These classes have no object to learn from, and will not be found; told before any picture is looked at.
    case unlearnt(classes: [String])
    /// So many pictures have been put through the network, with so many regions. `unusable` objects have no area in
    /// their picture and are left out.
    case features(pictures: Int, of: Int, regions: Int, unusable: Int)
    /// A class's machine has been trained on so many examples, and so many hard ones were found for the next round: at 0 the
    /// class is done.
    case machine(class: String, round: Int, positives: Int, negatives: Int, hard: Int)
    /// A class's boxes have been regressed from so many proposals; at 0 its boxes stay as they are.
    case regression(class: String, examples: Int)
  }

  /// What makes a vector of a region.
  public let encoder: RegionEncoder
  /// What is trained on, and how.
  public var options: Options

  /// - Parameters:
  ///   - encoder: what makes a vector of a region.
  ///   - options: what is trained on, and how.
  public init(_ encoder: RegionEncoder, _ options: Options = Options()) {
    self.encoder = encoder
    self.options = options
  }

  /// Trains. Every region is put through the network once; the vectors of all that is trained on stay in memory, at most
  /// (objects + `nearPerPicture` + `farPerPicture`) · D · 4 bytes a picture.
  /// - Parameters:
  ///   - data: pictures with their objects; labels are places in its class names.
  ///   - progress: told what has been done.
  /// - Returns: the detector; a class without an object that can be learnt is never found by it.
  /// - Throws: ``TrainingError/noPictures(set:)`` where there are none, ``TrainingError/noObjects(set:)`` where no class has an
  ///   object, `ImageError`, `LinearAlgebraError`.
  public func train(
    on data: any Dataset<[LabelledBox]>, progress: (Progress) -> Void = { _ in }
  ) throws -> RCNN {
    let classes = data.classNames
    guard data.count > 0 else { throw TrainingError.noPictures(set: "training") }
    try tellUnlearnt(data, progress)
    var samples = RegionSamples(classes: classes.count)
    let generator = RandomStream(seed: options.seed)
    for index in 0..<data.count {
      let example = try data.example(at: index)
      precondition(
        example.target.allSatisfy { classes.indices ~= $0.label },
        "RCNNTrainer: a label of picture \(index) is not below the number of classes \(classes.count)")
      samples.append(example.image, example.target, encoder, options, generator.split(index))
      progress(
        .features(
          pictures: index + 1, of: data.count, regions: samples.count, unusable: samples.unusable))
    }
    let scale = samples.scale(toMeanLength: options.meanLength)
    let machines = HardNegativeMining(samples, classes, options).train(progress)
    let regressions = try classes.indices.map { label in
      try regression(label, classes, samples, generator.split("regression").split(label), progress)
    }
    // Detection need not scale vectors: the weights are.
    func scaled(_ weights: [Float]) -> [Float] { weights.map { $0 * scale } }
    let width = encoder.width
    return RCNN(
      classes: classes, encoder: encoder, search: options.search, maximumProposals: options.maximumProposals,
      classifierWeights: Tensor(machines.flatMap { scaled($0.weights) }, shape: [classes.count, width]),
      classifierBias: Tensor(machines.map(\.bias), shape: [classes.count]),
      regressionWeights: Tensor(
        regressions.flatMap { scaled($0.weights) }, shape: [4 * classes.count, width]),
      regressionBias: Tensor(regressions.flatMap(\.bias), shape: [4 * classes.count]))
  }

  /// Before the network sees a picture, which takes its time.
  private func tellUnlearnt(_ data: any Dataset<[LabelledBox]>, _ progress: (Progress) -> Void) throws {
    var learnt: Set<Int> = []
    for index in 0..<data.count {
      learnt.formUnion(try data.target(at: index).filter { $0.counts && $0.box.area > 0 }.map(\.label))
    }
    guard !learnt.isEmpty else { throw TrainingError.noObjects(set: "training") }
    let others = data.classNames.indices.filter { !learnt.contains($0) }
    if !others.isEmpty { progress(.unlearnt(classes: others.map { data.classNames[$0] })) }
  }

  /// The weights, `[4, D]`, and biases of a class's boxes; zeros where it has no examples.
  private func regression(
    _ label: Int, _ classes: [String], _ samples: RegionSamples, _ generator: RandomStream,
    _ progress: (Progress) -> Void
  ) throws -> (weights: [Float], bias: [Float]) {
    var generator = generator
    var places = samples.pictures.enumerated().flatMap { index, picture in
      picture.rows.indices.filter { row in
        picture.rows[row].objectLabel == nil
          && picture.rows[row].overlaps[label].overlap > options.regressionOverlap
      }.map { (picture: index, row: $0) }
    }
    places.shuffle(using: &generator)
    places = Array(places.prefix(options.regressionExamples))
    defer { progress(.regression(class: classes[label], examples: places.count)) }
    guard !places.isEmpty else {
      return ([Float](repeating: 0, count: 4 * encoder.width), [Float](repeating: 0, count: 4))
    }
    let width = encoder.width
    let features = Tensor(shape: [places.count, width]) { elements in
      for (index, place) in places.enumerated() {
        samples.pictures[place.picture].features.withUnsafeBufferPointer { source in
          (elements.baseAddress! + index * width).update(
            from: source.baseAddress! + place.row * width, count: width)
        }
      }
    }
    let targets = places.flatMap { place in
      let picture = samples.pictures[place.picture]
      let row = picture.rows[place.row]
      let code = BoxCoder.proposals.encode(picture.objects[row.overlaps[label].object].box, from: row.box)
      return [code.x, code.y, code.z, code.w]
    }
    let regression = try RidgeRegression(
      features, targets: Tensor(targets, shape: [places.count, 4]), penalty: options.regressionPenalty)
    return (regression.weights.scalars, regression.bias.scalars)
  }
}
