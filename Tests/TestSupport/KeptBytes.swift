import Engine

/// How many bytes are in use for a result that was not before: it and what its gradients will need.
public func keptBytes(by result: () -> Tensor) -> (bytes: Int, result: Tensor) {
  BufferPool.shared.trim()  // An idle buffer may be four times larger than what takes it.
  let before = BufferPool.shared.statistics.liveBytes
  let result = result()
  return (BufferPool.shared.statistics.liveBytes - before, result)
}
