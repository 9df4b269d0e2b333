/// What a checkpoint's pickle may hold. Containers and tensors are numbers of places in a ``PickleHeap``, so
/// that no nesting, however deep or circular, makes anything recursive.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int128)
  case real(Double)
  case string(String)
  case bytes
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case tensor(Int)
  case storage(Int)
  case elementType(ElementType)
  case global(PickleGlobal)

  /// In words, for people.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .string(let value): "'\(shown(value))'"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dict"
    case .tensor: "a tensor"
    case .storage: "a storage"
    case .elementType(let type): "the type \(type.rawValue)"
    case .global: "a function"
    }
  }

  var int: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }
  var text: String? { if case .string(let value) = self { value } else { nil } }
}

/// The only names that a pickle may refer to. Each stands for something done here; nothing of Python's runs.
enum PickleGlobal {
  case orderedDict
  case size
  case rebuildTensor
  case rebuildParameter
  case storageType(ElementType)

  /// The meaning of a module's name; nil for all that is refused.
  static func value(_ module: String, _ name: String) -> PickleValue? {
    switch (module, name) {
    case ("collections", "OrderedDict"): .global(.orderedDict)
    case ("torch", "Size"): .global(.size)
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): .global(.rebuildTensor)
    case ("torch._utils", "_rebuild_parameter"): .global(.rebuildParameter)
    case ("torch", _), ("torch.storage", _):
      storageTypes[name].map { .global(.storageType($0)) }
        ?? (module == "torch" ? elementTypes[name].map { .elementType($0) } : nil)
    default: nil
    }
  }

  private static let storageTypes: [String: ElementType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16,
    "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  private static let elementTypes: [String: ElementType] = [
    "float32": .float32, "float64": .float64, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
    "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8, "bool": .bool,
  ]
}

/// The containers, tensors and storages of one pickle.
struct PickleHeap {
  /// A block of elements that lies elsewhere in the file, or a part of one.
  struct Storage {
    let key: String
    let type: ElementType
    /// Elements of the whole block.
    let count: Int
    /// The elements that this storage has of it.
    let part: Range<Int>
  }

  struct PickledTensor {
    /// The number of its storage.
    let storage: Int
    /// In the whole block.
    let layout: StridedLayout
  }

  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [PickledTensor] = []

  /// The elements of a tuple or list.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): sequences[index]
    default: nil
    }
  }

  func pairs(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    if case .dictionary(let index) = value { dictionaries[index] } else { nil }
  }

  /// The integers of a tuple or list of nothing else.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value) else { return nil }
    let integers = elements.compactMap(\.int)
    return integers.count == elements.count ? integers : nil
  }
}
