/// How a parameter gets its first values. Fans are given for Colonnade's layouts: convolution `[kh, kw, in, out]`
/// has fan-in kh·kw·in and fan-out kh·kw·out, linear `[out, in]` fan-in `in` and fan-out `out`.
public struct Initializer: Sendable {
  private let make: @Sendable (Shape, inout RandomStream) -> Tensor

  /// An initializer of one's own: a tensor of the shape asked for, from the parameter's own stream of random numbers.
  public init(_ make: @escaping @Sendable (Shape, inout RandomStream) -> Tensor) { self.make = make }

  /// The first values of a parameter of this shape; `generator` is advanced.
  public func callAsFunction(_ shape: Shape, _ generator: inout RandomStream) -> Tensor {
    make(shape, &generator)
  }

  /// 0 everywhere: biases, batch norm's shift.
  public static let zeros = constant(0)
  /// 1 everywhere: batch norm's scale.
  public static let ones = constant(1)

  /// The same value everywhere.
  public static func constant(_ value: Float) -> Initializer {
    Initializer { shape, _ in Tensor(repeating: value, shape: shape) }
  }

  /// Uniform in [−bound, bound).
  public static func uniform(bound: Float) -> Initializer {
    Initializer { shape, generator in
      fill(shape) { generator.uniform(-bound, bound) }
    }
  }

  /// Normally distributed, as the early papers have it (AlexNet: standard deviation 0.01).
  public static func normal(mean: Float = 0, standardDeviation: Float) -> Initializer {
    Initializer { shape, generator in
      fill(shape) { mean + standardDeviation * generator.normal() }
    }
  }

  /// Which fan decides the variance: that of inputs keeps the size of activations on the way forward, that of outputs
  /// the size of gradients on the way back (He et al. 2015).
  public enum Fan: Sendable {
    /// kh·kw·in, `fan_in`.
    case input
    /// kh·kw·out, `fan_out`.
    case output
  }

  /// PyTorch's default for convolutions and linear layers: `kaiming_uniform_(a=√5)`, bound 1/√fan-in.
  public static let pytorchDefault = Initializer { shape, generator in
    let bound = 1 / Float(fans(shape).input).squareRoot()
    return fill(shape) { generator.uniform(-bound, bound) }
  }

  /// PyTorch's default for a bias: uniform, bound 1/√fan-in of its layer.
  public static func pytorchBias(fanIn: Int) -> Initializer {
    uniform(bound: 1 / Float(max(fanIn, 1)).squareRoot())
  }

  /// He et al. 2015, for ReLU: standard deviation √(2/fan).
  public static func kaimingNormal(_ fan: Fan = .input) -> Initializer {
    Initializer { shape, generator in
      let fans = fans(shape)
      let deviation = (2 / Float(fan == .input ? fans.input : fans.output)).squareRoot()
      return fill(shape) { deviation * generator.normal() }
    }
  }

  /// He et al. 2015, for ReLU: bound √(6/fan).
  public static func kaimingUniform(_ fan: Fan = .input) -> Initializer {
    Initializer { shape, generator in
      let fans = fans(shape)
      let bound = (6 / Float(fan == .input ? fans.input : fans.output)).squareRoot()
      return fill(shape) { generator.uniform(-bound, bound) }
    }
  }

  /// Glorot and Bengio 2010: standard deviation √(2/(fan-in + fan-out)).
  public static let xavierNormal = Initializer { shape, generator in
    let fans = fans(shape)
    let deviation = (2 / Float(fans.input + fans.output)).squareRoot()
    return fill(shape) { deviation * generator.normal() }
  }

  /// Glorot and Bengio 2010: bound √(6/(fan-in + fan-out)).
  public static let xavierUniform = Initializer { shape, generator in
    let fans = fans(shape)
    let bound = (6 / Float(fans.input + fans.output)).squareRoot()
    return fill(shape) { generator.uniform(-bound, bound) }
  }

  static func fans(_ shape: Shape) -> (input: Int, output: Int) {
    switch shape.rank {
    case 4: (shape[0] * shape[1] * shape[2], shape[0] * shape[1] * shape[3])
    case 2: (shape[1], shape[0])
    default: (max(shape.count, 1), max(shape.count, 1))
    }
  }

  package static func fill(_ shape: Shape, _ next: () -> Float) -> Tensor {
    Tensor(shape: shape) { elements in
      for index in elements.indices { elements.initializeElement(at: index, to: next()) }
    }
  }
}
