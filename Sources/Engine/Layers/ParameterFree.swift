// Layers without parameters.

/// A function as a module.
public final class Lambda: Module {
  private let kind: String
  private let function: @Sendable (consuming Tensor) -> Tensor

  /// - Parameter kind: what summaries call it, such as `MaxPool2d 3×3 /2`.
  public init(_ kind: String, _ function: @escaping @Sendable (consuming Tensor) -> Tensor) {
    self.kind = kind
    self.function = function
  }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    guard pass.observer != nil else { return function(x) }  // Lets the function work in place.
    let x = x
    return pass.observing("", kind) { function(x) }
  }
}

extension Lambda {
  public static var relu: Lambda { Lambda("ReLU") { Engine.relu($0) } }

  public static var flatten: Lambda { Lambda("Flatten") { $0.flattened() } }

  public static func maxPool(
    _ kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) -> Lambda {
    Lambda("MaxPool2d \(kernel)×\(kernel) /\(stride)") {
      maxPool2d(
        $0, kernel: .init(kernel), stride: .init(stride), padding: .init(padding),
        ceilMode: ceilMode)
    }
  }

  public static func averagePool(_ kernel: Int, stride: Int, padding: Int = 0) -> Lambda {
    Lambda("AvgPool2d \(kernel)×\(kernel) /\(stride)") {
      averagePool2d($0, kernel: .init(kernel), stride: .init(stride), padding: .init(padding))
    }
  }

  public static func adaptiveAveragePool(_ height: Int, _ width: Int) -> Lambda {
    Lambda("AdaptiveAvgPool2d \(height)×\(width)") {
      adaptiveAveragePool2d($0, height: height, width: width)
    }
  }

  public static func localResponseNorm(
    size: Int, alpha: Float = 1e-4, beta: Float = 0.75, k: Float = 1
  ) -> Lambda {
    Lambda("LocalResponseNorm \(size)") {
      Engine.localResponseNorm($0, size: size, alpha: alpha, beta: beta, k: k)
    }
  }
}

/// Dropout (Srivastava et al. 2014), inverted as in PyTorch; the identity in inference.
public final class Dropout: Module {
  private let probability: Float

  public init(_ probability: Float = 0.5) { self.probability = probability }

  public func callAsFunction(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    guard pass.isTraining && probability > 0 else { return x }
    return dropout(x, probability: probability, generator: &pass.generator)
  }
}
