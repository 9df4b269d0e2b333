import Engine
import Images
import Models

/// What R-CNN is trained on: of each picture the objects and some of the proposals, with their vectors.
///
/// All of it is kept in memory: rows · D · 4 bytes. Proposals that nobody would use, near no object and beyond the number
/// wanted, are never put through the network.
struct RegionSamples {
  /// A region of a picture.
  struct Row {
    let box: BoundingBox
    /// The class of an object; nil for a proposal.
    let objectLabel: Int?
    /// By class: the largest IoU with an object of it, and the object's place among the picture's.
    let overlaps: [(overlap: Float, object: Int)]
  }

  /// Of one picture.
  struct Picture {
    let rows: [Row]
    let objects: [LabelledBox]
    /// `[rows, D]`
    var features: Tensor
  }

  private(set) var pictures: [Picture] = []
  /// Objects that have no area in their picture.
  private(set) var unusable = 0
  private let classes: Int

  init(classes: Int) { self.classes = classes }

  /// How many rows there are.
  var count: Int { pictures.reduce(0) { $0 + $1.rows.count } }

  /// Takes a picture's objects, and as many proposals as the options want, chosen by `generator`. Crowds and difficult objects
  /// are not learnt, and proposals where they are neither.
  mutating func append(
    _ image: Image, _ objects: [LabelledBox], _ encoder: RegionEncoder, _ options: RCNNTrainer.Options,
    _ generator: RandomStream
  ) {
    var generator = generator
    let clipped = objects.map { object -> LabelledBox in
      var object = object
      object.box = object.box.clipped(to: image.size)
      return object
    }.filter { $0.box.area > 0 }
    unusable += objects.count - clipped.count
    let (usable, others) = (clipped.filter(\.counts), clipped.filter { !$0.counts })
    let proposals = options.search(image, maximum: options.maximumProposals)
    var (near, far): ([Row], [Row]) = ([], [])
    for box in proposals where !others.contains(where: { $0.excuses(box) }) {
      let row = Row(box: box, objectLabel: nil, overlaps: overlaps(box, usable))
      let nearest = row.overlaps.map(\.overlap).max() ?? 0
      if nearest < options.negativeOverlap { far.append(row) } else { near.append(row) }
    }
    near.shuffle(using: &generator)
    far.shuffle(using: &generator)
    let rows =
      usable.map { Row(box: $0.box, objectLabel: $0.label, overlaps: overlaps($0.box, usable)) }
      + near.prefix(options.nearPerPicture) + far.prefix(options.farPerPicture)
    pictures.append(Picture(rows: rows, objects: usable, features: encoder(image, rows.map(\.box))))
  }

  private func overlaps(_ box: BoundingBox, _ objects: [LabelledBox]) -> [(overlap: Float, object: Int)] {
    var best = [(overlap: Float, object: Int)](repeating: (0, 0), count: classes)
    for (index, object) in objects.enumerated() {
      let overlap = box.intersectionOverUnion(object.box)
      if overlap > best[object.label].overlap { best[object.label] = (overlap, index) }
    }
    return best
  }

  /// Multiplies all vectors so that their mean length is `length`.
  /// - Returns: the factor.
  mutating func scale(toMeanLength length: Float) -> Float {
    var sum = 0.0
    for picture in pictures {
      picture.features.withUnsafeBufferPointer { elements in
        let width = elements.count / max(1, picture.rows.count)
        for row in picture.rows.indices {
          var squares = 0.0
          for index in row * width..<(row + 1) * width {
            squares += Double(elements[index]) * Double(elements[index])
          }
          sum += squares.squareRoot()
        }
      }
    }
    guard sum > 0 else { return 1 }
    let factor = Float(Double(length) * Double(count) / sum)
    for index in pictures.indices {
      pictures[index].features.withUnsafeMutableBufferPointer { elements in
        for place in elements.indices { elements[place] *= factor }
      }
    }
    return factor
  }
}
