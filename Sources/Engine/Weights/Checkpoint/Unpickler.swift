/// A reader of pickles that builds numbers, text, plain containers and descriptions of tensors. It executes nothing: the
/// few functions that tensors need are known by their names (``PickleGlobal``) and done here; of objects of all other
/// classes and of what other functions would return there is the name alone, and what was given to them is dropped.
///
/// Format: Python's `pickletools`, protocols 0 to 5.
struct Unpickler {
  var heap = PickleHeap()
  var reader: ByteReader
  private var stack: [PickleValue] = []
  /// Where on the stack the marks are: nothing below the last is touched until it is taken off.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var made = 0

  /// Bounds of what a pickle may make, far above what networks have.
  private static let mostValues = 1 << 22
  private static let mostBytes = 1 << 26
  private let end: Int

  init(_ reader: ByteReader) {
    self.reader = reader
    end = reader.position + Self.mostBytes
  }

  /// Where the pickle ends, once it is loaded.
  var position: Int { reader.position }

  /// Reads one pickle.
  /// - Throws: ``WeightFileError/malformed(file:key:reason:)``, naming the opcode or the global refused.
  mutating func load() throws -> PickleValue {
    while true {
      let code: UInt8 = try reader.integer()
      guard let opcode = PickleOpcode(rawValue: code) else {
        let name = PickleOpcode.nameOfRefused(code) ?? "0x\(String(code, radix: 16))"
        throw reader.malformed("the opcode \(name) is refused: it refers to what is not in the file")
      }
      if opcode == .STOP { return try pop() }
      guard reader.position <= end else { throw reader.malformed("more than \(Self.mostBytes) bytes") }
      try execute(opcode)
    }
  }

  private mutating func execute(_ opcode: PickleOpcode) throws {
    switch opcode {
    case .STOP: break
    case .PROTO:
      let version: UInt8 = try reader.integer()
      guard version <= 5 else { throw reader.malformed("protocol \(version) is not known") }
    case .FRAME: _ = try reader.integer(UInt64.self)
    case .MARK:
      marks.append(stack.count)
      try count(1)
    case .POP: if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case .POP_MARK: _ = try popToMark()
    case .DUP:
      let top = try pop()
      try push(top)
      try push(top)
    case .NONE: try push(.none)
    case .NEWTRUE: try push(.bool(true))
    case .NEWFALSE: try push(.bool(false))
    case .INT, .LONG: try push(decimal(reader.line()))
    case .BININT: try push(.integer(Int128(reader.integer(Int32.self))))
    case .BININT1: try push(.integer(Int128(reader.integer(UInt8.self))))
    case .BININT2: try push(.integer(Int128(reader.integer(UInt16.self))))
    case .LONG1: try push(.integer(long(Int(reader.integer(UInt8.self)))))
    case .LONG4: try push(.integer(long(Int(reader.integer(Int32.self)))))
    case .FLOAT:
      let line = try reader.line()
      guard let value = Double(line) else { throw reader.malformed("'\(shown(line))' is not a number") }
      try push(.real(value))
    case .BINFLOAT: try push(.real(Double(bitPattern: reader.integer(UInt64.self).byteSwapped)))
    case .STRING, .UNICODE: try push(.string(unescaped(reader.line(), isQuoted: opcode == .STRING)))
    case .SHORT_BINSTRING, .SHORT_BINUNICODE: try push(.string(reader.text(Int(reader.integer(UInt8.self)))))
    case .BINSTRING, .BINUNICODE: try push(.string(reader.text(Int(reader.integer(UInt32.self)))))
    case .BINUNICODE8: try push(.string(reader.text(Int(clamping: reader.integer(UInt64.self)))))
    case .SHORT_BINBYTES: try skipBytes(reader.integer(UInt8.self))
    case .BINBYTES: try skipBytes(reader.integer(UInt32.self))
    case .BINBYTES8, .BYTEARRAY8: try skipBytes(reader.integer(UInt64.self))
    case .EMPTY_TUPLE: try push(tuple([]))
    case .TUPLE: try push(tuple(popToMark()))
    case .TUPLE1: try push(tuple(pop(1)))
    case .TUPLE2: try push(tuple(pop(2)))
    case .TUPLE3: try push(tuple(pop(3)))
    case .EMPTY_LIST: try push(list([]))
    case .LIST: try push(list(popToMark()))
    case .APPEND: try append(pop(1))
    case .APPENDS: try append(popToMark())
    case .EMPTY_DICT: try push(dictionary([]))
    case .DICT: try push(dictionary(popToMark()))
    case .SETITEM: try set(pop(2))
    case .SETITEMS: try set(popToMark())
    case .PUT: memo[try index(reader.line())] = try top()
    case .BINPUT: memo[Int(try reader.integer(UInt8.self))] = try top()
    case .LONG_BINPUT: memo[Int(try reader.integer(UInt32.self))] = try top()
    case .MEMOIZE: memo[memo.count] = try top()
    case .GET: try push(remembered(index(reader.line())))
    case .BINGET: try push(remembered(Int(reader.integer(UInt8.self))))
    case .LONG_BINGET: try push(remembered(Int(reader.integer(UInt32.self))))
    case .GLOBAL: try push(global(reader.line(), reader.line()))
    case .STACK_GLOBAL:
      let names = try pop(2)
      guard let module = names[0].text, let name = names[1].text else {
        throw reader.malformed("STACK_GLOBAL of \(names[0].kind) and \(names[1].kind)")
      }
      try push(global(module, name))
    case .REDUCE:
      let operands = try pop(2)
      try push(call(operands[0], operands[1]))
    case .BUILD:
      // Attributes, such as the `_metadata` of a state dict: of no use here.
      let operands = try pop(2)
      try push(operands[0])
      noteState(operands[1], of: operands[0])
    case .NEWOBJ: try push(instance(of: pop(2)[0]))
    case .NEWOBJ_EX: try push(instance(of: pop(3)[0]))
    case .OBJ:
      guard let type = try popToMark().first else { throw reader.malformed("OBJ without a class") }
      try push(instance(of: type))
    case .INST:
      let type = try global(reader.line(), reader.line())
      _ = try popToMark()
      try push(instance(of: type))
    case .EMPTY_SET: try push(object("set"))
    case .FROZENSET:
      _ = try popToMark()
      try push(object("frozenset"))
    case .ADDITEMS:
      _ = try popToMark()
      guard case .object = try top() else { throw reader.malformed("ADDITEMS to \(try top().kind)") }
    case .BINPERSID: try push(storage(pop()))
    }
  }

