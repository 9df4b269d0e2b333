import Datasets
import Engine
import Models

/// A network with what turns pictures into its input and its output into names: any network, of a registry or not.
///
///     let classifier = Classifier(network, classNames: names)
///     let best = try classifier.classify(picture, top: 3)
///
/// It may be called from several threads and tasks at once.
public struct Classifier: Sendable {
  public let network: Network
  /// What is done to a picture first.
  public let preprocessing: Preprocessing
  /// By class; a class beyond them is named by its number.
  public let classNames: [String]

  /// - Parameters:
  ///   - network: with its weights.
  ///   - preprocessing: nil is what the network's card says.
  ///   - classNames: by class; a class beyond them is named by its number.
  public init(_ network: Network, preprocessing: Preprocessing? = nil, classNames: [String] = []) {
    self.network = network
    self.preprocessing = preprocessing ?? network.card.preprocessing
    self.classNames = classNames
  }

  /// The likeliest classes of a picture, best first.
  /// - Parameters:
  ///   - picture: of any size.
  ///   - count: how many classes, at most all.
  ///   - threads: how many may compute it, at most; nil is `Parallel.threads`. One is best for many calls at once.
  /// - Throws: `NetworkError` where the network cannot take the picture, ``ClassificationError``.
  public func classify(_ picture: Image, top count: Int = 5, threads: Int? = nil) throws -> [Prediction] {
    try classify([picture], top: count, threads: threads)[0]
  }

  /// The likeliest classes of each picture, best first, in one pass.
  /// - Parameters:
  ///   - pictures: of one size after preprocessing; at least one.
  ///   - count: how many classes a picture, at most all.
  ///   - threads: how many may compute it, at most; nil is `Parallel.threads`.
  /// - Throws: `NetworkError` where the network cannot take the pictures, ``ClassificationError``.
  public func classify(_ pictures: [Image], top count: Int = 5, threads: Int? = nil) throws -> [[Prediction]]
  {
    let logits = try network.logits(preprocessing(pictures), threads: threads)
    guard logits.isFinite else { throw ClassificationError.notFinite(network: network.name) }
    return Prediction.top(count, of: logits, classNames: classNames)
  }
}

/// Why a network's output says nothing.
public enum ClassificationError: Error, Equatable, CustomStringConvertible {
  /// A logit is NaN or infinite.
  case notFinite(network: String)

  public var description: String {
    switch self {
    case .notFinite(let network): "\(network) gives no finite numbers: its weights may be broken"
    }
  }
}
