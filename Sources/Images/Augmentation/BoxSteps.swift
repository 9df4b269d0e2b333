import Engine

// Steps that look at the boxes before they change the picture.

extension Pipeline.Step where Target == [LabelledBox] {
  /// A piece of the picture in which objects stay to be seen: SSD's sampling of patches (Liu et al. 2016, section 2.2) with
  /// the rules of torchvision's `RandomIoUCrop`.
  ///
  /// One of `overlaps` is drawn. Nil leaves the picture as it is; else pieces are drawn until one has that IoU with at least
  /// one object and keeps at least one, or `tries` are over and the picture stays. An object is kept, cut at the edges, where
  /// its middle is in the piece and enough of it is left to be seen. Of crowds and difficult objects, which decide nothing
  /// here, all that is left is kept. A picture without other objects stays as it is.
  /// - Parameters:
  ///   - overlaps: the least IoU of the piece with an object, one of these; nil for the whole picture.
  ///   - scale: of width and height each, a share of the picture's, uniform.
  ///   - ratio: of the piece's width to its height as shares of the picture's; pieces of another shape are drawn again.
  ///   - minimumVisibility: the least share of an object's area that must be left of it.
  ///   - tries: how many pieces are drawn at most.
  public static func sampledCrop(
    overlaps: [Float?] = [nil, 0, 0.1, 0.3, 0.5, 0.7, 0.9], scale: ClosedRange<Float> = 0.3...1,
    ratio: ClosedRange<Float> = 0.5...2, minimumVisibility: Float = 0, tries: Int = 40
  ) -> Self {
    precondition(
      !overlaps.isEmpty && scale.lowerBound > 0, "sampledCrop: no overlaps, or a scale of \(scale)")
    return Self("sampled crop") { example, generator in
      let counted = example.target.filter { !$0.isIgnored }
      guard let least = overlaps[generator.below(overlaps.count)], !counted.isEmpty else { return example }
      let size = example.image.size
      for _ in 0..<tries {
        let (w, h) = (
          generator.uniform(scale.lowerBound, scale.upperBound),
          generator.uniform(scale.lowerBound, scale.upperBound)
        )
        let (x, y) = (generator.uniform(), generator.uniform())
        guard ratio ~= w / h else { continue }
        let (width, height) = (Int(Float(size.width) * w), Int(Float(size.height) * h))
        guard width > 0, height > 0 else { continue }
        let region = Image.Region(
          x: Int(Float(size.width - width) * x), y: Int(Float(size.height - height) * y), width: width,
          height: height)
        let best = counted.map { $0.box.intersectionOverUnion(region.box) }.max()!
        guard best >= least else { continue }
        let kept = example.target.filter { $0.isIgnored || region.box.contains($0.box.middle) }
          .cropped(to: region, in: size, minimumVisibility: minimumVisibility)
        guard kept.contains(where: { !$0.isIgnored }) else { continue }
        return Example(image: example.image.transformed(by: .crop(region)), target: kept)
      }
      return example
    }
  }

  /// Leaves out objects that are too small to be seen, such as slivers that a crop has left.
  /// - Parameter side: the least width and height in pixels.
  public static func droppingBoxes(smallerThan side: Float) -> Self {
    Self("drop boxes below \(side) pixels") { example, _ in
      var example = example
      example.target.removeAll { $0.box.width < side || $0.box.height < side }
      return example
    }
  }
}

extension [LabelledBox] {
  /// The objects in a piece of the picture of which at least this share of the area is left, and what is left of those that are
  /// ignored: without them their place would be taken for background.
  package func cropped(
    to region: Image.Region, in size: Image.Size, minimumVisibility: Float
  ) -> [LabelledBox] {
    compactMap { object in
      guard let cut = object.transformed(by: .crop(region), in: size) else { return nil }
      return object.isIgnored || cut.box.area >= minimumVisibility * object.box.area ? cut : nil
    }
  }
}

extension LabelledBox {
  /// Whether it is neither to be learnt nor background.
  fileprivate var isIgnored: Bool { isCrowd || isDifficult }
}

extension Image.Region {
  /// The same rectangle in continuous pixels.
  var box: BoundingBox {
    BoundingBox(left: Float(x), top: Float(y), right: Float(x + width), bottom: Float(y + height))
  }
}

extension BoundingBox {
  fileprivate var middle: SIMD2<Float> { SIMD2((left + right) / 2, (top + bottom) / 2) }

  fileprivate func contains(_ point: SIMD2<Float>) -> Bool {
    left < point.x && point.x < right && top < point.y && point.y < bottom
  }
}
