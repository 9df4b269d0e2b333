import Foundation

/// A plane's gradients by direction: each pixel's length, shared linearly between the two of eight directions that it lies
/// between.
struct GradientPlanes {
  let width, height: Int
  /// `[8, height, width]`
  let values: [Float]

  /// Differences of the pixels on both sides, halved; at the edges of the pixel and the one beside it.
  init(_ plane: [Float], width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    let count = width * height
    let directions = DenseSIFT.directions
    values = [Float](unsafeUninitializedCapacity: directions * count) { result, initialized in
      result.initialize(repeating: 0)
      plane.withUnsafeBufferPointer { plane in
        for y in 0..<height {
          let (above, below) = (max(y - 1, 0), min(y + 1, height - 1))
          for x in 0..<width {
            let (left, right) = (max(x - 1, 0), min(x + 1, width - 1))
            // A side of one pixel has no gradient.
            let dx = (plane[y * width + right] - plane[y * width + left]) / Float(max(right - left, 1))
            let dy = (plane[below * width + x] - plane[above * width + x]) / Float(max(below - above, 1))
            let length = (dx * dx + dy * dy).squareRoot()
            guard length > 0 else { continue }
            var turn = atan2(dy, dx) / (2 * .pi)
            if turn < 0 { turn += 1 }
            let place = turn * Float(directions)
            let lower = place.rounded(.down)
            let share = place - lower
            let first = Int(lower) % directions
            let pixel = y * width + x
            result[first * count + pixel] += (1 - share) * length
            result[(first + 1) % directions * count + pixel] += share * length
          }
        }
      }
      initialized = directions * count
    }
  }
}

/// The descriptors of one scale, before they are normalized.
struct SIFTScale {
  private let planes: GradientPlanes
  private let size, offset, step: Int
  /// Of each of the four rows, or columns, the weights of the pixels about its middle.
  private let kernels: [[Float]]
  private let across, down: Int

  private static let parts = DenseSIFT.parts

  init(_ planes: GradientPlanes, size: Int, offset: Int, step: Int, window: Float) {
    (self.planes, self.size, self.offset, self.step) = (planes, size, offset, step)
    let deviation = window * Float(size)
    kernels = (0..<Self.parts).map { part in
      let middle = Float(size) * (Float(part) - Float(Self.parts - 1) / 2)
      return (1 - size..<size).map { pixel in
        let z = (middle + Float(pixel)) / deviation
        return (1 - Float(abs(pixel)) / Float(size)) * exp(-0.5 * z * z)
      }
    }
    func places(_ side: Int) -> Int {
      let room = side - 1 - offset - (Self.parts - 1) * size
      return room < 0 ? 0 : room / step + 1
    }
    (across, down) = (places(planes.width), places(planes.height))
  }

  /// Calls `body` with the middle of each place, in pixels, and its 128 numbers, which it may change.
  func forEach(_ body: (_ middle: SIMD2<Float>, _ descriptor: UnsafeMutableBufferPointer<Float>) -> Void) {
    guard across > 0, down > 0 else { return }
    let length = DenseSIFT.length
    var descriptors = [Float](repeating: 0, count: down * across * length)
    descriptors.withUnsafeMutableBufferPointer { descriptors in
      for direction in 0..<DenseSIFT.directions { add(direction, to: descriptors.baseAddress!) }
      let half = Float((Self.parts - 1) * size) / 2
      for place in 0..<down * across {
        let (row, column) = (place / across, place % across)
        let middle = SIMD2(Float(offset + column * step) + half, Float(offset + row * step) + half)
        body(middle, UnsafeMutableBufferPointer(rebasing: descriptors[place * length..<(place + 1) * length]))
      }
    }
  }

  /// One direction of all descriptors: weighted sums down the columns, at the rows that the grid needs, then along those.
  private func add(_ direction: Int, to descriptors: UnsafeMutablePointer<Float>) {
    let (width, height, reach) = (planes.width, planes.height, size - 1)
    let padded = width + 2 * reach
    var line = [Float](repeating: 0, count: padded)
    planes.values.withUnsafeBufferPointer { values in
      line.withUnsafeMutableBufferPointer { line in
        let plane = values.baseAddress! + direction * width * height
        let line = line.baseAddress!
        for part in 0..<Self.parts {
          for row in 0..<down {
            let middle = offset + row * step + part * size
            line.update(repeating: 0, count: padded)
            for (tap, weight) in kernels[part].enumerated() {
              let y = min(max(middle + tap - reach, 0), height - 1)
              let source = plane + y * width
              for x in 0..<width { line[reach + x] += weight * source[x] }
            }
            for x in 0..<reach {
              line[x] = line[reach]
              line[reach + width + x] = line[reach + width - 1]
            }
            let first = row * across * DenseSIFT.length + part * Self.parts * DenseSIFT.directions + direction
            along(line, descriptors + first)
          }
        }
      }
    }
  }

  /// Weighted sums along a line that begins `size − 1` pixels before the picture.
  private func along(_ line: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) {
    for (part, kernel) in kernels.enumerated() {
      kernel.withUnsafeBufferPointer { kernel in
        for column in 0..<across {
          let source = line + offset + column * step + part * size
          var sum: Float = 0
          for tap in kernel.indices { sum += kernel[tap] * source[tap] }
          target[column * DenseSIFT.length + part * DenseSIFT.directions] = sum
        }
      }
    }
  }
}
