// What a checkpoint's pickle calls by name: done here where tensors need it, else only noted.

extension Unpickler {
  /// - Throws: ``WeightFileError/malformed(file:key:reason:)`` for what runs programs or code.
  func global(_ module: String, _ name: String) throws -> PickleValue {
    guard !PickleGlobal.isAttack(module, name) else {
      throw reader.malformed(
        "the global \(shown(module)).\(shown(name)) is refused: it runs programs or code, which no weights need; the "
          + "file attacks whoever loads it")
    }
    return PickleGlobal.value(module, name)
  }

  mutating func call(_ function: PickleValue, _ operands: PickleValue) throws -> PickleValue {
    guard case .tuple = operands, let operands = heap.elements(operands) else {
      throw reader.malformed("a call with \(operands.kind) is refused")
    }
    switch function {
    case .global(let global): return try call(global, operands)
    // A method, or what else a call made.
    case .object(let index): return object(heap.objects[index].name)
    default: throw reader.malformed("a call of \(function.kind) is refused")
    }
  }

  private mutating func call(_ function: PickleGlobal, _ operands: [PickleValue]) throws -> PickleValue {
    switch function {
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
    case .rebuildTensor: return try tensor(operands)
    case .rebuildParameter: return try parameter(operands)
    case .rebuildSubclass:
      // (function, class, its operands, attributes), of these two functions alone: a chain of calls would be recursion.
      guard operands.count >= 3, case .global(let inner) = operands[0],
        let arguments = heap.elements(operands[2])
      else { throw reader.malformed("a tensor's subclass without a function or operands") }
      switch inner {
      case .rebuildTensor: return try tensor(arguments)
      case .rebuildParameter: return try parameter(arguments)
      default: return object(operands[1].kind, isTensor: true)
      }
    case .bytes: return .bytes
    case .storageType, .otherStorage: throw reader.malformed("a call of a storage's class is refused")
    case .foreign(let name):
      // The function through which older protocols make an object of any class.
      let isReconstructor = name == "copy_reg._reconstructor" || name == "copyreg._reconstructor"
      if isReconstructor, case .global(.foreign(let type))? = operands.first { return object(type) }
      return object(name, isTensor: PickleGlobal.makesTensor(name))
    }
  }

  // MARK: Objects

  mutating func object(_ name: String, isTensor: Bool = false) -> PickleValue {
    heap.objects.append(.init(name: name, isTensor: isTensor))
    return .object(heap.objects.count - 1)
  }

  /// What a class would have made.
  mutating func instance(of type: PickleValue) throws -> PickleValue {
    switch type {
    case .global(.orderedDict): return try dictionary([])
    case .global(.foreign(let name)): return object(name)
    case .global, .object: return object(heap.kind(of: type))
    default: throw reader.malformed("an object of \(type.kind) is refused")
    }
  }

  /// Attributes are dropped; those that only PyTorch's modules have say that an object is one.
  mutating func noteState(_ state: PickleValue, of value: PickleValue) {
    guard case .object(let index) = value, let pairs = heap.pairs(state) else { return }
    // They come first. More are not looked at, since many objects may share a state.
    let names = pairs.prefix(32).compactMap(\.key.text)
    if names.contains("_modules") && names.contains("_parameters") { heap.objects[index].isModule = true }
  }

  // MARK: Tensors

  /// `('storage', class, key, device, count)`, in the legacy format with `(key, offset, count)` of a part or None; in the
  /// legacy format also `('module', class, file, source)`, the class of a whole model.
  mutating func storage(_ reference: PickleValue) throws -> PickleValue {
    let fields = heap.elements(reference) ?? []
    if fields.count == 4, fields[0].text == "module" { return fields[1] }
    guard fields.count >= 5, fields[0].text == "storage", case .global(let type) = fields[1],
      let key = fields[2].text, let count = fields[4].int, count >= 0
    else { throw reader.malformed("a persistent reference to what is not a storage") }
    var part = 0..<count
    if fields.count > 5, let view = heap.elements(fields[5]) {
      guard view.count == 3, let offset = view[1].int, let size = view[2].int, 0...count ~= offset,
        0...count - offset ~= size
      else { throw reader.malformed("a storage's part lies outside of it") }
      part = offset..<offset + size
    }
    let (elements, size, name): (ElementType?, Int, String) =
      switch type {
      case .storageType(let type): (type, type.size, type.rawValue)
      case .otherStorage(let name, let size): (nil, size, name)
      default: (nil, 0, fields[1].kind)
      }
    heap.storages.append(
      .init(key: key, type: elements, elementSize: size, name: name, count: count, part: part))
    return .storage(heap.storages.count - 1)
  }

  /// `(tensor, …)`.
  private func parameter(_ operands: [PickleValue]) throws -> PickleValue {
    switch operands.first {
    case .tensor(let index)?: return .tensor(index)
    case .object(let index)?: return .object(index)
    default: throw reader.malformed("a parameter without a tensor")
    }
  }

  /// `(storage, offset, shape, strides, …)`; of types that came later the seventh is the type.
  private mutating func tensor(_ operands: [PickleValue]) throws -> PickleValue {
    guard operands.count >= 4, case .storage(let index) = operands[0], let offset = operands[1].int,
      let shape = heap.integers(operands[2]), let strides = heap.integers(operands[3])
    else { throw reader.malformed("a tensor without storage, offset, shape or strides") }
    let storage = heap.storages[index]
    guard let type = storage.type else {
      if operands.count > 6, case .global(.foreign(let name)) = operands[6] {
        return object(name, isTensor: true)
      }
      return object(storage.name, isTensor: true)
    }
    do {
      let layout = try StridedLayout(shape: shape, strides: strides, offset: offset, in: storage.part)
      heap.tensors.append(.init(storage: index, type: type, layout: layout))
    } catch {
      throw reader.malformed("a tensor \(shown("\(shape)")): \(error.reason)")
    }
    return .tensor(heap.tensors.count - 1)
  }
}
