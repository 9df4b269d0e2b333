import Images

/// A picture and the index of its class.
public struct Example: Sendable {
  public let image: Image
  public let label: Int

  public init(image: Image, label: Int) {
    self.image = image
    self.label = label
  }
}

/// Labelled pictures in a fixed order, read when they are asked for. Any thread may ask.
public protocol Dataset: Sendable {
  var count: Int { get }

  /// The names of the classes, in the order of the labels.
  var classNames: [String] { get }

  /// The class of an example, without reading its picture.
  func label(at index: Int) -> Int

  /// - Throws: ``ImageError`` where the picture cannot be read.
  func example(at index: Int) throws -> Example
}

/// Some of a data set's examples, in the order given.
public struct Subset: Dataset {
  private let base: any Dataset
  /// The examples' places in the whole.
  public let indices: [Int]

  /// - Precondition: all of `indices` are places in `base`.
  public init(_ base: any Dataset, indices: [Int]) {
    precondition(
      indices.allSatisfy { 0..<base.count ~= $0 }, "Subset: an index is not below the count \(base.count)")
    self.base = base
    self.indices = indices
  }

  /// The first `count` examples of every class: a smaller data set with the same classes.
  public init(_ base: any Dataset, perClass count: Int) {
    var taken = [Int](repeating: 0, count: base.classNames.count)
    indices = (0..<base.count).filter { index in
      taken[base.label(at: index)] += 1
      return taken[base.label(at: index)] <= count
    }
    self.base = base
  }

  public var count: Int { indices.count }
  public var classNames: [String] { base.classNames }
  public func label(at index: Int) -> Int { base.label(at: indices[index]) }
  public func example(at index: Int) throws -> Example { try base.example(at: indices[index]) }
}
