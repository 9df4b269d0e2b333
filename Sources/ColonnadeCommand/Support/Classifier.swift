import Colonnade
import Foundation

/// One picture's likeliest classes; what `classify --json` prints for each.
struct Classification: Encodable {
  let file: String
  /// Best first.
  let predictions: [Prediction]
}

/// A network with what turns pictures into its input and its output into labels.
struct Classifier {
  let network: Network
  let preprocessing: Preprocessing
  /// By class.
  let labels: [String]

  /// - Throws: where the picture cannot be read, or the network cannot take or make sense of it.
  func classify(_ file: String, top: Int) throws -> Classification {
    let picture = try Image(decoding: Input.data(file), name: file)
    return Classification(file: file, predictions: try predictions(picture, file: file, top: top))
  }

  /// The likeliest classes, best first.
  /// - Parameter file: where the picture is from, for errors.
  func predictions(_ picture: Image, file: String, top: Int) throws -> [Prediction] {
    let logits: Tensor
    do {
      logits = try network.logits(preprocessing([picture]))
    } catch {
      throw Failure(.data, "\(file): \(error)")
    }
    guard logits.scalars.allSatisfy(\.isFinite) else {
      throw Failure(.data, "\(file): \(network.name) gives no finite numbers: its weights may be broken")
    }
    return Prediction.top(top, of: logits, classNames: labels)[0]
  }
}
