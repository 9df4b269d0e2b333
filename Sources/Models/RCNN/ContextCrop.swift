import Images

/// A region of a picture warped to a square together with what is around it, as R-CNN shows regions to a network (Girshick
/// et al. 2014, appendix A, "warp with context padding").
///
/// In the square the region takes all but `padding` pixels at every side, whatever its shape. Where the context reaches
/// beyond the picture, the square has the colour `fill`.
package struct ContextCrop {
  /// Of the square, in pixels.
  let side: Int
  /// In pixels of the square.
  let padding: Int
  /// A byte for each channel.
  let fill: [UInt8]

  package init(side: Int, padding: Int, fill: [UInt8]) {
    (self.side, self.padding, self.fill) = (side, padding, fill)
  }

  /// - Parameters:
  ///   - image: with as many channels as `fill`.
  ///   - box: the region, in continuous pixels.
  package func callAsFunction(_ image: Image, _ box: BoundingBox) -> Image {
    let scale = Float(side) / Float(side - 2 * padding)
    let columns = Span(box.left, box.right, scale, in: image.width, side)
    let rows = Span(box.top, box.bottom, scale, in: image.height, side)
    guard let columns, let rows else { return background }
    let piece = image.cropped(
      x: columns.source.lowerBound, y: rows.source.lowerBound, width: columns.source.count,
      height: rows.source.count
    ).resized(width: columns.target.count, height: rows.target.count)
    if piece.width == side && piece.height == side { return piece }
    var result = background
    result.paste(piece, x: columns.target.lowerBound, y: rows.target.lowerBound)
    return result
  }

  private var background: Image {
    let count = side * side
    return Image(
      width: side, height: side, channels: fill.count,
      pixels: fill.count == 1
        ? [UInt8](repeating: fill[0], count: count)
        : [UInt8](unsafeUninitializedCapacity: count * fill.count) { pixels, initialized in
          for index in 0..<count * fill.count { pixels[index] = fill[index % fill.count] }
          initialized = count * fill.count
        })
  }

  /// One axis: which pixels of the picture become which of the square.
  private struct Span {
    let source, target: Range<Int>

    /// Nil where nothing of the region with its context is in the picture.
    init?(_ low: Float, _ high: Float, _ scale: Float, in extent: Int, _ side: Int) {
      let (middle, half) = ((low + high) / 2, (high - low) / 2 * scale)
      guard middle.isFinite, half.isFinite, abs(middle) < 1e8, 0..<1e8 ~= half else { return nil }
      let first = Int((middle - half).rounded())
      let end = max(first + 1, Int((middle + half).rounded()))
      let inside = max(first, 0)..<max(max(first, 0), min(end, extent))
      guard !inside.isEmpty else { return nil }
      let ratio = Float(side) / Float(end - first)
      let start = min(side - 1, Int((Float(inside.lowerBound - first) * ratio).rounded()))
      let length = max(1, min(side - start, Int((Float(inside.count) * ratio).rounded())))
      (source, target) = (inside, start..<start + length)
    }
  }
}
