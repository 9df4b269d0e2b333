/// Inverted dropout: each element is set to 0 with the given probability, the others are divided by
/// 1 − probability (Srivastava et al. 2014, in PyTorch's form).
///
/// Which elements fall depends on the generator's next number and on the element's index alone, so any number of
/// threads gives the same bits; the gradient computes the mask again.
/// - Parameters:
///   - x: of any shape.
///   - probability: in 0...1.
///   - generator: advanced by one number.
public func dropout(
  _ x: consuming Tensor, probability: Float, generator: inout RandomStream
) -> Tensor {
  precondition(
    (0...1).contains(probability), "dropout: \(probability) is not a probability")
  let seed = generator.next()
  if probability == 0 { return x }
  let node = x.node
  return Kernels.dropped(x, probability: probability, seed: seed).recorded("dropout", from: node) { _ in
    { [Kernels.dropped($0, probability: probability, seed: seed)] }
  }
}

extension Kernels {
  /// x with some elements set to 0 and the others scaled, in place where nothing else holds x.
  static func dropped(_ x: consuming Tensor, probability: Float, seed: UInt64) -> Tensor {
    let result = x.reusableStorage()
    let (source, target) = (Source(x.storage.pointer), result.pointer)
    let threshold = UInt64(Double(probability) * 0x1p53)
    let scale = 1 / (1 - probability)
    Parallel.forEachRange(x.count, grain: elementwiseGrain / 4) { range in
      for i in range {
        let hash = RandomStream.mix(seed &+ UInt64(i) &* 0x9E37_79B9_7F4A_7C15)
        target[i] = hash >> 11 < threshold ? 0 : source[i] * scale
      }
    }
    withExtendedLifetime(x) {}
    return Tensor(storage: result, shape: x.shape)
  }
}
