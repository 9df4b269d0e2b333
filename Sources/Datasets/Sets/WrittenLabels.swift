import Images

/// Classes that files name by texts or numbers.
enum WrittenLabels {
  /// The names in the order of the labels: numbers by their size where all are whole numbers, else by their bytes.
  static func sorted(_ names: Set<String>) -> [String] {
    let numbers = names.compactMap { name in Int(name).map { (number: $0, name: name) } }
    if numbers.count == names.count {
      return numbers.sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The label of each name.
  /// - Throws: ``DatasetError/unknownClasses(path:names:)`` where training does not know one.
  static func labels(_ names: [String], of classNames: [String], path: String) throws -> [Int] {
    let places = Dictionary(uniqueKeysWithValues: classNames.enumerated().map { ($1, $0) })
    let unknown = Set(names.filter { places[$0] == nil })
    guard unknown.isEmpty else { throw DatasetError.unknownClasses(path: path, names: sorted(unknown)) }
    return names.map { places[$0]! }
  }

  /// A part's label of each picture, and the classes; and which of them validation lacks.
  static func parts(
    _ train: [String], _ validation: [String]?, path: String
  ) throws -> (classNames: [String], train: [Int], validation: [Int]?, missing: [String]) {
    let names = sorted(Set(train))
    let labels = try self.labels(train, of: names, path: path)
    guard let validation else { return (names, labels, nil, []) }
    let present = Set(validation)
    return (
      names, labels, try self.labels(validation, of: names, path: path),
      names.filter { !present.contains($0) }
    )
  }
}

/// Some names, the first ones of many.
func listed(_ names: [String]) -> String {
  names.count <= 4
    ? names.joined(separator: ", ")
    : "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
}
