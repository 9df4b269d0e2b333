import Engine
import Foundation
import TestSupport
import XCTest

/// Objects of any class are passed by, and so are those that are made to hurt: nothing is executed, nothing recurses, and
/// neither time nor memory grows beyond what the file's size explains.
final class HostileCheckpointTests: XCTestCase {
  private let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pth")

  override func tearDown() { try? FileManager.default.removeItem(at: file) }

  private let weights = TorchFile.Value.dict([("fc.weight", .tensor(Tensor([1, 2], shape: [1, 2])))])

  private func read(_ value: TorchFile.Value, key: String? = nil) throws -> WeightFile {
    try TorchFile.data(value).write(to: file)
    return try WeightFile(path: file.path, key: key)
  }

  /// The weights beside a value made of opcodes are read.
  private func assertPassedBy(
    _ opcodes: [UInt8], as kind: String, skipping: [String: Int], line: UInt = #line
  ) throws {
    let file = try read(.dict([("net", weights), ("x", .opcodes(opcodes))]))
    XCTAssertEqual(file.keys, ["fc.weight"], line: line)
    XCTAssertEqual(try file.tensor("fc.weight").scalars, [1, 2], line: line)
    XCTAssertEqual(file.others.map(\.key), ["x"], line: line)
    XCTAssertEqual(file.others.first?.kind, kind, line: line)
    let skipped = Dictionary(uniqueKeysWithValues: file.skipped.map { ($0.name, $0.count) })
    XCTAssertEqual(skipped, skipping, line: line)
  }

  private func assertRefused(
    _ opcodes: [UInt8], _ reason: String, line: UInt = #line
  ) {
    XCTAssertThrowsError(try read(.dict([("net", weights), ("x", .opcodes(opcodes))])), line: line) {
      XCTAssertTrue("\($0)".contains(reason), "\($0)", line: line)
      XCTAssertLessThan("\($0)".count, 600, line: line)
    }
  }

  private func global(_ module: String, _ name: String) -> [UInt8] { TorchFile.global(module, name) }
  private func op(_ characters: String) -> [UInt8] { Array(characters.utf8) }
  private func repeated(_ opcodes: [UInt8], _ count: Int) -> [UInt8] { (0..<count).flatMap { _ in opcodes } }

  /// `a.B`, and an object of it.
  private let type: [UInt8] = TorchFile.global("a", "B")
  private let object: [UInt8] = TorchFile.global("a", "B") + [0x29, 0x81]
  private let newObject: [UInt8] = [0x81]
  private let tuple1: [UInt8] = [0x85]

  /// Each opcode that makes an object, and what is done to one.
  func testEveryWayToMakeAnObject() throws {
    let reconstructed =
      global("copy_reg", "_reconstructor") + op("(") + type + global("__builtin__", "object")
    let extended: [UInt8] = [0x92]
    let ways: [[UInt8]] = [
      object, type + op(")R"), type + op(")}") + extended, op("(") + type + op("o"), op("(ia\nB\n"),
      reconstructed + op("NtR"), object + op("K\u{1}b"), object + op("(K\u{1}K\u{2}e"),
      object + op("(K\u{1}K\u{2}u"),
    ]
    for opcodes in ways { try assertPassedBy(opcodes, as: "an object of a.B", skipping: ["a.B": 1]) }
    let addItems: [UInt8] = [0x8F, 0x28, 0x4E, 0x90]
    try assertPassedBy(addItems, as: "an object of set", skipping: ["set": 1])
    let frozenSet: [UInt8] = [0x28, 0x4E, 0x91]
    try assertPassedBy(frozenSet, as: "an object of frozenset", skipping: ["frozenset": 1])
    // A method of an object, called: the name of what was called last.
    try assertPassedBy(
      global("__builtin__", "getattr") + op(")R)R"), as: "an object of __builtin__.getattr",
      skipping: ["__builtin__.getattr": 2])
    try assertPassedBy(global("math", "sqrt"), as: "math.sqrt", skipping: [:])
    try assertPassedBy(global("_codecs", "encode") + op(")R"), as: "bytes", skipping: [:])
  }

