/// The edges between a picture's neighbouring pixels, by rising weight: the graph of Felzenszwalb and Huttenlocher.
///
/// Every pixel is joined to its eight neighbours; an edge weighs the Euclidean distance of their colours. Edges of equal
/// weight stand in the order of their pixels, so that the result does not depend on how they are sorted.
package struct PixelEdges {
  let width: Int
  let height: Int
  /// The weight's bits in the upper half, 4 · pixel + direction in the lower.
  private let packed: [UInt64]

  /// - Precondition: the picture has fewer than 2³⁰ pixels.
  package init(_ picture: ColorPlanes) {
    let (width, height) = (picture.width, picture.height)
    precondition(width * height < 1 << 30, "PixelEdges: \(width)×\(height) pixels are too many")
    (self.width, self.height) = (width, height)
    let colors = Self.interleaved(picture.planes)
    var packed = [UInt64](unsafeUninitializedCapacity: 4 * colors.count) { edges, found in
      var count = 0
      colors.withUnsafeBufferPointer { colors in
        /// - Parameter direction: 0 to the right, 1 down, 2 down right, 3 up right.
        func join(_ pixel: Int, _ other: Int, _ direction: Int) {
          let difference = colors[pixel] - colors[other]
          let squares = difference * difference
          let weight = (squares.x + squares.y + squares.z).squareRoot()
          edges[count] = UInt64(weight.bitPattern) << 32 | UInt64(4 * pixel + direction)
          count += 1
        }
        for y in 0..<height {
          for x in 0..<width {
            let pixel = y * width + x
            if x + 1 < width { join(pixel, pixel + 1, 0) }
            if y + 1 < height { join(pixel, pixel + width, 1) }
            if x + 1 < width && y + 1 < height { join(pixel, pixel + width + 1, 2) }
            if x + 1 < width && y > 0 { join(pixel, pixel - width + 1, 3) }
          }
        }
      }
      found = count
    }
    Self.sortByUpperHalf(&packed)
    self.packed = packed
  }

  private static func interleaved(_ planes: [[Float]]) -> [SIMD4<Float>] {
    var colors = [SIMD4<Float>](repeating: .zero, count: planes[0].count)
    for (channel, plane) in planes.enumerated() {
      for index in plane.indices { colors[index][channel] = plane[index] }
    }
    return colors
  }

  /// Calls `body` with each edge's pixels and weight, lightest first.
  @inline(__always)
  func forEach(_ body: (_ a: Int, _ b: Int, _ weight: Float) -> Void) {
    packed.withUnsafeBufferPointer { packed in
      for edge in packed {
        let place = Int(edge & 0xffff_ffff)
        let pixel = place >> 2
        let offset =
          switch place & 3 {
          case 0: 1
          case 1: width
          case 2: width + 1
          default: 1 - width
          }
        body(pixel, pixel + offset, Float(bitPattern: UInt32(edge >> 32)))
      }
    }
  }

  /// Sorts by the upper 32 bits, which are those of numbers that are not negative, and keeps the order of equal ones:
  /// three rounds of 11 bits each.
  static func sortByUpperHalf(_ values: inout [UInt64]) {
    let (bits, size) = (11, 1 << 11)
    var scratch = [UInt64](repeating: 0, count: values.count)
    for round in 0..<3 {
      let shift = UInt64(32 + round * bits)
      var starts = [Int](repeating: 0, count: size + 1)
      values.withUnsafeBufferPointer { source in
        scratch.withUnsafeMutableBufferPointer { target in
          starts.withUnsafeMutableBufferPointer { starts in
            for value in source { starts[Int(value >> shift) & (size - 1) + 1] += 1 }
            for digit in 0..<size { starts[digit + 1] += starts[digit] }
            for value in source {
              let digit = Int(value >> shift) & (size - 1)
              target[starts[digit]] = value
              starts[digit] += 1
            }
          }
        }
      }
      swap(&values, &scratch)
    }
  }
}
