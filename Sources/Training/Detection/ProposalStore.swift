import Datasets
import Engine
import Foundation
import Images
import Synchronization

/// Where objects may be in pictures, by selective search. The pictures of a data set are searched once, and what was found is kept,
/// in memory and in a file. Pictures are known by their pixels, so that a file that belongs to others, or to another search, is
/// of no use and does no harm.
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

  /// The boxes in which objects may be, likelier ones first, in continuous pixels of the picture. What is not known is searched
  /// for and not kept: nobody asks for it again.
  public func callAsFunction(_ picture: Image) -> [BoundingBox] {
    found(in: picture, Self.key(picture)) ?? search(picture, maximum: maximum)
  }

  /// What is known of a picture; nil where it must be searched.
  private func found(in picture: Image, _ key: String) -> [BoundingBox]? {
    let found = known.withLock { $0[key] }
    // A file may say anything.
    guard let found, found.count <= maximum,
      found.allSatisfy({ $0.area > 0 && $0.clipped(to: picture.size) == $0 })
    else { return nil }
    return found
  }

  /// Those of each picture of a data set, which are known from then on.
  /// - Parameters:
  ///   - data: the pictures.
  ///   - file: written where pictures had to be searched: at the end, or where it ends with an error, and from time to time,
  ///     the more seldom the more are known, for each time all is written; nil for none.
  ///   - progress: told of the pictures done.
  /// - Throws: what reading the pictures throws, `WeightFileError` where the file cannot be written.
  public func proposals(
    of data: any Dataset<[LabelledBox]>, savingTo file: URL? = nil, progress: (Int) throws -> Void = { _ in }
  ) throws -> [[BoundingBox]] {
    var unsaved = 0
    func saveAll() throws {
      guard let file, unsaved > 0 else { return }
      try save(to: file)
      unsaved = 0
    }
    do {
      let proposals = try (0..<data.count).map { index in
        let picture = try data.example(at: index).image
        let key = Self.key(picture)
        let boxes: [BoundingBox]
        if let found = found(in: picture, key) {
          boxes = found
        } else {
          boxes = search(picture, maximum: maximum)
          unsaved += 1
          let count = known.withLock { known in
            known[key] = boxes
            return known.count
          }
          if unsaved >= max(Self.savedAtOnce, count / Self.savedShare) { try saveAll() }
        }
        try progress(index + 1)
        return boxes
      }
      try saveAll()
      return proposals
    } catch {
      // The search took its time; that it cannot be written either is not what is wrong.
      try? saveAll()
      throw error
    }
  }

  /// After so many new pictures all is written, and not before they are this part of what is known.
  private static let (savedAtOnce, savedShare) = (50, 8)

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
