import Engine
import Images

/// Which pixels of a picture made a network see a class in it.
public struct Explanation: Sendable {
  /// How it was made.
  public let method: ExplanationMethod
  /// What is explained.
  public let `class`: Int
  /// The class's logit for the picture.
  public let logit: Float
  /// The softmax of the logits, in 0...1.
  public let probability: Float
  /// `[H, W]`, a value for each pixel that the network saw: what speaks for the class is positive, the more the larger.
  public let map: Tensor
  /// Of Grad-CAM, the layer whose maps were looked at.
  public let layer: String?
  /// Of integrated gradients, the class's logit for the baseline: the map's sum is the difference of the two logits, but for
  /// the error of the sum that stands for the integral.
  public let baselineLogit: Float?

  /// The pixel with the largest value, the first one in the order of rows where there are several.
  public var peak: (x: Int, y: Int) {
    let place = map.reshaped(to: [map.count]).argmax(axis: 0)[0]
    return (place % map.shape[1], place / map.shape[1])
  }

  /// What speaks for the class as shares, `[H, W]` in 0...1: 1 is what all but one in two hundred of the pixels stay below.
  /// All zero where nothing speaks for it.
  public var heat: Tensor {
    let values = map.scalars
    let ordered = values.sorted()
    let rank = ordered.count - 1 - ordered.count / 200
    let scale = ordered[rank] > 0 ? ordered[rank] : ordered[ordered.count - 1]
    return Tensor(values.map { scale > 0 ? min(max($0, 0) / scale, 1) : 0 }, shape: map.shape)
  }

  /// The heat over the picture, in the colours of `ColorMap`: the picture shines through, less where it is hot.
  /// - Parameter picture: what the network saw, as `Preprocessing.prepared(_:)` gives it.
  /// - Precondition: it has the map's extents.
  public func overlay(on picture: Image) -> Image {
    precondition(
      [picture.height, picture.width] == map.shape.dimensions,
      "Explanation.overlay: a picture of \(picture.size) under a map \(map.shape)")
    let (heat, base) = (heat.scalars, picture.converted(toChannels: 3).pixels)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(base.count)
    for (index, share) in heat.enumerated() {
      let (red, green, blue) = ColorMap.color(of: share)
      let opacity = 0.35 + 0.4 * share
      for (channel, color) in [red, green, blue].enumerated() {
        let below = Float(base[3 * index + channel])
        pixels.append(UInt8(below + opacity * (Float(color) - below) + 0.5))
      }
    }
    return Image(width: picture.width, height: picture.height, pixels: pixels)
  }
}

/// Why nothing can be explained, in one line.
public enum ExplanationError: Error, Equatable, CustomStringConvertible {
  /// The network has fewer classes.
  case noSuchClass(Int, network: String, classes: Int)
  /// There is no layer whose maps could be looked at.
  case noConvolution(network: String)
  /// The layer's output has no height and width.
  case noMaps(path: String, shape: Shape)
  /// The first convolution's filters see neither one channel nor three, so they are no pictures.
  case noPictures(path: String, channels: Int)
  /// The square is larger than the picture, or its stride leaves pixels uncovered.
  case badSquare(side: Int, stride: Int)

  public var description: String {
    switch self {
    case .noSuchClass(let label, let network, let classes):
      "class \(label) of \(network): there are \(counted(classes, "class")), from 0"
    case .noConvolution(let network): "\(network) has no convolution before its classifier"
    case .noMaps(let path, let shape):
      "the module at '\(printable(path))' gives \(shape), no maps with height and width"
    case .noPictures(let path, let channels):
      "the filters of '\(printable(path))' see \(counted(channels, "channel")): only those of one or three are pictures"
    case .badSquare(let side, let stride):
      "squares of \(counted(side, "pixel")) every \(counted(stride, "pixel")): the stride must be from 1 to the side"
    }
  }
}
