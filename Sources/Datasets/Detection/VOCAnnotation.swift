import Foundation
import Images

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a Pascal VOC file says of a picture, as it is written there.
struct VOCAnnotation {
  struct Object {
    /// Where it begins, counted from 1.
    let line: Int
    var name = ""
    /// `xmin`, `ymin`, `xmax`, `ymax`, `difficult`, `truncated`.
    var values: [String: String] = [:]
  }

  var fileName: String?
  var size: Image.Size?
  var objects: [Object] = []

  /// Never reads another file: a document type, which could name one or define entities, is refused.
  /// - Throws: ``Broken``.
  init(_ url: URL) throws(Broken) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: url)
    } catch {
      throw Broken(line: nil, reason: "cannot be read: \(FileReading.reason(error, url))")
    }
    guard let data = XMLText.utf8(bytes) else {
      throw Broken(line: nil, reason: "is not text in UTF-8, or in another encoding that it names")
    }
    guard data.range(of: Data("<!DOCTYPE".utf8)) == nil else {
      throw Broken(line: nil, reason: "has a document type, which an annotation does not need")
    }
    guard !XMLText.hasEmptyInstruction(data) else {
      throw Broken(line: nil, reason: "has a processing instruction without content, which cannot be read")
    }
    let parser = XMLParser(data: data)
    parser.shouldResolveExternalEntities = false
    let reader = Reader()
    parser.delegate = reader
    // Foundation goes on after some errors, and says so to the delegate alone.
    guard parser.parse(), reader.error == nil else {
      let (line, code) = reader.error ?? (parser.lineNumber, 0)
      throw Broken(line: line, reason: "is not well-formed XML (libxml2's error \(code))")
    }
    guard reader.isAnnotation else {
      throw Broken(line: 1, reason: "is not an annotation: its first element is not <annotation>")
    }
    self = reader.result
  }

  /// Why a file is no annotation.
  struct Broken: Error {
    let line: Int?
    let reason: String
  }

  private init() {}

  /// Takes the elements at their places alone: parts of an object have names and boxes too.
  private final class Reader: NSObject, XMLParserDelegate {
    var result = VOCAnnotation()
    var isAnnotation = false
    /// The first.
    var error: (line: Int, code: Int)?
    private var path: [String] = []
    private var text = ""
    private var object: Object?
    private var size: [String: Int] = [:]

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String] = [:]
    ) {
      path.append(name)
      text = ""
      if path == ["annotation"] { isAnnotation = true }
      if path == ["annotation", "object"] { object = Object(line: parser.lineNumber) }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
      self.error = self.error ?? (parser.lineNumber, (error as NSError).code)
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
      text += String(decoding: block, as: UTF8.self)
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
      switch path.dropFirst().joined(separator: "/") {
      case "filename": result.fileName = value
      case "size/width", "size/height": size[name] = Int(value)
      case "size":
        if let width = size["width"], let height = size["height"] {
          result.size = Image.Size(width: width, height: height)
        }
      case "object/name": object?.name = value
      case "object/difficult", "object/truncated": object?.values[name] = value
      case "object/bndbox/xmin", "object/bndbox/ymin", "object/bndbox/xmax", "object/bndbox/ymax":
        object?.values[name] = value
      case "object":
        if let object { result.objects.append(object) }
        object = nil
      default: break
      }
      path.removeLast()
      text = ""
    }
  }
}

extension VOCAnnotation.Object {
  /// In continuous pixels. Pascal VOC counts pixels from 1, and xmax and ymax are the last ones inside: left = xmin − 1,
  /// top = ymin − 1, right = xmax, bottom = ymax.
  var sides: (left: Double, top: Double, right: Double, bottom: Double)? {
    guard let left = number("xmin"), let top = number("ymin"), let right = number("xmax"),
      let bottom = number("ymax")
    else { return nil }
    return (left - 1, top - 1, right, bottom)
  }

  func isSet(_ flag: String) -> Bool { values[flag].map { $0 == "1" || $0.lowercased() == "true" } ?? false }

  private func number(_ key: String) -> Double? { values[key].flatMap(Double.init) }
}
