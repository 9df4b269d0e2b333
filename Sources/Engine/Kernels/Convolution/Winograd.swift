/// A stride-1 convolution by Winograd's minimal filtering: input tiles are transformed, multiplied point by point
/// with transformed weights (one matrix product a point), and transformed back into the output.
struct WinogradConvolution {
  let tile: WinogradTile
  let geometry: ConvolutionGeometry

  private let usesVectorKernels: Bool

  /// - Parameter usesVectorKernels: false for what processors without ``VectorKernels`` compute, to the same bits.
  init(
    _ g: ConvolutionGeometry, _ tile: WinogradTile, usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    (geometry, self.tile, self.usesVectorKernels) = (g, tile, usesVectorKernels)
  }

  /// The weights of a point.
  private var panels: Panels { Panels(inner: geometry.inChannels, columns: geometry.outChannels) }

  private var windows: WinogradWindows {
    WinogradWindows(
      .input(tile), height: geometry.height, width: geometry.width, channels: geometry.inChannels,
      output: (geometry.outHeight, geometry.outWidth), padding: geometry.padding.origin,
      usesVectorKernels: usesVectorKernels)
  }

  func run(
    source: Source, weights: Source, output: Destination, outputStride: Int, epilogue: Epilogue
  ) {
    let (windows, panels) = (windows, panels)
    let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
    let blocks = WinogradBlocks(
      tiles: geometry.batch * windows.tilesDown * windows.tilesAcross, of: tile,
      columns: (inChannels, outChannels), mayBeCarried: true)
    let (inStride, outStride) = blocks.strides
    let piece = blocks.areCarried ? outChannels : columnsOfTask(tiles: blocks[0].count)
    let pieces = outChannels.dividedUp(by: piece)
    func run(_ tiles: Range<Int>) {
      withWorkspace(tile.points * (inStride + outStride)) { transformed in
        let products = transformed + tile.points * inStride
        windows.transform(tiles, of: source, into: transformed, stride: inStride)
        Parallel.forEach(tile.points * pieces) { task in
          let (point, first) = (task / pieces, task % pieces * piece)
          panels.multiply(
            rows: tiles.count, transformed + point * inStride, lda: inChannels,
            weights + point * inChannels * outChannels, columns: first..<min(outChannels, first + piece),
            into: products + (point * outStride + first), ldc: outChannels)
        }
        transformOutput(
          products, stride: outStride, windows, tiles, into: output, outputStride: outputStride, epilogue)
      }
    }
    if blocks.areCarried {
      // Loops inside a task run where they are.
      Parallel.forEach(blocks.count) { run(blocks[$0]) }
    } else {
      for index in 0..<blocks.count { run(blocks[index]) }
    }
  }

  /// Output channels of a task where all threads multiply one block: points alone are few.
  private func columnsOfTask(tiles: Int) -> Int {
    let least = ProductTiles.leastProducts / (tiles * geometry.inChannels)
    let widths = Panels.widths(of: geometry.outChannels).filter { $0 >= least }
    let isEnough = { geometry.outChannels.dividedUp(by: $0) * tile.points >= ProductTiles.tasks }
    return widths.first(where: isEnough) ?? widths.last ?? geometry.outChannels
  }

  private func transformOutput(
    _ products: Source, stride: Int, _ windows: WinogradWindows, _ tiles: Range<Int>,
    into output: Destination, outputStride: Int, _ epilogue: Epilogue
  ) {
    let byVectors = usesVectorKernels && VectorKernels.transform(tile)
    Parallel.forEachRange(tiles.count, grain: max(1, WinogradWindows.grain / geometry.outChannels)) { range in
      WinogradSquare.withScratch { scratch in
        for t in range {
          let products = products + t * geometry.outChannels
          let position = windows.position(tiles.lowerBound + t)
          if byVectors {
            transformOutputByVectors(
              products, stride, position, output, outputStride, epilogue, scratch: scratch)
            continue
          }
          @inline(__always)
          func run<Line: WinogradLine>(_ line: Line.Type) {
            transformOutput(
              line, products, stride, position, output, outputStride, epilogue, scratch: scratch)
          }
          switch tile {
          case .two: run(WinogradTwo.self)
          case .four: run(WinogradFour.self)
          case .six: run(WinogradSix.self)
          case .seven: run(WinogradSeven.self)
          case .twoOfFive: run(WinogradTwoOfFive.self)
          }
        }
      }
    }
  }

  private func transformOutputByVectors(
    _ products: Source, _ stride: Int, _ position: (n: Int, y: Int, x: Int), _ output: Destination,
    _ outputStride: Int, _ epilogue: Epilogue, scratch: UnsafeMutablePointer<Quad>
  ) {
    let (n, oy, ox) = position
    let (height, width) = (geometry.outHeight, geometry.outWidth)
    let first = ((n * height + oy) * width + ox) * outputStride
    VectorKernels.winogradOutput(
      tile, products, pointStep: stride, channels: geometry.outChannels,
      epilogue: epilogue.of(channel: 0, offset: first), into: output + first, rowStep: width * outputStride,
      columnStep: outputStride, extent: (height - oy, width - ox), scratch: scratch)
  }

  @inline(__always)
  private func transformOutput<Line: WinogradLine>(
    _ line: Line.Type, _ source: Source, _ stride: Int, _ position: (n: Int, y: Int, x: Int),
    _ output: Destination, _ outputStride: Int, _ epilogue: Epilogue, scratch: UnsafeMutablePointer<Quad>
  ) {
    let (n, oy, ox) = position
    let (width, points) = (geometry.outWidth, tile.input)
    let (rows, columns) = (geometry.outHeight &- oy, width &- ox)
    let first = ((n * geometry.outHeight + oy) * width + ox) * outputStride
    WinogradSquare.transform(
      WinogradOutput<Line>.self, points, to: tile.output, channels: geometry.outChannels, scratch: scratch,
      load: { i, j, c in (source + ((i &* points &+ j) &* stride &+ c)).quad },
      store: { i, j, c, value in
        guard i < rows && j < columns else { return }
        let offset = first &+ (i &* width &+ j) &* outputStride &+ c
        (output + offset).quad = epilogue.applied(to: value, channel: c, offset: offset)
      })
  }
}
