import Datasets
import Engine
import Images
import Models

/// How a data set's pictures are brought to a network: their size, and what is subtracted and divided.
public struct PreprocessingChoice: Sendable {
  /// The network.
  let card: NetworkCard
  /// Of the weights that training begins with; nil where there are none, or they have no card.
  let weightCard: WeightCard?
  let hasWeights: Bool
  let channels: Int
  /// Nil where none was asked for.
  let size: Int?

  /// - Parameters:
  ///   - card: the network.
  ///   - weightCard: of the weights that training begins with; nil where there are none, or they have no card.
  ///   - hasWeights: whether training begins with weights.
  ///   - channels: of the network's input.
  ///   - size: height and width of its pictures; nil for small pictures as they are, photographs as the network was
  ///     made for.
  public init(
    card: NetworkCard, weightCard: WeightCard? = nil, hasWeights: Bool = false, channels: Int = 3,
    size: Int? = nil
  ) {
    self.card = card
    self.weightCard = weightCard
    self.hasWeights = hasWeights
    self.channels = channels
    self.size = size
  }

  /// - Throws: what reading a picture throws, where mean and deviation are the training set's.
  public func preprocessing(for source: DataSource<Int>) throws -> Preprocessing {
    if let pictures = source.train as? InMemoryDataset {
      return try preprocessing(for: pictures, known: source.preprocessing)
    }
    return normalizedAsWeights(resized(photographs: size ?? card.inputSize))
  }

  /// Small pictures of one size stay as they are where the network can take them. Mean and deviation are the training
  /// set's, unless the weights that training begins with have seen others.
  private func preprocessing(for pictures: InMemoryDataset, known: Preprocessing?) throws -> Preprocessing {
    var result = Preprocessing.plain(channels: channels)
    let isTooSmall = min(pictures.width, pictures.height) < card.minimumSize
    if let size = size ?? (isTooSmall ? card.inputSize : nil) {
      result.resize = .exact(width: size, height: size)
    }
    if hasWeights { return normalizedAsWeights(result) }
    if let known, known.channels == channels {
      result.mean = known.mean
      result.standardDeviation = known.standardDeviation
      return result
    }
    return try result.fitted(to: pictures)
  }

  /// Of any size: the shorter side to 8/7 of the wanted size, as 256 is of 224, and a centre crop.
  private func resized(photographs size: Int) -> Preprocessing {
    let own = weightCard?.preprocessing ?? card.preprocessing
    if own.outputShape == [size, size, channels] { return own }
    var result = own.channels == channels ? own : .plain(channels: channels)
    result.resize = .shorterSide((size * 8 + 3) / 7)
    result.crop = size
    return result
  }

  /// With the mean and deviation that the weights, or the network's published ones, expect.
  private func normalizedAsWeights(_ preprocessing: Preprocessing) -> Preprocessing {
    let own = weightCard?.preprocessing ?? card.preprocessing
    guard own.channels == preprocessing.channels else { return preprocessing }
    var result = preprocessing
    result.mean = own.mean
    result.standardDeviation = own.standardDeviation
    return result
  }
}
