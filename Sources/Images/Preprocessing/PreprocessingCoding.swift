extension Preprocessing {
  enum CodingKeys: String, CodingKey {
    case resize, crop, interpolation, mean, standardDeviation
  }

  /// The longest side that a JPEG has.
  private static let longestSide = 65_535

  /// - Throws: `DecodingError`, also where no picture can be prepared so: means and deviations that do not match or are no
  ///   numbers, sides of no pixels or of very many.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    resize = try values.decode(Resize.self, forKey: .resize)
    crop = try values.decodeIfPresent(Int.self, forKey: .crop)
    interpolation = try values.decode(Interpolation.self, forKey: .interpolation)
    mean = try values.decode([Float].self, forKey: .mean)
    standardDeviation = try values.decode([Float].self, forKey: .standardDeviation)

    func require(_ holds: Bool, _ reason: String) throws {
      guard holds else {
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: reason))
      }
    }
    try require(
      mean.count == standardDeviation.count && (mean.count == 1 || mean.count == 3),
      "\(mean.count) means and \(standardDeviation.count) deviations; one or three of each are needed")
    try require((mean + standardDeviation).allSatisfy(\.isFinite), "a mean or a deviation that is not finite")
    try require(standardDeviation.allSatisfy { $0 != 0 }, "a deviation of 0")
    let sides: [Int] =
      switch resize {
      case .none: []
      case .shorterSide(let extent): [extent, extent]
      case .exact(let width, let height), .letterbox(let width, let height, _): [width, height]
      case .shorterSideUpTo(let extent, let longest): [extent, longest]
      }
    for sides in [sides, crop.map { [$0, $0] } ?? []] {
      try require(
        sides.allSatisfy { 1...Self.longestSide ~= $0 } && sides.reduce(1, *) <= Image.maximumPixels,
        "pictures of \(sides.map(String.init).joined(separator: "×")) pixels")
    }
  }
}
