/// A stride-1 convolution by Winograd's minimal filtering: input tiles are transformed, multiplied point by point
/// with transformed weights (one matrix product a point), and transformed back into the output.
struct WinogradConvolution {
  let tile: WinogradTile
  let geometry: ConvolutionGeometry

  init(_ g: ConvolutionGeometry, _ tile: WinogradTile) {
    (geometry, self.tile) = (g, tile)
  }

  /// The weights of a point.
  private var panels: Panels { Panels(inner: geometry.inChannels, columns: geometry.outChannels) }

  private var windows: WinogradWindows {
    WinogradWindows(
      .input, tile, height: geometry.height, width: geometry.width, channels: geometry.inChannels,
      output: (geometry.outHeight, geometry.outWidth), padding: geometry.padding)
  }

  func run(
    source: Source, weights: Source, output: Destination, outputStride: Int, epilogue: Epilogue
  ) {
    let (windows, panels) = (windows, panels)
    let (inChannels, outChannels) = (geometry.inChannels, geometry.outChannels)
    let blocks = WinogradBlocks(
      tiles: geometry.batch * windows.tilesDown * windows.tilesAcross, of: tile,
      columns: (inChannels, outChannels))
    let (inStride, outStride) = blocks.strides
    withWorkspace(tile.points * (inStride + outStride)) { transformed in
      let products = transformed + tile.points * inStride
      for tiles in blocks {
        windows.transform(tiles, of: source, into: transformed, stride: inStride)
        Parallel.forEach(tile.points) { point in
          panels.multiply(
            rows: tiles.count, transformed + point * inStride, lda: inChannels,
            weights + point * inChannels * outChannels, columns: 0..<outChannels,
            into: products + point * outStride, ldc: outChannels)
        }
        Parallel.forEachRange(tiles.count, grain: max(1, 2048 / outChannels)) { range in
          for t in range {
            transformOutput(
              products + t * outChannels, outStride, windows.position(tiles.lowerBound + t), output,
              outputStride,
              epilogue)
          }
        }
      }
    }
  }

  private func transformOutput(
    _ source: Source, _ stride: Int, _ position: (n: Int, y: Int, x: Int), _ output: Destination,
    _ outputStride: Int, _ epilogue: Epilogue
  ) {
    let (n, oy, ox) = position
    let (width, channels) = (geometry.outWidth, geometry.outChannels)
    let (rows, columns) = (geometry.outHeight &- oy, width &- ox)
    let first = ((n * geometry.outHeight + oy) * width + ox) * outputStride
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 24) { scratch in
      let scratch = scratch.baseAddress!
      for c in Swift.stride(from: 0, to: channels, by: 16) {
        @inline(__always)
        func store(_ i: Int, _ j: Int, _ value: Vector) {
          guard i < rows && j < columns else { return }
          let offset = first &+ (i &* width &+ j) &* outputStride &+ c
          (output + offset).vector = epilogue.applied(to: value, channel: c, offset: offset)
        }
        switch tile {
        case .four: WinogradTile.transformOutputFour(source + c, stride: stride, scratch: scratch, store)
        case .two: WinogradTile.transformOutputTwo(source + c, stride: stride, scratch: scratch, store)
        case .twoOfFive:
          WinogradTile.transformOutputTwoOfFive(source + c, stride: stride, scratch: scratch, store)
        }
      }
    }
  }

  /// Transforms weights `[r, r, in, out]` to ``Panels`` `[in, out]` of each point.
  func transformWeights(_ weight: Source, into target: Destination) {
    let (ins, outs) = (geometry.inChannels, geometry.outChannels)
    let (width, kernel) = (min(Panels.width, outs), tile.kernel)
    Parallel.forEachRange(ins, grain: max(1, 4096 / outs)) { range in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 30) { scratch in
        let scratch = scratch.baseAddress!
        for i in range {
          for o in Swift.stride(from: 0, to: outs, by: 16) {
            @inline(__always)
            func load(_ ky: Int, _ kx: Int) -> Vector {
              (weight + (((kernel &* ky &+ kx) &* ins &+ i) &* outs &+ o)).vector
            }
            let panel = o / width * width
            let point = target + (panel &* ins &+ i &* min(width, outs &- panel) &+ o &- panel)
            switch tile {
            case .four:
              WinogradTile.transformFilterFour(load, point, stride: ins &* outs, scratch: scratch)
            case .two:
              WinogradTile.transformFilterTwo(load, point, stride: ins &* outs, scratch: scratch)
            case .twoOfFive:
              WinogradTile.transformFilterTwoOfFive(load, point, stride: ins &* outs, scratch: scratch)
            }
          }
        }
      }
    }
  }
}
