/// What happens to a tile of a convolution's output while it is in cache, in this order:
/// scale and shift by channel (a bias, or batch norm in inference), a residual added, an activation.
package struct Epilogue {
  /// `[C]`; nil is 1.
  package var scale: Source?
  /// `[C]`; nil is 0.
  package var shift: Source?
  /// Laid out as the output.
  package var residual: Source?
  package let activation: Activation
  /// Of ``activation``, for the quads: one test each, where a case with a payload takes several.
  private let rectifies, clips: Bool

  package init(
    scale: Source? = nil, shift: Source? = nil, residual: Source? = nil, activation: Activation = .none
  ) {
    (self.scale, self.shift, self.residual, self.activation) = (scale, shift, residual, activation)
    rectifies = activation == .relu
    clips = if case .clip = activation { true } else { false }
  }

  var isIdentity: Bool { scale == nil && shift == nil && residual == nil && activation == .none }

  /// The same for a part of the output that begins at `channel`, `offset` elements from the start.
  func of(channel: Int, offset: Int) -> Epilogue {
    Epilogue(
      scale: scale.map { $0 + channel }, shift: shift.map { $0 + channel },
      residual: residual.map { $0 + offset },
      activation: activation)
  }

  /// In two parts: `early` is applied while the sums are in registers (``applied(to:channel:offset:)``,
  /// ``VectorKernels``), `late` in a second pass over the output. Late are the activations with long code.
  var split: (early: Epilogue, late: Epilogue?) {
    switch activation {
    case .none, .relu, .clip: return (self, nil)
    case .leakyReLU, .hardSwish, .silu:
      return (
        Epilogue(scale: scale, shift: shift, residual: residual), Epilogue(activation: activation)
      )
    }
  }

  /// Works on `rows` rows of `columns` channels, `stride` apart; `offset` is where the tile starts in the output.
  package func apply(
    to output: Destination, offset: Int, rows: Int, columns: Range<Int>, stride: Int
  ) {
    @inline(__always)
    func apply(_ vector: (Vector) -> Vector, _ scalar: (Float) -> Float) {
      for row in 0..<rows {
        let start = offset &+ row &* stride
        self.apply(to: output + start, residual: residual.map { $0 + start }, columns, vector, scalar)
      }
    }
    switch activation {
    case .none: if !isIdentity { apply({ $0 }, { $0 }) }
    case .relu: apply({ $0.clampedBelow(Vector()) }, { $0 < 0 ? 0 : $0 })
    case .clip(let low, let high):
      let (floor, ceiling) = (Vector(Quad(bound: low)), Vector(Quad(bound: high)))
      apply({ $0.clampedBelow(floor).clampedAbove(ceiling) }, { Kernels.clip($0, low, high) })
    case .leakyReLU(let slope):
      apply({ Kernels.leakyReLU($0, slope) }, { $0 <= 0 ? $0 * slope : $0 })
    case .hardSwish: apply(Kernels.hardSwish, { Kernels.lane($0, Kernels.hardSwish) })
    case .silu: apply(Kernels.silu, { Kernels.lane($0, Kernels.silu) })
    }
  }

  /// The four channels from `channel` on of the output element at `offset`.
  /// - Precondition: nothing is left for a second pass, see ``split``.
  @inline(__always)
  func applied(to value: Quad, channel c: Int, offset: Int) -> Quad {
    var v = value
    if let scale { v *= (scale + c).quad }
    if let shift { v += (shift + c).quad }
    if let residual { v += (residual + offset).quad }
    if rectifies { return v.clampedBelow(Quad()) }
    if clips, case .clip(let low, let high) = activation {
      return v.clampedBelow(Quad(repeating: low)).clampedAbove(Quad(repeating: high))
    }
    return v
  }

  @inline(__always)
  private func apply(
    to y: Destination, residual: Source?, _ channels: Range<Int>, _ vector: (Vector) -> Vector,
    _ scalar: (Float) -> Float
  ) {
    let count = channels.count
    let scale = scale.map { $0 + channels.lowerBound }
    let shift = shift.map { $0 + channels.lowerBound }
    var c = 0
    while c &+ 16 <= count {
      var v = (y + c).vector
      if let scale { v *= (scale + c).vector }
      if let shift { v += (shift + c).vector }
      if let residual { v += (residual + c).vector }
      (y + c).vector = vector(v)
      c &+= 16
    }
    while c < count {
      var v = y[c]
      if let scale { v *= scale[c] }
      if let shift { v += shift[c] }
      if let residual { v += residual[c] }
      y[c] = scalar(v)
      c &+= 1
    }
  }
}
