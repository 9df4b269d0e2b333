import Datasets
import Engine

/// Tells the labels of a data set, and what its pictures are called, from others: a digest of the classes, and of the pictures'
/// names in their order with their classes or their boxes. Of a name counts what is below the folder that all pictures of the part
/// are in: the same pictures in another folder are the same.
///
/// Other targets than classes and boxes do not count.
enum LabelDigest {
  /// What two data sets differ in that have other digests.
  static let difference = "labels or names of the pictures"

  /// - Parameters:
  ///   - parts: in their order.
  ///   - sparesPictures: asks a data set that must read pictures to know what they teach for a few targets alone.
  static func digest<Target: GeometricTarget>(
    of parts: [any Dataset<Target>], sparesPictures: Bool = false
  ) -> String {
    var hash = SHA256()
    var content: [UInt8] = []
    for part in parts {
      content += "\(part.count) \(part.classNames.joined(separator: "\0"))\n".utf8
      let folder = commonFolder(of: part)
      let asked = part.knowsTargets || !sparesPictures ? nil : Set(PictureSample.places(of: part.count))
      for index in 0..<part.count {
        content += part.name(at: index).utf8.dropFirst(folder)
        content.append(0)
        if asked?.contains(index) ?? true {
          // What cannot be read is training's to say.
          content += ((try? part.target(at: index)).map(text) ?? "-1").utf8
        }
        content.append(UInt8(ascii: "\n"))
        if content.count >= 1 << 16 {
          content.withUnsafeBytes { hash.update($0) }
          content.removeAll(keepingCapacity: true)
        }
      }
    }
    content.withUnsafeBytes { hash.update($0) }
    return hash.digest
  }

  private static func text(_ target: some GeometricTarget) -> String {
    if let label = target as? Int { return "\(label)" }
    guard let objects = (target as? any DetectionTarget)?.objects else { return "" }
    return objects.map { object in
      let box = object.box
      return "\(object.label) \(box.left) \(box.top) \(box.right) \(box.bottom)"
        + (object.isDifficult ? " difficult" : "") + (object.isCrowd ? " crowd" : "")
    }.joined(separator: ", ")
  }

  /// How many bytes of all names are the folder that all are in.
  private static func commonFolder<Target: GeometricTarget>(of part: any Dataset<Target>) -> Int {
    guard part.count > 0 else { return 0 }
    var shared = Array(part.name(at: 0).utf8)
    for index in 0..<part.count {
      let count = zip(shared, part.name(at: index).utf8).prefix { $0 == $1 }.count
      shared.removeLast(shared.count - count)
    }
    return shared.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
  }
}
