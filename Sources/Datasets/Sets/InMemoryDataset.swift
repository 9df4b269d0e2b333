import Images

/// Pictures of one size, held in memory.
public struct InMemoryDataset: Dataset {
  /// Of every picture, in pixels.
  public let width: Int
  /// Of every picture, in pixels.
  public let height: Int
  /// 3 for RGB, 1 for grey.
  public let channels: Int
  /// In the order of the labels.
  public let classNames: [String]
  private let pixels: [UInt8]
  private let labels: [Int]

  /// - Precondition: `pixels` holds a picture for every label, and labels are below the number of names.
  public init(
    width: Int, height: Int, channels: Int, pixels: [UInt8], labels: [Int], classNames: [String]
  ) {
    precondition(
      pixels.count == labels.count * width * height * channels,
      "InMemoryDataset: \(pixels.count) bytes are not \(labels.count) pictures of \(width)×\(height)×\(channels)"
    )
    precondition(
      labels.allSatisfy { 0..<classNames.count ~= $0 },
      "InMemoryDataset: a label is not below the number of classes \(classNames.count)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
    self.classNames = classNames
  }

  /// The number of pictures, one for each label.
  public var count: Int { labels.count }

  public func target(at index: Int) -> Int { labels[index] }

  public func example(at index: Int) -> Example<Int> {
    let bytes = width * height * channels
    let image = Image(
      width: width, height: height, channels: channels,
      pixels: Array(pixels[index * bytes..<(index + 1) * bytes]))
    return Example(image: image, label: labels[index])
  }

  /// The examples whose place in this data set satisfies `isIncluded`.
  func filtered(_ isIncluded: (Int) -> Bool) -> InMemoryDataset {
    selecting(labels.indices.filter(isIncluded))
  }

  /// The examples of these places.
  func selecting(_ kept: [Int]) -> InMemoryDataset {
    let bytes = width * height * channels
    return InMemoryDataset(
      width: width, height: height, channels: channels,
      pixels: kept.flatMap { pixels[$0 * bytes..<($0 + 1) * bytes] }, labels: kept.map { labels[$0] },
      classNames: classNames)
  }
}
