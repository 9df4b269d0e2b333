import Engine
import Foundation
import XCTest

/// What people give for weights and is none: named as what it is, with what to do, and never read as a safetensors file of
/// 2336927755350992246 bytes.
final class ForeignFormatTests: XCTestCase {
  private let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pth")

  override func tearDown() { try? FileManager.default.removeItem(at: file) }

  private func error(_ data: Data) throws -> WeightFileError? {
    try data.write(to: file)
    do {
      _ = try WeightFile(path: file.path)
      return nil
    } catch {
      return error as? WeightFileError
    }
  }

  private func bytes(_ start: [UInt8], at offset: Int = 0) -> Data {
    // Behind it what no format begins with.
    var data = Data(repeating: 0xFE, count: 600)
    data.replaceSubrange(offset..<offset + start.count, with: start)
    return data
  }

  func testEachIsNamed() throws {
    let texts: [(String, String)] = [
      (
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 4944186\n",
        "a Git LFS pointer to a file of 4944186 bytes"
      ),
      ("version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize -\n", "a Git LFS pointer"),
      ("<!DOCTYPE html><html><body>\(String(repeating: "x", count: 500))", "a page of HTML or XML"),
      ("\u{FEFF}\r\n  <HTML lang='de'>é", "a page of HTML or XML"),
      ("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a page of HTML or XML"),
      ("{\"error\": \"not found\"}", "a text, which begins '{\"error\": \"not found\"}'"),
      (
        "{\n  \"metadata\": {\n    \"total_size\": 2},\n  \"weight_map\": {}}",
        "the index of weights that lie in several files"
      ),
      ("Not Found", "a text, which begins 'Not Found'"),
    ]
    var cases = texts.map { (Data($0.utf8), $1) }
    cases += [
      (Data(), "empty"), (bytes([0x1F, 0x8B, 8, 0]), "compressed by gzip"),
      (bytes([0x28, 0xB5, 0x2F, 0xFD]), "compressed by zstd"),
      (bytes([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), "compressed by xz"),
      (bytes(Array("BZh9".utf8)), "compressed by bzip2"),
      (bytes(Array("ustar".utf8), at: 257), "a tar archive"),
      (bytes([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]), "HDF5, as Keras and TensorFlow write .h5"),
      (bytes(Array("GGUF".utf8)), "GGUF, a format of language models"),
      (bytes(Array("TFL3".utf8), at: 4), "a TensorFlow Lite model"),
      (bytes([0x93] + Array("NUMPY".utf8)), "a NumPy array (.npy)"),
      (bytes([0x08, 0x07, 0x12, 7] + Array("pytorch".utf8)), "an ONNX model"),
      (bytes([0x08, 0x03, 0x3A, 0xFF]), "an ONNX model"),
      (bytes([0x08, 0x01, 0x12, 0xFF]), "a TensorFlow SavedModel"),
      (
        bytes([0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB], at: 592),
        "the index of a TensorFlow checkpoint"
      ), (bytes([0x89] + Array("PNG\r\n".utf8)), "a PNG picture"),
      (bytes([0, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0]), "a darknet weight file"),
      (bytes([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), "a darknet weight file"),
      (Data([0x80, 2, 0x4B, 1, 0x2E]), "a pickle without PyTorch's magic number"),
      (
        Data([0x80, 4, 0x95] + [UInt8](repeating: 0xFE, count: 80)), "a pickle without PyTorch's magic number"
      ),
    ]
    for (data, name) in cases {
      guard case .otherFormat(file.path, let format, let advice)? = try error(data) else {
        XCTFail("\(name): \(String(describing: try error(data)))")
        continue
      }
      XCTAssertTrue(format.hasPrefix(name), "\(name): \(format)")
      XCTAssertFalse(advice.isEmpty, name)
      XCTAssertFalse(format.contains("\n"), name)
    }
  }

  /// What is quoted of a file cannot move the cursor, nor turn the line around.
  func testQuotedTextIsEscaped() throws {
    let text = try XCTUnwrap(error(Data("a\u{85}b\u{202E}c\td".utf8))).description
    XCTAssertTrue(text.contains(#"begins 'a b\u{202E}c d'"#), text)
    XCTAssertFalse(text.unicodeScalars.contains("\u{202E}"), text)
    XCTAssertFalse(text.unicodeScalars.contains("\u{85}"), text)
  }

  /// The length of a safetensors header may be what a darknet file or an archive begins with.
  func testSafetensorsAreTakenForNothingElse() throws {
    let json = #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
    for length in [54, 256, 512, 0x0201, 0x8B1F, 0x0208, 9999] {
      let text = json + String(repeating: " ", count: length - json.utf8.count)
      let start = withUnsafeBytes(of: UInt64(length).littleEndian) { Data($0) }
      XCTAssertNil(try error(start + Data(text.utf8)), "\(length)")
      XCTAssertFalse(try DarknetWeightFile.isOne(file.path), "\(length)")
    }
  }

  /// What begins as nothing that is known is still refused, and truncated safetensors are called so.
  func testTheRest() throws {
    guard case .malformed? = try error(bytes([])) else { return XCTFail("garbage") }
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let start = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    let text = try XCTUnwrap(error(start + Data(header.utf8.prefix(30)))).description
    XCTAssertTrue(text.contains("truncated, or not safetensors"), text)
  }
}