  func testWhatRunsCodeIsRefusedWhereverItStands() {
    for (module, name) in [
      ("os", "system"), ("posix", "execv"), ("nt", "system"), ("subprocess", "run"), ("builtins", "exec"),
      ("__builtin__", "execfile"), ("runpy", "run_path"), ("socket", "create_connection"), ("ctypes", "CDLL"),
    ] {
      let named = global(module, name)
      let ways: [[UInt8]] = [
        named, named + op(")R"), type + named + tuple1 + op("R"), op("(i\(module)\n\(name)\n"),
      ]
      for opcodes in ways {
        assertRefused(opcodes, "\(module).\(name) is refused: it runs programs or code")
      }
    }
  }

  func testBrokenOpcodesOfObjects() {
    assertRefused(op("N)") + newObject, "an object of None is refused")
    assertRefused(op("N)R"), "a call of None is refused")
    assertRefused(type + op("NR"), "a call with None is refused")
    assertRefused(op("(o"), "OBJ without a class")
    assertRefused([0x4E, 0x28, 0x90], "ADDITEMS to None")
    assertRefused(op("(") + newObject, "the stack is empty")
    assertRefused([0x28, 0x92], "the stack is empty")
    assertRefused([0x91], "no mark on the stack")
    assertRefused(object + op("(K\u{1}u"), "a key without a value")
    assertRefused(op("ia\nB\n"), "no mark on the stack")
    assertRefused(op("(ia\nB"), "a line without an end")
    // Claimed sizes of text, bytes and integers that the file does not have.
    for opcode: UInt8 in [0x58, 0x54, 0x42] {
      assertRefused([opcode, 0xFF, 0xFF, 0xFF, 0xFF], "4294967295 more")
    }
    for opcode: UInt8 in [0x8D, 0x8E, 0x96] {
      assertRefused([opcode] + [UInt8](repeating: 0xFF, count: 8), "9223372036854775807 more")
    }
    assertRefused([0x8B, 0xFF, 0xFF, 0xFF, 0x7F], "an integer of 2147483647 bytes")
  }

  // MARK: Deep and circular

  /// An object in an object in an object, in each way; objects that hold themselves.
  func testDeepNesting() throws {
    let depth = 100_000
    let kept = type + [0x71, 0]
    let again: [UInt8] = [0x68, 0]
    // B.__new__(B, B.__new__(B, …)), and calls likewise.
    for call in [newObject, op("R")] {
      let opcodes = kept + repeated(again, depth) + op(")") + repeated(call + tuple1, depth) + call
      try assertPassedBy(opcodes, as: "an object of a.B", skipping: ["a.B": depth + 1])
    }
    // Attributes of attributes.
    let one = again + op(")") + newObject
    let attributes = kept + op("0") + repeated(one, depth) + repeated(op("b"), depth - 1)
    try assertPassedBy(attributes, as: "an object of a.B", skipping: ["a.B": depth])
    // A dict in a dict in a dict, and objects that are dicts.
    func nested(_ dict: [UInt8]) -> [UInt8] {
      kept + op("0") + repeated(dict + TorchFile.text("k"), depth) + dict + repeated(op("s"), depth)
    }
    try assertPassedBy(nested(op("}")), as: "a dict", skipping: [:])
    try assertPassedBy(nested(one), as: "an object of a.B", skipping: ["a.B": depth + 1])
    // A chain of tensors' subclasses would be recursion: one link is followed.
    let subclass = global("torch._tensor", "_rebuild_from_type_v2")
    let chain = repeated(op("(") + subclass + op("N"), 1000) + op(")") + repeated(op("Nt"), 1000)
    try assertPassedBy(
      subclass + chain + op("R"), as: "a tensor of None, which is not read", skipping: ["tensor of None": 1])
  }

  func testCircles() throws {
    let memo: [UInt8] = [0x71, 7]
    let get: [UInt8] = [0x68, 7]
    let itself = TorchFile.text("self") + get + op("s")
    try assertPassedBy(object + memo + get + op("b"), as: "an object of a.B", skipping: ["a.B": 1])
    try assertPassedBy(object + memo + itself, as: "an object of a.B", skipping: ["a.B": 1])
    try assertPassedBy(op("}") + memo + itself, as: "a dict", skipping: [:])
    // A state dict within itself.
    let circle =
      op("}") + memo + TorchFile.text("model") + get + op("s") + TorchFile.text("other") + get + op("s")
    XCTAssertThrowsError(try read(.opcodes(circle))) {
      XCTAssertTrue("\($0)".hasSuffix("no dict of tensors; found model, other"), "\($0)")
    }
  }

