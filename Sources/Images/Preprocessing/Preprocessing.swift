import Engine

/// What is done to a picture before a network sees it: resize, centre crop, then `(x / 255 − mean) / deviation`
/// by channel. The number of channels is that of `mean`: pictures are converted to it.
public struct Preprocessing: Hashable, Codable, Sendable {
  /// How a picture is resized.
  public enum Resize: Hashable, Codable, Sendable {
    /// Not at all.
    case none
    /// The shorter side to this many pixels; the shape is kept.
    case shorterSide(Int)
    /// To exactly this size; the shape is not kept.
    case exact(width: Int, height: Int)
  }

  public var resize: Resize
  /// The side of the square cut from the middle after the resize; nil for all of the picture.
  public var crop: Int?
  public var interpolation: Interpolation
  /// By channel, on the scale where white is 1.
  public var mean: [Float]
  /// By channel, on the scale where white is 1.
  public var standardDeviation: [Float]

  /// - Precondition: `mean` and `standardDeviation` have one or three elements each, as many as the other.
  public init(
    resize: Resize, crop: Int? = nil, interpolation: Interpolation = .bilinear,
    mean: [Float] = imageNetMean, standardDeviation: [Float] = imageNetStandardDeviation
  ) {
    precondition(
      mean.count == standardDeviation.count && (mean.count == 1 || mean.count == 3),
      "Preprocessing: mean \(mean) and standard deviation \(standardDeviation) must be 1 or 3 numbers each")
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The number of channels of the result.
  public var channels: Int { mean.count }

  /// `[height, width, channels]` of the result; nil where it depends on the picture.
  public var outputShape: Shape? {
    switch (crop, resize) {
    case (let crop?, _): [crop, crop, channels]
    case (nil, .exact(let width, let height)): [height, width, channels]
    default: nil
    }
  }

  /// Resized, cropped and with the right number of channels, still in bytes.
  public func prepared(_ image: Image) -> Image {
    let size: (width: Int, height: Int) =
      switch resize {
      case .none: (image.width, image.height)
      case .shorterSide(let extent): image.size(shorterSide: extent)
      case .exact(let width, let height): (width, height)
      }
    return resizedAndCropped(image, size.width, size.height).converted(toChannels: channels)
  }

  private func resizedAndCropped(_ image: Image, _ width: Int, _ height: Int) -> Image {
    guard let crop else { return image.resized(width: width, height: height, interpolation: interpolation) }
    guard crop <= width, crop <= height else {
      return image.resized(width: width, height: height, interpolation: interpolation)
        .centerCropped(width: crop, height: crop)
    }
    // Only what the crop keeps is computed: a picture of extreme shape would grow huge otherwise.
    let (x, y) = (Image.centerOffset(of: crop, in: width), Image.centerOffset(of: crop, in: height))
    return image.resized(
      width: width, height: height, columns: x..<x + crop, rows: y..<y + crop, interpolation: interpolation)
  }

  /// The picture as `[height, width, channels]`.
  public func callAsFunction(_ image: Image) -> Tensor {
    let prepared = prepared(image)
    return Tensor(shape: [prepared.height, prepared.width, channels]) { elements in
      normalize(prepared, into: elements)
    }
  }

  /// Pictures of one size as a batch, `[count, height, width, channels]`.
  /// - Precondition: there is at least one, and all have the same size after preparation.
  public func callAsFunction(_ images: [Image]) -> Tensor {
    batch(images.map(prepared))
  }

  /// Prepared pictures of one size as a batch.
  package func batch(_ prepared: [Image]) -> Tensor {
    precondition(!prepared.isEmpty, "Preprocessing: a batch of no pictures")
    let (first, table) = (prepared[0], table())
    return Tensor(shape: [prepared.count, first.height, first.width, channels]) { elements in
      let count = first.pixels.count
      for (index, image) in prepared.enumerated() {
        precondition(
          image.width == first.width && image.height == first.height,
          "Preprocessing: pictures of \(first.size) and \(image.size) in one batch")
        let part = UnsafeMutableBufferPointer(rebasing: elements[index * count..<(index + 1) * count])
        normalize(image, into: part, table)
      }
    }
  }

  /// Writes a prepared picture as floats.
  /// - Precondition: `target` has exactly its number of samples.
  public func normalize(_ prepared: Image, into target: UnsafeMutableBufferPointer<Float>) {
    normalize(prepared, into: target, table())
  }

  private func normalize(
    _ prepared: Image, into target: UnsafeMutableBufferPointer<Float>, _ table: [Float]
  ) {
    precondition(
      prepared.channels == channels && prepared.pixels.count == target.count,
      "Preprocessing.normalize: \(prepared.size) into \(target.count) elements of \(channels) channels")
    table.withUnsafeBufferPointer { table in
      prepared.pixels.withUnsafeBufferPointer { pixels in
        for pixel in 0..<prepared.width * prepared.height {
          for channel in 0..<channels {
            let index = pixel * channels + channel
            target.initializeElement(at: index, to: table[channel << 8 | Int(pixels[index])])
          }
        }
      }
    }
  }

  /// What each of 256 values becomes, by channel, in torchvision's order of operations.
  private func table() -> [Float] {
    (0..<channels).flatMap { channel in
      (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
    }
  }
}
