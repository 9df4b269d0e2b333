import Datasets
import Foundation
import XCTest

/// A temporary folder that annotated pictures are written into.
final class DetectionFolder {
  let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("detection-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func add(_ path: String, _ data: Data) throws {
    let url = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url)
  }

  func add(_ path: String, _ text: String) throws { try add(path, Data(text.utf8)) }

  func addPictures(_ paths: String..., width: Int = 40, height: Int = 30) throws {
    for path in paths { try add(path, Image(width: width, height: height, repeating: 7).pngData()) }
  }

  /// The findings, paths from the folder on.
  func findings(_ report: AnnotationReport) -> [String] {
    report.findings.map {
      "\($0.kind.rawValue) \($0)".replacingOccurrences(of: root.path + "/", with: "")
    }
  }
}

extension AnnotatedPicture {
  var name: String { url.lastPathComponent }
}

extension BoundingBox {
  init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
    self.init(left: left, top: top, right: right, bottom: bottom)
  }
}
