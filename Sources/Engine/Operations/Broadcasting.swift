// Operations on tensors that are broadcast against each other.

/// Of the gradient of a result and the operands: what the gradient of an operand is before it is summed over repetitions.
typealias Slope = @Sendable (_ gradient: Vector, _ x: Vector, _ y: Vector) -> Vector

/// f(x, y) element by element with broadcasting.
@inline(__always)
func broadcastOperation(
  _ operation: StaticString, _ x: consuming Tensor, _ y: consuming Tensor, _ f: (Vector, Vector) -> Vector,
  slopes: (x: Slope, y: Slope)
) -> Tensor {
  let (a, b, p, q) = (x.node, y.node, x.shape, y.shape)
  let shape = broadcastShape(operation, p, q)
  let kept = a == nil && b == nil ? nil : (x: x.detached, y: y.detached)
  return Kernels.zipped(x, y, to: shape, f).recorded(operation, from: a, b) { needs in
    { [kept = kept!] gradient in
      [
        needs[0] ? Kernels.summed(Kernels.zipped(gradient, kept.x, kept.y, to: shape, slopes.x), to: p) : nil,
        needs[1] ? Kernels.summed(Kernels.zipped(gradient, kept.x, kept.y, to: shape, slopes.y), to: q) : nil,
      ]
    }
  }
}

/// The larger of each two elements, with broadcasting; NaN where either is. Equal elements get half of the gradient each,
/// as in `torch.maximum`.
public func maximum(_ x: consuming Tensor, _ y: consuming Tensor) -> Tensor {
  broadcastOperation(
    "maximum", x, y, { $0.replacing(with: $1, where: ($1 .> $0) .| ($1 .!= $1)) },
    slopes: (
      { gradient, x, y in
        gradient.replacing(with: 0, where: x .< y).replacing(with: gradient * 0.5, where: x .== y)
      },
      { gradient, x, y in
        gradient.replacing(with: 0, where: y .< x).replacing(with: gradient * 0.5, where: x .== y)
      }
    ))
}

/// The smaller of each two elements, with broadcasting; NaN where either is. Equal elements get half of the gradient
/// each, as in `torch.minimum`.
public func minimum(_ x: consuming Tensor, _ y: consuming Tensor) -> Tensor {
  broadcastOperation(
    "minimum", x, y, { $0.replacing(with: $1, where: ($1 .< $0) .| ($1 .!= $1)) },
    slopes: (
      { gradient, x, y in
        gradient.replacing(with: 0, where: x .> y).replacing(with: gradient * 0.5, where: x .== y)
      },
      { gradient, x, y in
        gradient.replacing(with: 0, where: y .> x).replacing(with: gradient * 0.5, where: x .== y)
      }
    ))
}

/// x^y element by element, with broadcasting, as `powf` computes it. Where x and y are 0, the gradient of y is 0.
public func pow(_ x: consuming Tensor, _ y: consuming Tensor) -> Tensor {
  broadcastOperation(
    "pow", x, y, { Kernels.power($0, $1) },
    slopes: (
      { gradient, x, y in
        (gradient * y * Kernels.power(x, y - 1)).replacing(with: 0, where: y .== 0)
      },
      { gradient, x, y in
        (gradient * Kernels.power(x, y) * Kernels.logarithm(x))
          .replacing(with: 0, where: (x .== 0) .& (y .>= 0))
      }
    ))
}

// MARK: Comparison and choice

