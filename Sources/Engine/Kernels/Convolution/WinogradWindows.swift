/// The square windows of a picture `[N, H, W, C]` that belong to the tiles of a convolution's output; what lies
/// outside the picture is zero.
struct WinogradWindows {
  /// What a window is: the input that its tile sees, or the gradient of the tile itself.
  enum Role { case input, outputGradient }

  let tile: WinogradTile
  let role: Role
  let height, width, channels: Int
  /// How far above and left of its tile a window begins.
  let padding: ConvolutionGeometry.Pair
  let tilesDown, tilesAcross: Int

  init(
    _ role: Role, _ tile: WinogradTile, height: Int, width: Int, channels: Int,
    output: (height: Int, width: Int),
    padding: ConvolutionGeometry.Pair
  ) {
    (self.role, self.tile, self.padding) = (role, tile, padding)
    (self.height, self.width, self.channels) = (height, width, channels)
    tilesDown = output.height.dividedUp(by: tile.output)
    tilesAcross = output.width.dividedUp(by: tile.output)
  }

  /// The picture and the first pixel of tile `t`.
  func position(_ t: Int) -> (n: Int, y: Int, x: Int) {
    let x = t % tilesAcross
    let y = t / tilesAcross % tilesDown
    return (t / (tilesAcross * tilesDown), y * tile.output, x * tile.output)
  }

  /// Transforms the windows of `tiles` on all threads: point k of the i-th goes to row i of the matrix
  /// `[tiles, C]` at `target + k·stride`.
  func transform(_ tiles: Range<Int>, of source: Source, into target: Destination, stride: Int) {
    Parallel.forEachRange(tiles.count, grain: max(1, 2048 / channels)) { range in
      withUnsafeTemporaryAllocation(of: Vector.self, capacity: 36) { scratch in
        for i in range {
          transform(
            tiles.lowerBound + i, of: source, into: target + i * channels, stride: stride,
            scratch: scratch.baseAddress!)
        }
      }
    }
  }

  private func transform(
    _ t: Int, of source: Source, into target: Destination, stride: Int, scratch: UnsafeMutablePointer<Vector>
  ) {
    let (n, oy, ox) = position(t)
    let (y, x) = (oy - padding.y, ox - padding.x)
    let (height, width, channels) = (height, width, channels)
    let image = source + n * height * width * channels
    let size = role == .input ? tile.input : tile.output
    let isInside = y >= 0 && x >= 0 && y + size <= height && x + size <= width
    for c in Swift.stride(from: 0, to: channels, by: 16) {
      @inline(__always)
      func load(_ i: Int, _ j: Int) -> Vector {
        let (iy, ix) = (y &+ i, x &+ j)
        if !isInside && (iy < 0 || iy >= height || ix < 0 || ix >= width) { return Vector() }
        return (image + ((iy &* width &+ ix) &* channels &+ c)).vector
      }
      let target = target + c
      switch (role, tile) {
      case (.input, .four), (.input, .twoOfFive):
        WinogradTile.transformInputSix(load, target, stride: stride, scratch: scratch)
      case (.input, .two):
        WinogradTile.transformInputTwo(load, target, stride: stride, scratch: scratch)
      case (.outputGradient, .four):
        WinogradTile.transformOutputGradientFour(load, target, stride: stride, scratch: scratch)
      case (.outputGradient, .two):
        WinogradTile.transformOutputGradientTwo(load, target, stride: stride, scratch: scratch)
      case (.outputGradient, .twoOfFive):
        WinogradTile.transformOutputGradientTwoOfFive(load, target, stride: stride, scratch: scratch)
      }
    }
  }
}
