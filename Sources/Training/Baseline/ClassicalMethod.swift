import Datasets
import Engine
import Images
import Models

/// How pictures were recognized before 2012: numbers by rules made by hand, and a linear support vector machine for each class.
public enum ClassicalMethod: String, CaseIterable, Codable, Sendable {
  /// Histograms of oriented gradients (Dalal and Triggs 2005).
  case hog
  /// Dense SIFT as visual words, in the picture and its quarters (Lazebnik et al. 2006).
  case bagOfWords
  /// Dense SIFT as Fisher vectors (Perronnin et al. 2010).
  case fisherVectors

  /// In words.
  public var name: String {
    switch self {
    case .hog: "HOG"
    case .bagOfWords: "dense SIFT, bag of words"
    case .fisherVectors: "dense SIFT, Fisher vectors"
    }
  }
}

/// What decides how pictures are described, and machines are trained.
public struct ClassicalOptions: Codable, Hashable, Sendable {
  /// Of ``ClassicalMethod/hog``.
  public var hog = HOG(takesSquareRoot: true)
  /// Of the other two.
  public var sift = DenseSIFT(isRoot: true)
  /// Centres of the bag of words.
  public var words = 512
  /// Normal distributions of Fisher vectors.
  public var distributions = 64
  /// Principal components of descriptors that Fisher vectors are made of.
  public var components = 64
  /// How many descriptors of the training pictures words and distributions are found from, at most.
  public var sampled = 60_000
  /// Of the machines, tried on a fifth of the training pictures; rising.
  public var costs: [Float] = [0.01, 0.1, 1, 10, 100]
  /// Of each machine, but for the cost.
  public var tolerance = 0.1
  /// Passes of each machine over the pictures, at most.
  public var passes = 300
  /// Of samples, k-means and the pictures that costs are tried on.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}
}

/// What makes numbers of a picture.
struct PictureEncoder {
  /// How many.
  let width: Int
  /// Any thread may call it.
  let describe: (Image) -> [Float]

  /// Learns from training pictures what the method needs.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the pictures are too small, `LinearAlgebraError`, and what
  ///   reading pictures throws.
  init(
    _ method: ClassicalMethod, _ options: ClassicalOptions, training: any Dataset<Int>,
    preprocessing: Preprocessing
  ) throws {
    switch method {
    case .hog:
      let first = preprocessing.prepared(try training.example(at: 0).image)
      let hog = options.hog
      width = hog.count(for: first.size)
      guard width > 0 else { throw Self.tooSmall(first, "blocks of \(hog.cell * hog.block) pixels") }
      describe = { hog($0) }
    case .bagOfWords:
      let sift = options.sift
      let samples = try Self.samples(options, training, preprocessing)
      let words = KMeans(samples, count: min(options.words, samples.shape[0]), seed: options.seed)
      let bag = BagOfWords(words)
      width = bag.count
      describe = { bag(sift($0)) }
    case .fisherVectors:
      let sift = options.sift
      let samples = try Self.samples(options, training, preprocessing)
      let components = try PrincipalComponents(samples, count: min(options.components, DenseSIFT.length))
      let density = GaussianMixture(
        components(samples), count: min(options.distributions, samples.shape[0]), seed: options.seed)
      let fisher = FisherVector(density)
      width = fisher.count
      describe = { picture in
        let descriptors = sift(picture)
        return fisher(descriptors.count == 0 ? descriptors.values : components(descriptors.values))
      }
    }
  }

  private static func samples(
    _ options: ClassicalOptions, _ training: any Dataset<Int>, _ preprocessing: Preprocessing
  ) throws -> Tensor {
    let samples = try training.sampledDescriptors(
      options.sift, total: options.sampled, preprocessing, seed: options.seed)
    guard samples.shape[0] > 1 else {
      let first = preprocessing.prepared(try training.example(at: 0).image)
      throw tooSmall(first, "descriptors of \(4 * options.sift.sizes.min()!) pixels and more")
    }
    return samples
  }

  private static func tooSmall(_ picture: Image, _ what: String) -> TrainingError {
    .invalidConfiguration("pictures of \(picture.size) hold too few \(what): make them larger")
  }
}
