/// The tensors of a checkpoint by their keys, out of the wrappings in which they are saved.
struct StateDictionary {
  /// The keys, and the tensors' numbers in the heap.
  private(set) var tensors: [(key: String, tensor: Int)] = []
  /// What is there beside them, wrappings included.
  private(set) var others: [(key: String, kind: String)] = []

  /// The keys under which training scripts save a state dict beside other things, the likeliest first.
  private static let wrappings = ["state_dict", "model_state_dict", "model"]
  private static let parallelPrefix = "module."

  /// - Throws: ``WeightFileError/malformed(file:key:reason:)`` where no tensors are found.
  init(_ root: PickleValue, in heap: PickleHeap, path: String) throws {
    var value = root
    for _ in 0...Self.wrappings.count {
      guard let pairs = heap.pairs(value) else { break }
      // As in Python, a key's last value counts, in the place of its first.
      var places: [String: Int] = [:]
      var entries: [(key: String, value: PickleValue)] = []
      for (key, value) in pairs {
        let key = key.text ?? key.kind
        if let place = places[key] {
          entries[place].value = value
        } else {
          places[key] = entries.count
          entries.append((key, value))
        }
      }
      var wrapped: PickleValue?
      if !entries.contains(where: { $0.value.isTensor }) {
        wrapped = Self.wrappings.lazy.compactMap { places[$0] }.map { entries[$0].value }
          .first { heap.pairs($0) != nil }
      }
      if let wrapped {
        others += entries.filter { !Self.wrappings.contains($0.key) }.map { ($0.key, $0.value.kind) }
        value = wrapped
        continue
      }
      for (key, value) in entries {
        if case .tensor(let index) = value {
          tensors.append((key, index))
        } else {
          others.append((key, value.kind))
        }
      }
      break
    }
    guard !tensors.isEmpty else {
      let found = others.isEmpty ? root.kind : others.prefix(8).map { shown($0.key) }.joined(separator: ", ")
      throw WeightFileError.malformed(
        file: path, key: nil,
        reason: "no dict of tensors, nor one under \(Self.wrappings.joined(separator: ", ")); found \(found)")
    }
    if tensors.allSatisfy({ $0.key.hasPrefix(Self.parallelPrefix) }) {
      tensors = tensors.map { (String($0.key.dropFirst(Self.parallelPrefix.count)), $0.tensor) }
    }
  }
}

extension PickleValue {
  fileprivate var isTensor: Bool { if case .tensor = self { true } else { false } }
}
