import Engine
import Foundation
import TestSupport
import XCTest

/// Broken and malicious checkpoints: always an error that says what is refused, never a crash, nothing executed.
final class CheckpointRefusalTests: XCTestCase {
  private let damaged = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pth")

  override func tearDown() { try? FileManager.default.removeItem(at: damaged) }

  /// A part of the message for each of the fixtures `bad_*`.
  private let reasons = [
    "compressed.pth": "is compressed (method 8)",
    "complex.pth": "no tensors that are read: a holds complex numbers; ",
    "module.pth": "is a whole pickled model (torch.nn.modules.container.Sequential), not its weights",
    "module.th": "is a whole pickled model (torch.nn.modules.container.Sequential), not its weights",
    "module_inside.pth": "is a whole pickled model (torch.nn.modules.container.Sequential under model)",
    "optimizer.pth": "the state of an optimizer, no weights", "torchscript.pt": "is a TorchScript archive",
    "export.pt2": "is a program that torch.export wrote", "keras.keras": "is a Keras model",
    "zipped.zip": "is a zip archive with archive/model.pth in it: unpack it",
    "other.zip": "is a zip archive of 2 files, the first of them archive/word/document.xml",
    "system0.pth": "posix.system is refused", "system2.pth": "posix.system is refused",
    "system4.pth": "posix.system is refused", "system.th": "posix.system is refused",
    "eval0.pth": "__builtin__.eval is refused", "eval2.pth": "__builtin__.eval is refused",
    "eval4.pth": "builtins.eval is refused", "eval.th": "__builtin__.eval is refused",
    "inst.pth": "os.system is refused", "obj.pth": "os.system is refused",
    "popen.pth": "subprocess.Popen is refused", "import.pth": "builtins.__import__ is refused",
    "set.pth": "no dict of tensors; found a", "newobj.pth": "no dict of tensors; found a dict",
    "extension.pth": "opcode EXT1 is refused", "build.pth": "no dict of tensors; found a function",
    "dotted.pth": "found torch.utils._rebuild.eval", "deep.pth": "found a list",
    "deep_tuples.pth": "found a tuple", "circle.pth": "no dict of tensors", "length.pth": "4294967295 more",
    "length8.pth": "9223372036854775807 more", "integer.pth": "an integer of 2130706432 bytes",
    "memo.pth": "nothing is remembered as 4294967295", "underflow.pth": "the stack is empty",
    "mark.pth": "the stack is empty", "protocol.pth": "protocol 9 is not known",
    "outside.pth": "element 4 of a storage of 4", "offset.pth": "element 4 of a storage of 4",
    "negative_offset.pth": "a negative extent", "negative_stride.pth": "a negative extent",
    "negative_extent.pth": "a negative extent", "overflow.pth": "the shape overflows",
    "overflow_zero.pth": "the shape overflows", "stride_overflow.pth": "the shape overflows",
    "wide.pth": "without storage, offset, shape or strides", "repeated.pth": "elements repeated from",
    "ranks.pth": "more than 64 extents", "strides_missing.pth": "1 strides for 2 extents",
    "count.pth": "w: storage 0 is missing or has another size",
    "count_huge.pth": "w: storage 0 is missing or has another size",
    "storage_missing.pth": "w: storage 0 is missing or has another size",
    "storage_class.pth": "no tensors that are read: w holds complex numbers; ",
  ]

