import Engine

extension GoogLeNet {
  /// In what the paper's GoogLeNet and torchvision's differ.
  package struct Style: Sendable {
    /// A convolution up to its ReLU.
    let unit: @Sendable (_ scope: Scope, _ from: Int, _ to: Int, _ kernel: Int, _ stride: Int) -> any Module
    let linear:
      @Sendable (
        _ scope: Scope, _ from: Int, _ to: Int, _ flattening: (channels: Int, height: Int, width: Int)?
      ) -> Linear
    /// What normalizes in the stem.
    let norm: [any Module]
    /// The kernel of the inception modules' third branch.
    let largeKernel: Int
    /// The kernel of the pooling before inception 5a.
    let lastPool: Int
    /// To 4×4, before the auxiliary heads.
    let headPooling: [any Module]
    let dropout: Float

    /// Batch norm with ε = 10⁻³, and 3×3 convolutions where the paper has 5×5.
    package static let torchvision = Style(
      unit: { scope, from, to, kernel, stride in
        // torchvision cuts its normal numbers at ±2, 200 standard deviations: nowhere.
        ConvNormActivation(
          Conv2d(
            scope["conv"], from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
            padding: Padding2D(kernel / 2), bias: false, initializer: .normal(standardDeviation: 0.01)),
          BatchNorm2d(scope["bn"], channels: to, epsilon: 1e-3), at: scope)
      },
      linear: { scope, from, to, flattening in
        Linear(
          scope, from: from, to: to, flattening: flattening,
          initializer: .normal(standardDeviation: 0.01))
      },
      norm: [], largeKernel: 3, lastPool: 2, headPooling: [AdaptiveAvgPool2d(size: 4)],
      dropout: 0.2)

    /// Biases, no batch norm, local response normalization in the stem. Where the paper is silent (the constants of
    /// the normalization, the initial values) it is Caffe's `bvlc_googlenet`.
    package static let paper = Style(
      unit: { scope, from, to, kernel, stride in
        ConvActivation(
          Conv2d(
            scope["conv"], from: from, to: to, kernel: Size2D(kernel), stride: Size2D(stride),
            padding: Padding2D(kernel / 2), initializer: .xavierUniform, biasInitializer: .constant(0.2)),
          at: scope)
      },
      linear: { scope, from, to, flattening in
        Linear(
          scope, from: from, to: to, flattening: flattening, initializer: .xavierUniform,
          biasInitializer: .zeros)
      },
      norm: [LocalResponseNorm(size: 5, alpha: 1e-4, beta: 0.75, k: 1)],
      largeKernel: 5, lastPool: 3,
      // The second is the identity at 224 pixels; it lets other sizes in.
      headPooling: [AvgPool2d(kernel: 5, stride: 3), AdaptiveAvgPool2d(size: 4)], dropout: 0.4)
  }
}
