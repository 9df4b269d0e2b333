import Colonnade
import Sampling

extension Case {
  /// Each forward alone, and with its gradient.
  static let pooling =
    both("max-pool") { maxPool2d($0, kernel: 3, stride: 2, padding: 1) }
    + both("average-pool") { averagePool2d($0, kernel: 3, stride: 2, padding: 1) }

  private static func both(_ name: String, _ pool: @escaping (Tensor) -> Tensor) -> [Case] {
    let shape: Shape = [1, 56, 56, 64]
    return [
      Case(name, isTimed: true) {
        let x = randomTensor(shape)
        return { _ = pool(x) }
      },
      Case("\(name)-with-gradient") {
        let x = randomTensor(shape).requiringGradient()
        let dy = randomTensor(pool(x).shape, seed: 1)
        return { _ = pool(x).backward(seed: dy) }
      },
    ]
  }
}
