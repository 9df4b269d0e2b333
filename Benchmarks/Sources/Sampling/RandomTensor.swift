import Engine

/// Uniform numbers of mean 0 and variance 1, the same for the same seed.
public func randomTensor(_ shape: Shape, seed: UInt64 = 0) -> Tensor {
  var generator = RandomStream(seed: seed)
  let bound = Float(3).squareRoot()
  return Tensor(shape: shape) { elements in
    for index in elements.indices { elements[index] = generator.uniform(-bound, bound) }
  }
}
