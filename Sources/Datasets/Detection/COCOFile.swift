import Foundation
import Images

/// A file in COCO's format as it is written: images, objects and categories. Of each object some eighty bytes are kept;
/// outlines, key points and captions are skipped without being built, and the file is mapped, not read into memory.
struct COCOFile {
  struct Picture {
    let line: Int
    var identifier = ""
    var fileName = ""
    var width: Double?
    var height: Double?
  }

  struct Object {
    let line: Int
    var picture = ""
    var category = ""
    /// Left, top, width, height in continuous pixels; nil where there are not four numbers.
    var box: SIMD4<Double>?
    var area: Double?
    var isCrowd = false
    var isIgnored = false
  }

  var pictures: [Picture] = []
  var objects: [Object] = []
  /// In the order of the file.
  var categories: [(identifier: String, name: String)] = []
  private var hasObjects = false

  /// Nil where the file is JSON but not in COCO's format: images, annotations and categories are not all there.
  /// - Throws: ``DatasetError`` where it cannot be read or is no JSON.
  init?(_ url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw DatasetError.unreadable(path: url.path, reason: FileReading.reason(error, url))
    }
    let result = data.withUnsafeBytes { bytes -> Result<COCOFile, JSONReader.Broken> in
      Result { () throws(JSONReader.Broken) -> COCOFile in
        var reader = JSONReader(bytes.bindMemory(to: UInt8.self))
        return try COCOFile(&reader)
      }
    }
    switch result {
    case .success(let file):
      guard !file.pictures.isEmpty, file.hasObjects else { return nil }
      if file.categories.isEmpty {
        // Captions have none, and no boxes.
        guard file.objects.contains(where: { $0.box != nil }) else { return nil }
        throw DatasetError.invalidAnnotations(
          file: url.path, line: nil, reason: "there are boxes and no categories")
      }
      self = file
    case .failure(let broken):
      throw DatasetError.invalidAnnotations(file: url.path, line: broken.line, reason: broken.reason)
    }
  }

  private init(_ reader: inout JSONReader) throws(JSONReader.Broken) {
    guard try reader.next() == "{" else {
      try reader.skip()
      return
    }
    try reader.object { key, reader throws(JSONReader.Broken) in
      guard try reader.next() == "[" else { return try reader.skip() }
      switch key {
      case "images":
        try reader.array { reader throws(JSONReader.Broken) in pictures.append(try Self.picture(&reader)) }
      case "annotations":
        hasObjects = true
        try reader.array { reader throws(JSONReader.Broken) in objects.append(try Self.object(&reader)) }
      case "categories":
        try reader.array { reader throws(JSONReader.Broken) in categories.append(try Self.category(&reader)) }
      default: try reader.skip()
      }
    }
  }

  private static func picture(_ reader: inout JSONReader) throws(JSONReader.Broken) -> Picture {
    _ = try reader.next()
    var picture = Picture(line: reader.line)
    try reader.object { key, reader throws(JSONReader.Broken) in
      switch key {
      case "id": picture.identifier = try reader.identifier()
      case "file_name":
        guard try reader.next() == "\"" else { return try reader.skip() }
        picture.fileName = try reader.string()
      case "width": picture.width = try reader.number()
      case "height": picture.height = try reader.number()
      default: try reader.skip()
      }
    }
    return picture
  }

  private static func object(_ reader: inout JSONReader) throws(JSONReader.Broken) -> Object {
    _ = try reader.next()
    var object = Object(line: reader.line)
    try reader.object { key, reader throws(JSONReader.Broken) in
      switch key {
      case "image_id": object.picture = try reader.identifier()
      case "category_id": object.category = try reader.identifier()
      case "area": object.area = try reader.number()
      case "iscrowd": object.isCrowd = try reader.flag()
      case "ignore": object.isIgnored = try reader.flag()
      case "bbox":
        guard try reader.next() == "[" else { return try reader.skip() }
        var box = SIMD4<Double>.zero
        var count = 0
        try reader.array { reader throws(JSONReader.Broken) in
          let value = try reader.number()
          if count < 4, let value { box[count] = value }
          count += value == nil ? 5 : 1
        }
        object.box = count == 4 ? box : nil
      default: try reader.skip()
      }
    }
    return object
  }

  private static func category(
    _ reader: inout JSONReader
  ) throws(JSONReader.Broken) -> (identifier: String, name: String) {
    var (identifier, name) = ("", "")
    try reader.object { key, reader throws(JSONReader.Broken) in
      switch key {
      case "id": identifier = try reader.identifier()
      case "name": name = try reader.identifier()
      default: try reader.skip()
      }
    }
    return (identifier, name)
  }
}