  /// One dict under several keys: each of them leads to it, and none of them is left out. What is shared at every level is
  /// reached on as many ways as two to the number of levels.
  func testOneDictUnderSeveralKeys() throws {
    let kept = TorchFile.Value.sequence([], [weights], [0x71, 7])
    let again = TorchFile.Value.opcodes([0x68, 7])
    let saved = TorchFile.Value.dict([
      ("net", kept), ("best", again), ("run", .dict([("ema", again), ("step", .integer(1))])),
    ])
    for (key, place, others) in [
      (nil, "net", ["run"]), ("net", "net", ["run"]), ("best", "best", ["run"]),
      ("run.ema", "run.ema", ["step"]),
    ] as [(String?, String, [String])] {
      let file = try read(saved, key: key)
      XCTAssertEqual(file.place, place)
      XCTAssertEqual(file.others.map(\.key), others, place)
      XCTAssertEqual(try file.tensor("fc.weight").scalars, [1, 2])
    }
    XCTAssertThrowsError(try read(saved, key: "run.step"))
    XCTAssertThrowsError(try read(saved, key: "run.net"))
    // Around the state dict.
    let around = TorchFile.Value.sequence([], [.dict([("state", weights)])], [0x71, 7])
    let wrapped = try read(.dict([("net", around), ("best", again)]), key: "best")
    XCTAssertEqual(wrapped.place, "net.state")
    XCTAssertEqual(wrapped.others.count, 0)

    var value = TorchFile.Value.sequence([], [weights], [0x71, 100])
    for level in UInt8(101)...106 {
      let shared = TorchFile.Value.opcodes([0x68, level - 1])
      value = .sequence([], [.dict([("a", value), ("b", shared)])], [0x71, level])
    }
    for key in ["a.a.a.a.a.a", "b.b.b.b.b.b", "a.b.b.a.b.a"] {
      let file = try read(value, key: key)
      XCTAssertEqual(file.place, key)
      XCTAssertEqual(file.others.count, 0)
    }
  }

  /// Tensors of kinds that are not read are named where a network wants them, whatever stands before their keys.
  func testTensorsThatAreNotRead() throws {
    let store = ParameterStore(initializes: false)
    _ = store.scope["fc"].parameter("weight", [1, 2], .zeros)
    _ = store.scope["fc"].parameter("bias", [1], .zeros)
    for (module, name, kind, advice) in [
      ("torch._utils", "_rebuild_sparse_tensor", "sparse numbers", "save tensor.to_dense()"),
      ("torch._utils", "_rebuild_qtensor", "quantized numbers", "save tensor.dequantize()"),
      ("numpy.core.multiarray", "_reconstruct", "a NumPy array", "save torch.from_numpy(array)"),
    ] {
      let bias = TorchFile.Value.opcodes(global(module, name) + op(")R"))
      let weight = TorchFile.Value.tensor(Tensor([1, 2], shape: [1, 2]))
      let file = try read(.dict([("module.fc.weight", weight), ("module.fc.bias", bias)]))
      XCTAssertThrowsError(try store.load(file)) {
        XCTAssertEqual(
          $0 as? WeightFileError,
          .mismatch(file: self.file.path, misfits: [.wrongType(key: "fc.bias", type: kind)]))
        XCTAssertTrue("\($0)".hasSuffix(advice), "\($0)")
      }
      XCTAssertThrowsError(try read(.dict([("epoch", .integer(1)), ("net", .dict([("fc.bias", bias)]))]))) {
        XCTAssertTrue("\($0)".contains("no tensors that are read: fc.bias holds \(kind); "), "\($0)")
        XCTAssertTrue("\($0)".hasSuffix(advice), "\($0)")
      }
    }
  }

  // MARK: Much from little

