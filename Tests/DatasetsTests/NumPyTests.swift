import Datasets
import Engine
import Foundation
import XCTest

/// Arrays of NumPy's own writing; scripts/goldens/topics/numpy_files.py wrote the fixtures.
final class NumPyTests: XCTestCase {
  private let damaged = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).npz")

  override func tearDown() { try? FileManager.default.removeItem(at: damaged) }

  private func open(_ name: String) throws -> any TensorFile {
    try openTensorFile(Fixtures.url("numpy_\(name)").path)
  }

  private let types: [(name: String, type: ElementType)] = [
    ("f2", .float16), ("f4", .float32), ("f8", .float64), ("i1", .int8), ("i2", .int16), ("i4", .int32),
    ("i8", .int64), ("u1", .uint8), ("u2", .uint16), ("u4", .uint32), ("u8", .uint64), ("b1", .bool),
  ]

  func testArraysOfAllTypesInBothOrders() throws {
    for name in ["stored.npz", "deflated.npz"] {
      let file = try open(name)
      XCTAssertTrue(file is NumPyFile)
      XCTAssertEqual(file.keys.count, 27)
      for (key, type) in types.flatMap({ [$0, ("\($0.name)_fortran", $0.type)] }) {
        XCTAssertEqual(file.type(of: key), type, key)
        XCTAssertEqual(file.shape(of: key), [2, 3, 4], key)
        let isSigned = !key.hasPrefix("u")
        let expected = (0..<24).map { key.hasPrefix("b") ? ($0 + 1) % 2 : 3 * $0 - (isSigned ? 20 : 0) }
        switch type {
        case .float16, .float32, .float64:
          XCTAssertEqual(try file.tensor(key).scalars, expected.map(Float.init), key)
        case .int64, .int32, .uint8, .bool:
          XCTAssertEqual(try file.integers(key), expected.map(Int64.init), key)
        default:
          let bytes = try file.withBytes(of: key) { Array($0) }
          let low = stride(from: 0, to: bytes.count, by: type.size).map { bytes[$0] }
          XCTAssertEqual(low, expected.map { UInt8(truncatingIfNeeded: $0) }, key)
          XCTAssertEqual(bytes.count, 24 * type.size, key)
          XCTAssertThrowsError(try file.integers(key), key)
        }
      }
      XCTAssertEqual(try file.tensor("scalar").scalar, 2.5)
      XCTAssertEqual(try file.tensor("scalar").shape, [])
      XCTAssertEqual(try file.tensor("empty").shape, [0, 3])
      XCTAssertEqual(try file.tensor("row").scalars, [0, 1, 2, 3, 4])
      XCTAssertThrowsError(try file.tensor("absent")) { XCTAssertTrue("\($0)".hasSuffix("no tensor absent")) }
    }
  }

  func testSingleArraysOfEveryVersion() throws {
    for version in 1...3 {
      let file = try open("version\(version).npy")
      XCTAssertEqual(file.keys, ["numpy_version\(version)"])
      XCTAssertEqual(try file.tensor(file.keys[0]).scalars, (0..<24).map { Float(3 * $0 - 20) })
      XCTAssertEqual(file.shape(of: file.keys[0]), [2, 3, 4])
    }
  }

  func testWhatIsNotReadIsNamed() throws {
    let reasons = [
      "bad_big_endian.npy": "numpy_bad_big_endian: elements of type '>f4' are not read",
      "bad_complex.npy": "'<c8' are not read", "bad_text.npy": "'<U2' are not read",
      "bad_record.npy": "records of several fields", "bad_object.npy": "'|O' are not read",
      "lzma.npz": "f4.npy: compression method 14 is not read", "text.npz": "note: not a NumPy array",
    ]
    for (name, reason) in reasons {
      XCTAssertThrowsError(try open(name), name) {
        guard case WeightFileError.malformed = $0 else { return XCTFail("\(name): \($0)") }
        XCTAssertTrue("\($0)".contains(reason), "\($0)")
      }
    }
  }

  func testBrokenHeadersAreRefused() throws {
    func assertRefused(_ header: String, elements: Int = 8, says reason: String, line: UInt = #line) throws {
      let length = UInt16(header.utf8.count).littleEndian
      var data = Data([0x93] + "NUMPY".utf8 + [1, 0])
      data.append(withUnsafeBytes(of: length) { Data($0) })
      try (data + Data(header.utf8) + Data(count: elements)).write(to: damaged)
      XCTAssertThrowsError(try openTensorFile(damaged.path), line: line) {
        guard case WeightFileError.malformed = $0 else { return XCTFail("\($0)", line: line) }
        XCTAssertTrue("\($0)".contains(reason), "\($0)", line: line)
      }
    }
    func header(_ shape: String) -> String {
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape)), }\n"
    }
    try assertRefused(header("3,"), says: "the shape (3,) in 8 bytes of elements")
    try assertRefused(header("1,"), says: "F32 [1] takes 4 bytes, not 8")
    try assertRefused(header("-2,"), says: "lacks a shape")
    try assertRefused(header("4611686018427387904, 4"), says: "overflows")
    try assertRefused(header("4611686018427387904, 4, 0"), says: "overflows")
    try assertRefused(header("99999999999999999999999,"), says: "overflows")
    try assertRefused(header("2,"), elements: 9, says: "takes 8 bytes, not 9")
    try assertRefused("{'descr': '<f4', 'shape': (2,), }", says: "lacks a shape or an order")
    try assertRefused("", elements: 0, says: "not a NumPy array")
  }

  /// Stored or compressed: one wrong byte in the elements is an error that names the array.
  func testDamagedElementsAreNamed() throws {
    for name in ["stored.npz", "deflated.npz"] {
      let data = try Data(contentsOf: Fixtures.url("numpy_\(name)"))
      let archive = try data.withUnsafeBytes { try ZipArchive($0, path: name) }
      for entry in archive.entries where entry.size > 128 {
        var bytes = data
        bytes[entry.bytes.upperBound - 12] ^= 4
        try bytes.write(to: damaged)
        XCTAssertThrowsError(
          try {
            let file = try openTensorFile(damaged.path)
            try file.keys.forEach { try file.withBytes(of: $0) { _ in } }
          }(), entry.name
        ) {
          guard case .malformed(damaged.path, entry.name, _) = $0 as? WeightFileError else {
            return XCTFail("\(entry.name): \($0)")
          }
        }
      }
    }
  }

  /// Cut short or changed at random: a typed error, or arrays of the size they claim.
  func testDamagedFilesNeverCrash() throws {
    var generator = RandomStream(seed: 0x6E_7079)
    for name in ["stored.npz", "deflated.npz", "version2.npy"] {
      let whole = try Data(contentsOf: Fixtures.url("numpy_\(name)"))
      for round in 0..<300 {
        var data = whole
        if round.isMultiple(of: 3) {
          data = data.prefix(Int(generator.next() % UInt64(data.count)))
        } else {
          for _ in 0...Int(generator.next() % 4) {
            data[Int(generator.next() % UInt64(data.count))] = UInt8(truncatingIfNeeded: generator.next())
          }
        }
        try data.write(to: damaged)
        do {
          let file = try openTensorFile(damaged.path)
          XCTAssertFalse(round.isMultiple(of: 3), "\(name) cut to \(data.count) bytes is read")
          for key in file.keys {
            let count = try file.withBytes(of: key) { $0.count }
            XCTAssertEqual(count, file.shape(of: key)!.count * file.type(of: key)!.size)
          }
        } catch {
          XCTAssertTrue(error is WeightFileError, "\(name), round \(round): \(error)")
        }
      }
    }
  }
}
