extension Pass {
  /// Runs one layer's own work; where the pass is observed, reports what it was and how long it took.
  ///
  ///     func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
  ///       let x = x
  ///       return pass.observing(path, "Scale", parameters: [weight]) { x * weight.operand(in: pass) }
  ///     }
  /// - Parameters:
  ///   - path: where the layer is, see ``Module/path``.
  ///   - kind: what it is, such as `Conv2d 3×3`.
  ///   - parameters: what it is computed with.
  ///   - macs: multiply-accumulates for the whole batch.
  ///   - body: the work.
  public func observing(
    _ path: @autoclosure () -> String, _ kind: @autoclosure () -> String,
    parameters: @autoclosure () -> [Parameter] = [], macs: @autoclosure () -> Int = 0, body: () -> Tensor
  ) -> Tensor {
    observing(path(), kind(), parameters: parameters(), macs: macs(), algorithm: nil, slice: nil, body)
  }

  /// As ``observing(_:_:parameters:macs:body:)``.
  /// - Parameters:
  ///   - algorithm: how a convolution is computed.
  ///   - slice: what of the body's tensor is the layer's output; nil is all.
  @inline(__always)
  package func observing(
    _ name: @autoclosure () -> String, _ kind: @autoclosure () -> String,
    parameters: @autoclosure () -> [Parameter?], macs: @autoclosure () -> Int = 0,
    algorithm: @autoclosure () -> String?, slice: ChannelSlice? = nil, _ body: () -> Tensor
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

  /// A layer without parameters, which works in x's place where nobody looks on.
  @inline(__always)
  func observing(
    _ path: String, _ kind: @autoclosure () -> String, _ x: consuming Tensor,
    _ function: (consuming Tensor) -> Tensor
  ) -> Tensor {
    guard observer != nil else { return function(x) }
    let x = x
    return observing(path, kind(), parameters: [], algorithm: nil) { function(x) }
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

  /// Starts the next piece: its records are of the same layers.
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
