import Foundation

extension Image {
  /// Each sample the mean of its neighbourhood, weighted by a normal distribution cut off at four deviations, edges repeated:
  /// SciPy's `gaussian_filter` with the mode `nearest`, in double precision, rounded towards 0.
  /// - Parameter deviation: of the distribution, in pixels; above 0.
  public func blurred(deviation: Double) -> Image {
    precondition(deviation > 0, "Image.blurred: a deviation of \(deviation)")
    let radius = Int(4 * deviation + 0.5)
    var weights = (0...radius).map { exp(-0.5 / (deviation * deviation) * Double($0 * $0)) }
    let sum = weights[0] + 2 * weights.dropFirst().reduce(0, +)
    weights = weights.map { $0 / sum }
    let rows = filtered(pixels.map { Double($0) / 255 }, weights) { min(max($0, 0), $1 - 1) }
    return mappingSamples { place, _ in rows[place] }
  }

  /// Each sample the mean of its neighbourhood, weighted by a normal distribution, edges mirrored without their outermost pixel:
  /// torchvision's `gaussian_blur`, rounded to the nearest, but in double precision.
  /// - Parameters:
  ///   - kernel: height and width of the neighbourhood in pixels, odd; each side of the picture has more than half of it.
  ///   - deviation: of the distribution, in pixels; above 0.
  public func blurred(kernel: Int, deviation: Double) -> Image {
    let radius = kernel / 2
    precondition(
      kernel > 0 && kernel % 2 == 1 && radius < min(width, height) && deviation > 0,
      "Image.blurred: a kernel of \(kernel) and a deviation of \(deviation) for a picture of \(extents)")
    var weights = (0...radius).map { exp(-0.5 * (Double($0) / deviation) * (Double($0) / deviation)) }
    let sum = weights[0] + 2 * weights.dropFirst().reduce(0, +)
    weights = weights.map { $0 / sum }
    let rows = filtered(pixels.map { Double($0) }, weights) { place, length in
      let inside = abs(place)
      return inside < length ? inside : 2 * (length - 1) - inside
    }
    return Image(
      width: width, height: height, channels: channels,
      pixels: rows.map { UInt8(max(0, min(255, $0.rounded(.toNearestOrEven)))) })
  }

  /// Columns, then rows.
  /// - Parameter edge: the place in a line of that length whose sample stands at a place outside it.
  private func filtered(
    _ samples: [Double], _ weights: [Double], edge: (_ place: Int, _ length: Int) -> Int
  ) -> [Double] {
    func places(_ length: Int) -> [Int] {
      let radius = weights.count - 1
      return (-radius..<length + radius).map { edge($0, length) }
    }
    let columns = Self.filtered(
      samples, lines: width * channels, length: height, step: width * channels, weights, places(height)
    ) { $0 }
    return Self.filtered(
      columns, lines: height * channels, length: width, step: channels, weights, places(width)
    ) { line in line / channels * width * channels + line % channels }
  }

  /// Lines of `length` samples, `step` apart, from `start` on, continued beyond their ends by the samples at `places`.
  private static func filtered(
    _ samples: [Double], lines: Int, length: Int, step: Int, _ weights: [Double], _ places: [Int],
    start: (Int) -> Int
  ) -> [Double] {
    var result = samples
    let radius = weights.count - 1
    // The line with what is beyond its ends.
    var padded = [Double](repeating: 0, count: length + 2 * radius)
    samples.withUnsafeBufferPointer { samples in
      result.withUnsafeMutableBufferPointer { result in
        for line in 0..<lines {
          let first = start(line)
          for place in padded.indices {
            padded[place] = samples[first + places[place] * step]
          }
          for place in 0..<length {
            let middle = place + radius
            var sum = padded[middle] * weights[0]
            for offset in stride(from: radius, through: 1, by: -1) {
              sum += (padded[middle - offset] + padded[middle + offset]) * weights[offset]
            }
            result[first + place * step] = sum
          }
        }
      }
    }
    return result
  }
}
