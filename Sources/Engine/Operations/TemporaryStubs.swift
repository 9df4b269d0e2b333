public func relu(_ x: consuming Tensor) -> Tensor {
  let zero = Vector(repeating: 0)
  let result = x.reusableStorage()
  Kernels.map(
    x.count, x.storage.pointer, into: result.pointer, { $0.clampedBelow(zero) }, { $0 < 0 ? 0 : $0 })
  return Tensor(storage: result, shape: x.shape)
}
public func dropout(_ x: consuming Tensor, probability: Float, generator: inout Generator) -> Tensor {
  return x
}
