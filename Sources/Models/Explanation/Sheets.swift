import Engine
import Images

// What a network's first layer looks for, and what its layers see, as contact sheets.

extension Explainer {
  /// The filters of the network's first convolution side by side, in the order of its outputs: of three channels in colour, of
  /// one in grey. A weight of 0 is half white, and a filter's largest absolute weight is black or white.
  /// - Throws: ``ExplanationError`` where there is no convolution, or its filters see other numbers of channels.
  public func filterSheet() throws -> Image {
    let weights = network.modules().compactMap { path, module in
      module.parameters.first { $0.shape.rank == 4 }.map { (path, $0.value) }
    }
    guard let (path, filters) = weights.first else {
      throw ExplanationError.noConvolution(network: network.name)
    }
    guard [1, 3].contains(filters.shape[2]) else {
      throw ExplanationError.noPictures(path: path, channels: filters.shape[2])
    }
    let factor = Self.magnification(of: filters.shape[0], filters.shape[1], to: 32)
    return Image(
      sheetOf: (0..<filters.shape[3]).map { output in
        let filter: Tensor = filters.detached[.all, .all, .all, output]
        let largest = abs(filter).max().scalar
        let limit = largest > 0 && largest.isFinite ? largest : 1
        return Image(filter, range: -limit...limit).magnified(by: factor)
      })
  }

  /// The maps of a layer side by side, in the order of its channels, in the colours of `ColorMap`: each from its own smallest
  /// value to its own largest.
  /// - Parameters:
  ///   - path: the layer, of `Network.modules()`, whose output is `[1, h, w, K]`.
  ///   - picture: of any size.
  /// - Throws: ``ExplanationError/noMaps(path:shape:)``, `NetworkError`, `ModuleError`.
  public func activationSheet(at path: String, of picture: Image) throws -> Image {
    let maps = try network.features(at: [path], of: preprocessing([picture]))[0]
    guard maps.shape.rank == 4 else { throw ExplanationError.noMaps(path: path, shape: maps.shape) }
    let factor = Self.magnification(of: maps.shape[1], maps.shape[2], to: 56)
    return Image(
      sheetOf: (0..<maps.shape[3]).map { channel in
        let map: Tensor = maps[0, .all, .all, channel]
        let (low, high) = (map.min().scalar, map.max().scalar)
        let isFinite = low.isFinite && high.isFinite
        let range = isFinite && low < high ? low...high : isFinite ? low...low + max(1, abs(low)) : 0...1
        return ColorMap.image(of: map, range: range).magnified(by: factor)
      })
  }

  /// By how much small pictures are magnified, so that their longer side has at least about so many pixels.
  private static func magnification(of height: Int, _ width: Int, to extent: Int) -> Int {
    max(1, (extent + max(height, width) - 1) / max(height, width))
  }
}
