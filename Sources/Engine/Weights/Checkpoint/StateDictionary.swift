/// The tensors of a checkpoint by their keys, found among all that a training script saves.
struct StateDictionary {
  /// The keys that lead to it from the top, joined by dots; empty at the top.
  let path: String
  /// The keys, and the tensors' numbers in the heap.
  let tensors: [(key: String, tensor: Int)]
  /// What is there beside them, and beside each dict on the way.
  let others: [(key: String, kind: String)]
  /// Of these the tensors beside them that are of no kind that is read, with the kind in words.
  let unread: [(key: String, kind: String)]
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

  /// All dicts, lists and tuples that are looked at.
  private struct Nodes {
    let all: [Node]
    /// Their numbers. What is reached on several ways is one of them, under the first: a file that leads to one thing on a
    /// million ways must not cost a million.
    let places: [PickleHeap.Container: Int]

    /// The numbers from the top to a node on the first way, both included.
    func way(to index: Int) -> [Int] { sequence(first: index) { all[$0].parent }.reversed() }

    /// The keys on the first way, joined by dots.
    func keys(to index: Int) -> String {
      way(to: index).dropFirst().map { all[$0].key }.joined(separator: ".")
    }

    func place(of index: Int) -> Place { (keys: keys(to: index), way: way(to: index)) }
  }

  /// The keys and the nodes from the top to a dict of tensors.
  private typealias Place = (keys: String, way: [Int])

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
      self.unread = []
      self.available = []
      self.isChosen = false
      return
    }
    let nodes = Self.nodes(from: root, in: heap)
    let candidates = Self.candidates(nodes.all)
    guard !candidates.isEmpty else { throw Self.nothing(root, nodes.all, in: heap, file) }
    let withTensors = nodes.all.indices.filter { nodes.all[$0].tensors > 0 }
    available = withTensors.map { nodes.keys(to: $0) }.filter { !$0.isEmpty }
    let chosen = wanted.flatMap { Self.chosen($0, among: candidates, of: nodes, in: heap) }
    isChosen = chosen != nil
    let before = candidates.first { wanted?.hasPrefix(nodes.keys(to: $0) + ".") ?? false }
    let only = candidates.count == 1 ? candidates[0] : before
    guard let place = chosen ?? only.map(nodes.place) else {
      if let wanted { throw WeightFileError.nothingUnder(file: file, key: wanted, keys: available) }
      throw WeightFileError.severalStateDicts(file: file, keys: candidates.map { nodes.keys(to: $0) })
    }
    self.path = place.keys

    var others: [(key: String, kind: String)] = []
    // What is read is not left out where it stands under another key.
    let onWay = Set(place.way.map { heap.container(nodes.all[$0].container) })
    for index in place.way.dropLast() {
      others += Self.entries(of: nodes.all[index].container, in: heap)
        .filter { !onWay.contains(heap.container($0.value)) }.map { ($0.key, heap.kind(of: $0.value)) }
    }
    var tensors: [(key: String, tensor: Int)] = []
    let entries = Self.entries(of: nodes.all[place.way.last!].container, in: heap)
    for (key, value) in entries {
      if case .tensor(let index) = value {
        tensors.append((key, index))
      } else {
        others.append((key, heap.kind(of: value)))
      }
    }
    (self.tensors, self.others) = (tensors, others)
    unread = Self.unread(among: entries, heap)
  }

  private static func unread(among entries: [Entry], _ heap: PickleHeap) -> [(key: String, kind: String)] {
    entries.compactMap { entry in heap.unreadKind(of: entry.value).map { (key: entry.key, kind: $0) } }
  }

  /// Where keys lead: to a dict of tensors, on whatever way, or to one around the only state dict in it; else nil.
  private static func chosen(
    _ wanted: String, among candidates: [Int], of nodes: Nodes, in heap: PickleHeap
  ) -> Place? {
    let ways = Self.ways(wanted, in: nodes, heap)
    if let way = ways.first(where: { nodes.all[$0.last!].tensors > 0 }) { return (keys: wanted, way: way) }
    let ends = Set(ways.map { $0.last! })
    let within = candidates.filter { candidate in
      nodes.keys(to: candidate).hasPrefix(wanted + ".")
        || nodes.way(to: candidate).contains { ends.contains($0) }
    }
    return within.count == 1 ? nodes.place(of: within[0]) : nil
  }

  /// Every way on which keys joined by dots lead to a node. The keys themselves may have dots: what is left of the text behind
  /// each of them is gone on with, from each node once.
  private static func ways(_ wanted: String, in nodes: Nodes, _ heap: PickleHeap) -> [[Int]] {
    struct Step: Hashable {
      let node: Int
      let rest: Int
    }
    let wanted = Array(wanted.utf8)
    var found: [[Int]] = []
    var open: [(way: [Int], rest: ArraySlice<UInt8>)] = [(way: [0], rest: wanted[...])]
    var seen: Set<Step> = []
    var next = 0
    while next < open.count {
      let (way, rest) = open[next]
      next += 1
      for (key, value) in entries(of: nodes.all[way.last!].container, in: heap) {
        guard rest.starts(with: key.utf8), let container = heap.container(value),
          let node = nodes.places[container]
        else { continue }
        let behind = rest.dropFirst(key.utf8.count)
        guard behind.isEmpty || behind.first == UInt8(ascii: "."),
          seen.insert(Step(node: node, rest: behind.count)).inserted
        else { continue }
        if behind.isEmpty {
          found.append(way + [node])
        } else {
          open.append((way: way + [node], rest: behind.dropFirst()))
        }
      }
    }
    return found
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
  private static func nodes(from root: PickleValue, in heap: PickleHeap) -> Nodes {
    guard let first = heap.container(root) else { return Nodes(all: [], places: [:]) }
    var nodes = [Node(container: root, key: "", parent: nil, depth: 0)]
    var places = [first: 0]
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
            !key.lowercased().contains("optim"), places[container] == nil
          else { continue }
          places[container] = nodes.count
          nodes.append(Node(container: value, key: key, parent: next, depth: node.depth + 1))
        }
      }
      next += 1
    }
    return Nodes(all: nodes, places: places)
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
  private static func nothing(
    _ root: PickleValue, _ nodes: [Node], in heap: PickleHeap, _ file: String
  ) -> WeightFileError {
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
    var unread: [(key: String, kind: String)] = []
    for node in nodes {
      let found = Self.unread(among: Self.entries(of: node.container, in: heap), heap)
      if found.count > unread.count { unread = found }
    }
    if !unread.isEmpty {
      let kinds = unread.reduce(into: [String]()) { if !$0.contains($1.kind) { $0.append($1.kind) } }
      let verb = unread.count == 1 ? "holds" : "hold"
      return .malformed(
        file: file, key: nil,
        reason: "no tensors that are read: \(listed(unread.map(\.key), limit: 3)) \(verb) "
          + "\(listed(kinds, limit: 3)); \(UnreadKind.advice(kinds.prefix(3)))")
    }
    let isOptimizer = entries.contains { $0.key == "param_groups" }
    let found = heap.pairs(root)?.isEmpty ?? true ? heap.kind(of: root) : listed(entries.map(\.key))
    return .malformed(
      file: file, key: nil,
      reason: isOptimizer ? "the state of an optimizer, no weights" : "no dict of tensors; found \(found)")
  }
}
