// Arithmetic on tensors of equal shapes, and of tensors with numbers. Operands that nothing else holds give their
// buffers to the result.

extension Tensor {
  /// - Precondition: the shapes are equal.
  public static func + (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    requireEqualShapes("+", x.shape, y.shape)
    let (a, b) = (x.node, y.node)
    return Kernels.added(x, y).recorded("+", from: a, b) { needs in
      { gradient in [needs[0] ? gradient : nil, needs[1] ? gradient : nil] }
    }
  }

  /// - Precondition: the shapes are equal.
  public static func - (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    requireEqualShapes("-", x.shape, y.shape)
    let (a, b) = (x.node, y.node)
    return Kernels.combined(x, y, { $0 - $1 }, { $0 - $1 }).recorded("-", from: a, b) { needs in
      { gradient in
        [needs[0] ? gradient : nil, needs[1] ? Kernels.scaled(gradient, by: -1) : nil]
      }
    }
  }

  /// Element by element.
  /// - Precondition: the shapes are equal.
  public static func * (x: consuming Tensor, y: consuming Tensor) -> Tensor {
    requireEqualShapes("*", x.shape, y.shape)
    let (a, b) = (x.node, y.node)
    // Held before the product: an operand that the other's gradient needs is not overwritten.
    let keptX = b == nil ? nil : x.detached
    let keptY = a == nil ? nil : y.detached
    return Kernels.combined(x, y, { $0 * $1 }, { $0 * $1 }).recorded("*", from: a, b) { _ in
      { gradient in
        [
          keptY.map { Kernels.mapped(gradient, $0, { $0 * $1 }, { $0 * $1 }) },
          keptX.map { Kernels.mapped(gradient, $0, { $0 * $1 }, { $0 * $1 }) },
        ]
      }
    }
  }

  public static func * (x: consuming Tensor, factor: Float) -> Tensor {
    let node = x.node
    return Kernels.scaled(x, by: factor).recorded("scale", from: node) { _ in
      { [Kernels.scaled($0, by: factor)] }
    }
  }

  public static func * (factor: Float, x: consuming Tensor) -> Tensor { x * factor }

  public static func / (x: consuming Tensor, divisor: Float) -> Tensor {
    let node = x.node
    return Kernels.mapped(x, { $0 / divisor }, { $0 / divisor }).recorded("divide", from: node) { _ in
      { [Kernels.mapped($0, { $0 / divisor }, { $0 / divisor })] }
    }
  }

  public static prefix func - (x: consuming Tensor) -> Tensor { x * -1 }

  public static func + (x: consuming Tensor, number: Float) -> Tensor {
    let node = x.node
    return Kernels.mapped(x, { $0 + number }, { $0 + number }).recorded("shift", from: node) { _ in { [$0] } }
  }

  public static func + (number: Float, x: consuming Tensor) -> Tensor { x + number }

  public static func - (x: consuming Tensor, number: Float) -> Tensor { x + (-number) }

  public static func - (number: Float, x: consuming Tensor) -> Tensor {
    let node = x.node
    return Kernels.mapped(x, { number - $0 }, { number - $0 }).recorded("shift", from: node) { _ in
      { [Kernels.scaled($0, by: -1)] }
    }
  }
}

/// Traps with the operation's name and both shapes.
func requireEqualShapes(_ operation: StaticString, _ x: Shape, _ y: Shape) {
  precondition(x == y, "\(operation): the shapes \(x) and \(y) differ")
}
