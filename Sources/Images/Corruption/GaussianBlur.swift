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
    let samples = pixels.map { Double($0) / 255 }
    let columns = Self.filtered(
      samples, lines: width * channels, length: height, step: width * channels, weights
    ) { $0 }
    let rows = Self.filtered(columns, lines: height * channels, length: width, step: channels, weights) {
      line in
      line / channels * width * channels + line % channels
    }
    return mappingSamples { place, _ in rows[place] }
  }

  /// Lines of `length` samples, `step` apart, from `start` on.
  private static func filtered(
    _ samples: [Double], lines: Int, length: Int, step: Int, _ weights: [Double], start: (Int) -> Int
  ) -> [Double] {
    var result = samples
    let radius = weights.count - 1
    // The line with its edges repeated.
    var padded = [Double](repeating: 0, count: length + 2 * radius)
    samples.withUnsafeBufferPointer { samples in
      result.withUnsafeMutableBufferPointer { result in
        for line in 0..<lines {
          let first = start(line)
          for place in padded.indices {
            padded[place] = samples[first + min(max(place - radius, 0), length - 1) * step]
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
