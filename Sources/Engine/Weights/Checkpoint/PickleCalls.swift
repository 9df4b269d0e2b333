// What a checkpoint's pickle calls by name, done here.

extension Unpickler {
  func global(_ module: String, _ name: String) throws -> PickleValue {
    guard let value = PickleGlobal.value(module, name) else {
      throw reader.malformed(
        "the global \(shown(module)).\(shown(name)) is refused: only tensors and plain containers are read")
    }
    return value
  }

  mutating func call(_ function: PickleValue, _ operands: PickleValue) throws -> PickleValue {
    guard case .global(let global) = function, case .tuple = operands, let operands = heap.elements(operands)
    else { throw reader.malformed("a call of \(function.kind) is refused") }
    switch global {
    case .orderedDict:
      guard let pairs = operands.first else { return try dictionary([]) }
      // Python 2 hands over a list of pairs.
      let elements = heap.elements(pairs) ?? []
      // A list that calls share is copied each time: it counts each time.
      try count(elements.count)
      let flat = elements.compactMap { heap.elements($0) }
      guard flat.count == elements.count, flat.allSatisfy({ $0.count == 2 }) else {
        throw reader.malformed("OrderedDict of no pairs")
      }
      return try dictionary(flat.flatMap { $0 })
    case .size:
      // Many calls may share one tuple, which is gone through each time.
      if let first = operands.first { try count(heap.elements(first)?.count ?? 0) }
      guard operands.count == 1, heap.integers(operands[0]) != nil else {
        throw reader.malformed("torch.Size of no integers")
      }
      return operands[0]
    case .rebuildParameter:
      guard case .tensor = operands.first else { throw reader.malformed("a parameter without a tensor") }
      return operands[0]
    case .rebuildTensor: return try tensor(operands)
    case .storageType: throw reader.malformed("a call of a storage's class is refused")
    }
  }

  /// `('storage', class, key, device, count)`, in the legacy format with `(key, offset, count)` of a part or None.
  mutating func storage(_ reference: PickleValue) throws -> PickleValue {
    guard let fields = heap.elements(reference), fields.count >= 5, fields[0].text == "storage",
      case .global(.storageType(let type)) = fields[1], let key = fields[2].text, let count = fields[4].int,
      count >= 0
    else { throw reader.malformed("a persistent reference to what is not a storage") }
    var part = 0..<count
    if fields.count > 5, let view = heap.elements(fields[5]) {
      guard view.count == 3, let offset = view[1].int, let size = view[2].int, 0...count ~= offset,
        0...count - offset ~= size
      else { throw reader.malformed("a storage's part lies outside of it") }
      part = offset..<offset + size
    }
    heap.storages.append(.init(key: key, type: type, count: count, part: part))
    return .storage(heap.storages.count - 1)
  }

  /// `(storage, offset, shape, strides, …)`.
  private mutating func tensor(_ operands: [PickleValue]) throws -> PickleValue {
    guard operands.count >= 4, case .storage(let index) = operands[0], let offset = operands[1].int,
      let shape = heap.integers(operands[2]), let strides = heap.integers(operands[3])
    else { throw reader.malformed("a tensor without storage, offset, shape or strides") }
    let part = heap.storages[index].part
    do {
      let layout = try StridedLayout(
        shape: shape, strides: strides, offset: offset, in: part)
      heap.tensors.append(.init(storage: index, layout: layout))
    } catch {
      throw reader.malformed("a tensor \(shown("\(shape)")): \(error.reason)")
    }
    return .tensor(heap.tensors.count - 1)
  }
}
