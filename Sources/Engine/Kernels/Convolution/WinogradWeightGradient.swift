/// The weight gradient of a stride-1 convolution by Winograd's minimal filtering: the adjoint of the forward
/// pass in its weights. Input windows and the gradients of output tiles are transformed, multiplied point by point
/// over all tiles, and the sums transformed back into filters.
struct WinogradWeightGradient {
  private let trainable: WinogradTile.Trainable
  private let tile: WinogradTile
  private let geometry: ConvolutionGeometry

  init(_ g: ConvolutionGeometry, _ tile: WinogradTile.Trainable) {
    (geometry, trainable, self.tile) = (g, tile, tile.tile)
  }

  /// dw ← the gradient `[r, r, C, O]` of `x` `[N, H, W, C]` and `dy` `[N, OH, OW, O]`.
  func run(x: Source, dy: Source, dw: Destination) {
    let g = geometry
    let output = (height: g.outHeight, width: g.outWidth)
    let inputs = WinogradWindows(
      .input(tile), height: g.height, width: g.width, channels: g.inChannels, output: output,
      padding: g.padding.origin)
    let gradients = WinogradWindows(
      .outputGradient(trainable), height: g.outHeight, width: g.outWidth, channels: g.outChannels,
      output: output,
      padding: 0)
    let blocks = WinogradBlocks(
      tiles: g.batch * inputs.tilesDown * inputs.tilesAcross, of: tile,
      columns: (g.inChannels, g.outChannels), mayBeCarried: false)
    let (ins, outs, count) = (g.inChannels, g.outChannels, g.inChannels * g.outChannels)
    withWorkspace(tile.points * (blocks.strides.0 + blocks.strides.1 + count)) { transformed in
      let transformedGradients = transformed + tile.points * blocks.strides.0
      let sums = transformedGradients + tile.points * blocks.strides.1
      for tiles in (0..<blocks.count).lazy.map({ blocks[$0] }) {
        inputs.transform(tiles, of: x, into: transformed, stride: blocks.strides.0)
        gradients.transform(tiles, of: dy, into: transformedGradients, stride: blocks.strides.1)
        Parallel.forEach(tile.points) { point in
          GEMM.multiply(
            m: ins, n: outs, k: tiles.count, transformed + point * blocks.strides.0, lda: ins,
            transposeA: true,
            transformedGradients + point * blocks.strides.1, ldb: outs, beta: tiles.lowerBound == 0 ? 0 : 1,
            sums + point * count, ldc: outs)
        }
      }
      transformBack(sums, into: dw)
    }
  }

  private func transformBack(_ sums: Source, into dw: Destination) {
    switch trainable {
    case .two: transformBack(WinogradTwo.self, sums, into: dw)
    case .four: transformBack(WinogradFour.self, sums, into: dw)
    case .twoOfFive: transformBack(WinogradTwoOfFive.self, sums, into: dw)
    }
  }

  private func transformBack<Line: TrainableWinogradLine>(
    _ line: Line.Type, _ sums: Source, into dw: Destination
  ) {
    let (ins, outs, kernel, points) = (geometry.inChannels, geometry.outChannels, tile.kernel, tile.input)
    Parallel.forEachRange(ins, grain: max(1, 4096 / outs)) { range in
      WinogradSquare.withScratch { scratch in
        for i in range {
          WinogradSquare.transform(
            WinogradFilterGradient<Line>.self, points, to: kernel, channels: outs, scratch: scratch,
            load: { y, x, o in (sums + (((points &* y &+ x) &* ins &+ i) &* outs &+ o)).quad },
            store: { ky, kx, o, value in
              (dw + (((kernel &* ky &+ kx) &* ins &+ i) &* outs &+ o)).quad = value
            })
        }
      }
    }
  }
}
