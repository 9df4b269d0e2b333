import Colonnade
import Sampling

extension Case {
  /// Layers in inference. Some have many weights and few pixels: where weights were copied, packed or transformed in
  /// each call, that would be much of the work.
  static let layers = [
    convolution(512, size: 7), convolution(512, size: 2), epilogue(kernel: 1), epilogue(kernel: 3),
    Case("linear-4096", macs: 4096 * 1000, isTimed: true) {
      let layer = Linear(unwritten.scope, from: 4096, to: 1000)
      let row = randomTensor([1, 4096])
      return { _ = layer(row, .inference()) }
    },
    Case("batch-norm", isTimed: true) {
      let layer = BatchNorm2d(unwritten.scope, channels: 64)
      let x = randomTensor([1, 56, 56, 64])
      return { _ = layer(x, .inference()) }
    },
  ]

  /// Zeros cost what any weights do, and need not be drawn.
  private static var unwritten: ParameterStore { ParameterStore(initializes: false) }

  /// 3×3 on one picture.
  private static func convolution(_ channels: Int, size: Int) -> Case {
    Case("conv\(channels)-\(size)x\(size)", macs: 9 * channels * channels * size * size, isTimed: size == 7) {
      let layer = Conv2d(unwritten.scope, from: channels, to: channels, kernel: 3, padding: 1)
      let x = randomTensor([1, size, size, channels])
      return { _ = layer(x, .inference()) }
    }
  }

  /// With batch norm, a residual and ReLU in the same pass.
  private static func epilogue(kernel: Int) -> Case {
    Case("epilogue-\(kernel)x\(kernel)", macs: 28 * 28 * 64 * 64 * kernel * kernel) {
      let layer = ConvNormActivation(
        Conv2d(
          unwritten.scope, from: 64, to: 64, kernel: .init(kernel), padding: .init(kernel / 2), bias: false),
        BatchNorm2d(unwritten.scope, channels: 64))
      let x = randomTensor([1, 28, 28, 64])
      return { _ = layer.apply(x, .inference(), residual: x) }
    }
  }
}
