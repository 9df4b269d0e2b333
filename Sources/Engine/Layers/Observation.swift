extension Pass {
  /// Runs one layer; where the pass is observed, reports what it was and how long it took.
  /// - Parameter slice: what of the body's tensor is the layer's output; nil is all.
  @inline(__always)
  package func observing(
    _ name: @autoclosure () -> String, _ kind: @autoclosure () -> String,
    parameters: @autoclosure () -> [Parameter?] = [], macs: @autoclosure () -> Int = 0,
    algorithm: @autoclosure () -> String? = nil, slice: ChannelSlice? = nil, _ body: () -> Tensor
  ) -> Tensor {
    guard let observer else { return body() }
    let start = ContinuousClock.now
    let output = body()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count = parameters().reduce(0) { $0 + ($1?.shape.count ?? 0) }
    observer.didRun(
      LayerRecord(
        name: name(), kind: kind(), output: slice?.shape ?? output.shape, parameters: count, macs: macs(),
        algorithm: algorithm(), start: start, seconds: seconds))
    (observer as? any OutputObserver)?.didCompute(slice?.contents ?? output.detached, layer: name())
    return output
  }
}

/// The records of a batch that is worked on in pieces, joined: one a layer.
final class RecordSum: PassObserver {
  private var records: [LayerRecord] = []
  private var next = 0

  func didRun(_ record: LayerRecord) {
    defer { next += 1 }
    guard next < records.count else { return records.append(record) }
    records[next].output = Shape(
      [records[next].output[0] + record.output[0]] + record.output.dimensions.dropFirst())
    records[next].macs += record.macs
    records[next].seconds += record.seconds
  }

  /// What is told from now on is of the same layers again.
  func didFinishPiece() { next = 0 }

  func report(to observer: any PassObserver) {
    var start = records.first?.start
    for var record in records {
      record.start = start ?? record.start
      start = record.start + .seconds(record.seconds)
      observer.didRun(record)
    }
  }
}
