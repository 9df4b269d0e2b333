/// Which bins of its segment's histograms every pixel of a picture counts in, in one colour space.
///
/// Colour: 25 bins from 0 to 255 in each channel. Texture: in each channel the derivative of a Gaussian (σ = 1) along four
/// directions, 45° apart, and against them, each in ten bins from 0 to the channel's largest response; a direction against
/// which the picture rises counts in the first.
package struct PixelBins {
  package static let colorBins = 25
  package static let textureBins = 10
  package static let directions = 8

  package let channels: Int
  /// By pixel, then by channel: the bin among the channel's.
  package let color: [UInt8]
  /// By pixel, then by channel, then by direction: the bin among the direction's.
  package let texture: [UInt8]

  package init(_ picture: ColorPlanes) {
    let (channels, count) = (picture.planes.count, picture.width * picture.height)
    var color = [UInt8](repeating: 0, count: count * channels)
    var texture = [UInt8](repeating: 0, count: count * channels * Self.directions)
    for (channel, plane) in picture.planes.enumerated() {
      let scale = Float(Self.colorBins) / 256
      for index in 0..<count {
        color[index * channels + channel] = UInt8(
          max(0, min(Float(Self.colorBins - 1), plane[index] * scale)))
      }
      Self.addTexture(plane, picture.width, picture.height, channel, of: channels, to: &texture)
    }
    self.channels = channels
    self.color = color
    self.texture = texture
  }

  private static func addTexture(
    _ plane: [Float], _ width: Int, _ height: Int, _ channel: Int, of channels: Int, to bins: inout [UInt8]
  ) {
    let (smooth, derivative) = (PlaneFilter.Taps.gaussian(1), PlaneFilter.Taps.gaussianDerivative(1))
    let right = PlaneFilter.filtered(
      plane, width: width, height: height, horizontal: derivative, vertical: smooth)
    let down = PlaneFilter.filtered(
      plane, width: width, height: height, horizontal: smooth, vertical: derivative)
    var largest: Float = 0
    for index in right.indices {
      let response = responses(right[index], down[index])
      largest = max(largest, max(abs(response.x), abs(response.y)), max(abs(response.z), abs(response.w)))
    }
    guard largest > 0 else { return }
    let (scale, last) = (Float(textureBins) / largest, Float(textureBins - 1))
    bins.withUnsafeMutableBufferPointer { bins in
      for index in right.indices {
        let response = responses(right[index], down[index]) * scale
        let pixel = bins.baseAddress! + (index * channels + channel) * directions
        for direction in 0..<4 {
          let value = response[direction]
          pixel[2 * direction] = UInt8(max(0, min(last, value)))
          pixel[2 * direction + 1] = UInt8(max(0, min(last, -value)))
        }
      }
    }
  }

  /// The derivatives along 0°, 45°, 90° and 135°: a Gaussian's are steered.
  @inline(__always)
  private static func responses(_ right: Float, _ down: Float) -> SIMD4<Float> {
    let half = Float(0.5).squareRoot()
    return SIMD4(right, (right + down) * half, down, (down - right) * half)
  }
}
