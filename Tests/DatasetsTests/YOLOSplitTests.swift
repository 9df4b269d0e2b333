import Datasets
import Foundation
import XCTest

/// What the splits of YOLO's data sets are made of: folders, the entries of a .yaml file, lists.
final class YOLOSplitTests: XCTestCase {
  /// A picture with its text for each path, such as `images/train/a.png`.
  private func boxes(_ pictures: String..., yaml: String? = nil) throws -> DetectionFolder {
    let folder = try DetectionFolder()
    for picture in pictures {
      try folder.addPictures(picture)
      let text = picture.replacingOccurrences(of: "images", with: "labels")
      try folder.add(text.replacingOccurrences(of: ".png", with: ".txt"), "0 0.5 0.5 1 1\n")
    }
    if let yaml { try folder.add("data.yaml", "names: [dog]\n" + yaml) }
    return folder
  }

  /// The pictures of a split, or of all, from the folder on.
  private func pictures(_ folder: DetectionFolder, _ split: String? = nil) throws -> [String] {
    try DetectionSource(folder.root.path).dataset(split).pictures.map {
      String($0.url.path.dropFirst(folder.root.path.count + 1))
    }
  }

  private func splits(_ folder: DetectionFolder) throws -> [String] {
    try DetectionSource(folder.root.path).splits
  }

  private func findings(_ folder: DetectionFolder, _ split: String? = nil) throws -> [String] {
    folder.findings(try DetectionSource(folder.root.path).dataset(split).report)
  }

  // MARK: Entries of a .yaml file

  func testEntriesSayWhatSplitsAre() throws {
    let swapped = try boxes(
      "images/train/a.png", "images/val/b.png", yaml: "train: images/val\nval: images/train\n")
    XCTAssertEqual(try splits(swapped).sorted(), ["train", "val"])
    XCTAssertEqual(try pictures(swapped, "train"), ["images/val/b.png"])
    XCTAssertEqual(try pictures(swapped, "val"), ["images/train/a.png"])
    XCTAssertEqual(try findings(swapped), [])
    for entries in [
      "train: [images/day, 'images/night']\nval:\n  - images/dusk\n",
      "train: [images/day,\n  images/night] # two\nval: images/dusk\n",
      "train:\n- ./images/day\n\n- \"images/night/\"\n- images/day\nvalidation: [images/dusk]\ntest:\n",
    ] {
      let joined = try boxes("images/day/a.png", "images/dusk/b.png", "images/night/a.png", yaml: entries)
      XCTAssertEqual(try splits(joined), ["train", "val"], entries)
      XCTAssertEqual(try pictures(joined, "train"), ["images/day/a.png", "images/night/a.png"], entries)
      XCTAssertEqual(try pictures(joined, "val"), ["images/dusk/b.png"], entries)
      XCTAssertEqual(try pictures(joined).count, 3, entries)
      XCTAssertEqual(try findings(joined), [], entries)
    }
  }

  func testPathsOfOtherMachines() throws {
    for entries in [
      "train: images/day\nval: images/night2017\n",
      "path: ../sets/x # here\ntrain: images/day\nval: ./images/night2017",
      "train: ../images/day\nval: /data/x/images/night2017/\n",
      "train: D:\\x\\Images\\day\nval: \"D:\\\\images\\\\night2017\"\n",
      "path: /data/images\ntrain: day\nval: night2017\n",
      "train: images/night2017/../day\nval: night2017\n",
    ] {
      let inside = try boxes("images/day/a.png", "images/night2017/b.png", yaml: entries)
      XCTAssertEqual(try splits(inside), ["train", "val"], entries)
      XCTAssertEqual(try pictures(inside, "val"), ["images/night2017/b.png"], entries)
      XCTAssertEqual(try findings(inside), [], entries)
    }
    for entries in [
      "train: ../day/images\nval: ../night/images\n", "train: C:\\x\\day\nval: /x/NIGHT\n",
      "path: /sets/day\ntrain: images\nval: ../night/images\n",
    ] {
      let outside = try boxes("day/images/a.png", "night/images/b.png", yaml: entries)
      XCTAssertEqual(try splits(outside), ["train", "val"], entries)
      XCTAssertEqual(try pictures(outside, "val"), ["night/images/b.png"], entries)
    }
  }

  /// As coco128 has it.
  func testAFolderMayBeTwoSplits() throws {
    let both = try boxes(
      "images/train2017/a.png",
      yaml: "path: coco128\ntrain: images/train2017\nval: images/train2017\ntest: ~\n")
    XCTAssertEqual(try splits(both), ["train", "val"])
    for split in ["train", "val", nil] {
      XCTAssertEqual(try pictures(both, split), ["images/train2017/a.png"])
    }
    let data = try DetectionSource(both.root.path).dataSource()
    XCTAssertEqual(data.findings?.inBothParts, 1)
    let whole = try boxes("images/a.png", yaml: "train: ./images\nval: images\n")
    XCTAssertEqual(try splits(whole), ["train", "val"])
    XCTAssertEqual(try pictures(whole), ["images/a.png"])
  }

