import Engine
import Foundation
import Images
import Models

/// A network with what turns pictures into its input and its output into labels. Any thread may ask.
///
///     let classifier = Classifier(try TrainedNetwork("squeezenet1_1", weights: file))
///     for prediction in try classifier.classify(contentsOf: picture).predictions { … }
public struct Classifier: Sendable {
  /// What looks at pictures.
  public let network: Network
  /// What is done to a picture first.
  public let preprocessing: Preprocessing
  /// By class.
  public let labels: [String]

  /// - Parameter labels: the classes' names for people; a class beyond them is named by its number.
  public init(network: Network, preprocessing: Preprocessing, labels: [String]) {
    self.network = network
    self.preprocessing = preprocessing
    self.labels = labels
  }

  /// - Parameters:
  ///   - preprocessing: nil for the weights' own.
  ///   - labels: nil for the weights' own.
  public init(_ trained: TrainedNetwork, preprocessing: Preprocessing? = nil, labels: [String]? = nil) {
    self.init(
      network: trained.network, preprocessing: preprocessing ?? trained.preprocessing,
      labels: labels ?? trained.labels)
  }

  /// The likeliest classes of a picture, best first.
  /// - Parameters:
  ///   - top: how many, at most all.
  ///   - name: what errors call the picture.
  /// - Throws: ``TrainedNetworkError/refused(picture:reason:)``, ``TrainedNetworkError/notFinite(picture:network:)``.
  public func predictions(
    _ picture: Image, top: Int = 5, name: String = "picture"
  ) throws(TrainedNetworkError) -> [Prediction] {
    let logits: Tensor
    do {
      logits = try network.logits(preprocessing([picture]))
    } catch {
      throw .refused(picture: name, reason: "\(error)")
    }
    guard logits.isFinite else { throw .notFinite(picture: name, network: network.name) }
    return Prediction.top(top, of: logits, classNames: labels)[0]
  }

  /// Reads a picture and says what it shows.
  /// - Throws: `ImageError`, ``TrainedNetworkError``.
  public func classify(contentsOf url: URL, top: Int = 5) throws -> Classification {
    try classify(Image(contentsOf: url), name: url.path, top: top)
  }

  /// - Parameter name: what the result and errors call the picture.
  /// - Throws: ``TrainedNetworkError``.
  public func classify(
    _ picture: Image, name: String, top: Int = 5
  ) throws(TrainedNetworkError) -> Classification {
    Classification(file: name, predictions: try predictions(picture, top: top, name: name))
  }

  /// A picture with what the network sees in it, for a report.
  /// - Parameter name: what errors call the picture; the report shows its last component.
  /// - Throws: ``TrainedNetworkError``.
  public func example(_ picture: Image, name: String, top: Int = 3) throws(TrainedNetworkError)
    -> ExamplePicture
  {
    ExamplePicture(
      png: preprocessing.prepared(picture).pngData(), truth: nil,
      truthLabel: (name as NSString).lastPathComponent,
      predictions: try predictions(picture, top: top, name: name))
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
