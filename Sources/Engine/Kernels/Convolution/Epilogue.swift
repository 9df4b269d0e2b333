/// What happens to a tile of a convolution's output while it is in cache, in this order:
/// scale and shift by channel (a bias, or batch norm in inference), a residual added, ReLU.
package struct Epilogue {
  /// `[C]`; nil is 1.
  package var scale: Source?
  /// `[C]`; nil is 0.
  package var shift: Source?
  /// Laid out as the output.
  package var residual: Source?
  package var rectifies = false

  package init(
    scale: Source? = nil, shift: Source? = nil, residual: Source? = nil, rectifies: Bool = false
  ) {
    (self.scale, self.shift, self.residual, self.rectifies) = (scale, shift, residual, rectifies)
  }

  var isIdentity: Bool { scale == nil && shift == nil && residual == nil && !rectifies }

  /// Works on `rows` rows of `columns` channels, `stride` apart; `offset` is where the tile starts in the output.
  func apply(
    to output: Destination, offset: Int, rows: Int, columns: Range<Int>, stride: Int
  ) {
    if isIdentity { return }
    for row in 0..<rows {
      let start = offset &+ row &* stride
      apply(to: output + start, residual: residual.map { $0 + start }, columns)
    }
  }

  /// The four channels from `channel` on of the output element at `offset`.
  @inline(__always)
  func applied(to value: Quad, channel c: Int, offset: Int) -> Quad {
    var v = value
    if let scale { v *= (scale + c).quad }
    if let shift { v += (shift + c).quad }
    if let residual { v += (residual + offset).quad }
    return rectifies ? v.clampedBelow(Quad()) : v
  }

  @inline(__always)
  private func apply(to y: Destination, residual: Source?, _ channels: Range<Int>) {
    let count = channels.count
    let scale = scale.map { $0 + channels.lowerBound }
    let shift = shift.map { $0 + channels.lowerBound }
    let zero = Vector(repeating: 0)
    var c = 0
    while c &+ 16 <= count {
      var v = (y + c).vector
      if let scale { v *= (scale + c).vector }
      if let shift { v += (shift + c).vector }
      if let residual { v += (residual + c).vector }
      if rectifies { v = v.clampedBelow(zero) }
      (y + c).vector = v
      c &+= 16
    }
    while c < count {
      var v = y[c]
      if let scale { v *= scale[c] }
      if let shift { v += shift[c] }
      if let residual { v += residual[c] }
      if rectifies && v < 0 { v = 0 }
      y[c] = v
      c &+= 1
    }
  }
}
