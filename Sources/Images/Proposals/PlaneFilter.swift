import Foundation

/// Gaussian smoothing and derivatives of planes, one axis after the other; the edges' pixels are repeated beyond them.
package enum PlaneFilter {
  /// An odd number of weights about the middle one.
  package struct Taps {
    package let weights: [Float]
    var radius: Int { weights.count / 2 }

    /// The Gaussian, its sum 1, cut off at four standard deviations, rounded up to whole pixels; 0 leaves the plane as it is.
    package static func gaussian(_ sigma: Float) -> Taps {
      Taps(weights: samples(sigma).map { Float($0.weight) })
    }

    /// The first derivative of that, so that a ramp that rises by 1 a pixel gives about 1.
    package static func gaussianDerivative(_ sigma: Float) -> Taps {
      let variance = Double(sigma) * Double(sigma)
      return Taps(weights: samples(sigma).map { Float($0.weight * Double($0.offset) / variance) })
    }

    private static func samples(_ sigma: Float) -> [(offset: Int, weight: Double)] {
      guard sigma > 0 else { return [(0, 1)] }
      let radius = Int((4 * sigma).rounded(.up))
      let values = (-radius...radius).map { exp(-0.5 * pow(Double($0) / Double(sigma), 2)) }
      let sum = values.reduce(0, +)
      return zip(-radius...radius, values).map { ($0, $1 / sum) }
    }
  }

  /// The plane with `horizontal` applied along its rows, then `vertical` along its columns.
  package static func filtered(
    _ plane: [Float], width: Int, height: Int, horizontal: Taps, vertical: Taps
  ) -> [Float] {
    alongColumns(alongRows(plane, width, height, horizontal), width, height, vertical)
  }

  private static func alongRows(_ plane: [Float], _ width: Int, _ height: Int, _ taps: Taps) -> [Float] {
    if taps.weights == [1] { return plane }
    let radius = taps.radius
    var line = [Float](repeating: 0, count: width + 2 * radius)
    var result = [Float](repeating: 0, count: plane.count)
    plane.withUnsafeBufferPointer { source in
      line.withUnsafeMutableBufferPointer { line in
        result.withUnsafeMutableBufferPointer { result in
          for y in 0..<height {
            let row = source.baseAddress! + y * width
            for x in 0..<radius {
              line[x] = row[0]
              line[radius + width + x] = row[width - 1]
            }
            for x in 0..<width { line[radius + x] = row[x] }
            let output = result.baseAddress! + y * width
            for (offset, weight) in taps.weights.enumerated() {
              add(line.baseAddress! + offset, times: weight, to: output, count: width)
            }
          }
        }
      }
    }
    return result
  }

  private static func alongColumns(_ plane: [Float], _ width: Int, _ height: Int, _ taps: Taps) -> [Float] {
    if taps.weights == [1] { return plane }
    var result = [Float](repeating: 0, count: plane.count)
    plane.withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { result in
        for y in 0..<height {
          let output = result.baseAddress! + y * width
          for (offset, weight) in taps.weights.enumerated() {
            let row = max(0, min(height - 1, y + offset - taps.radius))
            add(source.baseAddress! + row * width, times: weight, to: output, count: width)
          }
        }
      }
    }
    return result
  }

  @inline(__always)
  private static func add(
    _ source: UnsafePointer<Float>, times weight: Float, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    for index in 0..<count { target[index] += weight * source[index] }
  }
}
