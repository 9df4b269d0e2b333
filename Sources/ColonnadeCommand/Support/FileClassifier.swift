import Colonnade
import Foundation

/// One picture's likeliest classes; what `classify --json` prints for each.
struct Classification: Encodable {
  let file: String
  /// Best first.
  let predictions: [Prediction]
}

/// Classifies pictures in files.
struct FileClassifier {
  private let classifier: Classifier

  init(_ network: Network, preprocessing: Preprocessing, labels: [String]) {
    classifier = Classifier(network, preprocessing: preprocessing, classNames: labels)
  }

  /// - Throws: where the picture cannot be read, or the network cannot take or make sense of it.
  func classify(_ file: String, top: Int) throws -> Classification {
    let picture = try Image(decoding: Input.data(file), name: file)
    return Classification(file: file, predictions: try predictions(picture, file: file, top: top))
  }

  /// The likeliest classes, best first.
  /// - Parameter file: where the picture is from, for errors.
  func predictions(_ picture: Image, file: String, top: Int) throws -> [Prediction] {
    do {
      return try classifier.classify(picture, top: top)
    } catch {
      throw Failure(.data, "\(file): \(error)")
    }
  }
}
