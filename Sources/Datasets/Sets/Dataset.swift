import Images

/// Pictures with their targets in a fixed order, read when they are asked for. Any thread may ask.
///
/// The target is what the data set teaches: `Int`, the index of a class; `[LabelledBox]`; a `SegmentationMask`; or any
/// other `GeometricTarget`.
public protocol Dataset<Target>: Sendable {
  /// What an example teaches: `Int`, `[LabelledBox]`, `SegmentationMask`, or one's own.
  associatedtype Target: GeometricTarget

  /// How many examples there are; their indices are 0..<count.
  var count: Int { get }

  /// The names of the classes, in the order of their indices; empty where targets have none.
  var classNames: [String] { get }

  /// The target of an example; without reading its picture where the set can.
  func target(at index: Int) throws -> Target

  /// - Throws: `ImageError` where the picture cannot be read.
  func example(at index: Int) throws -> Example<Target>

  /// The picture of an example as its file has it, for a loader to decode at the scale that it needs, see
  /// ``DataOptions/scaledDecoding``; nil where the loader is to take ``example(at:)``.
  /// - Throws: `ImageError` where the file cannot be read, or is no picture.
  func encodedPicture(at index: Int) throws -> EncodedPicture?

  /// What people are told the picture is called: its file, where it has one.
  func name(at index: Int) -> String

  /// The group that the example belongs to beside its class, such as where a picture was taken or whom it shows: by groups it is
  /// told whether a network serves all of them. Nil where the data name none.
  func group(at index: Int) -> String?
}

extension Dataset {
  public var classNames: [String] { [] }

  public func target(at index: Int) throws -> Target { try example(at: index).target }

  public func encodedPicture(at index: Int) throws -> EncodedPicture? { nil }

  public func name(at index: Int) -> String { "picture \(index)" }

  public func group(at index: Int) -> String? { nil }
}

/// Some of a data set's examples, in the order given.
public struct Subset<Target: GeometricTarget>: Dataset {
  private let base: any Dataset<Target>
  /// The examples' places in the whole.
  public let indices: [Int]

  /// - Precondition: all of `indices` are places in `base`.
  public init(_ base: any Dataset<Target>, indices: [Int]) {
    precondition(
      indices.allSatisfy { 0..<base.count ~= $0 }, "Subset: an index is not below the count \(base.count)")
    self.base = base
    self.indices = indices
  }

  /// How many examples of the whole are in it.
  public var count: Int { indices.count }
  public var classNames: [String] { base.classNames }
  public func target(at index: Int) throws -> Target { try base.target(at: indices[index]) }
  public func example(at index: Int) throws -> Example<Target> { try base.example(at: indices[index]) }
  public func encodedPicture(at index: Int) throws -> EncodedPicture? {
    try base.encodedPicture(at: indices[index])
  }
  public func name(at index: Int) -> String { base.name(at: indices[index]) }
  public func group(at index: Int) -> String? { base.group(at: indices[index]) }
}

extension Subset: ListedDataset {
  package var isListed: Bool { base.knowsTargets }
}

extension Subset where Target == Int {
  /// The first `count` examples of every class: a smaller data set with the same classes.
  /// - Throws: what reading a target throws.
  public init(_ base: any Dataset<Int>, perClass count: Int) throws {
    var taken = [Int](repeating: 0, count: base.classNames.count)
    let indices = try (0..<base.count).filter { index in
      let label = try base.target(at: index)
      taken[label] += 1
      return taken[label] <= count
    }
    self.init(base, indices: indices)
  }
}

/// A data set of classes that another list names: its labels are places in that list.
public struct RelabelledDataset: Dataset {
  /// The other list.
  public let classNames: [String]
  private let base: any Dataset<Int>
  /// By the base's label.
  private let labels: [Int]

  /// - Precondition: all of the data set's classes are in `classNames`.
  public init(_ base: any Dataset<Int>, classNames: [String]) {
    self.base = base
    self.classNames = classNames
    labels = base.classNames.map { name in
      guard let label = classNames.firstIndex(of: name) else {
        preconditionFailure("RelabelledDataset: there is no class '\(name)'")
      }
      return label
    }
  }

  /// As many examples as the base has.
  public var count: Int { base.count }
  public func target(at index: Int) throws -> Int { labels[try base.target(at: index)] }
  public func encodedPicture(at index: Int) throws -> EncodedPicture? { try base.encodedPicture(at: index) }
  public func name(at index: Int) -> String { base.name(at: index) }
  public func group(at index: Int) -> String? { base.group(at: index) }

  public func example(at index: Int) throws -> Example<Int> {
    let example = try base.example(at: index)
    return Example(image: example.image, label: labels[example.label])
  }
}

extension RelabelledDataset: ListedDataset {
  package var isListed: Bool { base.knowsTargets }
}