  func testFoldersThatNoEntryNames() throws {
    let further = try boxes(
      "images/extra/c.png", "images/train/a.png", "images/val/b.png",
      yaml: "train: images/train\nval: images/val\n")
    XCTAssertEqual(try splits(further), ["extra", "train", "val"])
    XCTAssertEqual(try pictures(further, "extra"), ["images/extra/c.png"])
    XCTAssertEqual(try pictures(further), ["images/extra/c.png", "images/train/a.png", "images/val/b.png"])
    let taken = try boxes("images/train/a.png", "images/val/b.png", yaml: "train: images/val\n")
    XCTAssertEqual(try splits(taken), ["images/train", "train"])
    XCTAssertEqual(try pictures(taken, "train"), ["images/val/b.png"])
    XCTAssertEqual(try pictures(taken, "images/train"), ["images/train/a.png"])
  }

  func testEntriesThatLeadNowhere() throws {
    let folder = try boxes(
      "images/train/a.png", "images/val/b.png",
      yaml: "train: [images/val, ../nowhere]\nval: gone.txt\ntest: ../test/images\n")
    XCTAssertEqual(try splits(folder), ["train", "val"])
    XCTAssertEqual(try pictures(folder, "train"), ["images/train/a.png"])
    let (train, val, test) = (
      "unknownSplit data.yaml:2: there is neither a folder of pictures nor a list '../nowhere' for train",
      "unknownSplit data.yaml:3: there is neither a folder of pictures nor a list 'gone.txt' for val",
      "unknownSplit data.yaml:4: there is neither a folder of pictures nor a list '../test/images' for test"
    )
    XCTAssertEqual(try findings(folder, "train"), [train, test])
    XCTAssertEqual(try findings(folder, "val"), [val])
    XCTAssertEqual(try findings(folder), [train, test, val])
    let summary = try DetectionSource(folder.root.path).dataSource().findings?.annotations.summary ?? ""
    XCTAssertTrue(summary.hasPrefix("3 splits that are not found (such as "), summary)
  }

  /// Other folders' names than the entries', and the same splits: nothing is to be said.
  func testEntriesThatAgreeByName() throws {
    let folder = try boxes(
      "images/train/a.png", "images/val/b.png", yaml: "train: ../train/images\nval: ../valid/images\n")
    XCTAssertEqual(try splits(folder), ["train", "val"])
    XCTAssertEqual(try pictures(folder, "val"), ["images/val/b.png"])
    XCTAssertEqual(try findings(folder), [])
  }

  /// A folder with all pictures is no split of them.
  func testAllPicturesAreNoSplit() throws {
    let whole = try boxes("images/a.png", yaml: "train: ../train/images\nval: ../valid/images\n")
    XCTAssertEqual(try splits(whole), [])
    XCTAssertEqual(try findings(whole).count, 2)
    try whole.add("data.yaml", "train:\n  epochs: 3\n")
    XCTAssertEqual(
      try findings(whole),
      ["unknownSplit data.yaml:1: there is neither a folder of pictures nor a list 'epochs: 3' for train"])
    for nothing in ["train:\n", "train: ''\n", "train: []\n", "train: null # none\n"] {
      try whole.add("data.yaml", nothing)
      XCTAssertEqual(try findings(whole), [], nothing)
    }
  }

  // MARK: Lists

  /// Of pictures that have one name the folders before it decide.
  func testListsOfEntries() throws {
    let folder = try boxes(
      "images/one/a.png", "images/one/c.png", "images/two/a.png", "images/two/b.png",
      yaml: "train: ./first.txt\nval: [Second.txt]\n")
    try folder.add(
      "first.txt",
      "/data/images/one/a.png\nD:\\x\\images\\two\\b.png\na.png\nimages/one/b.png\n./images/one/a.png\n")
    try folder.add("second.TXT", "x/two/a.png\n\nc.png\n")
    XCTAssertEqual(try splits(folder), ["one", "two", "train", "val"])
    XCTAssertEqual(try pictures(folder, "train"), ["images/one/a.png", "images/two/b.png"])
    XCTAssertEqual(try pictures(folder, "val"), ["images/two/a.png", "images/one/c.png"])
    XCTAssertEqual(try pictures(folder).count, 4)
    XCTAssertEqual(
      try findings(folder, "train"),
      [
        "brokenFile first.txt:3: there are several pictures 'a.png'",
        "missingPicture first.txt:4: there is no picture 'images/one/b.png'",
        "brokenFile first.txt:5: 'a.png' is listed a second time",
      ])
    XCTAssertEqual(try findings(folder, "val"), [])
  }

