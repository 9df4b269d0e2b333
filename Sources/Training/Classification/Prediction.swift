import Engine

/// A class that a network sees in a picture, and how sure it is.
public struct Prediction: Codable, Hashable, Sendable {
  /// The class's index.
  public var `class`: Int
  /// The class's name.
  public var label: String
  /// The softmax of the logits, in 0...1.
  public var probability: Float

  /// - Parameters:
  ///   - class: the class's index.
  ///   - label: its name.
  ///   - probability: in 0...1.
  public init(class: Int, label: String, probability: Float) {
    self.class = `class`
    self.label = label
    self.probability = probability
  }

  /// The most probable classes of each row, best first; equal logits in the order of their classes.
  /// - Parameters:
  ///   - logits: `[N, C]`.
  ///   - count: how many a row, at most all.
  ///   - classNames: a class beyond them is named by its number.
  public static func top(_ count: Int, of logits: Tensor, classNames: [String]) -> [[Prediction]] {
    let probabilities = softmax(logits.detached)
    let columns = logits.shape.last
    var result: [[Prediction]] = []
    probabilities.withUnsafeBufferPointer { probabilities in
      logits.forEachRow { index, row in
        result.append(
          Ranking.top(count, row).map { label in
            Prediction(
              class: label, label: label < classNames.count ? classNames[label] : String(label),
              probability: probabilities[index * columns + label])
          })
      }
    }
    return result
  }
}
