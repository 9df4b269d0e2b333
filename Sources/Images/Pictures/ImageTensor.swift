import Engine

// Pictures as tensors and back, without the preprocessing of a network (``Preprocessing``).

extension Image {
  /// The picture of a tensor.
  ///
  /// What lies outside the range is clamped to it and NaN is black; a value becomes the nearest of 256 steps, the upper
  /// one where two are as near.
  /// - Parameters:
  ///   - tensor: `[H, W, C]` or `[1, H, W, C]`, with one channel (grey) or three (R, G, B).
  ///   - range: the values of black and white.
  /// - Precondition: the shape is that of a picture, and the range is not empty.
  public init(_ tensor: Tensor, range: ClosedRange<Float> = 0...1) {
    let extents = Array(tensor.shape.dimensions.suffix(3))
    precondition(
      extents.count == 3 && tensor.count == extents.reduce(1, *),
      "Image: a tensor of \(tensor.shape) is not one picture, [H, W, C]")
    precondition(range.lowerBound < range.upperBound, "Image: the range \(range) is empty")
    let (black, scale) = (range.lowerBound, 255 / (range.upperBound - range.lowerBound))
    self.init(width: extents[1], height: extents[0], channels: extents[2]) { pixels in
      tensor.withUnsafeBufferPointer { elements in
        for index in elements.indices {
          let value = (elements[index] - black) * scale
          pixels[index] = value > 0 ? UInt8(Swift.min(value + 0.5, 255)) : 0
        }
      }
    }
  }

  /// With the first and the last channel exchanged: BGR of RGB, and RGB of BGR, as OpenCV and Caffe have them. A grey
  /// picture stays as it is.
  public func swappingRedAndBlue() -> Image {
    guard channels == 3 else { return self }
    var result = self
    result.withMutablePixels { pixels in
      for index in 0..<width * height {
        (pixels[3 * index], pixels[3 * index + 2]) = (pixels[3 * index + 2], pixels[3 * index])
      }
    }
    return result
  }
}

extension Tensor {
  /// A picture as `[H, W, C]`, its bytes spread over `range`: ``Image/init(_:range:)`` gives the picture back.
  public init(_ image: Image, range: ClosedRange<Float> = 0...1) {
    precondition(range.lowerBound < range.upperBound, "Tensor: the range \(range) is empty")
    let step = (range.upperBound - range.lowerBound) / 255
    self.init(shape: [image.height, image.width, image.channels]) { elements in
      for (index, byte) in image.pixels.enumerated() {
        elements.initializeElement(at: index, to: range.lowerBound + Float(byte) * step)
      }
    }
  }

  /// With the first and the last of three channels, the last axis, exchanged: BGR of RGB and RGB of BGR. With a gradient.
  public func swappingRedAndBlue() -> Tensor {
    precondition(shape.last == 3, "swappingRedAndBlue: \(shape) has not three channels")
    return flipped(axes: [-1])
  }
}
