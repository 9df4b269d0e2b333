extension Kernels {
  /// dw ← columns(x)ᵀ · dy, `[kh, kw, in/groups, out]`. The columns are made again by tiles, never stored.
  ///
  /// Small weights: the pixels are cut in a fixed number of chunks whose partial sums are added in order.
  /// Large ones: each task owns a slice of the weights and runs over all pixels.
  package static func convolutionWeightGradient(
    _ plan: ConvolutionPlan, x: Source, dy: Source, dw: Destination
  ) {
    precondition(
      plan.task.direction == .weightGradient,
      "convolutionWeightGradient: the plan is of another direction")
    let g = plan.geometry
    switch plan.algorithm {
    case .depthwise: depthwiseWeightGradient(g, x: x, dy: dy, dw: dw)
    case .winograd(let tile):
      guard let tile = tile.trainable else {
        preconditionFailure("convolutionWeightGradient: \(tile) has no transforms of gradients")
      }
      WinogradWeightGradient(g, tile).run(x: x, dy: dy, dw: dw)
    case .pointwise, .im2col, .sharedIm2col:
      let gradient = WeightGradient(g: g, gather: Gather(forward: g), x: x, dy: dy, dw: dw)
      if g.weightShape.count <= WeightGradient.mostPartial && g.pixels >= 2048 {
        gradient.byChunksOfPixels()
      } else {
        gradient.bySlicesOfWeights()
      }
    }
  }

  /// Sums of the rows of a `[rows, columns]` matrix, in a fixed order: the bias gradient.
  package static func sumOfRows(
    _ x: Source, rows: Int, columns: Int, into sums: Destination
  ) {
    let chunk = max(64, (rows + 63) / 64)
    let chunks = max(1, rows.dividedUp(by: chunk))
    withWorkspace(chunks * columns) { partial in
      Parallel.forEach(chunks) { index in
        let sum = partial + index * columns
        sum.update(repeating: 0, count: columns)
        for row in index * chunk..<min(rows, (index + 1) * chunk) {
          addRow(x + row * columns, to: sum, columns)
        }
      }
      sums.update(from: partial, count: columns)
      for index in 1..<max(chunks, 1) { addRow(partial + index * columns, to: sums, columns) }
    }
  }
}

private struct WeightGradient {
  let g: ConvolutionGeometry
  let gather: Gather
  let x, dy: Source
  let dw: Destination

  /// Elements of weights up to which partial sums are cheaper than slices.
  static let mostPartial = 160 * 1024
  /// Floats that a tile's columns and output gradients may take.
  private static let tileBudget = 192 * 1024

  private var pixels: Int { g.pixels }

  private func tileRows(_ inner: Int, _ columns: Int) -> Int {
    min(max(Self.tileBudget / (inner + columns), 128), 2048)
  }

  func byChunksOfPixels() {
    let count = g.weightShape.count
    let chunks = 16
    let chunk = pixels.dividedUp(by: chunks)
    withWorkspace(chunks * count) { partial in
      Parallel.forEach(chunks) { index in
        let rows = min(pixels, index * chunk)..<min(pixels, (index + 1) * chunk)
        for group in 0..<g.groups {
          accumulate(rows, gather, firstChannel: 0, group: group, partial + index * count)
        }
      }
      Parallel.forEachRange(count, grain: 4096) { range in
        let sum = dw + range.lowerBound
        sum.update(from: partial + range.lowerBound, count: range.count)
        for index in 1..<chunks {
          Kernels.addRow(partial + index * count + range.lowerBound, to: sum, range.count)
        }
      }
    }
  }

  func bySlicesOfWeights() {
    let taps = g.kernelHeight * g.kernelWidth
    // At least a dozen tasks where the weights allow it, none with fewer than 32 channels.
    let wanted = 12.dividedUp(by: taps * g.groups)
    let block = min(g.inPerGroup, max(32, g.inPerGroup.dividedUp(by: wanted).dividedUp(by: 16) * 16))
    let blocks = g.inPerGroup.dividedUp(by: block)
    Parallel.forEach(taps * g.groups * blocks) { task in
      let first = task % blocks * block
      let group = task / blocks % g.groups
      let tap = task / blocks / g.groups
      let channels = min(block, g.inPerGroup - first)
      let slice = gather.restricted(
        y: tap / g.kernelWidth, x: tap % g.kernelWidth, channels: channels)
      accumulate(
        0..<pixels, slice, firstChannel: first, group: group,
        dw + (tap * g.inPerGroup + first) * g.outChannels)
    }
  }

  /// Sums columnsᵀ · dy over `rows` into the `[slice.columnCount, out of group]` matrix of `group` in `target`.
  private func accumulate(
    _ rows: Range<Int>, _ slice: Gather, firstChannel: Int, group: Int, _ target: Destination
  ) {
    let inner = slice.columnCount
    let first = group * g.outPerGroup
    let channel = group * g.inPerGroup + firstChannel
    func add(_ a: Source, lda: Int, _ rows: Range<Int>, isFirst: Bool) {
      GEMM.multiply(
        m: inner, n: g.outPerGroup, k: rows.count, a, lda: lda, transposeA: true,
        dy + rows.lowerBound * g.outChannels + first, ldb: g.outChannels, beta: isFirst ? 0 : 1,
        target + first, ldc: g.outChannels)
    }
    if g.isPointwise || rows.isEmpty {
      add(x + rows.lowerBound * g.inChannels + channel, lda: g.inChannels, rows, isFirst: true)
      return
    }
    let step = tileRows(inner, g.outPerGroup)
    withWorkspace(min(step, rows.count) * inner) { columns in
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let tile = start..<min(rows.upperBound, start + step)
        slice.fill(columns, rows: tile, from: x, firstChannel: channel)
        add(columns, lda: inner, tile, isFirst: start == rows.lowerBound)
      }
    }
  }
}
