import CTurboJPEG
import Colonnade
import Foundation

/// JPEGs in memory, made to cost what photographs do: 500×375 as ImageNet's are on average, at quality 90, with colour
/// at half the resolution, some 60 to 90 KB each.
public struct JPEGPictures: Dataset {
  private let files: [Data]

  public init(count: Int) { files = (0..<count).map { Self.encoded(Self.picture(seed: UInt64($0))) } }

  public var count: Int { files.count }
  public var classNames: [String] { ["picture"] }
  /// Of all files.
  public var bytes: Int { files.reduce(0) { $0 + $1.count } }
  public func target(at index: Int) -> Int { 0 }
  public func example(at index: Int) throws -> Example<Int> {
    Example(image: try Image(decoding: files[index], name: "picture \(index)"), label: 0)
  }

  /// Waves for shapes, and noise for texture.
  private static func picture(seed: UInt64) -> Image {
    let (width, height) = (500, 375)
    var generator = RandomStream(seed: seed)
    let waves = (0..<9).map { _ in
      (x: generator.uniform(-0.05, 0.05), y: generator.uniform(-0.05, 0.05), phase: generator.uniform(0, 6))
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let noise = generator.uniform(-20, 20)
        for channel in 0..<3 {
          let value = waves[3 * channel..<3 * channel + 3].reduce(noise) { sum, wave in
            sum + 40 * sin(wave.x * Float(x) + wave.y * Float(y) + wave.phase)
          }
          pixels.append(UInt8(min(max(128 + value, 0), 255)))
        }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  private static func encoded(_ image: Image) -> Data {
    let compressor = tjInitCompress()
    defer { tjDestroy(compressor) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count: CUnsignedLong = 0
    let code = tjCompress2(
      compressor, image.pixels, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue), &bytes,
      &count, Int32(TJSAMP_420.rawValue), 90, 0)
    guard code == 0, let bytes else {
      fatalError("TurboJPEG: \(String(cString: tjGetErrorStr2(compressor)))")
    }
    defer { tjFree(bytes) }
    return Data(bytes: bytes, count: Int(count))
  }
}
