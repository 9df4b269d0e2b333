import Datasets
import Engine
import Foundation
import Images
import Synchronization

/// Where objects may be in pictures, by selective search: each picture is searched once, and what was found is kept, in memory and
/// in a file. Pictures are known by their pixels, so that a file that belongs to others, or to another search, is of no use and
/// does no harm.
public final class ProposalStore: Sendable {
  /// How pictures are searched.
  public let search: SelectiveSearch
  /// Of a picture, the first ones.
  public let maximum: Int
  private let known = Mutex<[String: [BoundingBox]]>([:])

  /// - Parameters:
  ///   - search: how pictures are searched.
  ///   - maximum: of a picture, the first ones.
  public init(search: SelectiveSearch = .fast, maximum: Int = 2000) {
    (self.search, self.maximum) = (search, maximum)
  }

  /// The boxes in which objects may be, likelier ones first, in continuous pixels of the picture.
  public func callAsFunction(_ picture: Image) -> [BoundingBox] {
    let key = Self.key(picture)
    let found = known.withLock { $0[key] }
    // A file may say anything.
    if let found, found.count <= maximum,
      found.allSatisfy({ $0.area > 0 && $0.clipped(to: picture.size) == $0 })
    {
      return found
    }
    let boxes = search(picture, maximum: maximum)
    known.withLock { $0[key] = boxes }
    return boxes
  }

  /// Whether a picture need not be searched.
  func knows(_ picture: Image) -> Bool { known.withLock { $0[Self.key(picture)] != nil } }

  /// Those of each picture of a data set.
  /// - Parameters:
  ///   - data: the pictures.
  ///   - file: written from time to time, and at the end, where a picture had to be searched; nil for none.
  ///   - progress: told of the pictures done.
  /// - Throws: what reading the pictures throws, `WeightFileError` where the file cannot be written.
  public func proposals(
    of data: any Dataset<[LabelledBox]>, savingTo file: URL? = nil, progress: (Int) throws -> Void = { _ in }
  ) throws -> [[BoundingBox]] {
    var unsaved = 0
    let proposals = try (0..<data.count).map { index in
      let picture = try data.example(at: index).image
      if !knows(picture) { unsaved += 1 }
      let boxes = self(picture)
      if let file, unsaved == Self.savedAtOnce {
        try save(to: file)
        unsaved = 0
      }
      try progress(index + 1)
      return boxes
    }
    if let file, unsaved > 0 { try save(to: file) }
    return proposals
  }

  private static let savedAtOnce = 50

  private static func key(_ picture: Image) -> String {
    let digest = picture.pixels.withUnsafeBytes { SHA256.digest($0) }
    return "\(picture.width)×\(picture.height)×\(picture.channels) \(digest)"
  }
}

// MARK: The file

extension ProposalStore {
  /// What a file says of itself, as JSON under ``key`` of its metadata.
  private struct Description: Codable {
    var search: SelectiveSearch
    var maximum: Int
    /// By which pictures are known, in the order of the boxes.
    var pictures: [String]

    static let key = "colonnade.proposals"
  }

  private enum Key {
    static let boxes = "boxes"
    static let counts = "counts"
  }

  /// Writes all that is known as safetensors: the boxes of all pictures, `[M, 4]`, and how many each picture has.
  /// - Throws: `WeightFileError`.
  public func save(to file: URL) throws {
    let entries = known.withLock { $0.sorted { $0.key < $1.key } }
    let description = Description(search: search, maximum: maximum, pictures: entries.map(\.key))
    let sides = entries.flatMap { $0.value.flatMap { [$0.left, $0.top, $0.right, $0.bottom] } }
    let counts = entries.map { Int64($0.value.count) }
    try Safetensors.write(
      [(Key.boxes, Tensor(sides, shape: [sides.count / 4, 4]))],
      integers: [(Key.counts, [counts.count], counts)],
      metadata: [Description.key: String(decoding: JSON.encoded(description), as: UTF8.self)], to: file.path)
  }

  /// Reads what ``save(to:)`` wrote.
  /// - Returns: how many pictures are known by it: none where there is no such file, it is something else, or of another search.
  @discardableResult
  public func read(_ file: URL) -> Int {
    guard let opened = try? SafetensorsFile(path: file.path), let text = opened.metadata[Description.key],
      let description = try? JSONDecoder().decode(Description.self, from: Data(text.utf8)),
      description.search == search, description.maximum == maximum,
      let counts = try? opened.integers(Key.counts), counts.count == description.pictures.count,
      let boxes = try? opened.tensor(Key.boxes), boxes.shape.rank == 2, boxes.shape[1] == 4
    else { return 0 }
    var left = boxes.shape[0]
    for count in counts {
      guard 0...Int64(left) ~= Int64(count) else { return 0 }
      left -= Int(count)
    }
    guard left == 0 else { return 0 }
    let sides = boxes.scalars
    var place = 0
    var found: [String: [BoundingBox]] = [:]
    for (key, count) in zip(description.pictures, counts) {
      found[key] = (0..<Int(count)).map { index in
        let start = 4 * (place + index)
        return BoundingBox(
          left: sides[start], top: sides[start + 1], right: sides[start + 2], bottom: sides[start + 3])
      }
      place += Int(count)
    }
    known.withLock { $0.merge(found) { own, _ in own } }
    return found.count
  }
}