  // MARK: The stack

  mutating func count(_ values: Int) throws {
    made += values
    guard made <= Self.mostValues else { throw reader.malformed("more than \(Self.mostValues) values") }
  }

  private mutating func push(_ value: PickleValue) throws {
    try count(1)
    stack.append(value)
  }

  private mutating func pop() throws -> PickleValue { try pop(1)[0] }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw reader.malformed("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw reader.malformed("no mark on the stack") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0) else { throw reader.malformed("the stack is empty") }
    return stack[stack.count - 1]
  }

  private func remembered(_ index: Int) throws -> PickleValue {
    guard let value = memo[index] else { throw reader.malformed("nothing is remembered as \(index)") }
    return value
  }

  // MARK: Text and numbers

  private func index(_ line: String) throws -> Int {
    guard let index = Int(line), index >= 0 else {
      throw reader.malformed("'\(shown(line))' is not an index")
    }
    return index
  }

  private func decimal(_ line: String) throws -> PickleValue {
    if line == "00" || line == "01" { return .bool(line == "01") }
    guard let value = Int128(line.hasSuffix("L") ? String(line.dropLast()) : line) else {
      throw reader.malformed("'\(shown(line))' is not an integer of 128 bits")
    }
    return .integer(value)
  }

  /// Two's complement, little-endian.
  private mutating func long(_ count: Int) throws -> Int128 {
    guard 0...16 ~= count else { throw reader.malformed("an integer of \(count) bytes") }
    let bytes = try reader.take(count)
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    return bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int128($1) }
  }

  /// Protocol 0 has text with escapes, which no key of a network needs.
  private func unescaped(_ line: String, isQuoted: Bool) throws -> String {
    var text = line[...]
    if isQuoted {
      guard line.utf8.count >= 2, let quote = line.first, quote == line.last, "'\"".contains(quote) else {
        throw reader.malformed("text without quotes")
      }
      text = text.dropFirst().dropLast()
    }
    guard !text.contains("\\") else { throw reader.malformed("escapes in text are refused") }
    return String(text)
  }

  private mutating func skipBytes(_ count: some FixedWidthInteger) throws {
    _ = try reader.take(Int(clamping: count))
    try push(.bytes)
  }

  // MARK: Containers

  private mutating func tuple(_ elements: [PickleValue]) -> PickleValue {
    heap.sequences.append(elements)
    return .tuple(heap.sequences.count - 1)
  }

  private mutating func list(_ elements: [PickleValue]) -> PickleValue {
    heap.sequences.append(elements)
    return .list(heap.sequences.count - 1)
  }

  private mutating func append(_ elements: [PickleValue]) throws {
    switch try top() {
    case .list(let index): heap.sequences[index] += elements
    case .object: break  // Of a class that is a list, or like one.
    case let other: throw reader.malformed("APPEND to \(other.kind)")
    }
  }

  mutating func dictionary(_ flat: [PickleValue]) throws -> PickleValue {
    heap.dictionaries.append(try pairs(flat))
    return .dictionary(heap.dictionaries.count - 1)
  }

  private mutating func set(_ flat: [PickleValue]) throws {
    switch try top() {
    case .dictionary(let index): heap.dictionaries[index] += try pairs(flat)
    case .object(let index):
      // Of a class that is a dict, such as defaultdict: its pairs are data like any dict's.
      let new = try pairs(flat)
      if let dictionary = heap.objects[index].dictionary {
        heap.dictionaries[dictionary] += new
      } else {
        heap.dictionaries.append(new)
        heap.objects[index].dictionary = heap.dictionaries.count - 1
      }
    case let other: throw reader.malformed("SETITEM of \(other.kind)")
    }
  }

  private func pairs(_ flat: [PickleValue]) throws -> [(key: PickleValue, value: PickleValue)] {
    guard flat.count.isMultiple(of: 2) else { throw reader.malformed("a key without a value") }
    return stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) }
  }
}
