extension Image {
  /// Turned by `degrees` counterclockwise about its middle, at the same size, with bilinear interpolation, bit for
  /// bit as Pillow's `rotate`. What comes from outside the picture is `fill`.
  /// - Precondition: `fill` has one value a channel, or is nil for 0.
  public func rotated(degrees: Double, fill: [UInt8]? = nil) -> Image {
    precondition(
      fill == nil || fill?.count == channels,
      "Image.rotated: a fill of \(fill ?? []) for \(channels) channels")
    let angle = degrees - 360 * (degrees / 360).rounded(.down)
    if angle == 0 { return self }
    if angle == 180 { return rotated(quarterTurns: 2) }
    if width == height, angle == 90 || angle == 270 { return rotated(quarterTurns: Int(angle / 90)) }
    return mapped(by: .rotation(degrees: angle, in: size), sampling: .bilinear, fill: fill)
  }
}
