import Engine

/// Lin et al. 2017, "Feature Pyramid Networks for Object Detection": maps of one width at all resolutions, each with what the
/// coarser ones saw, and one more of half the coarsest one's extents. The function and the keys of torchvision's
/// `FeaturePyramidNetwork` with `LastLevelMaxPool`.
public final class FeaturePyramid: Sendable {
  /// 1×1 convolutions of the maps that come in, the finest first.
  public let inner: [Conv2d]
  /// 3×3 convolutions of the sums.
  public let outer: [Conv2d]

  /// - Parameters:
  ///   - scope: names its parameters: `inner_blocks.0.0.weight` and `layer_blocks.0.0.weight` come after its path.
  ///   - inChannels: of the maps that come in, the finest first.
  ///   - outChannels: of all maps that go out.
  public init(_ scope: Scope, from inChannels: [Int], to outChannels: Int) {
    func convolution(_ scope: Scope, from channels: Int, kernel: Int) -> Conv2d {
      Conv2d(
        scope[0], from: channels, to: outChannels, kernel: Size2D(kernel), padding: Padding2D(kernel / 2),
        initializer: .uniform(bound: (3 / Float(kernel * kernel * channels)).squareRoot()),
        biasInitializer: .zeros)
    }
    let (first, second) = (scope["inner_blocks"], scope["layer_blocks"])
    inner = inChannels.enumerated().map { convolution(first[$0], from: $1, kernel: 1) }
    outer = inChannels.indices.map { convolution(second[$0], from: outChannels, kernel: 3) }
  }

  /// - Parameters:
  ///   - maps: `[N, H, W, C]`, the finest first, as many as there are convolutions.
  ///   - pass: what is asked of the layers.
  /// - Returns: `[N, H, W, outChannels]` of each of the sizes, and one more.
  public func callAsFunction(_ maps: [Tensor], _ pass: Pass) -> [Tensor] {
    precondition(maps.count == inner.count, "FeaturePyramid: \(maps.count) maps for \(inner.count)")
    var results: [Tensor] = []
    var last: Tensor?
    for level in maps.indices.reversed() {
      let lateral = inner[level](maps[level], pass)
      let sum =
        last.map { lateral + upsample2d($0, height: lateral.shape[1], width: lateral.shape[2]) } ?? lateral
      results.append(outer[level](sum, pass))
      last = sum
    }
    results.reverse()
    return results + [maxPool2d(results.last!, kernel: 1, stride: 2)]
  }
}