  func testBadFilesAreRefusedByName() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: CheckpointTests.folder.path)
      .filter { $0.hasPrefix("bad_") }.map { String($0.dropFirst("bad_".count)) }
    XCTAssertEqual(Set(names), Set(reasons.keys))
    for (name, reason) in reasons {
      XCTAssertThrowsError(try WeightFile(path: CheckpointTests.path("bad_\(name)")), name) { error in
        switch error {
        case WeightFileError.malformed, WeightFileError.otherFormat: break
        default: XCTFail("\(name): \(error)")
        }
        XCTAssertTrue("\(error)".contains(reason), "\(error)")
        XCTAssertFalse("\(error)".contains("\n"), "\(error)")
        XCTAssertLessThan("\(error)".count, 500, "\(error)")
      }
    }
    XCTAssertFalse(FileManager.default.fileExists(atPath: "/tmp/owned"))
  }

  /// The header's length of a safetensors file may begin as a pickle does.
  func testSafetensorsWhoseLengthLooksLikeAPickleIsRead() throws {
    for version in 0...5 {
      let json = #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
      let length = version << 8 | 0x80
      let text = json + String(repeating: " ", count: max(0, length - json.utf8.count))
      var data = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) }
      data.append(Data(text.utf8) + [7])
      try data.write(to: damaged)
      XCTAssertEqual(data[0], 0x80)
      XCTAssertEqual(try WeightFile(path: damaged.path).integers("x"), [7])
    }
  }

  private let samples = [
    "views.pt", "views_legacy.th", "wrapped_state_dict.pth", "protocol1_legacy.th", "protocol4.pth",
    "crafted.pth",
  ]

  /// Any prefix of a zip file lacks its directory. A legacy file's last storages are its end.
  func testTruncationsAreRefused() throws {
    for name in ["views_legacy.th", "protocol4.pth"] {
      let whole = try Data(contentsOf: CheckpointTests.folder.appending(path: name))
      for count in stride(from: whole.count - 1, through: 0, by: -5) {
        try whole.prefix(count).write(to: damaged)
        XCTAssertThrowsError(try WeightFile(path: damaged.path), "\(name): \(count) bytes") {
          XCTAssertTrue($0 is WeightFileError, "\(name), \(count) bytes: \($0)")
        }
      }
    }
  }

  // MARK: Checksums

  /// One byte of a storage is enough: the error names the file and the key, other storages are read, and a store that
  /// was to be loaded keeps its values.
  func testADamagedTensorIsNamed() throws {
    let name = "state.pth"
    let data = try Data(contentsOf: CheckpointTests.folder.appending(path: name))
    let whole = try WeightFile(path: CheckpointTests.path(name))
    let archive = try data.withUnsafeBytes { try ZipArchive($0, path: name) }
    let storages = archive.entries.filter { $0.name.contains("/data/") && !$0.bytes.isEmpty }
    XCTAssertEqual(storages.count, whole.keys.count)
    var named: Set<String> = []
    for storage in storages {
      for place in [storage.bytes.lowerBound, storage.bytes.upperBound - 1] {
        var bytes = data
        bytes[place] ^= 1
        try bytes.write(to: damaged)
        let file = try WeightFile(path: damaged.path)
        var faulty: [String] = []
        for key in file.keys {
          do {
            let elements = try file.withBytes(of: key) { Array($0) }
            XCTAssertEqual(elements, try whole.withBytes(of: key) { Array($0) }, key)
          } catch {
            XCTAssertEqual(
              error as? WeightFileError,
              .malformed(
                file: damaged.path, key: key, reason: "the elements are damaged: their checksum differs"))
            faulty.append(key)
          }
        }
        XCTAssertEqual(faulty.count, 1, storage.name)
        named.formUnion(faulty)
      }
    }
    XCTAssertEqual(named, Set(whole.keys))
  }

  /// Nothing is loaded of a file of which a part is damaged.
  func testADamagedFileChangesNothing() throws {
    var data = try Data(contentsOf: CheckpointTests.folder.appending(path: "crafted.pth"))
    let store = ParameterStore()
    let parameter = store.scope.parameter("w", [2, 2], .ones)
    try store.load(from: CheckpointTests.path("crafted.pth"))
    XCTAssertEqual(parameter.value.scalars, [1, 2, 3, 4])
    let four = try XCTUnwrap(
      data.range(of: withUnsafeBytes(of: Float(4).bitPattern.littleEndian) { Data($0) }))
    data[four.lowerBound + 3] = 0x41
    try data.write(to: damaged)
    XCTAssertThrowsError(try store.load(from: damaged.path)) {
      XCTAssertTrue("\($0)".contains("w: the elements are damaged"), "\($0)")
    }
    XCTAssertEqual(parameter.value.scalars, [1, 2, 3, 4])
  }

  func testADamagedPickleIsNamed() throws {
    let name = "state.pth"
    var data = try Data(contentsOf: CheckpointTests.folder.appending(path: name))
    // Another key, in a pickle that is still one.
    let key = try XCTUnwrap(data.range(of: Data("running_mean".utf8)))
    data[key.lowerBound] = UInt8(ascii: "R")
    try data.write(to: damaged)
    XCTAssertThrowsError(try WeightFile(path: damaged.path)) {
      XCTAssertEqual(
        $0 as? WeightFileError,
        .malformed(file: damaged.path, key: nil, reason: "data.pkl is damaged: its checksum differs"))
    }
    try withoutChecksums(data).write(to: damaged)
    XCTAssertTrue(try WeightFile(path: damaged.path).keys.contains("1.Running_mean"))
  }

  /// The archive as `torch.save` writes it where it is told to leave checksums out: zeros in the directory.
  private func withoutChecksums(_ archive: Data) -> Data {
    var data = archive
    let record = Data([0x50, 0x4B, 1, 2])
    var place = data.startIndex
    while let found = data.range(of: record, in: place..<data.endIndex) {
      data.replaceSubrange(found.lowerBound + 16..<found.lowerBound + 20, with: Data(count: 4))
      place = found.upperBound
    }
    return data
  }

  /// Bytes changed at random: a typed error, or tensors that can be read. Half of the archives have no checksums, so that
  /// the damage gets further.
  func testDamagedFilesNeverCrash() throws {
    var generator = RandomStream(seed: 0x70_74_68)
    var refused = 0
    let rounds = 200
    for name in samples {
      let whole = try Data(contentsOf: CheckpointTests.folder.appending(path: name))
      for round in 0..<rounds {
        var data = round % 4 < 2 && !name.hasSuffix(".th") ? withoutChecksums(whole) : whole
        for _ in 0...Int(generator.next() % 4) {
          let place = Int(generator.next() % UInt64(data.count))
          data[place] =
            round.isMultiple(of: 2)
            ? UInt8(truncatingIfNeeded: generator.next()) : data[place] ^ 1 << (generator.next() % 8)
        }
        try data.write(to: damaged)
        do {
          let file = try WeightFile(path: damaged.path)
          for key in file.keys {
            let count = try file.withBytes(of: key) { $0.count }
            XCTAssertEqual(count, file.shape(of: key)!.count * file.type(of: key)!.size)
          }
        } catch {
          XCTAssertTrue(error is WeightFileError, "\(name), round \(round): \(error)")
          refused += 1
        }
      }
    }
    XCTAssertGreaterThan(refused, rounds * samples.count / 10)
  }
}
