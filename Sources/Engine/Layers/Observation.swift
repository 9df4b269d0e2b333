extension Pass {
  /// Runs one layer; where the pass is observed, reports what it was and how long it took.
  @inline(__always)
  package func observing(
    _ name: @autoclosure () -> String, _ kind: @autoclosure () -> String,
    parameters: @autoclosure () -> [Parameter?] = [], macs: @autoclosure () -> Int = 0,
    algorithm: @autoclosure () -> String? = nil, _ body: () -> Tensor
  ) -> Tensor {
    guard let observer else { return body() }
    let start = ContinuousClock.now
    let output = body()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count = parameters().reduce(0) { $0 + ($1?.value.count ?? 0) }
    observer.didRun(
      LayerRecord(
        name: name(), kind: kind(), output: output.shape, parameters: count, macs: macs(),
        algorithm: algorithm(), start: start, seconds: seconds))
    (observer as? any OutputObserver)?.didCompute(output.detached, layer: name())
    return output
  }
}
