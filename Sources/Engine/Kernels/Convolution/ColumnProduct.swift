/// The product of a column matrix with weights, by tiles: the core of the forward pass and of the input gradient.
struct ColumnProduct {
  let gather: Gather
  let plan: ConvolutionPlan
  let groups: Int
  /// Output channels of one group.
  let columns: Int
  /// Elements between two rows of the output.
  let outputStride: Int
  /// Set where the rows are not the output's pixels in order; there is no epilogue then.
  var scatter: Scatter?

  /// The weights of a group.
  var panels: Panels { Panels(inner: gather.columnCount, columns: columns) }

  /// output ← epilogue(columns(source) · weights).
  /// - Parameter weights: ``panels`` of each group in turn.
  func run(source: Source, weights: Source, output: Destination, epilogue: Epilogue) {
    switch plan.algorithm {
    case .pointwise: runPointwise(source, weights, output, epilogue)
    case .sharedIm2col: runShared(source, weights, output, epilogue)
    case .im2col: runTiled(source, weights, output, epilogue)
    case .depthwise, .winograd: preconditionFailure("\(plan.algorithm) has no columns")
    }
  }

  private var rowTiles: Int { gather.rowCount.dividedUp(by: plan.tileRows) }
  private var columnTiles: Int { columns.dividedUp(by: plan.tileColumns) }
  private var inner: Int { gather.columnCount }

  private func rows(_ tile: Int) -> Range<Int> {
    tile * plan.tileRows..<min(gather.rowCount, (tile + 1) * plan.tileRows)
  }

  private func columns(_ tile: Int) -> Range<Int> {
    tile * plan.tileColumns..<min(columns, (tile + 1) * plan.tileColumns)
  }

  private func runPointwise(
    _ source: Source, _ weights: Source, _ output: Destination, _ epilogue: Epilogue
  ) {
    let perGroup = rowTiles * columnTiles
    Parallel.forEach(perGroup * groups) { task in
      let (group, tile) = (task / perGroup, task % perGroup)
      let rows = rows(tile / columnTiles)
      let a = source + (rows.lowerBound * gather.sourceChannels + group * gather.channels)
      multiply(
        a, lda: gather.sourceChannels, weights, group, rows, columns(tile % columnTiles), output,
        epilogue)
    }
  }

  private func runTiled(
    _ source: Source, _ weights: Source, _ output: Destination, _ epilogue: Epilogue
  ) {
    Parallel.forEach(rowTiles * groups) { task in
      let (tile, group) = (task / groups, task % groups)
      let rows = rows(tile)
      withWorkspace(rows.count * inner) { buffer in
        gather.fill(buffer, rows: rows, from: source, firstChannel: group * gather.channels)
        multiply(buffer, lda: inner, weights, group, rows, 0..<columns, output, epilogue)
      }
    }
  }

  private func runShared(
    _ source: Source, _ weights: Source, _ output: Destination, _ epilogue: Epilogue
  ) {
    withWorkspace(plan.tileRows * inner) { block in
      for group in 0..<groups {
        for tile in 0..<rowTiles {
          let rows = rows(tile)
          Parallel.forEachRange(rows.count, grain: max(1, (1 << 15) / inner)) { part in
            gather.fill(
              block + part.lowerBound * inner,
              rows: rows.lowerBound + part.lowerBound..<rows.lowerBound + part.upperBound,
              from: source, firstChannel: group * gather.channels)
          }
          Parallel.forEach(columnTiles) { columnTile in
            multiply(block, lda: inner, weights, group, rows, columns(columnTile), output, epilogue)
          }
        }
      }
    }
  }

  private func multiply(
    _ a: Source, lda: Int, _ weights: Source, _ group: Int, _ rows: Range<Int>,
    _ tileColumns: Range<Int>, _ output: Destination, _ epilogue: Epilogue
  ) {
    let first = group * columns + tileColumns.lowerBound
    let weights = weights + group * inner * columns
    if let scatter {
      withWorkspace(rows.count * tileColumns.count) { tile in
        panels.multiply(
          rows: rows.count, a, lda: lda, weights, columns: tileColumns, into: tile, ldc: tileColumns.count)
        for row in rows {
          let target = output + scatter.pixel(row) * outputStride + first
          target.update(
            from: tile + (row - rows.lowerBound) * tileColumns.count, count: tileColumns.count)
        }
      }
      return
    }
    let offset = rows.lowerBound * outputStride + first
    panels.multiply(
      rows: rows.count, a, lda: lda, weights, columns: tileColumns, into: output + offset, ldc: outputStride,
      epilogue: epilogue.of(channel: first, offset: offset))
  }
}

/// Where the rows of a grid go in an output of which it is one phase: every `step`-th pixel from `phase` on.
struct Scatter {
  let gridHeight, gridWidth, height, width: Int
  let step, phase: ConvolutionGeometry.Pair

  func pixel(_ row: Int) -> Int {
    let x = row % gridWidth
    let y = row / gridWidth % gridHeight
    let n = row / (gridWidth * gridHeight)
    return (n * height + y * step.y + phase.y) * width + x * step.x + phase.x
  }
}
