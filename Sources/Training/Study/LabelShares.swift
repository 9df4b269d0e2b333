import Datasets
import Engine
import Images

extension Dataset<Int> {
  /// Some of the pictures of every class, at least one of each that has any, in the order in which they are here. With one seed the
  /// pictures of a smaller share are among those of a larger one.
  /// - Parameters:
  ///   - share: of each class's pictures, in 0...1, rounded to a whole number.
  ///   - seed: decides which ones.
  /// - Throws: what reading a target throws.
  package func labelled(share: Double, seed: UInt64) throws -> Subset<Int> {
    var byClass: [Int: [Int]] = [:]
    for index in 0..<count { byClass[try target(at: index), default: []].append(index) }
    let stream = RandomStream(seed: seed).split("label share")
    var chosen: [Int] = []
    for (label, indices) in byClass {
      var generator = stream.split(label)
      let wanted = max(1, Int((Double(indices.count) * share).rounded()))
      chosen += generator.permutation(indices.count).prefix(wanted).map { indices[$0] }
    }
    return Subset(self, indices: chosen.sorted())
  }
}

extension DataSource<Int> {
  /// A share of the training pictures' labels, and all pictures to validate by.
  func labelled(share: Double, seed: UInt64) throws -> DataSource {
    replacing(train: try train.labelled(share: share, seed: seed), validation: validation)
  }

  /// The pictures of some classes alone, which are all that there are then.
  package func choosing(classes: [Int]) throws -> DataSource {
    replacing(
      train: try ChosenClasses(train, classes: classes),
      validation: try ChosenClasses(validation, classes: classes))
  }

  private func replacing(train: any Dataset<Int>, validation: any Dataset<Int>) -> DataSource {
    DataSource(
      name: name, train: train, validation: validation, attribution: attribution,
      preprocessing: preprocessing, findings: findings, options: options)
  }
}

/// The pictures of some of a data set's classes.
private struct ChosenClasses: Dataset {
  private let pictures: Subset<Int>
  /// The new label of each of the set's classes.
  private let labels: [Int: Int]
  let classNames: [String]

  init(_ base: any Dataset<Int>, classes: [Int]) throws {
    let labels = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    self.labels = labels
    classNames = classes.map { base.classNames[$0] }
    pictures = Subset(base, indices: try (0..<base.count).filter { labels[try base.target(at: $0)] != nil })
  }

  var count: Int { pictures.count }
  func target(at index: Int) throws -> Int { labels[try pictures.target(at: index)]! }
  func name(at index: Int) -> String { pictures.name(at: index) }

  func example(at index: Int) throws -> Example<Int> {
    let example = try pictures.example(at: index)
    return Example(image: example.image, label: labels[example.label]!)
  }
}

extension ChosenClasses: ListedDataset {
  var isListed: Bool { pictures.isListed }
}
