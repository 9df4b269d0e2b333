import Engine
import Foundation
import XCTest

/// The reader and the writer, against a file by the reference implementation and against broken ones.
final class SafetensorsTests: XCTestCase {
  private var folder: URL!

  override func setUpWithError() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  override func tearDownWithError() throws { try FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  /// scripts/goldens/topics/safetensors_files.py wrote the fixture.
  private func golden() throws -> SafetensorsFile {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "types", withExtension: "safetensors", subdirectory: "Fixtures"))
    return try SafetensorsFile(path: url.path)
  }

  private func bits(_ tensor: Tensor) -> [UInt32] {
    tensor.scalars.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
  }

  func testReadsEveryFloatTypeOfTheReferenceImplementation() throws {
    let file = try golden()
    let single: [Float] = [0, -0.0, 1, -2.5, 65504, 6e-8, 0.1, .infinity, -.infinity, .nan]
    XCTAssertEqual(bits(try file.tensor("single")), bits(Tensor(single, shape: [10])))
    XCTAssertEqual(bits(try file.tensor("double")), bits(Tensor(single, shape: [10])))
    XCTAssertEqual(try file.tensor("single").shape, [2, 5])
    XCTAssertEqual(try file.tensor("scalar").shape, [])
    XCTAssertEqual(try file.tensor("scalar").scalar, 3.5)
    XCTAssertEqual(try file.tensor("empty").shape, [0, 4])
    // The nearest numbers of 11 and of 8 bits of significand.
    let half: [Float] = [
      0, -0.0, 1, -2.5, 65504, 0x1p-24, 0x1.998p-4, .infinity, -.infinity, .nan,
    ]
    XCTAssertEqual(bits(try file.tensor("half")), bits(Tensor(half, shape: [10])))
    let brain: [Float] = [0, -0.0, 1, -2.5, 65536, 0x1.02p-24, 0x1.9ap-4, .infinity, -.infinity, .nan]
    XCTAssertEqual(bits(try file.tensor("brain")), bits(Tensor(brain, shape: [10])))
  }

  func testReadsIntegersAndBytes() throws {
    let file = try golden()
    XCTAssertEqual(file.metadata, ["made by": "safetensors"])
    XCTAssertEqual(file.keys.count, 11)
    XCTAssertEqual(try file.integers("long"), [-(1 << 62), 7])
    XCTAssertEqual(try file.integers("int"), [-5, 6])
    XCTAssertEqual(try file.integers("byte"), [0, 255, 3])
    XCTAssertEqual(try file.integers("bool"), [1, 0])
    XCTAssertEqual(try file.withBytes(of: "short") { Array($0) }, [1, 0])
    XCTAssertThrowsError(try file.tensor("long")) {
      XCTAssertTrue(
        "\($0)".hasSuffix("types.safetensors: long holds I64, not F32, F16, BF16 or F64"), "\($0)")
    }
    XCTAssertThrowsError(try file.integers("half"))
    XCTAssertThrowsError(try file.tensor("absent")) { XCTAssertTrue("\($0)".hasSuffix("no tensor absent")) }
    XCTAssertNil(file.shape(of: "absent"))
  }

  #if !(os(macOS) && arch(x86_64))
    func testReadsEveryHalf() throws {
      let all = (0...UInt16.max).map { $0 }
      let bytes = all.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
      try write(#"{"h":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#, bytes, to: "half")
      let read = try SafetensorsFile(path: path("half")).tensor("h").scalars
      for (bits, value) in zip(all, read) {
        let expected = Float(Float16(bitPattern: bits))
        if expected.isNaN { XCTAssertTrue(value.isNaN) } else { XCTAssertEqual(value, expected) }
      }
    }
  #endif

  func testWrittenFilesComeBack() throws {
    let large = Tensor((0..<600_001).map { Float($0) * 0.37 }, shape: [600_001])
    let name = "späße \"quoted\\\" \u{1}\n"
    try Safetensors.write(
      [("a", Tensor([1, -0.0, .infinity], shape: [1, 3])), (name, large), ("none", Tensor(zeros: [0]))],
      integers: [("count", [], [1 << 40])], metadata: ["epoch": "3", "note": "\t\"x\""], to: path("f"))
    let file = try SafetensorsFile(path: path("f"))
    XCTAssertEqual(file.metadata, ["epoch": "3", "note": "\t\"x\""])
    XCTAssertEqual(Set(file.keys), ["a", name, "none", "count"])
    XCTAssertEqual(bits(try file.tensor("a")), bits(Tensor([1, -0.0, .infinity], shape: [1, 3])))
    XCTAssertEqual(try file.tensor(name).scalars, large.scalars)
    XCTAssertEqual(try file.tensor("none").count, 0)
    XCTAssertEqual(try file.integers("count"), [1 << 40])
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["f"])
  }

  func testBytesOfASmallFile() throws {
    try Safetensors.write([("x", Tensor([1], shape: [1]))], to: path("x"))
    let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let expected =
      [56, 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0x20, 0x20] + [0, 0, 0x80, 0x3F] as [UInt8]
    XCTAssertEqual(try Array(Data(contentsOf: URL(filePath: path("x")))), expected)
  }

  func testAFailedWriteLeavesWhatWasThere() throws {
    let kept = folder.appending(path: "kept")
    try FileManager.default.createDirectory(at: kept, withIntermediateDirectories: true)
    try Data("old".utf8).write(to: kept.appending(path: "inside"))
    // A folder cannot be replaced by a file.
    XCTAssertThrowsError(try Safetensors.write([("x", Tensor(1))], to: kept.path)) {
      XCTAssertTrue("\($0)".contains("kept: cannot be written"), "\($0)")
    }
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder.path), ["kept"])
    XCTAssertEqual(try String(contentsOf: kept.appending(path: "inside"), encoding: .utf8), "old")
    XCTAssertThrowsError(try Safetensors.write([("x", Tensor(1))], to: path("absent/x")))
  }

  // MARK: Broken files

  private func write(_ header: String, _ elements: [UInt8], to name: String) throws {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    try Data(length + Array(header.utf8) + elements).write(to: URL(filePath: path(name)))
  }

  private func assertMalformed(
    _ header: String, elements: Int = 8, says text: String, line: UInt = #line
  ) throws {
    try write(header, [UInt8](repeating: 0, count: elements), to: "bad")
    XCTAssertThrowsError(try SafetensorsFile(path: path("bad")), line: line) { error in
      guard case WeightFileError.malformed(let file, _, _) = error else {
        return XCTFail("\(error)", line: line)
      }
      XCTAssertEqual(file, path("bad"), line: line)
      XCTAssertTrue("\(error)".contains(text), "\(error)", line: line)
      XCTAssertFalse("\(error)".contains("\n"), "\(error)", line: line)
      XCTAssertLessThan("\(error)".count, 400, line: line)
    }
  }

  func testBrokenHeadersAreRefused() throws {
    func entry(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String {
      "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let good = entry("a", "F32", "[2]", "[0,8]")
    try write("{\(good)}  ", [UInt8](repeating: 0, count: 8), to: "good")
    XCTAssertEqual(try SafetensorsFile(path: path("good")).shape(of: "a"), [2])

    try assertMalformed("{\(good)", says: "bad header")
    try assertMalformed("[1]", says: "not a JSON object")
    try assertMalformed(#"{"a":3}"#, says: "a: bad header")
    try assertMalformed(#"{"a\n":{"dtype":"F32","shape":[2]}}"#, says: "data_offsets is missing")
    try assertMalformed(#"{"__metadata__":{"n":1},\#(good)}"#, says: "__metadata__: bad header")
    try assertMalformed("{\(entry("a", "F33", "[2]", "[0,8]"))}", says: "unknown element type F33")
    try assertMalformed("{\(entry("a", "F32", "[-2]", "[0,8]"))}", says: "negative extent")
    try assertMalformed("{\(entry("a", "F32", "[2.5]", "[0,8]"))}", says: "bad header")
    try assertMalformed("{\(entry("a", "F32", "[4611686018427387904,4]", "[0,8]"))}", says: "overflows")
    try assertMalformed("{\(entry("a", "F32", "[4611686018427387904,4,0]", "[0,0]"))}", says: "overflows")
    try assertMalformed("{\(entry("a", "F32", "[99999999999999999999999]", "[0,8]"))}", says: "bad header")
    try assertMalformed("{\(entry("a", "F32", "[3]", "[0,8]"))}", says: "takes 12 bytes")
    try assertMalformed("{\(entry("a", "F32", "[2]", "[8,0]"))}", says: "do not lie in")
    try assertMalformed("{\(entry("a", "F32", "[2]", "[-8,0]"))}", says: "do not lie in")
    try assertMalformed("{\(entry("a", "F32", "[2]", "[0]"))}", says: "do not lie in")
    try assertMalformed("{\(good)}", elements: 7, says: "do not lie in")
    try assertMalformed("{\(good)}", elements: 9, says: "1 bytes after the last tensor")
    try assertMalformed("{\(entry("a", "F32", "[1]", "[4,8]"))}", says: "leaves a hole")
    try assertMalformed("{\(good),\(entry("b", "U8", "[2]", "[6,8]"))}", says: "b: overlaps")
    try assertMalformed(
      "{\(good),\(entry("b", "U8", "[2]", "[9,11]"))}", elements: 11, says: "b: leaves a hole")
  }

  /// Strings are equal where they are canonically equivalent; keys are not.
  func testKeysThatDifferInNormalizationAreTwo() throws {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    XCTAssertEqual(composed, decomposed)
    func scalars(_ keys: [String]) -> [[Unicode.Scalar]] { keys.map { Array($0.unicodeScalars) } }
    for keys in [[composed, decomposed], [decomposed, composed]] {
      let entries = keys.enumerated().map { place, key in
        "\"\(key)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[\(4 * place),\(4 * place + 4)]}"
      }
      try write("{\(entries.joined(separator: ","))}", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], to: "read")
      let file = try WeightFile(path: path("read"))
      XCTAssertEqual(scalars(file.keys), scalars(keys))
      XCTAssertEqual(try keys.map { try file.tensor($0).scalars }, [[1], [2]])
      _ = try Safetensors.convert(file, writing: path("written"))
      let written = try SafetensorsFile(path: path("written"))
      XCTAssertEqual(try keys.map { try written.tensor($0).scalars }, [[1], [2]])
      // A network asks for the one that it means.
      let store = ParameterStore()
      _ = store.scope.parameter(composed, [1], .zeros)
      XCTAssertThrowsError(try store.load(from: path("read")))
    }
    // By an escape and as itself: the same key.
    try assertMalformed(
      #"{"\u00e9":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\#u{E9}":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#,
      says: "is there twice")
  }

  func testHeadersThatTheReferenceReads() throws {
    let good = #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#
    for header in [
      "{\"__metadata__\":null,\(good)}", "{\(good),\"__metadata__\" : null }",
      "{\"__metadata__\":{},\(good)}",
      " {\(good)}".trimmingCharacters(in: .whitespaces), "{\n\t\(good)\r\n}  ",
      #"{"a":{"more":[{"x":[1e5,true,"}"]},null],"dtype":"F32","shape":[2],"data_offsets":[0,8],"deep":{}}}"#,
      #"{"\u0061":{"dtype":"F\u0033\u0032","shape":[2],"data_offsets":[0,8]}}"#,
    ] {
      try write(header, [UInt8](repeating: 0, count: 8), to: "read")
      let file = try SafetensorsFile(path: path("read"))
      XCTAssertEqual(file.keys, ["a"], header)
      XCTAssertEqual(file.shape(of: "a"), [2], header)
      XCTAssertEqual(file.metadata, [:], header)
    }
    try write(
      #"{"__metadata__":{"\ud83d\ude00\/":"\"\\\b\f\n\r\té"},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
      [],
      to: "read")
    XCTAssertEqual(
      try SafetensorsFile(path: path("read")).metadata, ["\u{1F600}/": "\"\\\u{8}\u{C}\n\r\té"])
  }

  func testHostileHeadersAreRefused() throws {
    let good = #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#
    try assertMalformed("{\(good),\(good)}", says: "'a' is there twice")
    try assertMalformed(
      #"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, says: "twice")
    try assertMalformed("{\(good)} x", says: "something follows")
    try assertMalformed("{\(good),}", says: "bad header")
    for text in [#"\ud800"#, #"\ud800\u0041"#, #"\udc00"#, #"\x41"#, #"\u00"#, "\u{1}", #"\u+123"#] {
      try assertMalformed("{\"\(text)\":{}}", says: "bad header")
    }
    try assertMalformed(#"{"__metadata__":[],\#(good)}"#, says: "__metadata__: bad header")
    try assertMalformed(#"{"__metadata__":{"a":null},\#(good)}"#, says: "__metadata__: bad header")
    // Nested a million deep: in a value that is passed by, and where values are wanted.
    let brackets = String(repeating: "[", count: 1_000_000)
    try assertMalformed("{\"a\":{\"x\":\(brackets)", says: "a: bad header")
    try assertMalformed("{\"a\":{\"shape\":\(brackets)", says: "a: bad header")
    try assertMalformed("{\"__metadata__\":\(brackets)", says: "__metadata__: bad header")
    try assertMalformed(
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[\(String(repeating: "9", count: 100_000))]}}",
      says: "a: bad header")
  }

  func testBrokenFilesAreRefused() throws {
    for (name, bytes) in [
      ("empty", []), ("short", [1, 2, 3]), ("huge", [UInt8](repeating: 255, count: 64)),
      ("text", Array("This is a text, not weights at all.".utf8)),
      ("beyond", [100, 0, 0, 0, 0, 0, 0, 0, 123]), ("nothing", [0, 0, 0, 0, 0, 0, 0, 0]),
    ] as [(String, [UInt8])] {
      try Data(bytes).write(to: URL(filePath: path(name)))
      XCTAssertThrowsError(try SafetensorsFile(path: path(name)), name) {
        guard case WeightFileError.malformed = $0 else { return XCTFail("\(name): \($0)") }
      }
    }
    XCTAssertThrowsError(try SafetensorsFile(path: path("absent"))) {
      XCTAssertTrue("\($0)".hasSuffix("absent: cannot be read: No such file or directory"), "\($0)")
    }
    XCTAssertThrowsError(try SafetensorsFile(path: folder.path)) {
      XCTAssertTrue("\($0)".hasSuffix("not a regular file"), "\($0)")
    }
  }

  /// A pipe is read once, whatever is asked of it; a folder or a device is none.
  func testPipesAreRead() throws {
    try Safetensors.write([("x", Tensor([1, 2, 3], shape: [3]))], metadata: ["k": "v"], to: path("whole"))
    let whole = try Data(contentsOf: URL(filePath: path("whole")))
    XCTAssertEqual(mkfifo(path("pipe"), 0o600), 0)
    let pipe = path("pipe")
    func write(_ data: Data) { Thread { FileHandle(forWritingAtPath: pipe)!.write(data) }.start() }
    write(whole)
    XCTAssertEqual(try WeightFile(path: pipe).tensor("x").scalars, [1, 2, 3])
    write(whole)
    try MappedFile.once(pipe) {
      XCTAssertFalse(try DarknetWeightFile.isOne(pipe))
      XCTAssertEqual(try SafetensorsFile(path: pipe).metadata, ["k": "v"])
      XCTAssertEqual(try WeightFile(path: pipe).tensor("x").scalars, [1, 2, 3])
    }
    write(Data())
    XCTAssertThrowsError(try WeightFile(path: pipe)) {
      XCTAssertTrue("\($0)".contains("pipe: is empty"), "\($0)")
    }
    // What must be a file does not wait for a writer.
    for other in [pipe, "/dev/zero"] {
      XCTAssertThrowsError(try MappedFile(path: other)) {
        XCTAssertEqual($0 as? WeightFileError, .unreadable(file: other, reason: "not a regular file"))
      }
    }
    XCTAssertThrowsError(try WeightFile(path: "/dev/zero"))
  }

  /// Every truncation of a good file is refused.
  func testEveryTruncationIsRefused() throws {
    try Safetensors.write([("x", Tensor([1, 2, 3], shape: [3]))], metadata: ["k": "v"], to: path("whole"))
    let whole = try Data(contentsOf: URL(filePath: path("whole")))
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: URL(filePath: path("cut")))
      XCTAssertThrowsError(try SafetensorsFile(path: path("cut")), "\(count) bytes")
    }
  }
}
