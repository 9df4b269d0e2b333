import Engine

/// Reads the values of a section, and notes which keys were asked for.
final class DarknetOptions {
  let place: DarknetError.Place
  private let entries: [DarknetConfiguration.Entry]
  private var used: Set<Int> = []

  init(_ section: DarknetConfiguration.Section, file: String) {
    place = .init(file: file, line: section.line, section: section.name)
    entries = section.entries
  }

  /// What nobody asked for.
  var unused: [DarknetConfiguration.Entry] {
    entries.indices.filter { !used.contains($0) }.map { entries[$0] }
  }

  private func entry(_ key: String) -> DarknetConfiguration.Entry? {
    guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
    used.insert(index)
    return entries[index]
  }

  private func at(_ entry: DarknetConfiguration.Entry) -> DarknetError.Place {
    .init(file: place.file, line: entry.line, section: place.section)
  }

  private func invalid(_ entry: DarknetConfiguration.Entry, _ expected: String) -> DarknetError {
    .invalidValue(at(entry), key: entry.key, value: entry.value, expected: expected)
  }

  /// A whole number; `fallback` where the key is not there, an error where there is none either.
  func integer(_ key: String, _ fallback: Int? = nil, in range: ClosedRange<Int>) throws -> Int {
    guard let entry = entry(key) else { return try fallback ?? missing(key) }
    guard let value = Int(entry.value), range ~= value else {
      throw invalid(entry, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func number(_ key: String, _ fallback: Double, in range: ClosedRange<Double>) throws -> Double {
    guard let entry = entry(key) else { return fallback }
    guard let value = Double(entry.value), range ~= value else {
      throw invalid(entry, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// 0 or 1.
  func flag(_ key: String, _ fallback: Bool = false) throws -> Bool {
    try integer(key, fallback ? 1 : 0, in: 0...1) == 1
  }

  func integers(_ key: String, in range: ClosedRange<Int>) throws -> [Int] {
    guard let entry = entry(key) else { return try missing(key) }
    return try entry.value.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let value = Int(part), range ~= value else {
        throw invalid(entry, "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
  }

  func numbers(_ key: String, in range: ClosedRange<Double>) throws -> [Double] {
    guard let entry = entry(key) else { return try missing(key) }
    return try entry.value.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let value = Double(part), range ~= value else {
        throw invalid(entry, "a list of numbers from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, _ fallback: Choice
  ) throws -> Choice where Choice.RawValue == String {
    guard let entry = entry(key) else { return fallback }
    guard let value = Choice(rawValue: entry.value) else {
      throw invalid(entry, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  func has(_ key: String) -> Bool { entries.contains { $0.key == key } }

  /// Refuses keys that change what a layer computes in a way that is not done here, unless they say that it is not
  /// wanted.
  func refuse(_ keys: String..., unless neutral: String = "0") throws {
    for key in keys {
      guard let entry = entry(key), entry.value != neutral else { continue }
      if let value = Double(entry.value), value == Double(neutral) { continue }
      throw DarknetError.unsupported(at(entry), key: key, value: entry.value)
    }
  }

  func misfit(_ reason: String) -> DarknetError { .misfit(place, reason: reason) }

  private func missing<T>(_ key: String) throws -> T {
    throw DarknetError.missingKey(place, key: key)
  }
}