extension Tensor {
  /// 1 where x < y, 0 elsewhere, with broadcasting; a constant, as all comparisons are.
  public static func .< (x: Tensor, y: Tensor) -> Tensor { compared("<", x, y) { $0 .< $1 } }
  /// 1 where x ≤ y, 0 elsewhere, with broadcasting.
  public static func .<= (x: Tensor, y: Tensor) -> Tensor { compared("<=", x, y) { $0 .<= $1 } }
  /// 1 where x > y, 0 elsewhere, with broadcasting.
  public static func .> (x: Tensor, y: Tensor) -> Tensor { compared(">", x, y) { $0 .> $1 } }
  /// 1 where x ≥ y, 0 elsewhere, with broadcasting.
  public static func .>= (x: Tensor, y: Tensor) -> Tensor { compared(">=", x, y) { $0 .>= $1 } }
  /// 1 where x = y, 0 elsewhere (NaN equals nothing), with broadcasting.
  public static func .== (x: Tensor, y: Tensor) -> Tensor { compared("==", x, y) { $0 .== $1 } }
  /// 0 where x = y, 1 elsewhere, with broadcasting.
  public static func .!= (x: Tensor, y: Tensor) -> Tensor { compared("!=", x, y) { $0 .!= $1 } }

  /// 1 where an element is below the number, 0 elsewhere.
  public static func .< (x: Tensor, number: Float) -> Tensor { x .< Tensor(number) }
  /// 1 where an element is not above the number, 0 elsewhere.
  public static func .<= (x: Tensor, number: Float) -> Tensor { x .<= Tensor(number) }
  /// 1 where an element is above the number, 0 elsewhere.
  public static func .> (x: Tensor, number: Float) -> Tensor { x .> Tensor(number) }
  /// 1 where an element is not below the number, 0 elsewhere.
  public static func .>= (x: Tensor, number: Float) -> Tensor { x .>= Tensor(number) }
  /// 1 where an element is the number, 0 elsewhere; NaN equals nothing.
  public static func .== (x: Tensor, number: Float) -> Tensor { x .== Tensor(number) }
  /// 0 where an element is the number, 1 elsewhere; NaN equals nothing.
  public static func .!= (x: Tensor, number: Float) -> Tensor { x .!= Tensor(number) }

  @inline(__always)
  private static func compared(
    _ operation: StaticString, _ x: Tensor, _ y: Tensor, _ holds: (Vector, Vector) -> SIMDMask<SIMD16<Int32>>
  ) -> Tensor {
    let shape = broadcastShape(operation, x.shape, y.shape)
    return Kernels.zipped(x.detached, y.detached, to: shape) {
      Vector(repeating: 0).replacing(with: 1, where: holds($0, $1))
    }
  }
}

/// x where the condition is not 0, y where it is, with broadcasting of all three (`torch.where`). What is not chosen
/// gets no gradient, and the condition none at all.
public func select(_ condition: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
  let shape = broadcastShape("select", condition.shape, broadcastShape("select", x.shape, y.shape))
  let (condition, p, q) = (condition.detached, x.shape, y.shape)
  let chosen = Kernels.zipped(condition, x, y, to: shape) { $2.replacing(with: $1, where: $0 .!= 0) }
  return chosen.recorded("select", from: x.node, y.node) { needs in
    { gradient in
      let toX =
        !needs[0]
        ? nil
        : Kernels.zipped(gradient, condition, to: shape) {
          $0.replacing(with: 0, where: $1 .== 0)
        }
      let toY =
        !needs[1]
        ? nil
        : Kernels.zipped(gradient, condition, to: shape) {
          $0.replacing(with: 0, where: $1 .!= 0)
        }
      return [toX.map { Kernels.summed($0, to: p) }, toY.map { Kernels.summed($0, to: q) }]
    }
  }
}

/// As ``select(_:_:_:)``, with a number where the condition is 0.
public func select(_ condition: Tensor, _ x: Tensor, _ number: Float) -> Tensor {
  select(condition, x, Tensor(number))
}

extension Tensor {
  /// This tensor repeated to a larger shape that it broadcasts to; the gradient is the sum over repetitions.
  public func broadcast(to larger: Shape) -> Tensor {
    precondition(shape.broadcast(with: larger) == larger, "broadcast: \(shape) does not become \(larger)")
    return Kernels.expanded(self, to: larger).recorded("broadcast", from: node) { [shape] _ in
      { [Kernels.summed($0, to: shape)] }
    }
  }
}
