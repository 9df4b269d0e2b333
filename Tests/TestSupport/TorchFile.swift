import Engine
import Foundation

/// Checkpoints in PyTorch's older format, good and hostile, made opcode by opcode as `torch.save` and Python's pickle do.
public enum TorchFile {
  /// What is pickled.
  public indirect enum Value {
    case text(String)
    case integer(Int)
    case dict([(String, Value)])
    /// In the file's order of elements.
    case tensor(Tensor)
    /// An object of a class, with attributes.
    case object(String, String, Value)
    /// Values between opcodes that begin and end a tuple or list of them.
    case sequence([UInt8], [Value], [UInt8])
    /// Opcodes that leave one value on the stack.
    case opcodes([UInt8])
  }

  /// A file that holds a value.
  public static func data(_ value: Value) -> Data {
    var pickler = Pickler()
    pickler.add(value)
    var data = Data(pickle([0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]))
    data += pickle([UInt8(ascii: "M"), 0xE9, 3])
    data += pickle([UInt8(ascii: "}")] + text("little_endian") + [0x88, UInt8(ascii: "s")])
    data += pickle(pickler.opcodes)
    let keys = pickler.tensors.indices.flatMap { text("\($0)") }
    data += pickle([UInt8(ascii: "]"), UInt8(ascii: "(")] + keys + [UInt8(ascii: "e")])
    for tensor in pickler.tensors {
      data += bytes(UInt64(tensor.count))
      for element in tensor.scalars { data += bytes(element.bitPattern) }
    }
    return data
  }

  /// Protocol 2, opcodes and an end.
  private static func pickle(_ opcodes: [UInt8]) -> [UInt8] { [0x80, 2] + opcodes + [UInt8(ascii: ".")] }

  /// The opcode of a text.
  public static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + bytes(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  /// The opcode of a name in a module.
  public static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  private static func integer(_ value: Int) -> [UInt8] {
    [0x8A, 8] + bytes(UInt64(bitPattern: Int64(value)))
  }

  private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private struct Pickler {
    var opcodes: [UInt8] = []
    var tensors: [Tensor] = []

    mutating func add(_ value: Value) {
      switch value {
      case .text(let value): opcodes += text(value)
      case .integer(let value): opcodes += integer(value)
      case .dict(let entries):
        opcodes += Array("}(".utf8)
        for (key, value) in entries {
          opcodes += text(key)
          add(value)
        }
        opcodes += Array("u".utf8)
      case .tensor(let tensor): add(tensor)
      case .object(let module, let name, let state):
        opcodes += global(module, name) + [UInt8(ascii: ")"), 0x81]
        add(state)
        opcodes += Array("b".utf8)
      case .sequence(let start, let values, let end):
        opcodes += start
        for value in values { add(value) }
        opcodes += end
      case .opcodes(let made): opcodes += made
      }
    }

    private mutating func add(_ tensor: Tensor) {
      func tuple(_ integers: [Int]) -> [UInt8] {
        Array("(".utf8) + integers.flatMap(integer) + Array("t".utf8)
      }
      let extents = tensor.shape.dimensions
      let strides = extents.indices.map { extents[($0 + 1)...].reduce(1, *) }
      opcodes += global("torch._utils", "_rebuild_tensor_v2") + Array("((".utf8) + text("storage")
      opcodes +=
        global("torch", "FloatStorage") + text("\(tensors.count)") + text("cpu") + integer(tensor.count)
      opcodes += Array("NtQ".utf8) + integer(0) + tuple(extents) + tuple(strides) + [0x89]
      opcodes += global("collections", "OrderedDict") + Array(")RtR".utf8)
      tensors.append(tensor)
    }
  }
}

extension ParameterStore {
  /// The parameters as a state dict, counters left out.
  public func stateDict(prefix: String = "") -> TorchFile.Value {
    .dict(
      all.filter { $0.role != .counter }.map { (prefix + $0.name, .tensor($0.layout.toFile($0.value))) })
  }
}
