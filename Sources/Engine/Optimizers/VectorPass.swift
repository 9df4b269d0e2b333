import CBLASShim

/// Sixteen elements of buffers that are passed over together, or fewer at their end.
struct Lanes {
  fileprivate let start: Int
  fileprivate let count: Int

  @inline(__always)
  func load(_ buffer: Source) -> Vector {
    if count == 16 { return (buffer + start).vector }
    var vector = Vector()
    for lane in 0..<count { vector[lane] = buffer[start + lane] }
    return vector
  }

  @inline(__always)
  func store(_ vector: Vector, _ buffer: Destination) {
    if count == 16 {
      (buffer + start).vector = vector
    } else {
      for lane in 0..<count { buffer[start + lane] = vector[lane] }
    }
  }
}

extension Kernels {
  /// Calls `body` for all lanes of `0..<count`, on all threads: several buffers read and written in one pass.
  @inline(__always)
  static func forEachLanes(_ count: Int, _ body: (Lanes) -> Void) {
    Parallel.forEachRange(count, grain: elementwiseGrain) { range in
      var start = range.lowerBound
      while start + 16 <= range.upperBound {
        body(Lanes(start: start, count: 16))
        start += 16
      }
      if start < range.upperBound { body(Lanes(start: start, count: range.upperBound - start)) }
    }
  }
}

extension Vector {
  /// The square roots of all lanes, correctly rounded, as ``squareRoot()`` gives them but not one by one.
  @inline(__always)
  var squareRoots: Vector {
    Vector(
      lowHalf: SIMD8(lowHalf: colonnade_sqrt4(lowHalf.lowHalf), highHalf: colonnade_sqrt4(lowHalf.highHalf)),
      highHalf: SIMD8(
        lowHalf: colonnade_sqrt4(highHalf.lowHalf), highHalf: colonnade_sqrt4(highHalf.highHalf)))
  }
}
