import Engine
import Foundation
import Images

/// A picture with what the network saw in it, for reports.
public struct ExamplePicture: Codable, Hashable, Sendable {
  /// The picture as the network got it, as a PNG file.
  public var png: Data
  /// The class's index; nil where nobody knows it.
  public var truth: Int?
  /// The class's name, or what the picture is called.
  public var truthLabel: String
  /// Best first.
  public var predictions: [Prediction]

  /// Whether the likeliest class is the true one.
  public var isCorrect: Bool { predictions.first?.class == truth }

  /// - Parameters:
  ///   - png: a PNG file.
  ///   - truth: the class; nil where nobody knows it.
  ///   - truthLabel: its name, or what the picture is called.
  ///   - predictions: best first.
  public init(png: Data, truth: Int?, truthLabel: String, predictions: [Prediction]) {
    self.png = png
    self.truth = truth
    self.truthLabel = truthLabel
    self.predictions = predictions
  }
}

/// Picks a few pictures out of an evaluation: the first recognized ones of different classes, and the mistakes that the
/// network was surest of. Deterministic, and never holds more than it will show.
struct ExampleCollector {
  private struct Candidate {
    let picture: Tensor
    let truth: Int
    let predictions: [Prediction]
  }

  private let classNames: [String]
  private let preprocessing: Preprocessing
  private let limit: Int
  private var recognized: [Candidate] = []
  private var mistakes: [Candidate] = []

  /// - Parameter limit: of recognized pictures, and of mistakes.
  init(classNames: [String], preprocessing: Preprocessing, limit: Int = 12) {
    self.classNames = classNames
    self.preprocessing = preprocessing
    self.limit = limit
  }

  mutating func add(images: Tensor, logits: Tensor, labels: [Int]) {
    add(logits: logits, labels: labels) { index in
      let shape = images.shape
      let count = shape[1] * shape[2] * shape[3]
      let pixels = images.withUnsafeBufferPointer { Array($0[index * count..<(index + 1) * count]) }
      return Tensor(pixels, shape: [shape[1], shape[2], shape[3]])
    }
  }

  /// - Parameter picture: gives one of the batch, `[height, width, channels]`; nil where there is none to show.
  mutating func add(logits: Tensor, labels: [Int], picture: (_ index: Int) -> Tensor?) {
    let predictions = Prediction.top(3, of: logits, classNames: classNames)
    for (index, label) in labels.enumerated() {
      let (guess, sureness) = (predictions[index][0].class, predictions[index][0].probability)
      if guess == label {
        guard recognized.count < limit else { continue }
        // One of each class while there are classes left.
        let seen = recognized.count { $0.truth == label }
        guard seen <= recognized.count / classNames.count else { continue }
        guard let shown = picture(index) else { continue }
        recognized.append(Candidate(picture: shown, truth: label, predictions: predictions[index]))
      } else if mistakes.count < limit || sureness > mistakes.last!.predictions[0].probability {
        guard let shown = picture(index) else { continue }
        let place = mistakes.firstIndex { $0.predictions[0].probability < sureness } ?? mistakes.endIndex
        mistakes.insert(
          Candidate(picture: shown, truth: label, predictions: predictions[index]), at: place)
        if mistakes.count > limit { mistakes.removeLast() }
      }
    }
  }

  /// Recognized ones first.
  var examples: [ExamplePicture] {
    (recognized + mistakes).map { candidate in
      ExamplePicture(
        png: preprocessing.image(of: candidate.picture).pngData(), truth: candidate.truth,
        truthLabel: classNames[candidate.truth], predictions: candidate.predictions)
    }
  }
}

extension Preprocessing {
  /// The picture whose normalized values these are.
  /// - Parameter normalized: `[height, width, channels]`.
  func image(of normalized: Tensor) -> Image {
    let shape = normalized.shape
    let pixels = normalized.scalars.enumerated().map { index, value -> UInt8 in
      let channel = index % channels
      let white = (value * standardDeviation[channel] + mean[channel]) * 255
      return UInt8(min(max(white.rounded(), 0), 255))
    }
    return Image(width: shape[1], height: shape[0], channels: channels, pixels: pixels)
  }
}
