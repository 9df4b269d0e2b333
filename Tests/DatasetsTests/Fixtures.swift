import Datasets
import Foundation
import XCTest

/// Golden files, made by scripts/goldens/topics/images.py, and the shared data beside the project.
enum Fixtures {
  static func url(_ name: String) -> URL {
    Bundle.module.bundleURL.appendingPathComponent("Fixtures").appendingPathComponent(name)
  }

  /// The names without extension of the fixtures that have this extension.
  static func names(withExtension pathExtension: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url("").path)
      .filter { $0.hasSuffix("." + pathExtension) }.map { String($0.dropLast(pathExtension.count + 1)) }
      .sorted()
  }

  static func image(_ name: String) throws -> Image { try Image(contentsOf: url(name)) }

  /// A PPM (P6) file, parsed plainly.
  static func golden(_ name: String) throws -> Image {
    let data = [UInt8](try Data(contentsOf: url(name + ".ppm")))
    var position = 0
    func word() -> String {
      let end = data[position...].firstIndex { $0 <= 32 }!
      defer { position = end + 1 }
      return String(decoding: data[position..<end], as: UTF8.self)
    }
    XCTAssertEqual(word(), "P6")
    let (width, height) = (Int(word())!, Int(word())!)
    XCTAssertEqual(word(), "255")
    return Image(width: width, height: height, pixels: Array(data[position...]))
  }

  static func floats(_ name: String) throws -> [Float] {
    let data = try Data(contentsOf: url(name))
    return data.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
      }
    }
  }

  /// A folder of the data beside the project; skips the test where it is absent.
  static func shared(_ path: String) throws -> URL {
    let root =
      ProcessInfo.processInfo.environment["COLONNADE_DATA"].map { URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../shared/data").standardizedFileURL
    let url = root.appendingPathComponent(path)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw XCTSkip("\(path) is not in \(root.path) (set COLONNADE_DATA)")
    }
    return url
  }
}

/// Asserts that two pictures have the same bits, saying where the first difference is.
func assertSamePixels(
  _ image: Image, _ expected: Image, _ label: String, file: StaticString = #filePath, line: UInt = #line
) {
  guard image.width == expected.width, image.height == expected.height, image.channels == expected.channels
  else {
    XCTFail(
      "\(label): \(image.width)×\(image.height)×\(image.channels), expected "
        + "\(expected.width)×\(expected.height)×\(expected.channels)", file: file, line: line)
    return
  }
  let wrong = image.pixels.indices.filter { image.pixels[$0] != expected.pixels[$0] }
  guard let first = wrong.first else { return }
  let pixel = first / image.channels
  XCTFail(
    "\(label): \(wrong.count) of \(image.pixels.count) samples differ, first at x \(pixel % image.width), "
      + "y \(pixel / image.width), channel \(first % image.channels): \(image.pixels[first]), "
      + "expected \(expected.pixels[first])", file: file, line: line)
}
