/// The product of a column matrix with weights, by tiles: the core of the forward pass and of the input gradient.
struct ColumnProduct {
  let gather: Gather
  /// Whether the source's pixels are the columns as they lie.
  let isPointwise: Bool
  let tiles: ProductTiles
  let groups: Int
  /// Output channels of one group.
  let columns: Int
  /// Elements between two rows of the output.
  let outputStride: Int
  /// Set where the rows are not the output's pixels in order.
  var scatter: Scatter?

  /// The weights of a group.
  var panels: Panels { Panels(inner: gather.columnCount, columns: columns) }

  /// output ← epilogue(columns(source) · weights).
  /// - Parameter weights: ``panels`` of each group in turn.
  func run(source: Source, weights: Source, output: Destination, epilogue: Epilogue) {
    if isPointwise {
      runPointwise(source, weights, output, epilogue)
    } else if let block = tiles.block {
      runShared(block, source, weights, output, epilogue)
    } else {
      runTiled(source, weights, output, epilogue)
    }
  }

  private var rowTiles: Int { gather.rowCount.dividedUp(by: tiles.rows) }
  private var columnTiles: Int { columns.dividedUp(by: tiles.columns) }
  private var inner: Int { gather.columnCount }

  private func rows(_ tile: Int) -> Range<Int> {
    tile * tiles.rows..<min(gather.rowCount, (tile + 1) * tiles.rows)
  }

  private func columns(_ tile: Int) -> Range<Int> {
    tile * tiles.columns..<min(columns, (tile + 1) * tiles.columns)
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
    _ block: Int, _ source: Source, _ weights: Source, _ output: Destination, _ epilogue: Epilogue
  ) {
    withWorkspace(block * inner) { gathered in
      for group in 0..<groups {
        for first in stride(from: 0, to: gather.rowCount, by: block) {
          let count = min(block, gather.rowCount - first)
          Parallel.forEachRange(count, grain: max(1, (1 << 13) / inner)) { part in
            gather.fill(
              gathered + part.lowerBound * inner, rows: first + part.lowerBound..<first + part.upperBound,
              from: source, firstChannel: group * gather.channels)
          }
          Parallel.forEach(count.dividedUp(by: tiles.rows) * columnTiles) { task in
            let row = task / columnTiles * tiles.rows
            multiply(
              gathered + row * inner, lda: inner, weights, group,
              first + row..<first + min(count, row + tiles.rows), columns(task % columnTiles), output,
              epilogue)
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
      let count = tileColumns.count
      // A residual lies as the output does, not as the tile: it is added behind the scatter, with what follows it.
      let early = epilogue.residual == nil ? epilogue.of(channel: first, offset: 0) : Epilogue()
      withWorkspace(rows.count * count) { tile in
        panels.multiply(
          rows: rows.count, a, lda: lda, weights, columns: tileColumns, into: tile, ldc: count,
          epilogue: early)
        for row in rows {
          let offset = scatter.pixel(row) * outputStride + first
          (output + offset).update(from: tile + (row - rows.lowerBound) * count, count: count)
          if epilogue.residual != nil {
            epilogue.of(channel: first, offset: offset)
              .apply(to: output + offset, offset: 0, rows: 1, columns: 0..<count, stride: count)
          }
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
  let step, phase: Size2D

  func pixel(_ row: Int) -> Int {
    let x = row % gridWidth
    let y = row / gridWidth % gridHeight
    let n = row / (gridWidth * gridHeight)
    return (n * height + y * step.y + phase.y) * width + x * step.x + phase.x
  }
}
