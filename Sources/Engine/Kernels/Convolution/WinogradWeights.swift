/// The weights of a Winograd convolution, transformed.
struct WinogradWeights {
  let tile: WinogradTile
  let ins, outs: Int

  /// Transforms weights `[r, r, in, out]` to ``Panels`` `[in, out]` of each point.
  func transform(_ weight: Source, into target: Destination) {
    switch tile {
    case .two: transform(WinogradTwo.self, weight, into: target)
    case .four: transform(WinogradFour.self, weight, into: target)
    case .six: transform(WinogradSix.self, weight, into: target)
    case .seven: transform(WinogradSeven.self, weight, into: target)
    case .twoOfFive: transform(WinogradTwoOfFive.self, weight, into: target)
    }
  }

  private func transform<Line: WinogradLine>(
    _ line: Line.Type, _ weight: Source, into target: Destination
  ) {
    let (width, kernel, points) = (min(Panels.width, outs), tile.kernel, tile.input)
    Parallel.forEachRange(ins, grain: max(1, 4096 / outs)) { range in
      WinogradSquare.withScratch { scratch in
        for i in range {
          WinogradSquare.transform(
            WinogradFilter<Line>.self, kernel, to: points, channels: outs, scratch: scratch,
            load: { ky, kx, o in (weight + (((kernel &* ky &+ kx) &* ins &+ i) &* outs &+ o)).quad },
            store: { y, x, o, value in
              let panel = o / width &* width
              let point = target + (points &* y &+ x) &* ins &* outs
              (point + (panel &* ins &+ i &* min(width, outs &- panel) &+ o &- panel)).quad = value
            })
        }
      }
    }
  }
}
