/// A layer of a detector whose outputs are numbers of classes, row after row in the file: each of some groups has rows that do
/// not depend on the class, then some for each class.
public struct ClassLayer: Hashable, Sendable {
  /// The parameters' names, such as those of a weight and a bias: their first extent in a file is the rows.
  public let names: [String]
  /// How many groups there are, such as anchors at a place.
  public let groups: Int
  /// Rows of each group before those of classes.
  public let common: Int
  /// Rows of each class in each group.
  public let perClass: Int
  /// Whether the rows lie as said; otherwise their number alone is right, and none can be chosen.
  public let isOrdered: Bool

  /// - Parameters:
  ///   - names: the parameters' names.
  ///   - groups: how many groups there are.
  ///   - common: rows of each group before those of classes.
  ///   - perClass: rows of each class in each group.
  ///   - isOrdered: whether the rows lie so; otherwise their number alone is right.
  public init(
    _ names: [String], groups: Int = 1, common: Int, perClass: Int = 1, isOrdered: Bool = true
  ) {
    (self.names, self.groups, self.common, self.perClass) = (names, groups, common, perClass)
    self.isOrdered = isOrdered
  }

  /// How many rows there are for so many classes.
  public func rows(classes: Int) -> Int { groups * (common + perClass * classes) }

  /// The rows in a layer for so many classes of those that are wanted, in the order of their own layer.
  /// - Parameters:
  ///   - labels: of the classes wanted, as the layer has them.
  ///   - classes: how many the layer has.
  public func rows(of labels: [Int], classes: Int) -> [Int] {
    (0..<groups).flatMap { group in
      let start = group * (common + perClass * classes)
      return Array(start..<start + common)
        + labels.flatMap { label in
          (0..<perClass).map { start + common + perClass * label + $0 }
        }
    }
  }
}
