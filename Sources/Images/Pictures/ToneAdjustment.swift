// Tones through tables, bit for bit as Pillow's ImageOps; every channel by itself.

extension Image {
  /// Fewer tones: of each sample the highest bits, the others 0.
  /// - Parameter bits: from 0, which leaves black, to 8, which leaves the picture as it is.
  public func posterized(bits: Int) -> Image {
    precondition(0...8 ~= bits, "Image.posterized: \(bits) bits are not in 0...8")
    let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
    let table = (0..<256).map { UInt8($0) & mask }
    return mapped(through: [[UInt8]](repeating: table, count: channels))
  }

  /// Samples at or above a threshold inverted.
  /// - Parameter threshold: on the scale where white is 255; above 255 nothing changes.
  public func solarized(threshold: Double) -> Image {
    let table = (0..<256).map { UInt8(Double($0) < threshold ? $0 : 255 - $0) }
    return mapped(through: [[UInt8]](repeating: table, count: channels))
  }

  /// Every channel stretched so that its darkest sample is 0 and its lightest 255. A channel of one tone stays as it is.
  public func autocontrasted() -> Image {
    mapped(
      through: histograms.map { histogram in
        let low = histogram.firstIndex { $0 > 0 }!
        let high = histogram.lastIndex { $0 > 0 }!
        guard high > low else { return Self.unchanged }
        let scale = 255 / Double(high - low)
        let offset = Double(-low) * scale
        return (0..<256).map { UInt8(max(0, min(255, Double($0) * scale + offset))) }
      })
  }

  /// Every channel's tones spread so that they are about equally frequent. A channel with hardly any tones stays as it is.
  public func equalized() -> Image {
    mapped(
      through: histograms.map { histogram in
        let last = histogram.last { $0 > 0 }!
        let step = (width * height - last) / 255
        guard step > 0 else { return Self.unchanged }
        var sum = step / 2
        return histogram.map { count in
          defer { sum += count }
          return UInt8(min(sum / step, 255))
        }
      })
  }

  private static let unchanged = (0..<256).map { UInt8($0) }

  /// How often each of 256 values occurs, by channel.
  package var histograms: [[Int]] {
    var counts = [[Int]](repeating: [Int](repeating: 0, count: 256), count: channels)
    for channel in 0..<channels {
      counts[channel].withUnsafeMutableBufferPointer { counts in
        pixels.withUnsafeBufferPointer { pixels in
          for index in stride(from: channel, to: pixels.count, by: channels) {
            counts[Int(pixels[index])] += 1
          }
        }
      }
    }
    return counts
  }

  /// Every sample replaced by what its channel's table of 256 has for it.
  func mapped(through tables: [[UInt8]]) -> Image {
    var result = self
    result.withMutablePixels { pixels in
      for channel in 0..<channels {
        tables[channel].withUnsafeBufferPointer { table in
          for index in stride(from: channel, to: width * height * channels, by: channels) {
            pixels[index] = table[Int(pixels[index])]
          }
        }
      }
    }
    return result
  }
}
