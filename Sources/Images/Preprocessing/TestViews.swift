/// Which views of a picture a network's probabilities are averaged over when it is measured: crops at several places and scales
/// (Krizhevsky et al. 2012, section 4.1; Simonyan, Zisserman 2014, section 3.2).
public struct TestViews: Hashable, Codable, Sendable {
  /// The shorter sides to which the picture is resized, one after another; none is the preprocessing's own resize.
  public var scales: [Int]
  /// The four corners and the middle, then the same of the picture with left and right swapped, in the order of torchvision's
  /// `TenCrop`; otherwise the middle alone.
  public var tenCrop: Bool

  /// - Parameters:
  ///   - scales: shorter sides in pixels; none is the preprocessing's own resize.
  ///   - tenCrop: corners, middle and their mirror images instead of the middle alone.
  public init(scales: [Int] = [], tenCrop: Bool = false) {
    (self.scales, self.tenCrop) = (scales, tenCrop)
  }

  /// The view that the preprocessing makes.
  public static let single = TestViews()

  /// How many views a picture has.
  public var count: Int { max(scales.count, 1) * (tenCrop ? 10 : 1) }

  /// The place among the views of the middle crop at the first scale.
  package var middle: Int { tenCrop ? 4 : 0 }

  /// Why a preprocessing has no such views, in words that follow a name; nil where it has.
  public func fault(for preprocessing: Preprocessing) -> String? {
    if self == .single { return nil }
    guard let crop = preprocessing.crop else { return "need a crop, and the preprocessing has none" }
    if let small = scales.first(where: { $0 < crop }) {
      return "need a crop of \(crop) pixels, which a shorter side of \(small) does not hold"
    }
    if scales.isEmpty, case .shorterSide(let extent) = preprocessing.resize, extent < crop {
      return "need a crop of \(crop) pixels, which a shorter side of \(extent) does not hold"
    }
    return nil
  }

  /// The views of a picture in bytes, scale by scale.
  /// - Parameters:
  ///   - image: of any size. Where it is smaller than the crop, what lies outside is black.
  ///   - preprocessing: says the resize where there are no scales, the crop and the channels.
  /// - Precondition: ``fault(for:)`` is nil.
  public func prepared(_ image: Image, by preprocessing: Preprocessing) -> [Image] {
    if self == .single { return [preprocessing.prepared(image)] }
    precondition(fault(for: preprocessing) == nil, "TestViews: \(fault(for: preprocessing) ?? "")")
    let resizes: [Preprocessing.Resize] =
      scales.isEmpty ? [preprocessing.resize] : scales.map { .shorterSide($0) }
    return resizes.flatMap { resize -> [Image] in
      var scaled = preprocessing
      scaled.resize = resize
      guard tenCrop else { return [scaled.prepared(image)] }
      scaled.crop = nil
      return scaled.prepared(image).tenCrops(preprocessing.crop!)
    }
  }

  /// The views one below another, as one picture: as a tensor `[H · count, W, C]`, the views follow one another in memory.
  package func stacked(_ image: Image, by preprocessing: Preprocessing) -> Image {
    let views = prepared(image, by: preprocessing)
    if views.count == 1 { return views[0] }
    return Image(
      width: views[0].width, height: views[0].height * views.count, channels: views[0].channels,
      pixels: views.flatMap(\.pixels))
  }
}

extension Image {
  /// Squares from the upper left, upper right, lower left and lower right corner and from the middle, then the same of the
  /// picture with left and right swapped, as torchvision's `ten_crop`.
  /// - Parameter side: in pixels; what lies outside a smaller picture is black.
  public func tenCrops(_ side: Int) -> [Image] {
    [self, flippedHorizontally()].flatMap { picture -> [Image] in
      let (right, bottom) = (picture.width - side, picture.height - side)
      return [(0, 0), (right, 0), (0, bottom), (right, bottom)].map { x, y in
        picture.cropped(x: x, y: y, width: side, height: side)
      } + [picture.centerCropped(width: side, height: side)]
    }
  }
}
