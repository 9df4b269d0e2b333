/// The square windows of a picture `[N, H, W, C]` that belong to the tiles of a convolution's output; what lies
/// outside the picture is zero.
struct WinogradWindows {
  enum Content {
    /// A window is what its tile sees.
    case input(WinogradTile)
    /// The gradient of the tile itself.
    case outputGradient(WinogradTile.Trainable)

    var tile: WinogradTile {
      switch self {
      case .input(let tile): tile
      case .outputGradient(let tile): tile.tile
      }
    }
  }

  /// Channels of tiles that a task transforms at a time.
  static let grain = 256

  let content: Content
  private let tile: WinogradTile
  let height, width, channels: Int
  /// How far above and left of its tile a window begins.
  let padding: Size2D
  let tilesDown, tilesAcross: Int
  private let usesVectorKernels: Bool

  init(
    _ content: Content, height: Int, width: Int, channels: Int, output: (height: Int, width: Int),
    padding: Size2D, usesVectorKernels: Bool = VectorKernels.areHere
  ) {
    (self.content, tile, self.padding) = (content, content.tile, padding)
    if case .input(let tile) = content {
      self.usesVectorKernels = usesVectorKernels && VectorKernels.transform(tile)
    } else {
      self.usesVectorKernels = false
    }
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
    Parallel.forEachRange(tiles.count, grain: max(1, Self.grain / channels)) { range in
      WinogradSquare.withScratch { scratch in
        for i in range {
          if usesVectorKernels {
            transformByVectors(
              tiles.lowerBound + i, of: source, into: target + i * channels, stride: stride, scratch: scratch)
            continue
          }
          @inline(__always)
          func run<Step: WinogradStep>(_ step: Step.Type, _ size: Int) {
            transform(
              step, size, tiles.lowerBound + i, of: source, into: target + i * channels, stride: stride,
              scratch: scratch)
          }
          switch content {
          case .input(.two): run(WinogradInput<WinogradTwo>.self, tile.input)
          case .input(.four): run(WinogradInput<WinogradFour>.self, tile.input)
          case .input(.six): run(WinogradInput<WinogradSix>.self, tile.input)
          case .input(.seven): run(WinogradInput<WinogradSeven>.self, tile.input)
          case .input(.twoOfFive): run(WinogradInput<WinogradTwoOfFive>.self, tile.input)
          case .outputGradient(.two): run(WinogradOutputGradient<WinogradTwo>.self, tile.output)
          case .outputGradient(.four): run(WinogradOutputGradient<WinogradFour>.self, tile.output)
          case .outputGradient(.twoOfFive): run(WinogradOutputGradient<WinogradTwoOfFive>.self, tile.output)
          }
        }
      }
    }
  }

  private func transformByVectors(
    _ t: Int, of source: Source, into target: Destination, stride: Int, scratch: UnsafeMutablePointer<Quad>
  ) {
    let (n, oy, ox) = position(t)
    let (y, x) = (oy - padding.y, ox - padding.x)
    VectorKernels.winogradInput(
      tile, source + ((n * height + y) * width + x) * channels, rowStep: width * channels,
      columnStep: channels,
      inside: (-y..<max(-y, height - y), -x..<max(-x, width - x)), channels: channels, into: target,
      pointStep: stride, scratch: scratch)
  }

  @inline(__always)
  private func transform<Step: WinogradStep>(
    _ step: Step.Type, _ size: Int, _ t: Int, of source: Source, into target: Destination, stride: Int,
    scratch: UnsafeMutablePointer<Quad>
  ) {
    let (n, oy, ox) = position(t)
    let (y, x) = (oy - padding.y, ox - padding.x)
    let (height, width, channels, points) = (height, width, channels, tile.input)
    let image = source + n * height * width * channels
    let isInside = y >= 0 && x >= 0 && y + size <= height && x + size <= width
    WinogradSquare.transform(
      step, size, to: points, channels: channels, scratch: scratch,
      load: { i, j, c in
        let (iy, ix) = (y &+ i, x &+ j)
        if !isInside && (iy < 0 || iy >= height || ix < 0 || ix >= width) { return Quad() }
        return (image + ((iy &* width &+ ix) &* channels &+ c)).quad
      },
      store: { i, j, c, value in (target + ((i &* points &+ j) &* stride &+ c)).quad = value })
  }
}
