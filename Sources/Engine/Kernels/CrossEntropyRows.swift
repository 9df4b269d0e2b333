enum CrossEntropyTarget {
  case labels([Int], ignored: Int?)
  case distributions(Tensor)
}

/// The factor a[c] of each log-probability in a row's loss.
struct CrossEntropyCoefficients {
  let target: CrossEntropyTarget
  let weights: Tensor?
  let smoothing: Float
  let classes: Int

  /// Writes a row's coefficients; false where the row is ignored.
  func write(row: Int, to a: Destination) -> Bool {
    let even = smoothing / Float(classes)
    switch target {
    case .labels(let labels, let ignored):
      if labels[row] == ignored { return false }
      a.update(repeating: even, count: classes)
      a[labels[row]] += 1 - smoothing
    case .distributions(let targets):
      let source = targets.storage.pointer + row * classes
      for c in 0..<classes { a[c] = source[c] * (1 - smoothing) + even }
    }
    if let weights = weights?.storage.pointer {
      for c in 0..<classes { a[c] *= weights[c] }
    }
    return true
  }

  /// What `.mean` divides by: the sum of the rows' class weights, or the number of distributions.
  func meanDivisor(rows: Int) -> Double {
    guard case .labels(let labels, let ignored) = target else { return Double(rows) }
    return labels.reduce(0.0) { sum, label in
      label == ignored ? sum : sum + Double(weights?.storage.pointer[label] ?? 1)
    }
  }
}

extension Kernels {
  /// Each row's loss; `[…, C]` to `[…]`.
  static func crossEntropy(_ logProbabilities: Tensor, _ coefficients: CrossEntropyCoefficients) -> Tensor {
    let shape = logProbabilities.shape
    let losses = Tensor(uninitialized: Shape(Array(shape.dimensions.dropLast())))
    let (source, target) = (Source(logProbabilities.storage.pointer), losses.storage.pointer)
    forEachRow(of: shape) { row in
      withCoefficients(coefficients, row: row) { a in
        target[row] = a.map { -dotOverSupport($0, source + row * shape.last, shape.last) } ?? 0
      }
    }
    return losses
  }

  /// The gradient of the logits: gradient / divisor · (e^ℓ · Σ a − a); `gradient` is a scalar, or one number a row.
  static func crossEntropyGradient(
    _ gradient: Tensor, _ logProbabilities: Tensor, _ coefficients: CrossEntropyCoefficients,
    divisor: Float
  ) -> Tensor {
    let classes = coefficients.classes
    return lossGradient(gradient, logProbabilities, coefficients, divisor: divisor) { l, a, scale, dx in
      let total = sum(a, classes)
      forEachVector(classes) { c, width in
        store((exp(load(l + c, width)) * total - load(a + c, width)) * scale, to: dx + c, width)
      }
    }
  }

  /// The gradient of the logits, of which `write` has each row to make from ℓ, a and gradient / divisor; 0 where a row is ignored.
  @inline(__always)
  static func lossGradient(
    _ gradient: Tensor, _ logProbabilities: Tensor, _ coefficients: CrossEntropyCoefficients, divisor: Float,
    _ write: (_ l: Source, _ a: Source, _ scale: Float, _ dx: Destination) -> Void
  ) -> Tensor {
    let (shape, classes) = (logProbabilities.shape, coefficients.classes)
    let result = Tensor(uninitialized: shape)
    let (source, target) = (Source(logProbabilities.storage.pointer), result.storage.pointer)
    let upstream = gradient.storage.pointer
    let perRow = gradient.shape.rank > 0
    forEachRow(of: shape) { row in
      let (l, dx) = (source + row * classes, target + row * classes)
      withCoefficients(coefficients, row: row) { a in
        guard let a else { return dx.update(repeating: 0, count: classes) }
        write(l, a, upstream[perRow ? row : 0] / divisor, dx)
      }
    }
    return result
  }

  static func withCoefficients(
    _ coefficients: CrossEntropyCoefficients, row: Int, _ body: (Source?) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: coefficients.classes) { buffer in
      let a = buffer.baseAddress!
      body(coefficients.write(row: row, to: a) ? Source(a) : nil)
    }
  }

  /// Σ a · ℓ where a ≠ 0: a class of no weight counts for nothing even where its probability is 0.
  private static func dotOverSupport(_ a: Source, _ l: Source, _ count: Int) -> Float {
    var sum = Vector(repeating: 0)
    forEachVector(count) { c, width in
      let (a, l) = (load(a + c, width), load(l + c, width))
      sum += (a * l).replacing(with: 0, where: a .== 0)
    }
    return sum.total
  }
}
