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
    /// The shorter side to this many pixels, or fewer where the longer one would have more than `longest`; the shape is
    /// kept (Ren et al. 2015, "Faster R-CNN", and torchvision's detectors: 600 and 1,000, 800 and 1,333). See
    /// ``Image/Size/scaled(shorterSide:longest:)``.
    case shorterSideUpTo(Int, longest: Int)
    /// As large as fits into this size, in its middle; the shape is kept and the rest is `fill`, as darknet (half white:
    /// 128 of 255) and Ultralytics (114) do. See ``Image/Size/letterboxed(in:)``.
    case letterbox(width: Int, height: Int, fill: UInt8 = 128)
  }

  /// What is done first.
  public var resize: Resize
  /// The side of the square cut from the middle after the resize; nil for all of the picture.
  public var crop: Int?
  /// Of the resize.
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
    case (nil, .exact(let width, let height)), (nil, .letterbox(let width, let height, _)):
      [height, width, channels]
    default: nil
    }
  }

  /// Resized, cropped and with the right number of channels, still in bytes.
  public func prepared(_ image: Image) -> Image {
    image.transformed(by: changes(of: image.size)).converted(toChannels: channels)
  }

  /// The resize and the crop of a picture of that size.
  public func changes(of size: Image.Size) -> [GeometricChange] {
    var (size, changes) = (size, [GeometricChange]())
    func resizes(to new: Image.Size) {
      size = new
      changes.append(.resize(new, interpolation))
    }
    switch resize {
    case .none: break
    case .shorterSide(let extent): resizes(to: size.scaled(shorterSide: extent))
    case .exact(let width, let height): resizes(to: Image.Size(width: width, height: height))
    case .shorterSideUpTo(let extent, let longest):
      resizes(to: size.scaled(shorterSide: extent, longest: longest))
    case .letterbox(let width, let height, let fill):
      let box = size.letterboxed(in: Image.Size(width: width, height: height))
      resizes(to: box.size)
      size = Image.Size(width: width, height: height)
      changes.append(.crop(Image.Region(x: -box.x, y: -box.y, width: width, height: height), fill: fill))
    }
    if let crop { changes.append(.crop(Image.Region(centered: crop, crop, in: size))) }
    return changes
  }

  /// The same without resize and crop, for pictures that augmentation has brought to size.
  public var withoutResizing: Preprocessing {
    var result = self
    result.resize = .none
    result.crop = nil
    return result
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
          image.size == first.size,
          "Preprocessing: pictures of \(first.extents) and \(image.extents) in one batch")
        let part = UnsafeMutableBufferPointer(rebasing: elements[index * count..<(index + 1) * count])
        normalize(image, into: part, table)
      }
    }
  }

  /// Prepared pictures as a batch of a size that holds them all: each in the top left corner, the rest 0, which is the
  /// mean colour.
  package func batch(_ prepared: [Image], padded size: Image.Size) -> Tensor {
    let (table, width) = (table(), size.width * channels)
    return Tensor(shape: [prepared.count, size.height, size.width, channels]) { elements in
      elements.initialize(repeating: 0)
      for (index, image) in prepared.enumerated() {
        precondition(
          image.width <= size.width && image.height <= size.height && image.channels == channels,
          "Preprocessing: a picture of \(image.extents) in a batch of \(size)×\(channels)")
        for row in 0..<image.height {
          let start = (index * size.height + row) * width
          for (place, value) in image.pixels[row * image.rowBytes..<(row + 1) * image.rowBytes].enumerated() {
            elements[start + place] = table[(place % channels) << 8 | Int(value)]
          }
        }
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
      "Preprocessing.normalize: \(prepared.extents) into \(target.count) elements of \(channels) channels")
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
