import Engine
import Foundation
import Images
import Models

/// A network with what turns pictures into its input and its output into names: any network, of a registry or not.
///
///     let classifier = Classifier(try TrainedNetwork("squeezenet1_1", weights: file))
///     let best = try classifier.classify(picture, top: 3)
///
/// It may be called from several threads and tasks at once.
public struct Classifier: Sendable {
  /// What looks at pictures, with its weights.
  public let network: Network
  /// What is done to a picture first.
  public let preprocessing: Preprocessing
  /// For people, by class; a class beyond them is named by its number.
  public let classNames: [String]

  /// - Parameters:
  ///   - network: with its weights.
  ///   - preprocessing: nil is what the network's card says.
  ///   - classNames: for people, by class; a class beyond them is named by its number.
  public init(_ network: Network, preprocessing: Preprocessing? = nil, classNames: [String] = []) {
    self.network = network
    self.preprocessing = preprocessing ?? network.card.preprocessing
    self.classNames = classNames
  }

  /// - Parameters:
  ///   - trained: a network with what its weight file says of itself.
  ///   - preprocessing: nil for the weights' own.
  ///   - classNames: for people; nil for the weights' own.
  public init(_ trained: TrainedNetwork, preprocessing: Preprocessing? = nil, classNames: [String]? = nil) {
    self.init(
      trained.network, preprocessing: preprocessing ?? trained.preprocessing,
      classNames: classNames ?? trained.labels)
  }

  /// The likeliest classes of a picture, best first.
  /// - Parameters:
  ///   - picture: of any size.
  ///   - count: how many classes, at most all.
  ///   - threads: how many may compute it, at most; nil is `Parallel.threads`. One is best for many calls at once.
  /// - Throws: `NetworkError` where the network cannot take the picture or gives no finite numbers.
  public func classify(_ picture: Image, top count: Int = 5, threads: Int? = nil) throws -> [Prediction] {
    try classify([picture], top: count, threads: threads)[0]
  }

  /// The likeliest classes of each picture, best first, in one pass.
  /// - Parameters:
  ///   - pictures: of one size after preprocessing; at least one.
  ///   - count: how many classes a picture, at most all.
  ///   - threads: how many may compute it, at most; nil is `Parallel.threads`.
  /// - Throws: `NetworkError` where the network cannot take the pictures or gives no finite numbers.
  public func classify(_ pictures: [Image], top count: Int = 5, threads: Int? = nil) throws -> [[Prediction]]
  {
    let logits = try network.logits(preprocessing(pictures), threads: threads)
    try NetworkError.checkFinite([logits], of: network.name)
    return Prediction.top(count, of: logits, classNames: classNames)
  }

  /// Reads a picture and says what it shows.
  /// - Throws: `ImageError`, ``TrainedNetworkError``.
  public func classify(contentsOf url: URL, top: Int = 5) throws -> Classification {
    try classify(Image(contentsOf: url), name: url.path, top: top)
  }

  /// What a picture with a name shows.
  /// - Parameters:
  ///   - picture: of any size.
  ///   - name: what the result and errors call the picture.
  ///   - top: how many classes, at most all.
  /// - Throws: ``TrainedNetworkError/refused(picture:reason:)``, which names the picture.
  public func classify(_ picture: Image, name: String, top: Int = 5) throws -> Classification {
    do {
      return Classification(file: name, predictions: try classify(picture, top: top))
    } catch {
      throw TrainedNetworkError.refused(picture: name, reason: "\(error)")
    }
  }

  /// A picture with what the network sees in it, for a report.
  /// - Parameters:
  ///   - picture: of any size.
  ///   - name: what errors call the picture; the report shows its last component.
  ///   - top: how many classes, at most all.
  /// - Throws: ``TrainedNetworkError``.
  public func example(_ picture: Image, name: String, top: Int = 3) throws -> ExamplePicture {
    ExamplePicture(
      png: preprocessing.prepared(picture).pngData(), truth: nil,
      truthLabel: (name as NSString).lastPathComponent,
      predictions: try classify(picture, name: name, top: top).predictions)
  }
}

/// What one picture shows.
public struct Classification: Codable, Hashable, Sendable {
  /// Where the picture is from.
  public let file: String
  /// The likeliest classes, best first.
  public let predictions: [Prediction]

  /// - Parameters:
  ///   - file: where the picture is from.
  ///   - predictions: best first.
  public init(file: String, predictions: [Prediction]) {
    self.file = file
    self.predictions = predictions
  }
}
