/// Kernels are plain functions over buffers; they know no graph.
package enum Kernels {
  /// Elements a task: small enough to balance, large enough to pay for a task.
  package static let elementwiseGrain = 1 << 15

  /// y[i] ← f(x[i]); `x` and `y` may be the same buffer.
  @inline(__always)
  package static func map(
    _ count: Int, _ x: Source, into y: Destination,
    _ vector: (Vector) -> Vector, _ scalar: (Float) -> Float
  ) {
    Parallel.forEachRange(count, grain: elementwiseGrain) { range in
      var i = range.lowerBound
      while i + 16 <= range.upperBound {
        (y + i).vector = vector((x + i).vector)
        i += 16
      }
      while i < range.upperBound {
        y[i] = scalar(x[i])
        i += 1
      }
    }
  }

  /// z[i] ← f(x[i], y[i]); any of the buffers may be the same.
  @inline(__always)
  package static func map2(
    _ count: Int, _ x: Source, _ y: Source, into z: Destination,
    _ vector: (Vector, Vector) -> Vector, _ scalar: (Float, Float) -> Float
  ) {
    Parallel.forEachRange(count, grain: elementwiseGrain) { range in
      var i = range.lowerBound
      while i + 16 <= range.upperBound {
        (z + i).vector = vector((x + i).vector, (y + i).vector)
        i += 16
      }
      while i < range.upperBound {
        z[i] = scalar(x[i], y[i])
        i += 1
      }
    }
  }

  /// f(x), in place where nothing else holds x.
  @inline(__always)
  static func mapped(
    _ x: consuming Tensor, _ vector: (Vector) -> Vector, _ scalar: (Float) -> Float
  ) -> Tensor {
    let result = x.reusableStorage()
    map(x.count, x.storage.pointer, into: result.pointer, vector, scalar)
    withExtendedLifetime(x) {}
    return Tensor(storage: result, shape: x.shape)
  }

  /// f(x, y), in the place of x where nothing else holds it; y is left alone.
  @inline(__always)
  static func mapped(
    _ x: consuming Tensor, _ y: Tensor,
    _ vector: (Vector, Vector) -> Vector, _ scalar: (Float, Float) -> Float
  ) -> Tensor {
    let result = x.reusableStorage()
    map2(x.count, x.storage.pointer, y.storage.pointer, into: result.pointer, vector, scalar)
    withExtendedLifetime(x) {}
    return Tensor(storage: result, shape: x.shape)
  }

  /// f(x, y), in the place of either where nothing else holds it.
  @inline(__always)
  static func combined(
    _ x: consuming Tensor, _ y: consuming Tensor,
    _ vector: (Vector, Vector) -> Vector, _ scalar: (Float, Float) -> Float
  ) -> Tensor {
    let result = x.isUniquelyHeld() ? x.storage : y.reusableStorage()
    map2(x.count, x.storage.pointer, y.storage.pointer, into: result.pointer, vector, scalar)
    withExtendedLifetime((x, y)) {}
    return Tensor(storage: result, shape: x.shape)
  }

  /// x + y, in the place of either where nothing else holds it.
  package static func added(_ x: consuming Tensor, _ y: consuming Tensor) -> Tensor {
    combined(x, y, { $0 + $1 }, { $0 + $1 })
  }

  /// x · factor, in place where nothing else holds x.
  package static func scaled(_ x: consuming Tensor, by factor: Float) -> Tensor {
    mapped(x, { $0 * factor }, { $0 * factor })
  }

  /// The sum of the squares of all elements, in Double, in a fixed order.
  package static func sumOfSquares(_ x: Tensor) -> Double {
    withExtendedLifetime(x.storage) { sumOfSquares(Source(x.storage.pointer), x.count) }
  }

  /// The same of `count` elements in memory.
  static func sumOfSquares(_ source: Source, _ count: Int) -> Double {
    reduceInChunks(count) { range in
      var sum = SIMD16<Double>(repeating: 0)
      var i = range.lowerBound
      while i + 16 <= range.upperBound {
        let v = SIMD16<Double>((source + i).vector)
        sum += v * v
        i += 16
      }
      var rest = 0.0
      while i < range.upperBound {
        rest += Double(source[i]) * Double(source[i])
        i += 1
      }
      return sum.sum() + rest
    }
  }

  /// Adds `partial` of fixed chunks of `0..<count` in their order: the same bits on any number of threads.
  package static func reduceInChunks(_ count: Int, _ partial: (Range<Int>) -> Double) -> Double {
    let chunks = count.dividedUp(by: elementwiseGrain)
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: max(chunks, 1)) { sums in
      let sums = sums.baseAddress!
      Parallel.forEach(chunks) { chunk in
        let start = chunk * elementwiseGrain
        sums[chunk] = partial(start..<min(count, start + elementwiseGrain))
      }
      return (0..<chunks).reduce(0.0) { $0 + sums[$1] }
    }
  }
}
