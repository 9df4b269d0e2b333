import Engine
import Images
import Synchronization

/// What a data set holds: its classes, sizes and colours, what of it is broken, and what is in it twice.
///
///     let data = try InspectedData("photos")
///     let inspection = data.inspect { done, total in … }
///     print(inspection.balance.effectiveClasses)
public struct DataInspection: Hashable, Codable, Sendable {
  /// A picture of a part.
  public struct Picture: Hashable, Codable, Sendable {
    /// The part's name.
    public let part: String
    /// Its place in the part.
    public let index: Int
    /// Its file, or what stands for it.
    public let name: String
    /// The names of the classes that it shows.
    public let classes: [String]
  }

  /// One of the parts, such as `train`.
  public struct Part: Hashable, Codable, Sendable {
    /// Its name.
    public let name: String
    /// How many pictures it has, broken ones among them.
    public let pictures: Int
    /// Of each class, in the order of the classes: pictures, or objects where pictures have boxes. Broken ones do not count.
    public let classCounts: [Int]
    /// Why pictures cannot be read, each naming its file.
    public let broken: [String]
    /// What is wrong with annotations, each naming its file and line; nil of classified pictures.
    public let annotations: [String]?
  }

  /// Pictures that are the same, or nearly.
  public struct Group: Hashable, Codable, Sendable {
    /// Two or more.
    public let pictures: [Picture]
    /// Whether they are in several parts: what is measured was trained on.
    public let crossesParts: Bool
    /// Whether they are said to show different classes.
    public let classesDiffer: Bool
  }

  /// A size and how many pictures have it.
  public struct SizeCount: Hashable, Codable, Sendable {
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// How many.
    public let pictures: Int
  }

  /// The least, the middle and the greatest of some numbers.
  public struct Spread: Hashable, Codable, Sendable {
    /// The least.
    public let least: Int
    /// As many are smaller as are larger.
    public let median: Int
    /// The greatest.
    public let greatest: Int

    init(_ values: [Int]) {
      let sorted = values.sorted()
      (least, median, greatest) = (
        sorted.first ?? 0, sorted.isEmpty ? 0 : sorted[sorted.count / 2], sorted.last ?? 0
      )
    }
  }

  /// The data set's name.
  public let name: String
  /// In the order of the labels.
  public let classNames: [String]
  /// Whether counts are of objects in pictures, and not of pictures.
  public let countsObjects: Bool
  /// In the order in which they are read.
  public let parts: [Part]
  /// Of the pictures that can be read, in pixels.
  public let widths: Spread
  /// Of the pictures that can be read, in pixels.
  public let heights: Spread
  /// The most frequent sizes, the most frequent first, ten at most.
  public let commonSizes: [SizeCount]
  /// How many different sizes there are.
  public let differentSizes: Int
  /// By channel, over all pixels of the first part, white being 1.
  public let mean: [Double]
  /// By channel, over all pixels of the first part, white being 1.
  public let standardDeviation: [Double]
  /// How evenly the first part's pictures, or objects, are spread over the classes.
  public let balance: ClassBalance
  /// Pictures whose pixels are the same.
  public let duplicates: [Group]
  /// Pictures that are the same but for their size, their compression or small changes of tone, by a perceptual hash; of
  /// those whose pixels are the same, the first alone.
  public let nearDuplicates: [Group]
  /// Pictures below 32 pixels, or of one tone, which are not searched for near duplicates.
  public let notCompared: Int

  /// How many pictures cannot be read.
  public var brokenCount: Int { parts.reduce(0) { $0 + $1.broken.count } }
  /// How many pictures there are.
  public var count: Int { parts.reduce(0) { $0 + $1.pictures } }
}

/// A picture that was looked at.
private struct Scan: Sendable {
  let index: Int
  let size: Image.Size
  let labels: [Int]
  let digest: PictureDigest
}

