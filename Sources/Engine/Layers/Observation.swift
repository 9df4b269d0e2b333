extension Pass {
  /// Runs one layer; where the pass is observed, reports what it was and how long it took.
  @inline(__always)
  func observing(
    _ name: @autoclosure () -> String, _ kind: @autoclosure () -> String, parameters: [Parameter?] = [],
    macs: @autoclosure () -> Int = 0, _ body: () -> Tensor
  ) -> Tensor {
    guard let observer else { return body() }
    let start = ContinuousClock.now
    let output = body()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count = parameters.reduce(0) { $0 + ($1?.value.count ?? 0) }
    observer.didRun(
      LayerRecord(
        name: name(), kind: kind(), output: output.shape, parameters: count, macs: macs(),
        seconds: seconds))
    (observer as? any OutputObserver)?.didCompute(output.detached, layer: name())
    return output
  }
}
