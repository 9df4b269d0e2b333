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