extension DataInspection {
  /// Reads every picture once, on all threads.
  /// - Parameters:
  ///   - name: the data set's name.
  ///   - parts: with the same classes; at least one.
  ///   - countsObjects: whether a picture may show several classes.
  ///   - labels: what a target says of classes.
  ///   - progress: told of the pictures that are done, and of all.
  init<Target: GeometricTarget>(
    _ name: String, parts: [(name: String, pictures: any Dataset<Target>)], countsObjects: Bool,
    labels: @Sendable (Target) -> [Int], progress: (Int, Int) -> Void
  ) {
    let classNames = parts[0].pictures.classNames
    let total = parts.reduce(0) { $0 + $1.pictures.count }
    var (described, pictures, digests) = ([Part](), [Picture](), [PictureDigest]())
    var sizes: [Image.Size] = []
    var colors: ColorSums?
    var done = 0
    for part in parts {
      let before = done
      let found = Self.scan(part.pictures, labels) { progress(before + $0, total) }
      done += part.pictures.count
      var counts = [Int](repeating: 0, count: classNames.count)
      for scan in found.scans {
        for label in scan.labels { counts[label] += 1 }
        sizes.append(scan.size)
        digests.append(scan.digest)
        let classes = Set(scan.labels).sorted().map { classNames[$0] }
        pictures.append(
          Picture(
            part: part.name, index: scan.index, name: part.pictures.name(at: scan.index), classes: classes))
      }
      colors = colors ?? found.colors
      described.append(
        Part(
          name: part.name, pictures: part.pictures.count, classCounts: counts, broken: found.broken,
          annotations: (part.pictures as? DetectionDataset)?.report.findings.map(\.description)))
    }
    let search = DuplicateSearch(digests)
    func groups(_ found: [[Int]]) -> [Group] {
      found.map { places in
        let members = places.map { pictures[$0] }
        return Group(
          pictures: members, crossesParts: Set(members.map(\.part)).count > 1,
          classesDiffer: Set(members.map(\.classes)).count > 1)
      }
    }
    let frequency = Dictionary(sizes.map { ($0, 1) }, uniquingKeysWith: +)
    let common = frequency.sorted {
      ($1.value, $0.key.width, $0.key.height) < ($0.value, $1.key.width, $1.key.height)
    }
    self.init(
      name: name, classNames: classNames, countsObjects: countsObjects, parts: described,
      widths: Spread(sizes.map(\.width)), heights: Spread(sizes.map(\.height)),
      commonSizes: common.prefix(10).map {
        SizeCount(width: $0.key.width, height: $0.key.height, pictures: $0.value)
      }, differentSizes: frequency.count, mean: colors?.mean ?? [],
      standardDeviation: colors?.deviation ?? [],
      balance: ClassBalance(described[0].classCounts), duplicates: groups(search.same),
      nearDuplicates: groups(search.near), notCompared: search.notComparable)
  }

  /// How many pictures are read before the progress is told.
  private static let stretch = 64

  private static func scan<Target: GeometricTarget>(
    _ dataset: any Dataset<Target>, _ labels: @Sendable (Target) -> [Int], progress: (Int) -> Void
  ) -> (scans: [Scan], broken: [String], colors: ColorSums?) {
    let state = Mutex(ScanState())
    for start in stride(from: 0, to: dataset.count, by: stretch) {
      let count = min(stretch, dataset.count - start)
      Parallel.forEachRange(count, grain: 4) { range in
        for index in range.lowerBound + start..<range.upperBound + start {
          do {
            let example = try dataset.example(at: index)
            let scan = Scan(
              index: index, size: example.image.size, labels: labels(example.target),
              digest: PictureDigest(example.image))
            let colors = ColorSums(example.image)
            state.withLock {
              $0.scans.append(scan)
              $0.colors = $0.colors?.adding(colors) ?? colors
            }
          } catch { state.withLock { $0.broken.append((index, "\(error)")) } }
        }
      }
      progress(start + count)
    }
    let found = state.withLock { $0 }
    return (
      found.scans.sorted { $0.index < $1.index },
      found.broken.sorted { $0.index < $1.index }.map(\.reason), found.colors
    )
  }

  private struct ScanState: Sendable {
    var scans: [Scan] = []
    var broken: [(index: Int, reason: String)] = []
    var colors: ColorSums?
  }
}

/// Sums of bytes and of their squares by channel: whole numbers, whose order does not matter.
private struct ColorSums: Sendable {
  private var count = 0
  private var sums, squares: [Int]

  init(_ image: Image) {
    let channels = image.channels
    (sums, squares) = (Array(repeating: 0, count: channels), Array(repeating: 0, count: channels))
    count = image.width * image.height
    image.pixels.withUnsafeBufferPointer { pixels in
      for channel in 0..<channels {
        var (sum, square) = (0, 0)
        for index in stride(from: channel, to: pixels.count, by: channels) {
          let value = Int(pixels[index])
          sum += value
          square += value * value
        }
        (sums[channel], squares[channel]) = (sum, square)
      }
    }
  }

  /// Pictures of another number of channels are left out.
  func adding(_ other: ColorSums) -> ColorSums {
    guard other.sums.count == sums.count else { return self }
    var result = self
    result.count += other.count
    for channel in sums.indices {
      result.sums[channel] += other.sums[channel]
      result.squares[channel] += other.squares[channel]
    }
    return result
  }

  var mean: [Double] { sums.map { Double($0) / Double(count) / 255 } }

  var deviation: [Double] {
    zip(squares, mean).map { max(Double($0) / Double(count) / (255 * 255) - $1 * $1, 0).squareRoot() }
  }
}
