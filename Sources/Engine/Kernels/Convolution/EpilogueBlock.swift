/// Four outputs by eight channels in registers: the first four channels, then the others.
struct OutputBlock {
  var a0 = Quad(), a1 = Quad(), a2 = Quad(), a3 = Quad()
  var b0 = Quad(), b1 = Quad(), b2 = Quad(), b3 = Quad()

  // Quads, not eights: of those, clamping would not become `maxps` and `minps`.
  @inline(__always)
  mutating func apply(_ a: (Quad) -> Quad, _ b: (Quad) -> Quad) {
    (a0, a1, a2, a3) = (a(a0), a(a1), a(a2), a(a3))
    (b0, b1, b2, b3) = (b(b0), b(b1), b(b2), b(b3))
  }
}

extension Epilogue {
  /// What an activation clips to, for ``store(_:bounds:channel:offset:step:to:)``.
  var bounds: (floor: Quad, ceiling: Quad) {
    switch activation {
    case .clip(let low, let high): (Quad(bound: low), Quad(bound: high))
    default: (Quad(), Quad())
    }
  }

  /// Stores eight channels from `c` on of four outputs, `step` apart, the first at `offset`.
  /// - Parameter bounds: the epilogue's ``bounds``.
  /// - Precondition: nothing is left for a second pass, see ``split``.
  @inline(__always)
  func store(
    _ block: OutputBlock, bounds: (floor: Quad, ceiling: Quad), channel c: Int, offset: Int, step: Int,
    to target: Destination
  ) {
    var v = block
    if let scale {
      let (a, b) = ((scale + c).quad, (scale + (c &+ 4)).quad)
      v.apply({ $0 * a }, { $0 * b })
    }
    if let shift {
      let (a, b) = ((shift + c).quad, (shift + (c &+ 4)).quad)
      v.apply({ $0 + a }, { $0 + b })
    }
    if let residual {
      var r = residual + offset
      v.a0 += r.quad
      v.b0 += (r + 4).quad
      r += step
      v.a1 += r.quad
      v.b1 += (r + 4).quad
      r += step
      v.a2 += r.quad
      v.b2 += (r + 4).quad
      r += step
      v.a3 += r.quad
      v.b3 += (r + 4).quad
    }
    switch activation {
    case .relu: v.apply({ $0.clampedBelow(Quad()) }, { $0.clampedBelow(Quad()) })
    case .clip:
      v.apply(
        { $0.clampedBelow(bounds.floor).clampedAbove(bounds.ceiling) },
        { $0.clampedBelow(bounds.floor).clampedAbove(bounds.ceiling) })
    default: break
    }
    var y = target + offset
    y.quad = v.a0
    (y + 4).quad = v.b0
    y += step
    y.quad = v.a1
    (y + 4).quad = v.b1
    y += step
    y.quad = v.a2
    (y + 4).quad = v.b2
    y += step
    y.quad = v.a3
    (y + 4).quad = v.b3
  }
}
