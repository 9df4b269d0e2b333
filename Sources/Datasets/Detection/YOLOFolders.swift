import Foundation
import Images

/// Where data sets in YOLO's format have their pictures and texts: `images/train` and `labels/train`, `train/images` and
/// `train/labels`, `images` and `labels`, or pictures and texts beside each other, in the folder or in folders of it such as
/// `obj_train_data`. Upper and lower case are the same. What the folder holds is what counts: a .yaml file's paths are followed
/// as far as they name these folders and the lists beside them (``YOLOSplits``), those in a .data file not at all.
enum YOLOFolders {
  /// Pictures with their texts, which may be beside them.
  struct Folder {
    /// Of the split; ``DetectionSource/whole`` where it is not one of several.
    let name: String
    /// The folder that the name is of: that of the pictures, or one around it.
    let split: URL
    let pictures: URL
    let labels: URL
  }

  /// By split; none where the folder has none of the layouts.
  static func find(_ root: URL) -> [Folder] {
    let (images, labels) = (Listing.folder("images", in: root), Listing.folder("labels", in: root))
    let inside = (images.map(Listing.folders) ?? []).compactMap { folder in
      pair(folder, folder, labels.flatMap { Listing.folder(folder.lastPathComponent, in: $0) })
    }
    if !inside.isEmpty { return named(inside) }
    let folders = Listing.folders(root)
    let outside = folders.compactMap { folder in
      pair(folder, Listing.folder("images", in: folder), Listing.folder("labels", in: folder))
    }
    if !outside.isEmpty { return named(outside) }
    if let whole = pair(root, images, labels) { return [folder(DetectionSource.whole, whole)] }
    if hasTexts(root) { return [folder(DetectionSource.whole, (root, root, root))] }
    // Of a folder a class captions may be beside the pictures: what they say decides.
    let flat = folders.filter { hasTexts($0) && hasObjects($0) }.map { ($0, $0, $0) }
    return flat.count == 1 ? [folder(DetectionSource.whole, flat[0])] : named(flat)
  }

  /// The texts that name the pictures of a split, a path a line, by split; a second one of a split has the file's name. Those of
  /// pictures beside them are none.
  static func lists(_ root: URL) -> [(name: String, file: URL)] {
    var taken: Set<String> = []
    let stems = Set(Listing.pictures(root).map(Listing.stem))
    return Listing.files(root, withExtension: "txt").compactMap { file in
      let (key, stem) = (Listing.splitKey(Listing.stem(file)), Listing.stem(file))
      guard Listing.splitNames.contains(key), !stems.contains(stem) else { return nil }
      return (taken.insert(key).inserted ? key : stem, file)
    }
  }

  private typealias Pair = (split: URL, pictures: URL, labels: URL)

  private static func pair(_ split: URL, _ pictures: URL?, _ labels: URL?) -> Pair? {
    guard let pictures, let labels, !Listing.pictures(pictures).isEmpty else { return nil }
    return (split, pictures, labels)
  }

  private static func folder(_ name: String, _ pair: Pair) -> Folder {
    Folder(name: name, split: pair.split, pictures: pair.pictures, labels: pair.labels)
  }

  /// By splits' usual names, unless that makes two of them one.
  private static func named(_ pairs: [Pair]) -> [Folder] {
    let keys = pairs.map { Listing.splitKey($0.split.lastPathComponent) }
    let areDistinct = Set(keys).count == keys.count
    return zip(keys, pairs).map { key, pair in folder(areDistinct ? key : pair.split.lastPathComponent, pair)
    }
  }

  private static func hasTexts(_ folder: URL) -> Bool {
    let stems = Set(Listing.files(folder, withExtension: "txt").map(Listing.stem))
    return !stems.isEmpty && Listing.pictures(folder).contains { stems.contains(Listing.stem($0)) }
  }

  private static func hasObjects(_ folder: URL) -> Bool {
    let stems = Set(Listing.pictures(folder).map(Listing.stem))
    let texts = Listing.files(folder, withExtension: "txt").filter { stems.contains(Listing.stem($0)) }
    return texts.prefix(20).contains(where: hasObjects(inText:))
  }

  /// Whether a text's first line says where an object is.
  static func hasObjects(inText file: URL) -> Bool {
    Listing.lines(file)?.first { !$0.isEmpty }.flatMap(YOLOLine.parse) != nil
  }

  /// Pictures and texts in `images` and `labels` that belong to none of the folders.
  static func unused(_ root: URL, _ folders: [Folder]) -> AnnotationReport {
    var report = AnnotationReport()
    let folders = folders.filter { $0.pictures != $0.labels }
    let (pictures, texts) = (folders.map(\.pictures), folders.map(\.labels))
    for folder in trees(pictures + [Listing.folder("images", in: root)]) where !pictures.contains(folder) {
      for picture in Listing.pictures(folder) {
        report.add(.missingAnnotation, file: picture.path, "there is no folder of texts for this one")
      }
    }
    for folder in trees(texts + [Listing.folder("labels", in: root)])
    where !texts.contains(folder) && !pictures.contains(folder) {
      for text in Listing.files(folder, withExtension: "txt") where text.lastPathComponent != "classes.txt" {
        report.add(.missingPicture, file: text.path, "there is no folder of pictures for this one")
      }
    }
    return report
  }

  /// Folders with those in them, each once.
  private static func trees(_ roots: [URL?]) -> [URL] {
    var (found, seen, open) = ([URL](), Set<String>(), roots.compactMap { $0 })
    // A link may lead back to a folder that it is in.
    while let folder = open.popLast(), found.count < 10_000 {
      guard seen.insert(folder.resolvingSymlinksInPath().path).inserted else { continue }
      found.append(folder)
      open += Listing.folders(folder)
    }
    return found
  }
}
