/// The tensors of a checkpoint by their keys, found among all that a training script saves.
struct StateDictionary {
  /// The keys that lead to it from the top, joined by dots; empty at the top.
  let path: String
  /// The keys, and the tensors' numbers in the heap.
  let tensors: [(key: String, tensor: Int)]
  /// What is there beside them, and beside each dict on the way.
  let others: [(key: String, kind: String)]
  /// Where there are tensors, for people to choose from.
  let available: [String]
  /// Whether the key that was asked for led here; else it may be the first part of the tensors' keys.
  let isChosen: Bool

  private typealias Entry = (key: String, value: PickleValue)

  /// A dict, list or tuple, and how it is reached.
  private struct Node {
    let container: PickleValue
    let key: String
    /// Its number among the nodes; nil at the top.
    let parent: Int?
    let depth: Int
    var tensors = 0
    /// Whether keys are those of weights and biases; other dicts of tensors are an average, a queue, a class's weight.
    var isOfWeights = false
  }

  /// How deep dicts and lists are looked into, how many of them in one and in all, and under how long keys: a file must not
  /// cost time by what it holds, nor a long history hide the weights.
  private static let (deepest, mostInOne, most, longestKey) = (8, 256, 4096, 1000)

  /// - Parameter wanted: the keys that lead to the state dict, joined by dots; nil where it must be the only one.
  /// - Throws: ``WeightFileError`` where no tensors are found, or several state dicts.
  init(_ root: PickleValue, in heap: PickleHeap, at wanted: String? = nil, path file: String) throws {
    if case .tensor(let index) = root {
      self.path = ""
      self.tensors = [("tensor", index)]
      self.others = []
      self.available = []
      self.isChosen = false
      return
    }
    let nodes = Self.nodes(from: root, in: heap)
    func keys(to index: Int) -> String {
      sequence(first: index) { nodes[$0].parent }.map { nodes[$0].key }.reversed().dropFirst()
        .joined(separator: ".")
    }
    let withTensors = nodes.indices.filter { nodes[$0].tensors > 0 }
    let candidates = Self.candidates(nodes)
    guard !candidates.isEmpty else { throw Self.nothing(root, in: heap, file) }
    available = withTensors.map(keys).filter { !$0.isEmpty }
    var chosen: Int?
    if let wanted {
      chosen = withTensors.first { ExactKey(keys(to: $0)) == ExactKey(wanted) }
      // The keys may lead to a dict around the state dict.
      let within = candidates.filter { keys(to: $0).hasPrefix(wanted + ".") }
      if chosen == nil, within.count == 1 { chosen = within[0] }
    }
    isChosen = chosen != nil
    guard let place = chosen ?? (candidates.count == 1 ? candidates[0] : nil) else {
      if let wanted { throw WeightFileError.nothingUnder(file: file, key: wanted, keys: available) }
      throw WeightFileError.severalStateDicts(file: file, keys: candidates.map(keys))
    }
    self.path = keys(to: place)

    var others: [(key: String, kind: String)] = []
    let way = sequence(first: place) { nodes[$0].parent }.reversed()
    for (index, next) in zip(way, way.dropFirst()) {
      others += Self.entries(of: nodes[index].container, in: heap)
        .filter { ExactKey($0.key) != ExactKey(nodes[next].key) }.map { ($0.key, heap.kind(of: $0.value)) }
    }
    var tensors: [(key: String, tensor: Int)] = []
    for (key, value) in Self.entries(of: nodes[place].container, in: heap) {
      if case .tensor(let index) = value {
        tensors.append((key, index))
      } else {
        others.append((key, heap.kind(of: value)))
      }
    }
    (self.tensors, self.others) = (tensors, others)
  }

  /// Those that may be meant: the dicts of weights; where there is none the top, else any dict of tensors.
  private static func candidates(_ nodes: [Node]) -> [Int] {
    let withTensors = nodes.indices.filter { nodes[$0].tensors > 0 }
    let ofWeights = withTensors.filter { nodes[$0].isOfWeights }
    if !ofWeights.isEmpty { return ofWeights }
    return withTensors.first == 0 ? [0] : withTensors
  }

  /// All dicts and lists that are reached from the top, each once, those of optimizers left out; not what lies in a dict of
  /// weights.
  private static func nodes(from root: PickleValue, in heap: PickleHeap) -> [Node] {
    guard let first = heap.container(root) else { return [] }
    var nodes = [Node(container: root, key: "", parent: nil, depth: 0)]
    var seen: Set<PickleHeap.Container> = [first]
    var next = 0
    while next < nodes.count {
      let node = nodes[next]
      let entries = Self.entries(of: node.container, in: heap)
      // The state of an optimizer holds tensors by the parameters' numbers, or by their names.
      if entries.contains(where: { $0.key == "param_groups" }) {
        next += 1
        continue
      }
      for (key, value) in entries {
        guard case .tensor = value else { continue }
        nodes[next].tensors += 1
        if key.hasSuffix("weight") || key.hasSuffix("bias") { nodes[next].isOfWeights = true }
      }
      let end = min(most, nodes.count + mostInOne)
      if !nodes[next].isOfWeights && node.depth < deepest {
        for (key, value) in entries {
          guard nodes.count < end, let container = heap.container(value), key.utf8.count <= longestKey,
            !key.lowercased().contains("optim"), seen.insert(container).inserted
          else { continue }
          nodes.append(Node(container: value, key: key, parent: next, depth: node.depth + 1))
        }
      }
      next += 1
    }
    return nodes
  }

  /// The entries of a dict, a list or a tuple, whose keys are its places. As in Python, a key's last value counts, in the
  /// place of its first.
  private static func entries(of container: PickleValue, in heap: PickleHeap) -> [Entry] {
    if let elements = heap.elements(container) { return elements.enumerated().map { ("\($0)", $1) } }
    var places: [ExactKey: Int] = [:]
    var entries: [Entry] = []
    for (key, value) in heap.pairs(container) ?? [] {
      let key = key.text ?? heap.kind(of: key)
      if let place = places[ExactKey(key)] {
        entries[place].value = value
      } else {
        places[ExactKey(key)] = entries.count
        entries.append((key, value))
      }
    }
    return entries
  }

  /// What is there in the place of tensors.
  private static func nothing(_ root: PickleValue, in heap: PickleHeap, _ file: String) -> WeightFileError {
    let entries = Self.entries(of: root, in: heap)
    func module(_ value: PickleValue) -> PickleHeap.Object? {
      guard case .object(let index) = value, heap.objects[index].isModule else { return nil }
      return heap.objects[index]
    }
    if let model = module(root) { return ForeignFormat.error(wholeModel: model.name, under: nil, path: file) }
    for (key, value) in entries {
      if let model = module(value) {
        return ForeignFormat.error(wholeModel: model.name, under: key, path: file)
      }
    }
    let isOptimizer = entries.contains { $0.key == "param_groups" }
    let found = heap.pairs(root)?.isEmpty ?? true ? heap.kind(of: root) : listed(entries.map(\.key))
    return .malformed(
      file: file, key: nil,
      reason: isOptimizer ? "the state of an optimizer, no weights" : "no dict of tensors; found \(found)")
  }
}
