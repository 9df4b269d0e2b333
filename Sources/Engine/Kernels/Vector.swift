/// Sixteen floats: one cache line, one AVX-512 register, four SSE registers.
package typealias Vector = SIMD16<Float>

/// Eight floats: two SSE registers.
typealias Octet = SIMD8<Float>

/// Four floats: one SSE register.
typealias Quad = SIMD4<Float>

/// Writable and readable element pointers, as kernels take them.
package typealias Destination = UnsafeMutablePointer<Float>
package typealias Source = UnsafePointer<Float>

extension UnsafePointer<Float> {
  /// Sixteen elements from here, at any alignment.
  @inline(__always)
  package var vector: Vector { UnsafeRawPointer(self).loadUnaligned(as: Vector.self) }

  /// Eight elements from here, at any alignment.
  @inline(__always)
  var octet: Octet { UnsafeRawPointer(self).loadUnaligned(as: Octet.self) }

  /// Four elements from here, at any alignment.
  @inline(__always)
  var quad: Quad { UnsafeRawPointer(self).loadUnaligned(as: Quad.self) }

  /// The first `count` of sixteen elements, zero in the place of the others.
  @inline(__always)
  func vector(first count: Int) -> Vector {
    if count == 16 { return vector }
    var result = Vector()
    for lane in 0..<count { result[lane] = self[lane] }
    return result
  }
}

extension UnsafeMutablePointer<Float> {
  /// Sixteen elements from here, at any alignment.
  @inline(__always)
  package var vector: Vector {
    get { UnsafeRawPointer(self).loadUnaligned(as: Vector.self) }
    nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: Vector.self) }
  }

  /// Eight elements from here, at any alignment.
  @inline(__always)
  var octet: Octet {
    get { UnsafeRawPointer(self).loadUnaligned(as: Octet.self) }
    nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: Octet.self) }
  }

  /// Four elements from here, at any alignment.
  @inline(__always)
  var quad: Quad {
    get { UnsafeRawPointer(self).loadUnaligned(as: Quad.self) }
    nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: Quad.self) }
  }

  /// Writes the first `count` of sixteen elements.
  @inline(__always)
  func store(_ value: Vector, first count: Int) {
    if count == 16 {
      vector = value
    } else {
      for lane in 0..<count { self[lane] = value[lane] }
    }
  }
}

extension Vector {
  /// The sum of all lanes, in a fixed order (halves, then halves).
  @inline(__always)
  package var total: Float {
    let a = lowHalf + highHalf
    let b = a.lowHalf + a.highHalf
    let c = b.lowHalf + b.highHalf
    return c.x + c.y
  }

  @inline(__always)
  package func clampedBelow(_ floor: Vector) -> Vector {
    Vector(lowHalf: lowHalf.clampedBelow(floor.lowHalf), highHalf: highHalf.clampedBelow(floor.highHalf))
  }

  /// Four times the same.
  @inline(__always)
  init(_ quad: Quad) {
    let octet = Octet(lowHalf: quad, highHalf: quad)
    self.init(lowHalf: octet, highHalf: octet)
  }

  @inline(__always)
  func clampedAbove(_ ceiling: Vector) -> Vector {
    Vector(lowHalf: lowHalf.clampedAbove(ceiling.lowHalf), highHalf: highHalf.clampedAbove(ceiling.highHalf))
  }
}

// By halves: of one register the compiler makes `maxps` and `minps`, of several at once a comparison, two masks and their
// union.
extension Octet {
  @inline(__always)
  func clampedBelow(_ floor: Octet) -> Octet {
    Octet(lowHalf: lowHalf.clampedBelow(floor.lowHalf), highHalf: highHalf.clampedBelow(floor.highHalf))
  }

  @inline(__always)
  func clampedAbove(_ ceiling: Octet) -> Octet {
    Octet(lowHalf: lowHalf.clampedAbove(ceiling.lowHalf), highHalf: highHalf.clampedAbove(ceiling.highHalf))
  }
}

extension Quad {
  /// A bound to clamp to, in all lanes. Not inlined: of a repeated number that the compiler sees, it makes one vector for
  /// the comparison and another for the choice, and no `maxps`.
  @inline(never)
  init(bound: Float) { self.init(repeating: bound) }

  // Not shared with ``Vector`` in an extension of `SIMD`: that is not specialized, and halved the speed of all networks.
  @inline(__always)
  func clampedBelow(_ floor: Quad) -> Quad {
    replacing(with: floor, where: self .< floor)
  }

  @inline(__always)
  func clampedAbove(_ ceiling: Quad) -> Quad {
    replacing(with: ceiling, where: self .> ceiling)
  }
}