  /// A million references to one thing cost what a million references cost.
  func testSharedThings() throws {
    // Objects that share one large state; dicts that share one child.
    let many = 100_000
    let large = op("}(") + repeated(op("NN"), many) + op("uq\u{5}0")
    let kept = type + op("q\u{6}0")
    let each = op("h\u{6})") + newObject + op("h\u{5}b0")
    try assertPassedBy(large + kept + repeated(each, many) + op("N"), as: "None", skipping: ["a.B": many])
    let shared: [UInt8] = [0x68, 5]
    let entries = (0..<many).flatMap { (number: Int) -> [UInt8] in TorchFile.text("\(number)") + shared }
    try assertPassedBy(large + op("}(") + entries + op("u"), as: "a dict", skipping: [:])
  }

  /// Long keys above many dicts: a path for each would be their product.
  func testLongKeysAboveManyDicts() throws {
    let long = String(repeating: "x", count: 1 << 20)
    let tensor = TorchFile.Value.tensor(Tensor([1], shape: [1]))
    let children = (0..<6000).map { ("\($0)", TorchFile.Value.dict([("mean", tensor)])) }
    let inner = TorchFile.Value.dict(children.prefix(300).map { ($0, $1) })
    XCTAssertEqual(try read(.dict([("net", weights), (long, inner)])).keys, ["fc.weight"])
    XCTAssertEqual(try read(.dict([("net", weights), ("many", .dict(children))])).keys, ["fc.weight"])
    XCTAssertThrowsError(try read(.dict([("net", weights), ("many", .dict(children))]), key: "none")) {
      XCTAssertLessThan("\($0)".count, 1500)
    }
  }

  /// Keys that a terminal would obey, and too many of them, in every line that is printed of a file.
  func testLinesStayLines() throws {
    let evil = "\u{1B}[2J\n\u{202E}\u{85}"
    let entries = (0..<1000).map {
      ("\(evil)\($0)", TorchFile.Value.object("a\u{1B}b", "C\($0)", .integer(1)))
    }
    let file = try read(.dict([("net\(evil)", weights)] + entries))
    for line in file.notes {
      XCTAssertLessThan(line.count, 1500)
      XCTAssertFalse(
        line.unicodeScalars.contains { "\u{1B}\n\u{202E}\u{85}".unicodeScalars.contains($0) }, line)
    }
    XCTAssertEqual(file.notes.count, 3)
    XCTAssertTrue(file.notes[1].hasSuffix(" and 992 more"), file.notes[1])
  }

  /// Weights beside a long history, and in a tuple or a list.
  func testHistoriesAndTuples() throws {
    let epochs = (0..<5000).map { ("\($0)", TorchFile.Value.dict([("loss", .integer($0))])) }
    let hidden = try read(.dict([("history", .dict(epochs)), ("run", .dict([("ema", weights)]))]))
    XCTAssertEqual(hidden.place, "run.ema")
    let optimizer = TorchFile.Value.dict([("param_groups", .dict([])), ("state", weights)])
    for (start, end) in [("(", "t"), ("](", "e")] {
      let file = try read(.sequence(op(start), [.integer(3), optimizer, weights], op(end)))
      XCTAssertEqual(file.place, "2")
      XCTAssertEqual(try file.tensor("fc.weight").scalars, [1, 2])
      XCTAssertEqual(file.others.map(\.kind), ["3", "a dict"])
    }
    XCTAssertThrowsError(try read(.dict([("nets", .sequence(op("("), [weights, weights], op("t")))]))) {
      XCTAssertEqual($0 as? WeightFileError, .severalStateDicts(file: file.path, keys: ["nets.0", "nets.1"]))
    }
  }

  func testASectionOfEveryKindOfDict() throws {
    // Weights are found under any key, and an optimizer's are not taken for them.
    let moments = TorchFile.Value.dict([("fc.weight", .tensor(Tensor([7, 8], shape: [1, 2])))])
    for key in ["net", "model_ema", "ema", "student", "teacher", "generator", "weights", "é"] {
      let file = try read(
        .dict([
          ("epoch", .integer(3)), ("optimizer", .dict([("state", moments)])), ("optim_states", moments),
          ("average", .tensor(Tensor([1], shape: [1]))),
          ("other", .dict([("state", moments), ("param_groups", .dict([]))])), (key, weights),
        ]))
      XCTAssertEqual(file.place, key)
      XCTAssertEqual(try file.tensor("fc.weight").scalars, [1, 2])
      XCTAssertEqual(file.others.count, 5)
    }
  }
}
