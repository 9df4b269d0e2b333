import Foundation
import Images

extension AnnotationReport {
  /// The part of a box that is in the picture; nil, and counted, where there is none or the box is no rectangle. Half a pixel
  /// beyond the edge is rounding and not counted.
  /// - Parameters:
  ///   - sides: left, top, right, bottom in continuous pixels.
  ///   - size: the picture's.
  ///   - file: where the box is written.
  ///   - line: there, counted from 1.
  mutating func checked(
    _ sides: (left: Double, top: Double, right: Double, bottom: Double), in size: Image.Size, file: String,
    line: Int?
  ) -> BoundingBox? {
    let (left, top, right, bottom) = sides
    let words = "from (\(short(left)), \(short(top))) to (\(short(right)), \(short(bottom)))"
    guard [left, top, right, bottom].allSatisfy(\.isFinite) else {
      add(.brokenObject, file: file, line: line, "a box whose numbers are not finite")
      return nil
    }
    guard right > left, bottom > top else {
      add(.degenerate, file: file, line: line, "a box without area \(words)")
      return nil
    }
    if min(right - left, bottom - top) <= 1 {
      add(.thin, file: file, line: line, "a box at most a pixel wide or high \(words)")
    }
    let (width, height) = (Double(size.width), Double(size.height))
    let box = BoundingBox(
      left: Float(max(left, 0)), top: Float(max(top, 0)), right: Float(min(right, width)),
      bottom: Float(min(bottom, height)))
    guard box.area > 0 else {
      add(.outside, file: file, line: line, "a box \(words) outside its picture of \(size)")
      return nil
    }
    if max(-left, -top, right - width, bottom - height) > 0.5 {
      add(.clipped, file: file, line: line, "a box \(words) reaches beyond its picture of \(size)")
    }
    return box
  }

  private func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  /// The size of a picture; nil, and counted, where it cannot be read.
  /// - Parameters:
  ///   - url: the picture's file.
  ///   - stated: what the annotation says; nil where it says nothing. A difference is counted.
  ///   - file: the annotation's file.
  ///   - reading: how pictures are read.
  mutating func size(
    of url: URL, stated: Image.Size?, file: String, _ reading: PictureReading
  ) -> Image.Size? {
    do {
      let size = try Image.Size(ofPicture: url, orientation: reading.orientation)
      if let stated, stated != size, stated.width > 0 || stated.height > 0 {
        let isOnItsSide =
          reading.orientation == .stored
          && (try? Image.Size(ofPicture: url, orientation: .upright)) == stated
        add(
          .differentSize, file: file,
          "says \(stated) of \(url.lastPathComponent), which is \(size)"
            + (isOnItsSide ? " until its EXIF orientation turns it (--orientation exif)" : ""))
      }
      return size
    } catch {
      // The path is the finding's own.
      let (words, path) = ("\(error)", url.path + ": ")
      add(
        .missingPicture, file: url.path, words.hasPrefix(path) ? String(words.dropFirst(path.count)) : words)
      return nil
    }
  }
}
