import Colonnade
import Sampling

extension Case {
  /// Layers that have many weights and few pixels, in inference: where weights were copied, packed or transformed in
  /// each call, that would be most of the work.
  static let layers = [
    convolution(512, size: 7), convolution(512, size: 2),
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
}
