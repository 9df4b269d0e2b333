import Colonnade
import Foundation

/// Small inputs, made as they are needed.
enum Samples {
  /// A JPEG of 16×16 pixels.
  static let jpeg = Data(
    base64Encoded: """
      /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8X\
      GBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAAR\
      CAAQABADAREAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABwgJ/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/EABgBAAMBAQAAAAAAAAAAAAAA\
      AAcICQUG/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AFA3P2WGUiundSAdW4ZL3dv/Z
      """)!

  /// A PNG of random pixels.
  static func png(_ side: Int = 40, seed: UInt64 = 1) -> Data {
    var generator = RandomStream(seed: seed)
    let pixels = (0..<side * side * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    return Image(width: side, height: side, pixels: pixels).pngData()
  }

  /// Random weights of a network, without a card, as another program would write them.
  static func weights(
    of name: String, classes: Int? = nil, auxiliary: Bool = false, in folder: WorkFolder,
    key: (String) -> String = { $0 }
  ) throws -> String {
    let network = try Network(name, classes: classes, auxiliary: auxiliary, seed: 3)
    let path = folder.path("\(name)-\(network.classes).safetensors")
    try network.store.save(to: path, key: key)
    return path
  }

  /// A tensor of random numbers under the given name.
  static func tensor(_ shape: Shape, named name: String = "input", in folder: WorkFolder) throws -> String {
    var generator = RandomStream(seed: 5)
    let tensor = Tensor((0..<shape.count).map { _ in generator.normal() }, shape: shape)
    let path = folder.path("\(name)-\(shape.dimensions).safetensors")
    try Safetensors.write([(name, tensor)], to: path)
    return path
  }

  /// A folder per class with three pictures each, under `train/` and `val/`.
  static func photographs(classes: [String], in folder: WorkFolder) throws -> String {
    for (label, name) in classes.enumerated() {
      for part in ["train", "val"] {
        for index in 0..<3 {
          let seed = UInt64(label * 100 + index)
          try folder.write("photographs/\(part)/\(name)/\(index).png", png(36, seed: seed))
        }
      }
    }
    return folder.path("photographs")
  }
}

/// NumPy's format, version 1.
enum NumPy {
  /// - Parameters:
  ///   - type: `<f4` or `<f8`.
  ///   - shape: of a column-major array, whose elements in memory are those of `tensor`; nil is row-major.
  static func array(_ tensor: Tensor, type: String = "<f4", columnMajorOf shape: Shape? = nil) -> Data {
    let extents = (shape ?? tensor.shape).dimensions.map { "\($0)," }.joined(separator: " ")
    let order = shape == nil ? "False" : "True"
    let header = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(extents)), }\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(Data(header.utf8))
    for element in tensor.scalars {
      if type == "<f8" {
        withUnsafeBytes(of: Double(element).bitPattern.littleEndian) { data.append(contentsOf: $0) }
      } else {
        withUnsafeBytes(of: element.bitPattern.littleEndian) { data.append(contentsOf: $0) }
      }
    }
    return data
  }
}

/// PNG as other programs write it.
enum PNG {
  /// Grey of sixteen bits, uncompressed inside.
  static func grey16(width: Int, height: Int, _ samples: [UInt16]) -> Data {
    var rows: [UInt8] = []
    for y in 0..<height {
      rows.append(0)
      for sample in samples[y * width..<(y + 1) * width] {
        rows += [UInt8(sample >> 8), UInt8(sample & 255)]
      }
    }
    // One stored block holds up to 65,535 bytes.
    let (count, complement) = (UInt16(rows.count), ~UInt16(rows.count))
    var stream: [UInt8] = [0x78, 0x01, 0x01]
    for number in [count, complement] { stream += [UInt8(number & 255), UInt8(number >> 8)] }
    let sums = rows.reduce((1, 0) as (UInt32, UInt32)) { sums, byte in
      let first = (sums.0 + UInt32(byte)) % 65521
      return (first, (sums.1 + first) % 65521)
    }
    stream += rows + bytes(sums.1 << 16 | sums.0)
    var data = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    data += chunk("IHDR", bytes(UInt32(width)) + bytes(UInt32(height)) + [16, 0, 0, 0, 0])
    data += chunk("IDAT", stream)
    return data + chunk("IEND", [])
  }

  private static func chunk(_ type: String, _ content: [UInt8]) -> Data {
    let named = Array(type.utf8) + content
    var remainder = UInt32.max
    for byte in named {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
    }
    return Data(bytes(UInt32(content.count)) + named + bytes(~remainder))
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
  }
}
