/// The names that a pickle refers to. Those that tensors need stand for something done here; of all others the name is all
/// that there is. Nothing of Python's runs.
enum PickleGlobal {
  case orderedDict
  case size
  case rebuildTensor
  case rebuildParameter
  /// Of a tensor with attributes, or of a subclass.
  case rebuildSubclass
  /// Makes bytes.
  case bytes
  case storageType(ElementType)
  /// Of elements that are not read: the class and bytes an element.
  case otherStorage(name: String, size: Int)
  /// Any other.
  case foreign(String)

  /// The meaning of a module's name.
  static func value(_ module: String, _ name: String) -> PickleValue {
    switch (module, name) {
    case ("collections", "OrderedDict"): return .global(.orderedDict)
    case ("torch", "Size"): return .global(.size)
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"),
      ("torch._utils", "_rebuild_tensor_v3"):
      return .global(.rebuildTensor)
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      return .global(.rebuildParameter)
    case ("torch._tensor", "_rebuild_from_type_v2"): return .global(.rebuildSubclass)
    case ("_codecs", "encode"), ("__builtin__", "bytes"), ("builtins", "bytes"), ("__builtin__", "bytearray"),
      ("builtins", "bytearray"):
      return .global(.bytes)
    case ("torch", _), ("torch.storage", _), ("torch.cuda", _):
      if let type = storageTypes[name] { return .global(.storageType(type)) }
      if let size = otherStorages[name] {
        return .global(.otherStorage(name: "\(module).\(name)", size: size))
      }
      if module == "torch", let type = elementTypes[name] { return .elementType(type) }
    default: break
    }
    return .global(.foreign("\(module).\(name)"))
  }

  /// Whether a name is of what runs programs or code. Nothing would run it here; but a file that names it is an attack on
  /// those who load it elsewhere, and is refused.
  static func isAttack(_ module: String, _ name: String) -> Bool {
    switch module {
    // Of these, programs save what files and terminals are like.
    case "os", "posix", "nt": !["stat_result", "terminal_size"].contains(name)
    case "subprocess", "pty", "runpy", "ctypes", "socket", "commands", "popen2": true
    case "builtins", "__builtin__": runningCode.contains(name)
    default: false
    }
  }

  private static let runningCode: Set<String> = [
    "eval", "exec", "execfile", "compile", "__import__", "open", "file", "input", "breakpoint",
  ]

  /// Whether a function makes a tensor: of those that are not done here, of other kinds than are read.
  static func makesTensor(_ name: String) -> Bool { name.hasPrefix("torch._utils._rebuild_") }

  /// Whether a function makes an array of NumPy's.
  static func makesArray(_ name: String) -> Bool {
    name.hasPrefix("numpy.") && (name.hasSuffix("._reconstruct") || name.hasSuffix("._frombuffer"))
  }

  private static let storageTypes: [String: ElementType] = [
    "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16,
    "BFloat16Storage": .bfloat16, "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16,
    "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  private static let otherStorages: [String: Int] = [
    "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "QInt8Storage": 1, "QUInt8Storage": 1,
    "QInt32Storage": 4, "QUInt4x2Storage": 1, "QUInt2x4Storage": 1, "UntypedStorage": 1,
  ]

  private static let elementTypes: [String: ElementType] = [
    "float32": .float32, "float64": .float64, "float16": .float16, "bfloat16": .bfloat16, "int64": .int64,
    "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8, "bool": .bool,
  ]
}
