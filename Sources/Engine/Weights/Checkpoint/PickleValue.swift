/// What a checkpoint's pickle may hold. Containers, tensors and objects are numbers of places in a ``PickleHeap``, so
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
  /// Of some class that is of no interest here, or what some function would have returned.
  case object(Int)
  case elementType(ElementType)
  case global(PickleGlobal)

  /// In words, for people; ``PickleHeap/kind(of:)`` knows the names of objects too.
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
    case .object: "an object"
    case .elementType(let type): "the type \(type.rawValue)"
    case .global(.foreign(let name)): shown(name)
    case .global: "a function"
    }
  }

  var int: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }
  var text: String? { if case .string(let value) = self { value } else { nil } }
}

/// The containers, tensors and storages of one pickle.
struct PickleHeap {
  /// A block of elements that lies elsewhere in the file, or a part of one.
  struct Storage {
    let key: String
    /// Nil where elements of such a type are not read.
    let type: ElementType?
    /// Bytes an element; 0 where the class is not known.
    let elementSize: Int
    /// Of the class.
    let name: String
    /// Elements of the whole block.
    let count: Int
    /// The elements that this storage has of it.
    let part: Range<Int>
  }

  struct PickledTensor {
    /// The number of its storage.
    let storage: Int
    let type: ElementType
    /// In the whole block.
    let layout: StridedLayout
  }

  struct Object {
    /// The class, or the function that was to make it.
    let name: String
    var isTensor = false
    /// Whether it has what PyTorch's modules have.
    var isModule = false
    /// The number of its dictionary, where it has pairs.
    var dictionary: Int?
  }

  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [PickledTensor] = []
  var objects: [Object] = []

  /// The elements of a tuple or list.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): sequences[index]
    default: nil
    }
  }

  func pairs(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    dictionary(value).map { dictionaries[$0] }
  }

  /// What a container is, whatever refers to it.
  enum Container: Hashable {
    case sequence(Int)
    case dictionary(Int)
  }

  /// Nil for what is no container.
  func container(_ value: PickleValue) -> Container? {
    switch value {
    case .tuple(let index), .list(let index): .sequence(index)
    default: dictionary(value).map { .dictionary($0) }
    }
  }

  /// The number of a value's dictionary.
  private func dictionary(_ value: PickleValue) -> Int? {
    switch value {
    case .dictionary(let index): index
    case .object(let index): objects[index].dictionary
    default: nil
    }
  }

  /// A value in words, for people.
  func kind(of value: PickleValue) -> String {
    guard case .object(let index) = value else { return value.kind }
    let object = objects[index]
    return object.isTensor
      ? "a tensor of \(shown(object.name)), which is not read" : "an object of \(shown(object.name))"
  }

  /// Of what a tensor is that is not read, or an array of NumPy's, in words; nil of all else.
  func unreadKind(of value: PickleValue) -> String? {
    guard case .object(let index) = value else { return nil }
    let object = objects[index]
    return object.isTensor || PickleGlobal.makesArray(object.name) ? UnreadKind.words(object.name) : nil
  }

  /// How many objects there are of each name, in the order of the first.
  var skipped: [(name: String, count: Int)] {
    var places: [ExactKey: Int] = [:]
    var counts: [(name: String, count: Int)] = []
    for object in objects {
      let name = object.isTensor ? "tensor of \(object.name)" : object.name
      if let place = places[ExactKey(name)] {
        counts[place].count += 1
      } else {
        places[ExactKey(name)] = counts.count
        counts.append((name, 1))
      }
    }
    return counts
  }

  /// The integers of a tuple or list of nothing else.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value) else { return nil }
    let integers = elements.compactMap(\.int)
    return integers.count == elements.count ? integers : nil
  }
}
