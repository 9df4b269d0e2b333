import Foundation

/// Histograms of oriented gradients (Dalal and Triggs 2005, "Histograms of Oriented Gradients for Human Detection"), equal to
/// scikit-image's `hog` with `block_norm="L2-Hys"` and, of pictures in colour, `channel_axis=-1`.
///
/// Gradients are differences of the pixels on both sides, 0 at the picture's edge; of several channels the one with the greatest
/// gradient counts. Each pixel adds its gradient's length to the one bin of its cell that its direction, without a sign, lies
/// in. Blocks of cells, one beginning at every cell, are divided by their norm, clipped at 0.2 and divided by their norm again.
///
///     let features = HOG()(picture)
public struct HOG: Hashable, Codable, Sendable {
  /// Bins of 180 degrees.
  public var orientations: Int
  /// Height and width of a cell, in pixels.
  public var cell: Int
  /// Height and width of a block, in cells.
  public var block: Int
  /// Whether the square root of each sample is taken first, against shadows.
  public var takesSquareRoot: Bool

  /// - Parameters:
  ///   - orientations: bins of 180 degrees.
  ///   - cell: height and width of a cell, in pixels.
  ///   - block: height and width of a block, in cells.
  ///   - takesSquareRoot: whether the square root of each sample is taken first.
  /// - Precondition: the three numbers are positive.
  public init(orientations: Int = 9, cell: Int = 8, block: Int = 2, takesSquareRoot: Bool = false) {
    precondition(
      orientations > 0 && cell > 0 && block > 0,
      "HOG: \(orientations) orientations, cells of \(cell) pixels, blocks of \(block) cells")
    (self.orientations, self.cell, self.block) = (orientations, cell, block)
    self.takesSquareRoot = takesSquareRoot
  }

  /// How many numbers describe a picture of that size; 0 where it does not hold a block.
  public func count(for size: Image.Size) -> Int {
    let (down, across) = (size.height / cell - block + 1, size.width / cell - block + 1)
    return max(down, 0) * max(across, 0) * block * block * orientations
  }

  /// The picture's description, `[blocks down, blocks across, block, block, orientations]` in this order. Pixels beyond the last
  /// whole cell do not count.
  /// - Parameter picture: grey or in colour.
  public func callAsFunction(_ picture: Image) -> [Float] {
    let (down, across) = (picture.height / cell, picture.width / cell)
    guard down >= block, across >= block else { return [] }
    let histograms = histograms(picture, down, across)
    var result: [Float] = []
    result.reserveCapacity(count(for: picture.size))
    for row in 0...down - block {
      for column in 0...across - block {
        var values: [Double] = []
        for y in row..<row + block {
          let first = (y * across + column) * orientations
          values += histograms[first..<first + block * orientations]
        }
        Self.normalize(&values)
        for index in values.indices { values[index] = min(values[index], 0.2) }
        Self.normalize(&values)
        result += values.map { Float($0) }
      }
    }
    return result
  }

  private static func normalize(_ values: inout [Double]) {
    let norm = (values.reduce(1e-10) { $0 + $1 * $1 }).squareRoot()
    for index in values.indices { values[index] /= norm }
  }

  /// The mean of each cell's gradients by direction, `[down, across, orientations]`.
  private func histograms(_ picture: Image, _ down: Int, _ across: Int) -> [Double] {
    let levels = (0..<256).map { takesSquareRoot ? Double($0).squareRoot() : Double($0) }
    let (width, height, channels) = (picture.width, picture.height, picture.channels)
    let perPixel = 1 / Double(cell * cell)
    var result = [Double](repeating: 0, count: down * across * orientations)
    picture.pixels.withUnsafeBufferPointer { pixels in
      func level(_ x: Int, _ y: Int, _ channel: Int) -> Double {
        levels[Int(pixels[(y * width + x) * channels + channel])]
      }
      for y in 0..<down * cell {
        let isEdgeRow = y == 0 || y == height - 1
        for x in 0..<across * cell {
          let isEdgeColumn = x == 0 || x == width - 1
          var (length, dx, dy) = (0.0, 0.0, 0.0)
          for channel in 0..<channels {
            let h = isEdgeColumn ? 0 : level(x + 1, y, channel) - level(x - 1, y, channel)
            let v = isEdgeRow ? 0 : level(x, y + 1, channel) - level(x, y - 1, channel)
            let new = hypot(h, v)
            if new > length { (length, dx, dy) = (new, h, v) }
          }
          guard length > 0 else { continue }
          var degrees = (atan2(dy, dx) * (180 / .pi)).truncatingRemainder(dividingBy: 180)
          if degrees < 0 { degrees += 180 }
          let bin = Int(degrees * Double(orientations) / 180)
          // A negative angle of next to nothing is 180 after rounding: it is in no bin there either.
          guard bin < orientations else { continue }
          result[((y / cell) * across + x / cell) * orientations + bin] += length * perPixel
        }
      }
    }
    return result
  }
}
