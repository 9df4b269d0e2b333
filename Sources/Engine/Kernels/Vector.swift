/// Sixteen floats: one cache line, one AVX-512 register, four SSE registers.
package typealias Vector = SIMD16<Float>

/// Writable and readable element pointers, as kernels take them.
package typealias Destination = UnsafeMutablePointer<Float>
package typealias Source = UnsafePointer<Float>

extension UnsafePointer<Float> {
  /// Sixteen elements from here, at any alignment.
  @inline(__always)
  package var vector: Vector { UnsafeRawPointer(self).loadUnaligned(as: Vector.self) }
}

extension UnsafeMutablePointer<Float> {
  /// Sixteen elements from here, at any alignment.
  @inline(__always)
  package var vector: Vector {
    get { UnsafeRawPointer(self).loadUnaligned(as: Vector.self) }
    nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: Vector.self) }
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
    replacing(with: floor, where: self .< floor)
  }
}
