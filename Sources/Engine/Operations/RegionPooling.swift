// Feature maps pooled to one size over regions of pictures. Regions are constants: they get no gradient.

/// The largest element of each bin of each region (Girshick 2015, "Fast R-CNN", section 2.1), as torchvision's `roi_pool`.
///
/// A region's edges are rounded to cells, halves away from 0; both edges belong to it, and one whose sides are the wrong way
/// round is one cell. A bin outside of the map is 0. The gradient goes to the first largest element of a bin.
/// - Parameters:
///   - x: the feature map, `[N, H, W, C]`.
///   - regions: in pixels of the pictures.
///   - size: bins down and across.
///   - scale: cells a pixel, such as 1/16.
/// - Returns: `[regions, size.y, size.x, C]`.
public func roiPool(
  _ x: Tensor, _ regions: [RegionOfInterest], size: Size2D, scale: Float = 1
) -> Tensor {
  requireRegions("roiPool", [x.shape], regions, size, [scale])
  let (map, cells) = (x.shape, x.shape[1] * x.shape[2] * x.shape[3])
  let bins = regions.map { RegionBins($0, scale: scale, size: size, map: map) }
  let y = Tensor(uninitialized: [regions.count, size.y, size.x, map[3]])
  let region = size.y * size.x * map[3]
  let (source, target) = (Source(x.storage.pointer), y.storage.pointer)
  Parallel.forEach(regions.count) { k in
    Kernels.maximumRegion(
      bins[k], source + regions[k].image * cells, width: map[2], channels: map[3], into: target + k * region)
  }
  let kept = x.detached
  return y.recorded("roiPool", from: x.node) { _ in
    { dy in
      let dx = Tensor(uninitialized: map)
      let (source, output, slope) = (
        Source(kept.storage.pointer), Source(y.storage.pointer), Source(dy.storage.pointer)
      )
      Kernels.forEachChannelBlock(of: dx) { image, block, dx in
        for (k, bins) in bins.enumerated() where regions[k].image == image {
          Kernels.addMaximumRegionGradient(
            bins, source + image * cells, output: output + k * region, dy: slope + k * region, width: map[2],
            channels: map[3], block, to: dx)
        }
      }
      withExtendedLifetime((kept, y, dy)) {}
      return [dx]
    }
  }
}

/// The average of interpolated samples in each bin of each region (He et al. 2017, "Mask R-CNN", section 3), as torchvision's
/// `roi_align`.
/// - Parameters:
///   - x: the feature map, `[N, H, W, C]`.
///   - regions: in pixels of the pictures.
///   - size: bins down and across.
///   - scale: cells a pixel, such as 1/16.
///   - samplingRatio: samples a bin along each axis; 0 for as many as it has cells, rounded up.
///   - aligned: whether a cell's value is that of its middle. Without, as detectors before Detectron2 have it, regions lie
///     half a cell lower and are at least a cell high and wide.
/// - Returns: `[regions, size.y, size.x, C]`.
public func roiAlign(
  _ x: Tensor, _ regions: [RegionOfInterest], size: Size2D, scale: Float = 1, samplingRatio: Int = 0,
  aligned: Bool = false
) -> Tensor {
  roiAlign([x], scales: [scale], regions, size: size, samplingRatio: samplingRatio, aligned: aligned)
}

/// As ``roiAlign(_:_:size:scale:samplingRatio:aligned:)``, each region from the feature map of its
/// ``RegionOfInterest/level`` (Lin et al. 2017, "Feature Pyramid Networks").
/// - Parameters:
///   - maps: `[N, H, W, C]` of one N and one C.
///   - scales: cells a pixel of each map.
///   - regions: in pixels of the pictures.
///   - size: bins down and across.
///   - samplingRatio: samples a bin along each axis; 0 for as many as it has cells, rounded up.
///   - aligned: whether a cell's value is that of its middle.
/// - Returns: `[regions, size.y, size.x, C]`.
public func roiAlign(
  _ maps: [Tensor], scales: [Float], _ regions: [RegionOfInterest], size: Size2D, samplingRatio: Int = 0,
  aligned: Bool = false
) -> Tensor {
  let shapes = maps.map(\.shape)
  requireRegions("roiAlign", shapes, regions, size, scales)
  precondition(samplingRatio >= 0, "roiAlign: a sampling ratio of \(samplingRatio)")
  let channels = shapes[0][3]
  @Sendable func taps(_ region: RegionOfInterest) -> RegionTaps {
    RegionTaps(
      region, scale: scales[region.level], size: size, samplingRatio: samplingRatio, aligned: aligned,
      map: shapes[region.level])
  }
  let y = Tensor(uninitialized: [regions.count, size.y, size.x, channels])
  let length = size.y * size.x * channels
  let (sources, target) = (maps.map { Source($0.storage.pointer) }, y.storage.pointer)
  Parallel.forEach(regions.count) { k in
    let (region, map) = (regions[k], shapes[regions[k].level])
    Kernels.averageRegion(
      taps(region), size: size, sources[region.level] + region.image * map[1] * map[2] * channels,
      width: map[2], channels: channels, into: target + k * length)
  }
  withExtendedLifetime(maps) {}
  let inputs = maps.map(\.node)
  guard inputs.contains(where: { $0 != nil }) else { return y }
  let node = Node("roiAlign", inputs: inputs) { [needs = inputs.map { $0 != nil }] dy in
    let allTaps = regions.map(taps)
    let slope = Source(dy.storage.pointer)
    let gradients = shapes.indices.map { level -> Tensor? in
      guard needs[level] else { return nil }
      let shape = shapes[level]
      let dx = Tensor(uninitialized: shape)
      for image in 0..<shape[0] {
        let own = regions.indices.filter { regions[$0].level == level && regions[$0].image == image }
        Kernels.addAverageRegionGradients(
          own.map { (allTaps[$0], slope + $0 * length) }, size: size,
          to: dx.storage.pointer + image * shape[1] * shape[2] * channels, height: shape[1], width: shape[2],
          channels: channels)
      }
      return dx
    }
    withExtendedLifetime(dy) {}
    return gradients
  }
  return Tensor(storage: y.storage, shape: y.shape, node: node)
}

private func requireRegions(
  _ operation: StaticString, _ maps: [Shape], _ regions: [RegionOfInterest], _ size: Size2D, _ scales: [Float]
) {
  precondition(
    !maps.isEmpty && maps.count == scales.count
      && maps.allSatisfy {
        $0.rank == 4 && $0[0] == maps[0][0] && $0[3] == maps[0][3] && $0[1] > 0 && $0[2] > 0
      },
    "\(operation): \(maps) with \(scales.count) scales are not feature maps [N, H, W, C] of one batch")
  precondition(
    size.y > 0 && size.x > 0 && scales.allSatisfy { $0 > 0 && $0 <= 1024 },
    "\(operation): \(size) bins by \(scales)")
  for region in regions {
    precondition(
      (0..<maps[0][0]).contains(region.image) && maps.indices.contains(region.level) && region.isUsable,
      "\(operation): \(region) in \(maps)")
  }
}
