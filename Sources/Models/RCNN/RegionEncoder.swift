import Engine
import Images

/// A vector for each region of a picture: the region, warped with its context to the network's input size, goes through a
/// network of pictures up to a layer (Girshick et al. 2014, "Rich Feature Hierarchies for Accurate Object Detection and
/// Semantic Segmentation").
public struct RegionEncoder: Sendable {
  /// With its weights; used as in inference.
  public let network: Network
  /// What is done to a region once it has the network's input size: its resize and crop do not count.
  public let preprocessing: Preprocessing
  /// The path of the module whose output is taken, such as `features`.
  public let layer: String
  /// An output `[N, h, w, C]` is averaged to `grid` × `grid` cells.
  public let grid: Int
  /// Context around the region, in pixels of the network's input.
  public let padding: Int
  /// The length D of a region's vector.
  public let width: Int
  /// The network's layers up to that one: the others would be computed for nothing.
  private let trunk: Sequential

  /// Regions computed at once.
  private static let batch = 32

  /// - Parameters:
  ///   - network: any of the registry, or one's own.
  ///   - layer: the path of the module whose output is taken, `[N, h, w, C]` or `[N, D]`: `features` of SqueezeNet, VGG,
  ///     AlexNet and MobileNetV2, `layer4` of ResNet, `classifier.4` of VGG's second fully-connected layer.
  ///   - grid: an output `[N, h, w, C]` is averaged to so many cells along each side; D is then grid² · C.
  ///   - padding: context at every side of the region, in pixels of the network's input; the paper's p is 16.
  ///   - preprocessing: what the weights expect; nil is what the network's card says.
  /// - Throws: `ModuleError` where there is no such layer, `NetworkError` where the network does not take its own input size.
  public init(
    _ network: Network, layer: String, grid: Int = 1, padding: Int = 16, preprocessing: Preprocessing? = nil
  ) throws {
    let preprocessing = (preprocessing ?? network.card.preprocessing).withoutResizing
    precondition(
      grid >= 1 && padding >= 0 && 2 * padding < network.card.inputSize
        && preprocessing.channels == network.options.inputChannels,
      "RegionEncoder: grid \(grid), padding \(padding) of \(network.card.inputSize) pixels, "
        + "\(preprocessing.channels) of \(network.options.inputChannels) channels")
    self.preprocessing = preprocessing
    (self.network, self.layer, self.grid, self.padding) = (network, layer, grid, padding)
    let side = network.card.inputSize
    let picture = Tensor(zeros: [1, side, side, network.options.inputChannels])
    try network.check(picture.shape)
    let trunk = try network.body.truncated(after: [layer])
    width = try Parallel.withoutComputing {
      Self.pooled(try trunk.features(at: [layer], of: picture, .inference())[0], grid).shape[1]
    }
    self.trunk = trunk
  }

  /// The regions' vectors.
  /// - Parameters:
  ///   - image: of any size.
  ///   - boxes: the regions, in continuous pixels; a part outside the picture, and a region without an area, is seen as the
  ///     network's mean colour.
  /// - Returns: `[boxes.count, D]`.
  public func callAsFunction(_ image: Image, _ boxes: [BoundingBox]) -> Tensor {
    guard !boxes.isEmpty else { return Tensor(zeros: [0, width]) }
    let image = image.converted(toChannels: preprocessing.channels)
    let (side, channels) = (network.card.inputSize, preprocessing.channels)
    let crop = ContextCrop(
      side: side, padding: padding,
      fill: preprocessing.mean.map { UInt8(max(0, min(255, (255 * $0).rounded()))) })
    let pieces = stride(from: 0, to: boxes.count, by: Self.batch).map { start in
      let count = min(Self.batch, boxes.count - start)
      let input = Tensor(shape: [count, side, side, channels]) { elements in
        let length = side * side * channels
        Parallel.forEach(count) { index in
          preprocessing.normalize(
            crop(image, boxes[start + index]),
            into: UnsafeMutableBufferPointer(rebasing: elements[index * length..<(index + 1) * length]))
        }
      }
      return features(of: input)
    }
    return pieces.count == 1 ? pieces[0] : concat(pieces, axis: 0)
  }

  private func features(of input: Tensor) -> Tensor {
    do {
      let pass = Pass.inference()
      let output = try pass.inTurn { try trunk.features(at: [layer], of: input, pass)[0] }
      return Self.pooled(output, grid)
    } catch {
      preconditionFailure("RegionEncoder: \(error)")  // The initializer has tried the layer.
    }
  }

  /// `[N, D]`
  private static func pooled(_ output: Tensor, _ grid: Int) -> Tensor {
    guard output.shape.rank == 4 else { return output }
    return adaptiveAveragePool2d(output, height: grid, width: grid).flattened()
  }
}
