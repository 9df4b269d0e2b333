import Datasets
import Foundation
import XCTest

/// Pascal VOC's format.
final class VOCTests: XCTestCase {
  private func object(_ name: String, _ box: (String, String, String, String), _ flags: String = "") -> String
  {
    """
    <object>
      <name>\(name)</name>\(flags)
      <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
      <bndbox><xmin>\(box.0)</xmin><ymin>\(box.1)</ymin><xmax>\(box.2)</xmax><ymax>\(box.3)</ymax></bndbox>
    </object>

    """
  }

  private func annotation(_ objects: String..., size: (Int, Int) = (40, 30), name: String = "a.png") -> String
  {
    """
    <?xml version="1.0"?>
    <annotation>
    <filename>\(name)</filename>
    <size><width>\(size.0)</width><height>\(size.1)</height><depth>3</depth></size>
    \(objects.joined())</annotation>
    """
  }

  func testBoxesAndFlags() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("JPEGImages/a.png", "JPEGImages/b.png")
    try folder.add(
      "Annotations/a.xml",
      annotation(
        object("dog", ("1", "1", "40", "30"), "<difficult>1</difficult><truncated>0</truncated>"),
        object("a &amp; b", ("5.5", "6", "5.5", "6"), "<truncated>1</truncated>")))
    try folder.add("Annotations/b.xml", annotation())
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(data.classNames, ["a & b", "dog"])
    // A pixel is a box, but seldom meant.
    XCTAssertEqual(
      folder.findings(data.report),
      ["thin Annotations/a.xml:10: a box at most a pixel wide or high from (4.5, 5) to (5.5, 6)"])
    XCTAssertEqual(data.report.description, "1 box of a pixel")
    XCTAssertEqual(data.pictures.map(\.name), ["a.png", "b.png"])
    // The whole picture, and one pixel at a half.
    XCTAssertEqual(
      data.target(at: 0),
      [
        LabelledBox(BoundingBox(0, 0, 40, 30), label: 1, isDifficult: true),
        LabelledBox(BoundingBox(4.5, 5, 5.5, 6), label: 0, isTruncated: true),
      ])
    // A picture without objects is an example.
    XCTAssertEqual(
      try data.example(at: 1), Example(image: Image(width: 40, height: 30, repeating: 7), target: []))
    XCTAssertEqual(data.boxCounts, [1, 1])
  }

  func testWhatIsWrongIsCounted() throws {
    let folder = try DetectionFolder()
    for name in ["a", "c", "d"] { try folder.addPictures("JPEGImages/\(name).png") }
    try folder.add("JPEGImages/e.png", "no picture")
    try folder.add(
      "Annotations/a.xml",
      annotation(
        object("dog", ("3", "4", "20", "x")), object("dog", ("9", "4", "8", "20")),
        object("dog", ("41", "1", "50", "9")), object("dog", ("0", "1", "50", "9")),
        object("", ("1", "1", "9", "9")),
        object("dog", ("2", "2", "9", "9")), size: (30, 40)))
    try folder.add("Annotations/b.xml", annotation(name: "a/../../b.jpg"))
    try folder.add("Annotations/c.xml", "<annotation>\n<object>\n</annotation>")
    try folder.add("Annotations/d.xml", "<html/>")
    for (name, text) in ["f": "", "g": "<annotation>1 < 2</annotation>", "h": "<annotation><object>"] {
      try folder.addPictures("JPEGImages/\(name).png")
      try folder.add("Annotations/\(name).xml", text)
    }
    try folder.add("Annotations/e.xml", annotation())
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(data.pictures.map(\.name), ["a.png"])
    XCTAssertEqual(data.target(at: 0).map(\.box), [BoundingBox(0, 0, 40, 9), BoundingBox(1, 1, 9, 9)])
    XCTAssertEqual(data.classNames, ["dog"])
    let findings = folder.findings(data.report)
    for expected in [
      "differentSize Annotations/a.xml: says 30×40 of a.png, which is 40×30",
      "brokenObject Annotations/a.xml:5: an object 'dog' has no box of four numbers",
      "degenerate Annotations/a.xml:10: a box without area from (8, 3) to (8, 20)",
      "outside Annotations/a.xml:15: a box from (40, 0) to (50, 9) outside its picture of 40×30",
      "clipped Annotations/a.xml:20: a box from (-1, 0) to (50, 9) reaches beyond its picture of 40×30",
      "brokenObject Annotations/a.xml:25: an object has no name",
      "missingPicture Annotations/b.xml: there is no picture of that name",
      "brokenFile Annotations/d.xml:1: is not an annotation: its first element is not <annotation>",
      "missingPicture JPEGImages/e.png: not a picture (neither JPEG, PNG, WebP, GIF nor BMP)",
    ] {
      XCTAssertTrue(findings.contains(expected), "\(expected) is not in \(findings.joined(separator: "\n"))")
    }
    XCTAssertTrue(
      findings.contains { $0.hasPrefix("brokenFile Annotations/c.xml:3: is not well-formed XML") })
    XCTAssertEqual(findings.count, 13)
    XCTAssertEqual(data.report.counts[.brokenFile], 5)
    XCTAssertEqual(data.report.counts[.missingPicture], 2)
    XCTAssertTrue(data.report.description.contains("2 missing pictures"))
  }

  /// Neither other files nor entities.
  func testDocumentTypesAreRefused() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("JPEGImages/a.png")
    try folder.add("secret.txt", "secret")
    try folder.add(
      "Annotations/a.xml",
      """
      <!DOCTYPE annotation [<!ENTITY s SYSTEM "file://\(folder.root.path)/secret.txt">]>
      <annotation><object><name>&s;</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox>
      </object></annotation>
      """)
    let data = try DetectionSource.open(folder.root.path)
    XCTAssertEqual(data.count, 0)
    XCTAssertEqual(data.classNames, [])
    XCTAssertEqual(
      folder.findings(data.report),
      ["brokenFile Annotations/a.xml: has a document type, which an annotation does not need"])
  }

  /// Foundation's parser takes the content of `<?x?>` from address 0. Others are passed over.
  func testInstructionsWithoutContentAreRefused() throws {
    let plain = annotation(object("dog", ("1", "1", "9", "9")))
    let within = plain.replacingOccurrences(of: "<object>", with: "<?php?><object>")
    for text in ["<?x?>", plain + "<?x?>", within] {
      let folder = try DetectionFolder()
      try folder.addPictures("a.png")
      try folder.add("a.xml", text)
      XCTAssertEqual(
        folder.findings(try DetectionSource.open(folder.root.path).report),
        ["brokenFile a.xml: has a processing instruction without content, which cannot be read"], text)
    }
    let folder = try DetectionFolder()
    try folder.addPictures("a.png")
    try folder.add(
      "a.xml", plain.replacingOccurrences(of: "<object>", with: "<?style a=\"1\"?><?php ?><object>"))
    XCTAssertEqual(try DetectionSource.open(folder.root.path).classNames, ["dog"])
  }

  /// A document type is refused in any encoding, and so are bytes that are no text, with which the parser would trap.
  func testEntitiesInOtherEncodings() throws {
    let text = """
      <?xml version="1.0" encoding="UTF-16"?><!DOCTYPE annotation [<!ENTITY s "dog">]>
      <annotation><object><name>&s;</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>
      </object></annotation>
      """
    let seven = text.replacingOccurrences(of: "UTF-16", with: "UTF-7").replacingOccurrences(
      of: "<!D", with: "+ADwAIQ-D")
    let broken = Data([0x3C, 0xD3, 0xFF, 0x3C, 0xD3])
    for data in [Data([0xFF, 0xFE]) + text.data(using: .utf16LittleEndian)!, Data(seven.utf8), broken] {
      let folder = try DetectionFolder()
      try folder.addPictures("a.png")
      try folder.add("a.xml", data)
      let source = try DetectionSource.open(folder.root.path)
      XCTAssertEqual(source.classNames, [])
      XCTAssertEqual(source.report.counts, [.brokenFile: 1], "\(source.report.findings)")
    }
    // Without one such a file is read, and one in Latin-1.
    let folder = try DetectionFolder()
    try folder.addPictures("a.png")
    let plain = annotation(object("dog", ("1", "1", "9", "9"))).replacingOccurrences(
      of: "1.0\"", with: "1.0\" encoding=\"UTF-16\"")
    try folder.add("a.xml", Data([0xFF, 0xFE]) + plain.data(using: .utf16LittleEndian)!)
    XCTAssertEqual(try DetectionSource.open(folder.root.path).classNames, ["dog"])
    let latin = annotation(object("fenêtre", ("1", "1", "9", "9"))).replacingOccurrences(
      of: "1.0\"", with: "1.0\" encoding=\"ISO-8859-1\"")
    try folder.add("a.xml", latin.data(using: .isoLatin1)!)
    XCTAssertEqual(try DetectionSource.open(folder.root.path).classNames, ["fenêtre"])
  }

  func testSplits() throws {
    let folder = try DetectionFolder()
    for name in ["1 a", "2", "3"] {
      try folder.addPictures("JPEGImages/\(name).png")
      try folder.add("Annotations/\(name).xml", annotation(object("x", ("1", "1", "9", "9"))))
    }
    try folder.add("ImageSets/Main/train.txt", "3\r\n1 a\n\nmissing\n")
    try folder.add("ImageSets/Main/val.txt", "2\n")
    try folder.add("ImageSets/Main/x_train.txt", "2 1\n3 -1\n")
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.format, .voc)
    XCTAssertEqual(source.splits, ["train", "val"])
    let train = try source.dataset("train")
    XCTAssertEqual(train.pictures.map(\.name), ["3.png", "1 a.png"])
    XCTAssertEqual(
      folder.findings(train.report),
      ["missingAnnotation ImageSets/Main/train.txt:4: there is no annotation of 'missing'"])
    XCTAssertEqual(try source.dataset("valid").pictures.map(\.name), ["2.png"])
    XCTAssertEqual(try source.dataset().count, 3)
    XCTAssertThrowsError(try source.dataset("test")) { error in
      XCTAssertEqual("\(error)", "\(folder.root.path): there is no split 'test' but train, val")
    }
    let parts = try source.dataSource()
    XCTAssertEqual([parts.train.count, parts.validation.count], [2, 1])
  }

  /// .xml files beside their pictures, in the folders of the splits or in one; a picture without a file may show anything.
  func testFlatFolders() throws {
    let folder = try DetectionFolder()
    try folder.addPictures("train/a.png", "train/b.png", "valid/c.png")
    try folder.add("train/a.xml", annotation(object("x", ("1", "1", "9", "9"))))
    try folder.add("valid/c.xml", annotation(object("y", ("1", "1", "9", "9"))))
    let source = try DetectionSource(folder.root.path)
    XCTAssertEqual(source.splits, ["train", "val"])
    XCTAssertEqual(source.classNames, ["x", "y"])
    XCTAssertEqual(try source.dataset("train").pictures.map(\.name), ["a.png"])
    XCTAssertEqual(
      folder.findings(try source.dataset().report),
      ["missingAnnotation train/b.png: there is no .xml file for it"])
    let one = try DetectionSource(folder.root.appendingPathComponent("valid").path)
    XCTAssertEqual(one.splits, [])
    XCTAssertEqual(try one.dataset().count, 1)
  }

  /// The blood cells of BCCD, as it is published.
  func testBCCD() throws {
    let source = try DetectionSource(Fixtures.shared("bccd").path)
    XCTAssertEqual(source.classNames, ["Platelets", "RBC", "WBC"])
    let all = try source.dataset()
    XCTAssertEqual(all.count, 364)
    XCTAssertEqual(try all.example(at: 0).image.size, Image.Size(width: 640, height: 480))
    var counts: [Int] = []
    for split in ["train", "val", "test"] { counts.append(try source.dataset(split).count) }
    XCTAssertEqual(counts.reduce(0, +), 364)
    XCTAssertEqual(try source.dataset("trainval").count, counts[0] + counts[1])
    XCTAssertEqual(all.boxCounts, [361, 4155, 372])
    // Two slips of the mouse, and nothing else.
    XCTAssertEqual(all.report.counts, [.thin: 2])
    XCTAssertEqual(
      all.report.findings.map { URL(fileURLWithPath: $0.file).lastPathComponent },
      ["BloodImage_00338.xml", "BloodImage_00343.xml"])
    for picture in all.pictures {
      for box in picture.boxes { XCTAssertEqual(box.box, box.box.clipped(to: picture.size), picture.name) }
    }
  }
}
