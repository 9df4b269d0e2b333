/// A 3×3, stride-1 convolution by Winograd's minimal filtering: input tiles are transformed, multiplied point by point
/// with transformed weights (one matrix product a point), and transformed back into the output.
struct WinogradConvolution {
  let tile: WinogradTile
  let batch, height, width, inChannels: Int
  let outHeight, outWidth, outChannels: Int
  let padding: ConvolutionGeometry.Pair
  /// The transformed weights lie `[points, out, in]`, those of a forward pass whose gradient this is.
  let weightsAreTransposed: Bool

  init(forward g: ConvolutionGeometry, _ tile: WinogradTile) {
    self.tile = tile
    (batch, height, width, inChannels) = (g.batch, g.height, g.width, g.inChannels)
    (outHeight, outWidth, outChannels) = (g.outHeight, g.outWidth, g.outChannels)
    padding = g.padding
    weightsAreTransposed = false
  }

  /// From the gradient of `g`'s output to that of its input.
  init(inputGradient g: ConvolutionGeometry, _ tile: WinogradTile) {
    self.tile = tile
    (batch, height, width, inChannels) = (g.batch, g.outHeight, g.outWidth, g.outChannels)
    (outHeight, outWidth, outChannels) = (g.height, g.width, g.inChannels)
    padding = .init(2 - g.padding.y, 2 - g.padding.x)
    weightsAreTransposed = true
  }

  private var windows: WinogradWindows {
    WinogradWindows(
      .input, tile, height: height, width: width, channels: inChannels, output: (outHeight, outWidth),
      padding: padding)
  }

  func run(source: Source, weights: Source, output: Destination, epilogue: Epilogue) {
    let windows = windows
    let blocks = WinogradBlocks(
      tiles: batch * windows.tilesDown * windows.tilesAcross, of: tile,
      columns: (inChannels, outChannels))
    let (inStride, outStride) = blocks.strides
    withWorkspace(tile.points * (inStride + outStride)) { transformed in
      let products = transformed + tile.points * inStride
      for tiles in blocks {
        windows.transform(tiles, of: source, into: transformed, stride: inStride)
        Parallel.forEach(tile.points) { point in
          GEMM.multiply(
            m: tiles.count, n: outChannels, k: inChannels, transformed + point * inStride,
            lda: inChannels, weights + point * inChannels * outChannels,
            ldb: weightsAreTransposed ? inChannels : outChannels, transposeB: weightsAreTransposed,
            products + point * outStride, ldc: outChannels)
        }
        Parallel.forEachRange(tiles.count, grain: max(1, 2048 / outChannels)) { range in
          for t in range {
            transformOutput(
              products + t * outChannels, outStride, windows.position(tiles.lowerBound + t), output, epilogue)
          }
        }
      }
    }
  }

  private func transformOutput(
    _ source: Source, _ stride: Int, _ position: (n: Int, y: Int, x: Int), _ output: Destination,
    _ epilogue: Epilogue
  ) {
    let (n, oy, ox) = position
    let (rows, columns, channels) = (outHeight &- oy, outWidth &- ox, outChannels)
    let width = outWidth
    let first = ((n * outHeight + oy) * width + ox) * channels
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 24) { scratch in
      let scratch = scratch.baseAddress!
      for c in Swift.stride(from: 0, to: channels, by: 16) {
        @inline(__always)
        func store(_ i: Int, _ j: Int, _ value: Vector) {
          guard i < rows && j < columns else { return }
          let offset = first &+ (i &* width &+ j) &* channels &+ c
          (output + offset).vector = epilogue.applied(to: value, channel: c, offset: offset)
        }
        switch tile {
        case .four: WinogradTile.transformOutputFour(source + c, stride: stride, scratch: scratch, store)
        case .two: WinogradTile.transformOutputTwo(source + c, stride: stride, scratch: scratch, store)
        }
      }
    }
  }

  /// Transforms weights `[3, 3, i, o]` to `[points, i, o]`.
  /// - Parameter isFlipped: turns the filters by 180°, as the input gradient needs.
  static func transformWeights(
    _ weight: Source, _ tile: WinogradTile, in ins: Int, out outs: Int, isFlipped: Bool,
    into target: Destination
  ) {
    Parallel.forEachRange(ins, grain: max(1, 4096 / outs)) { range in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 18) { scratch in
        let scratch = scratch.baseAddress!
        for i in range {
          for o in Swift.stride(from: 0, to: outs, by: 16) {
            @inline(__always)
            func load(_ ky: Int, _ kx: Int) -> Vector {
              let tap = 3 &* ky &+ kx
              return (weight + (((isFlipped ? 8 &- tap : tap) &* ins &+ i) &* outs &+ o)).vector
            }
            let point = target + (i &* outs &+ o)
            switch tile {
            case .four:
              WinogradTile.transformFilterFour(load, point, stride: ins &* outs, scratch: scratch)
            case .two:
              WinogradTile.transformFilterTwo(load, point, stride: ins &* outs, scratch: scratch)
            }
          }
        }
      }
    }
  }
}
