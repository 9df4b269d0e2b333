import Colonnade
import Foundation

/// Whether pictures come out of the codecs as they went in, and the package's own files are where they should be.
enum CodecChecks {
  /// A JPEG of 16×16 pixels in four flat quarters.
  private static let sample =
    """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8X\
    GBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAQ\
    ABADAREAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABwgJ/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABgBAAMBAQAAAAAAAAAAAAAAAAcICQUG\
    /8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AFA3P2WGUiundSAdW4ZL3dv/Z
    """

  /// What Pillow decodes in the middle of each quarter.
  private static let quarters: [(x: Int, y: Int, colour: [UInt8])] = [
    (4, 4, [220, 30, 40]), (12, 4, [30, 179, 59]), (4, 12, [41, 60, 199]), (12, 12, [240, 240, 230]),
  ]

  static func jpeg() -> Finding {
    verdict("JPEG") {
      let image = try Image(decoding: Data(base64Encoded: sample)!, name: "the built-in JPEG")
      for (x, y, colour) in quarters {
        let decoded = (0..<3).map { image[x, y, $0] }
        guard decoded == colour else {
          throw Failure(.data, "\(decoded) at (\(x), \(y)), should be \(colour)")
        }
      }
      return "decodes as it should"
    }
  }

  static func png() -> Finding {
    verdict("PNG") {
      var generator = RandomStream(seed: 1)
      let pixels = (0..<31 * 17 * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      let image = Image(width: 31, height: 17, pixels: pixels)
      guard try Image(decoding: image.pngData(), name: "the built-in PNG") == image else {
        throw Failure(.data, "comes back changed")
      }
      return "comes back as it was written"
    }
  }

  /// The files that ship with the package.
  static func resources() -> Finding {
    verdict("resources") {
      "\(ClassNames.imageNet.count) class names"
    }
  }

  private static func verdict(_ name: String, _ check: () throws -> String) -> Finding {
    do {
      return Finding(name, .passed, try check())
    } catch {
      return Finding(name, .failed, Failure(error).message)
    }
  }
}
