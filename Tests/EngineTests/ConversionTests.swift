import Engine
import Foundation
import XCTest

/// Files written in another format and precision, rounding and checksums.
final class ConversionTests: XCTestCase {
  private let written = FileManager.default.temporaryDirectory.appending(
    path: "\(UUID().uuidString).safetensors")

  override func tearDown() { try? FileManager.default.removeItem(at: written) }

  private func elements(_ file: some TensorFile, _ key: String) throws -> [UInt8] {
    try file.withBytes(of: key) { Array($0) }
  }

  func testACheckpointConvertsByteForByte() throws {
    for name in ["types.pth", "views_legacy.th", "wrapped_model.pth"] {
      let source = try WeightFile(path: CheckpointTests.path(name))
      let conversion = try Safetensors.convert(source, metadata: ["a": "b"], writing: written.path)
      XCTAssertEqual(
        [conversion.tensors, conversion.converted, conversion.overflows], [source.keys.count, 0, 0])
      let result = try SafetensorsFile(path: written.path)
      XCTAssertEqual(result.metadata, ["a": "b"])
      XCTAssertEqual(Set(result.keys), Set(source.keys))
      for key in source.keys {
        XCTAssertEqual(result.shape(of: key), source.shape(of: key), key)
        XCTAssertEqual(result.type(of: key), source.type(of: key), key)
        XCTAssertEqual(try elements(result, key), try elements(source, key), key)
      }
    }
  }

  /// scripts/goldens/topics/torch_files.py let torch convert the numbers.
  func testRoundingEqualsTorchs() throws {
    let source = try WeightFile(path: CheckpointTests.path("rounding.pth"))
    for (precision, name) in [(ElementType.float16, "half"), (.bfloat16, "brain"), (.float32, "single")] {
      let conversion = try Safetensors.convert(source, to: precision, writing: written.path)
      let result = try SafetensorsFile(path: written.path)
      XCTAssertEqual(result.type(of: "single"), precision)
      XCTAssertEqual(try elements(result, "single"), try elements(source, "single_to_\(name)"), name)
      XCTAssertEqual(result.type(of: "double"), precision)
      XCTAssertEqual(try elements(result, "double"), try elements(source, "double_to_\(name)"), name)
      XCTAssertEqual(result.type(of: "count"), .int64)
      XCTAssertEqual(try result.integers("count"), [7])
      XCTAssertEqual(conversion.tensors, source.keys.count)
      // The script counts these: finite before, infinite after, in all tensors.
      XCTAssertEqual(Int64(conversion.overflows), try source.integers("overflows_\(name)")[0], name)
    }
  }

  func testEveryHalfAndBfloat16SurvivesTheRoundTrip() throws {
    let all = (0...UInt16.max).map { $0 }
    let bytes = all.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let second = written.appendingPathExtension("2")
    defer { try? FileManager.default.removeItem(at: second) }
    for type in [ElementType.float16, .bfloat16] {
      let json = "{\"x\":{\"dtype\":\"\(type.rawValue)\",\"shape\":[65536],\"data_offsets\":[0,131072]}}"
      var data = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Data($0) }
      data.append(Data(json.utf8) + bytes)
      try data.write(to: written)
      _ = try Safetensors.convert(WeightFile(path: written.path), to: .float32, writing: second.path)
      _ = try Safetensors.convert(WeightFile(path: second.path), to: type, writing: written.path)
      let result = try elements(SafetensorsFile(path: written.path), "x")
      let exponent: UInt16 = type == .float16 ? 0x7C00 : 0x7F80
      for bits in all {
        let read = UInt16(result[Int(bits) * 2]) | UInt16(result[Int(bits) * 2 + 1]) << 8
        // A NaN stays one; it may become quiet.
        if bits & 0x7FFF > exponent {
          XCTAssertGreaterThan(read & 0x7FFF, exponent)
        } else {
          XCTAssertEqual(read, bits)
        }
      }
    }
  }

  func testDigests() throws {
    func digest(_ text: String) -> String { Array(text.utf8).withUnsafeBytes(SHA256.digest) }
    XCTAssertEqual(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    XCTAssertEqual(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    XCTAssertEqual(
      digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    XCTAssertEqual(
      digest(String(repeating: "a", count: 1_000_000)),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // Python's hashlib, at the lengths where the padding changes.
    let prefixes = [
      55: "9f4390f8", 56: "b35439a4", 63: "7d3e74a0", 64: "ffe054fe", 65: "635361c4", 119: "31eba51c",
      120: "2f3d335432",
    ]
    for (count, prefix) in prefixes {
      XCTAssertTrue(digest(String(repeating: "a", count: count)).hasPrefix(prefix), "\(count)")
    }
    // In whatever pieces the bytes come.
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let whole = bytes.withUnsafeBytes(SHA256.digest)
    for step in [1, 63, 64, 65, 200] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: step) {
        Array(bytes[start..<min(start + step, bytes.count)]).withUnsafeBytes { hash.update($0) }
      }
      XCTAssertEqual(hash.digest, whole, "\(step)")
    }
    try Data("abc".utf8).write(to: written)
    XCTAssertTrue(try SHA256.digest(ofFile: written.path).hasPrefix("ba7816bf"))
    XCTAssertThrowsError(try SHA256.digest(ofFile: "/absent"))
  }

  /// The catalogue's check value, and plain division bit by bit at the lengths where words and pieces end.
  func testCyclicRedundancyChecks() {
    func checksum(_ bytes: some Collection<UInt8>) -> UInt32 { Array(bytes).withUnsafeBytes(CRC32.checksum) }
    XCTAssertEqual(checksum(Array("123456789".utf8)), 0xCBF4_3926)
    var generator = RandomStream(seed: 32)
    let bytes = (0..<300_000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    var register = UInt32.max
    let piece = 1 << 17
    let lengths = Set(
      Array(0...200) + [1000, piece - 1, piece, piece + 1, piece + 63, 2 * piece, 2 * piece + 9, bytes.count])
    for (count, byte) in (bytes + [0]).enumerated() {
      if lengths.contains(count) {
        XCTAssertEqual(checksum(bytes[..<count]), ~register, "\(count) bytes")
      }
      register ^= UInt32(byte)
      for _ in 0..<8 { register = register >> 1 ^ (register & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
  }
}
