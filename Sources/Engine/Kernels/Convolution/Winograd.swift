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

  /// Floats of transformed tiles and products that are worked on at a time: they stay in the last-level cache, and
  /// the workspace does not grow with the picture.
  private static let budget = 3 << 20

  private var tilesDown: Int { (outHeight + tile.output - 1) / tile.output }
  private var tilesAcross: Int { (outWidth + tile.output - 1) / tile.output }
  private var tileCount: Int { batch * tilesDown * tilesAcross }

  func run(source: Source, weights: Source, output: Destination, epilogue: Epilogue) {
    let perTile = tile.points * (inChannels + outChannels)
    let most = max(16, Self.budget / perTile)
    let blocks = (tileCount + most - 1) / most
    let block = (tileCount + blocks - 1) / blocks
    // An odd number of cache lines between points: powers of two would fall on the same cache sets.
    let inStride = block * inChannels + 16
    let outStride = block * outChannels + 16
    withWorkspace(tile.points * (inStride + outStride)) { transformed in
      let products = transformed + tile.points * inStride
      for first in stride(from: 0, to: tileCount, by: block) {
        let tiles = first..<min(tileCount, first + block)
        Parallel.forEachRange(tiles.count, grain: max(1, 2048 / inChannels)) { range in
          for t in range {
            transformInput(source, tiles.lowerBound + t, transformed + t * inChannels, inStride)
          }
        }
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
              products + t * outChannels, outStride, tiles.lowerBound + t, output, epilogue)
          }
        }
      }
    }
  }

  private func position(_ t: Int) -> (n: Int, y: Int, x: Int) {
    let x = t % tilesAcross
    let y = t / tilesAcross % tilesDown
    return (t / (tilesAcross * tilesDown), y * tile.output, x * tile.output)
  }

  private func transformInput(_ source: Source, _ t: Int, _ target: Destination, _ stride: Int) {
    let (n, oy, ox) = position(t)
    let (y, x) = (oy - padding.y, ox - padding.x)
    let (height, width, channels) = (height, width, inChannels)
    let image = source + n * height * width * channels
    let isInside = y >= 0 && x >= 0 && y + tile.input <= height && x + tile.input <= width
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { scratch in
      let scratch = scratch.baseAddress!
      for c in Swift.stride(from: 0, to: channels, by: 16) {
        @inline(__always)
        func load(_ i: Int, _ j: Int) -> Vector {
          let (iy, ix) = (y &+ i, x &+ j)
          if !isInside && (iy < 0 || iy >= height || ix < 0 || ix >= width) { return Vector() }
          return (image + ((iy &* width &+ ix) &* channels &+ c)).vector
        }
        switch tile {
        case .four: WinogradTile.transformInputFour(load, target + c, stride: stride, scratch: scratch)
        case .two: WinogradTile.transformInputTwo(load, target + c, stride: stride, scratch: scratch)
        }
      }
    }
  }

  private func transformOutput(
    _ source: Source, _ stride: Int, _ t: Int, _ output: Destination, _ epilogue: Epilogue
  ) {
    let (n, oy, ox) = position(t)
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
