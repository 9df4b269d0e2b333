#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Kernels {
  /// Calls `body` for each row of the last axis, on all threads.
  static func forEachRow(of shape: Shape, _ body: (_ row: Int) -> Void) {
    guard shape.count > 0 else { return }
    let rows = shape.count / shape.last
    Parallel.forEachRange(rows, grain: max(1, elementwiseGrain / 4 / shape.last)) { range in
      for row in range { body(row) }
    }
  }

  /// y ← eˣ / Σ eˣ over the last axis, in place where nothing else holds x.
  static func softmax(_ x: consuming Tensor) -> Tensor {
    let shape = x.shape
    let result = x.reusableStorage()
    let (source, target) = (Source(x.storage.pointer), result.pointer)
    let classes = shape.last
    forEachRow(of: shape) { row in
      let (x, y) = (source + row * classes, target + row * classes)
      let top = maximum(x, classes)
      let sum = exponentials(x, classes, minus: top, into: y)
      let scale = 1 / sum
      for c in 0..<classes { y[c] *= scale }
    }
    withExtendedLifetime(x) {}
    return Tensor(storage: result, shape: shape)
  }

  /// y ← x − log Σ eˣ over the last axis, in place where nothing else holds x.
  static func logSoftmax(_ x: consuming Tensor) -> Tensor {
    let shape = x.shape
    let result = x.reusableStorage()
    let (source, target) = (Source(x.storage.pointer), result.pointer)
    let classes = shape.last
    forEachRow(of: shape) { row in
      let (x, y) = (source + row * classes, target + row * classes)
      let top = maximum(x, classes)
      let logSum = log(exponentials(x, classes, minus: top, into: nil))
      // The maximum first: it and x may both be large, the rest is not.
      for c in 0..<classes { y[c] = (x[c] - top) - logSum }
    }
    withExtendedLifetime(x) {}
    return Tensor(storage: result, shape: shape)
  }

  /// dx ← y · (dy − Σ dy · y), in the place of `gradient` where nothing else holds it.
  static func softmaxGradient(_ gradient: consuming Tensor, result y: Tensor) -> Tensor {
    let shape = y.shape
    let result = gradient.reusableStorage()
    let (source, output) = (Source(gradient.storage.pointer), Source(y.storage.pointer))
    let (target, classes) = (result.pointer, shape.last)
    forEachRow(of: shape) { row in
      let (g, y, dx) = (source + row * classes, output + row * classes, target + row * classes)
      let inner = dot(g, y, classes)
      for c in 0..<classes { dx[c] = y[c] * (g[c] - inner) }
    }
    withExtendedLifetime(gradient) {}
    return Tensor(storage: result, shape: shape)
  }

  /// dx ← dy − eʸ · Σ dy, in the place of `gradient` where nothing else holds it.
  static func logSoftmaxGradient(_ gradient: consuming Tensor, result y: Tensor) -> Tensor {
    let shape = y.shape
    let result = gradient.reusableStorage()
    let (source, output) = (Source(gradient.storage.pointer), Source(y.storage.pointer))
    let (target, classes) = (result.pointer, shape.last)
    forEachRow(of: shape) { row in
      let (g, y, dx) = (source + row * classes, output + row * classes, target + row * classes)
      let sum = sum(g, classes)
      forEachVector(classes) { c, width in
        store(load(g + c, width) - exp(load(y + c, width)) * sum, to: dx + c, width)
      }
    }
    withExtendedLifetime(gradient) {}
    return Tensor(storage: result, shape: shape)
  }
}

// MARK: One row

extension Kernels {
  /// Calls `body` with the offset of each vector of a row; `width` is 16 but for the last.
  @inline(__always)
  static func forEachVector(_ count: Int, _ body: (_ offset: Int, _ width: Int) -> Void) {
    var i = 0
    while i + 16 <= count {
      body(i, 16)
      i += 16
    }
    if i < count { body(i, count - i) }
  }

  /// The first `width` lanes from memory, `padding` in the others.
  @inline(__always)
  static func load(_ x: Source, _ width: Int, padding: Float = 0) -> Vector {
    if width == 16 { return x.vector }
    var vector = Vector(repeating: padding)
    for lane in 0..<width { vector[lane] = x[lane] }
    return vector
  }

  @inline(__always)
  static func store(_ vector: Vector, to y: Destination, _ width: Int) {
    if width == 16 {
      y.vector = vector
    } else {
      for lane in 0..<width { y[lane] = vector[lane] }
    }
  }

  static func maximum(_ x: Source, _ count: Int) -> Float {
    var top = Vector(repeating: -.infinity)
    forEachVector(count) { i, width in
      let v = load(x + i, width, padding: -.infinity)
      top = top.replacing(with: v, where: v .> top)
    }
    return top.max()
  }

  static func sum(_ x: Source, _ count: Int) -> Float {
    var sum = Vector(repeating: 0)
    forEachVector(count) { i, width in sum += load(x + i, width) }
    return sum.total
  }

  static func dot(_ x: Source, _ y: Source, _ count: Int) -> Float {
    var sum = Vector(repeating: 0)
    forEachVector(count) { i, width in sum += load(x + i, width) * load(y + i, width) }
    return sum.total
  }

  /// Σ e^(x − top); the terms go to `y` where one is given.
  private static func exponentials(
    _ x: Source, _ count: Int, minus top: Float, into y: Destination?
  ) -> Float {
    var sum = Vector(repeating: 0)
    forEachVector(count) { i, width in
      let e = exp(load(x + i, width, padding: -.infinity) - top)
      sum += e
      if let y { store(e, to: y + i, width) }
    }
    return sum.total
  }
}
