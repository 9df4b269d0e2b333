// Arithmetic on tensors, which are broadcast against each other by NumPy's rule (``Shape/broadcast(with:)``), and of
// tensors with numbers. Operands that nothing else holds give their buffers to the result. The gradient of an operand
// that was repeated is the sum over its repetitions.

extension Tensor {
  /// Element by element, with broadcasting.
  public static func + (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    let (a, b, p, q) = (x.node, y.node, x.shape, y.shape)
    let sum =
      p == q ? Kernels.added(x, y) : Kernels.zipped(x, y, to: broadcastShape("+", p, q)) { $0 + $1 }
    return sum.recorded("+", from: a, b) { needs in
      { gradient in
        [
          needs[0] ? Kernels.summed(gradient, to: p) : nil, needs[1] ? Kernels.summed(gradient, to: q) : nil,
        ]
      }
    }
  }

  /// Element by element, with broadcasting.
  public static func - (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    let (a, b, p, q) = (x.node, y.node, x.shape, y.shape)
    let difference =
      p == q
      ? Kernels.combined(x, y, { $0 - $1 }, { $0 - $1 })
      : Kernels.zipped(x, y, to: broadcastShape("-", p, q)) { $0 - $1 }
    return difference.recorded("-", from: a, b) { needs in
      { gradient in
        [
          needs[0] ? Kernels.summed(gradient, to: p) : nil,
          needs[1] ? Kernels.scaled(Kernels.summed(gradient, to: q), by: -1) : nil,
        ]
      }
    }
  }

  /// Element by element, with broadcasting.
  public static func * (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    let (a, b, p, q) = (x.node, y.node, x.shape, y.shape)
    // Held before the product: an operand that the other's gradient needs is not overwritten.
    let keptX = b == nil ? nil : x.detached
    let keptY = a == nil ? nil : y.detached
    let product =
      p == q
      ? Kernels.combined(x, y, { $0 * $1 }, { $0 * $1 })
      : Kernels.zipped(x, y, to: broadcastShape("*", p, q)) { $0 * $1 }
    return product.recorded("*", from: a, b) { _ in
      { gradient in
        [
          keptY.map { Kernels.product(gradient, $0, summedTo: p) },
          keptX.map { Kernels.product(gradient, $0, summedTo: q) },
        ]
      }
    }
  }

  /// Element by element, with broadcasting.
  public static func / (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    broadcastOperation(
      "/", x, y, { $0 / $1 },
      slopes: ({ gradient, _, y in gradient / y }, { gradient, x, y in -gradient * (x / y) / y }))
  }

  /// Each element times a number; so is the gradient.
  public static func * (x: consuming Tensor, factor: Float) -> Tensor {
    let node = x.node
    return Kernels.scaled(x, by: factor).recorded("scale", from: node) { _ in
      { [Kernels.scaled($0, by: factor)] }
    }
  }

  /// Each element times a number.
  public static func * (factor: Float, x: consuming Tensor) -> Tensor { x * factor }

  /// Each element divided by a number, not multiplied by its reciprocal: rounded once.
  public static func / (x: consuming Tensor, divisor: Float) -> Tensor {
    let node = x.node
    return Kernels.mapped(x, { $0 / divisor }, { $0 / divisor }).recorded("divide", from: node) { _ in
      { [Kernels.mapped($0, { $0 / divisor }, { $0 / divisor })] }
    }
  }

  /// A number divided by each element, as ``reciprocal(_:)`` times the number.
  public static func / (number: Float, x: consuming Tensor) -> Tensor { reciprocal(x) * number }

  /// Each element with the other sign.
  public static prefix func - (x: consuming Tensor) -> Tensor { x * -1 }

  /// Each element and a number added; the gradient passes as it is.
  public static func + (x: consuming Tensor, number: Float) -> Tensor {
    let node = x.node
    return Kernels.mapped(x, { $0 + number }, { $0 + number }).recorded("shift", from: node) { _ in { [$0] } }
  }

  /// A number and each element added.
  public static func + (number: Float, x: consuming Tensor) -> Tensor { x + number }

  /// Each element less a number.
  public static func - (x: consuming Tensor, number: Float) -> Tensor { x + (-number) }

  /// A number less each element; the gradient changes its sign.
  public static func - (number: Float, x: consuming Tensor) -> Tensor {
    let node = x.node
    return Kernels.mapped(x, { number - $0 }, { number - $0 }).recorded("shift", from: node) { _ in
      { [Kernels.scaled($0, by: -1)] }
    }
  }
}

extension Kernels {
  /// gradient · y, summed to `shape`.
  fileprivate static func product(
    _ gradient: consuming Tensor, _ y: Tensor, summedTo shape: Shape
  ) -> Tensor {
    if gradient.shape == y.shape {
      return summed(mapped(gradient, y, { $0 * $1 }, { $0 * $1 }), to: shape)
    }
    let wide = gradient.shape
    return summed(zipped(gradient, y, to: wide) { $0 * $1 }, to: shape)
  }
}

/// Traps with the operation's name and both shapes.
func requireEqualShapes(_ operation: StaticString, _ x: Shape, _ y: Shape) {
  precondition(x == y, "\(operation): the shapes \(x) and \(y) differ")
}