  func testListsTakeThePlaceOfFolders() throws {
    let folder = try boxes(
      "images/test/d.png", "images/train/a.png", "images/train/c.png", "images/train/e.png",
      "images/val/b.png")
    try folder.add("train.txt", "./images/train/c.png\n")
    XCTAssertEqual(try splits(folder), ["test", "train", "val"])
    XCTAssertEqual(try pictures(folder, "train"), ["images/train/c.png"])
    XCTAssertEqual(try pictures(folder, "val"), ["images/val/b.png"])
    XCTAssertEqual(try pictures(folder).count, 5)
    let report = try DetectionSource(folder.root.path).dataset("train").report
    XCTAssertEqual(report.findings.map(\.kind), [.unlisted])
    XCTAssertEqual(
      report.summary,
      "2 pictures in no list (such as \(folder.root.path): "
        + "no list names 2 pictures, the first of them 'a.png')")
    XCTAssertEqual(try findings(folder, "val"), [])
    try folder.add("val.txt", "images/val/b.png\nimages/train/a.png\nimages/train/e.png\n")
    XCTAssertEqual(try findings(folder, "train"), [])
    XCTAssertEqual(try pictures(folder, "val").count, 3)
    // What the .yaml file says comes first.
    try folder.add("data.yaml", "names: [dog]\ntrain: images/train\n")
    XCTAssertEqual(try pictures(folder, "train").count, 3)
    XCTAssertEqual(try pictures(folder, "val").count, 3)
    try folder.add("val.txt", Data([0x62, 0xE9]))
    XCTAssertEqual(try findings(folder, "val").first, "brokenFile val.txt: is no text")
  }

  /// Texts beside pictures are no lists, whatever they are called.
  func testTextsOfPicturesAreNoLists() throws {
    let flat = try boxes("test0001.png", "train.png")
    XCTAssertEqual(try splits(flat), [])
    XCTAssertEqual(try pictures(flat), ["test0001.png", "train.png"])
    try flat.add("train2017.txt", "train.png\n")
    try flat.add("train2018.txt", "test0001.png\n")
    XCTAssertEqual(try splits(flat), ["train", "train2018"])
    XCTAssertEqual(try pictures(flat, "train"), ["train.png"])
    XCTAssertEqual(try findings(flat), [])
  }

  // MARK: Files that are not to be trusted

  func testKeysAreThereOnce() throws {
    let folder = try boxes("images/train/a.png", "images/val/b.png")
    for (yaml, line, reason) in [
      ("names: [x]\nnc: 1\nnames: [y]\n", 3, "'names' is there a second time, after line 1"),
      ("train: a\n'train' : b\n", 2, "'train' is there a second time, after line 1"),
      ("nc: 1\n\nnc: 1\nnames: [x]", 3, "'nc' is there a second time, after line 1"),
      ("names: [x]\nval: [a", 2, "the list of val has no end"),
    ] {
      try folder.add("data.yaml", yaml)
      XCTAssertThrowsError(try splits(folder), yaml) { error in
        XCTAssertTrue(
          "\(error)".hasSuffix("data.yaml:\(line): not valid annotations: \(reason)"), "\(error)")
      }
    }
    try folder.add("data.yaml", "names:\n  0: x\nother: 1\nother: 2\nmore:\n  names: [y]\n")
    XCTAssertEqual(try DetectionSource(folder.root.path).classNames, ["x"])
    // Names in one file, splits in another, with the mark that Windows writes first.
    let text = "train: images/val\r\nval: images/train\r\n"
    try folder.add("splits.yml", Data([0xEF, 0xBB, 0xBF]) + Data(text.utf8))
    XCTAssertEqual(try pictures(folder, "train"), ["images/val/b.png"])
  }

  func testLongFilesAreReadInTime() throws {
    let folder = try boxes("images/train/a.png", "images/val/a.png")
    let many = String(repeating: "  images/train,\n", count: 100_000)
    let back = String(repeating: "../", count: 100_000)
    try folder.add("data.yaml", "names: [x]\ntrain: [\n\(many)]\nval: \(back)val\n")
    try folder.add("test.txt", String(repeating: "x/a.png\n", count: 100_000))
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.splits, ["train", "val", "test"])
    XCTAssertEqual(try source.dataset("train").count, 1)
    XCTAssertEqual(try source.dataset("test").report.counts, [.brokenFile: 100_000])
    let path = String(repeating: "a/", count: 100_000)
    let digits = String(repeating: "2017", count: 100_000)
    try folder.add("data.yaml", "names: [x]\npath: \(path)\ntrain: [\n\(many)]\nval: \(digits)/\(digits)\n")
    let val = try DetectionSource(folder.root.path).dataset("val").report
    XCTAssertEqual(val.counts, [.unknownSplit: 1])
    XCTAssertLessThan(val.summary.count, 1_000)
  }
}
