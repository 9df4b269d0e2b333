import Colonnade
import Foundation

/// One picture's likeliest classes; what `classify --json` prints for each.
struct Classification: Encodable {
  let file: String
  let predictions: [Prediction]

  struct Prediction: Encodable {
    let `class`: Int
    let label: String
    let probability: Float
  }
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
    let logits: Tensor
    do {
      logits = try network.logits(preprocessing([picture]))
    } catch {
      throw Failure(.data, "\(file): \(error)")
    }
    let probabilities = softmax(logits).scalars
    guard probabilities.allSatisfy(\.isFinite) else {
      throw Failure(.data, "\(file): \(network.name) gives no finite numbers: its weights may be broken")
    }
    let best = probabilities.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
    return Classification(
      file: file,
      predictions: best.prefix(top).map {
        .init(class: $0, label: labels[$0], probability: probabilities[$0])
      })
  }
}
