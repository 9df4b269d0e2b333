import Engine
import Sampling

/// An operation that computes little for each byte, on activations that no cache holds.
struct Operation {
  let name: String
  /// What it must read and write at least: each operand once, but twice where statistics come before their use.
  let bytes: Int
  let run: () -> Void

  private init(_ name: String, elements: Int, _ run: @escaping () -> Void) {
    (self.name, self.run) = (name, run)
    bytes = elements * MemoryLayout<Float>.size
  }

  /// - Parameter batch: of activations as after ResNet-50's first stage, 56×56 with 256 channels.
  static func all(batch: Int) -> [Operation] {
    let shape: Shape = [batch, 56, 56, 256]
    let n = shape.count
    let (x, y) = (randomTensor(shape, seed: 1), randomTensor(shape, seed: 2))
    let rectified = Rectified(randomTensor(shape, seed: 3))
    let quarter = randomTensor([batch, 56, 56, 64])
    let rows = randomTensor([n / 1000, 1000])
    let norm = BatchNorm2d(ParameterStore(seed: 0).scope["norm"], channels: 256)
    let (inference, training) = (Pass.inference(), Pass.training(generator: RandomStream(seed: 1)))
    return [
      Operation("ReLU, in place", elements: 2 * n) { rectified.again() },
      Operation("ReLU", elements: 2 * n) { _ = relu(x) },
      Operation("add", elements: 3 * n) { _ = x + y },
      Operation("batch norm, inference", elements: 2 * n) { _ = norm(x, inference) },
      Operation("batch norm, training", elements: 3 * n) { _ = norm(x, training) },
      Operation("max pool 3×3 /2", elements: n + n / 4) {
        _ = maxPool2d(x, kernel: 3, stride: 2, padding: 1)
      },
      Operation("average pool 3×3 /2", elements: n + n / 4) {
        _ = averagePool2d(x, kernel: 3, stride: 2, padding: 1)
      },
      Operation("global average pool", elements: n) { _ = globalAveragePool2d(x) },
      Operation("softmax of 1000", elements: 2 * n) { _ = softmax(rows) },
      Operation("concat of 4", elements: 2 * n) {
        _ = concat([quarter, quarter, quarter, quarter], axis: 3)
      },
    ]
  }
}

/// A tensor that nothing else holds, so that ReLU works in its buffer.
private final class Rectified {
  private var tensor: Tensor?

  init(_ tensor: consuming Tensor) { self.tensor = tensor }

  func again() { tensor = relu(tensor.take()!) }
}
