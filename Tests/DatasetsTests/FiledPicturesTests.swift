import Datasets
import Foundation
import XCTest

/// Tables, CIFAR's files and tar archives, opened as the commands open them.
final class FiledPicturesTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  private func assertRefused(
    _ path: String, _ parts: String..., file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertThrowsError(try DataSource<Int>.open(path), file: file, line: line) { error in
      XCTAssertTrue(error is DatasetError, "\(error)", file: file, line: line)
      for part in parts {
        XCTAssertTrue("\(error)".contains(part), "'\(part)' is not in: \(error)", file: file, line: line)
      }
    }
  }

  private func labels(_ dataset: any Dataset<Int>) throws -> [String] {
    try (0..<dataset.count).map { dataset.classNames[try dataset.target(at: $0)] }
  }

  // MARK: Tables

  func testTablesBesideEachOther() throws {
    try folder.writePictures("pictures/a.png", "pictures/b c.png", "d,e.png")
    try folder.write(
      "train.csv",
      Data("\u{FEFF}Filename,Label,note\r\npictures/a.png,cat,x\r\n\"d,e.png\",\"a \"\"dog\"\"\",\r\n".utf8))
    try folder.write("val.csv", Data("pictures/b c.png,cat\n\n".utf8))
    let data = try DataSource<Int>.open(folder.path)
    XCTAssertEqual(data.train.classNames, ["a \"dog\"", "cat"])
    XCTAssertEqual(try labels(data.train), ["cat", "a \"dog\""])
    XCTAssertEqual(try labels(data.validation), ["cat"])
    XCTAssertEqual(try data.train.example(at: 1).image.size, Image.Size(width: 3, height: 2))
    XCTAssertTrue(data.train.name(at: 0).hasSuffix("pictures/a.png"))
    var scaled = DataOptions()
    scaled.scaledDecoding = true
    let encoded = try DataSource<Int>.open(folder.path, scaled).train.encodedPicture(at: 1)
    XCTAssertEqual(try encoded?.decoded(), try data.train.example(at: 1).image)
    XCTAssertNil(try data.train.encodedPicture(at: 1))
    let findings = try XCTUnwrap(data.findings)
    XCTAssertEqual(findings.missingInValidation, ["a \"dog\""])
    XCTAssertEqual(findings.notes, ["column not used: note"])
  }

  func testATableWithItsParts() throws {
    try folder.writePictures("0.png", "1.png", "2.png")
    let table = try folder.write(
      "all.csv",
      Data(
        "split,label,path\ntrain,10,0.png\ntest,9,1.png\ntrain,9,2.png\ntrain,9,2.png\ntest,9,2.png\n".utf8))
    let data = try DataSource<Int>.open(table.path)
    XCTAssertEqual(data.train.classNames, ["9", "10"], "numbers by their size")
    XCTAssertEqual(try labels(data.train), ["10", "9", "9"])
    XCTAssertEqual(data.validation.count, 2)
    XCTAssertEqual(data.findings?.inBothParts, 1)
    XCTAssertEqual(data.findings?.notes, ["named again: 2 pictures"])
    XCTAssertEqual(data.findings?.missingInValidation, ["10"])
  }

  func testGroupsOfATable() throws {
    try folder.writePictures("0.png", "1.png", "2.png", "3.png")
    let table = try folder.write(
      "all.csv",
      Data(
        "path,label,Group,split\n0.png,a,north,train\n1.png,b,,train\n2.png,a,\"south, far\",val\n3.png,b,north,val\n"
          .utf8))
    let data = try DataSource<Int>.open(table.path)
    func groups(_ dataset: any Dataset<Int>) -> [String?] {
      (0..<dataset.count).map { dataset.group(at: $0) }
    }
    XCTAssertEqual(groups(data.train), ["north", nil])
    XCTAssertEqual(groups(data.validation), ["south, far", "north"])
    XCTAssertEqual(data.findings?.notes, [], "the column is used")
    XCTAssertEqual(groups(Subset(data.validation, indices: [1, 0])), ["north", "south, far"])
    XCTAssertEqual(groups(RelabelledDataset(data.train, classNames: ["b", "c", "a"])), ["north", nil])
    try folder.write("all.csv", Data("path,label,split\n0.png,a,train\n1.png,a,val\n".utf8))
    XCTAssertEqual(groups(try DataSource<Int>.open(table.path).train), [nil])
  }

  func testMissingPicturesAreSaidAndSharesSplitOff() throws {
    try folder.writePictures("0.png", "1.png", "2.png", "3.png")
    let table = try folder.write(
      "labels.csv", Data("0.png,a\n1.png,a\ngone.png,a\n2.png,b\n3.png,b\n".utf8))
    var options = DataOptions()
    options.validationShare = 0.5
    for path in [table.path, folder.path] {
      let data = try DataSource<Int>.open(path, options)
      XCTAssertEqual([data.train.count, data.validation.count], [2, 2])
      XCTAssertEqual(data.findings?.notes, ["missing: 1 of 5 pictures (gone.png)"])
      assertRefused(path, "no pictures to validate by")
    }
  }

  /// One folder beside a table is where its pictures are; several may be classes, and the table about something else.
  func testATableThatIsBrokenIsNotPassedOver() throws {
    try folder.writePictures("p/0.png", "p/1.png", "q/2.png")
    try folder.write("labels.csv", Data("p/0.png,a\np/1.png,\n".utf8))
    let data = try DataSource<Int>.pictures(of: .train, in: folder.path)
    XCTAssertEqual(data.pictures.classNames, ["p", "q"])
    XCTAssertTrue(
      "\(data.findings!)".contains("not read: \(folder.path)/labels.csv:2: not a table of pictures"),
      "\(data.findings!)")
    try FileManager.default.removeItem(atPath: folder.path("q"))
    XCTAssertThrowsError(try DataSource<Int>.pictures(of: .train, in: folder.path)) { error in
      XCTAssertTrue("\(error)".contains("labels.csv:2: not a table"), "\(error)")
    }
  }

  func testOtherFilesAreNamedAsWhatTheyAre() throws {
    for (name, data, reason) in [
      ("a.tar.gz", Data([0x1F, 0x8B, 8, 0]), "it is compressed by gzip"),
      ("mnist.npz", Data("PK\u{3}\u{4}".utf8), "it is a zip archive"),
      ("a.png", Image(width: 3, height: 2, repeating: 9).pngData(), "it is a picture, no data set"),
    ] {
      let file = try folder.write(name, data)
      XCTAssertThrowsError(try DataSource<Int>.open(file.path)) { error in
        XCTAssertTrue(
          "\(error)".hasPrefix("\(file.path): not a table of pictures and classes: \(reason)"), "\(error)")
      }
    }
  }

  func testWhatIsNoTable() throws {
    try folder.writePictures("a.png")
    for (text, parts) in [
      ("", ["it is empty"]), ("a.png\n", [":1:", "1 fields where 2 are expected"]),
      ("a.png,x\na.png,x,y\n", [":2:", "3 fields"]), ("a.png,\n", [":1:", "without label"]),
      ("\"a.png,x\n", [":1:", "not closed"]), ("\"a.png\"b,x\n", ["behind a closing quotation mark"]),
      ("b.png,x\n", ["none of 1 picture is there (b.png)"]), ("path,label\n", ["no pictures in it"]),
      ("path,label,split\na.png,x,maybe\n", [":2:", "'maybe'"]),
      ("path,label,split\na.png,x,test\n", ["to train on"]),
    ] {
      let table = try folder.write("t.csv", Data(text.utf8))
      for part in parts { assertRefused(table.path, "t.csv", part) }
    }
    let binary = try folder.write("t.csv", Data([0xFF, 0xFE, 0x2C, 0x41]))
    assertRefused(binary.path, "no UTF-8")
    try folder.write("train.csv", Data("a.png,x\n".utf8))
    try folder.write("val.csv", Data("a.png,y\n".utf8))
    assertRefused(folder.path, "training knows no class y")
  }

  func testATableOfSomethingElseBesideClassFolders() throws {
    try folder.writePictures("cats/a.png", "dogs/b.png")
    try folder.write("train.csv", Data("week,loss\n1,0.5\n".utf8))
    let opened = try DataSource<Int>.pictures(of: .train, in: folder.path)
    XCTAssertEqual(opened.pictures.classNames, ["cats", "dogs"])
    XCTAssertEqual(opened.findings?.otherFiles, ["csv": 1])
  }

  // MARK: CIFAR

  private func records(_ labels: [[UInt8]]) -> Data {
    var bytes: [UInt8] = []
    for label in labels {
      bytes += label
      for place in 0..<3072 { bytes.append(UInt8(place / 1024 * 50 + place % 7 + Int(label.last!))) }
    }
    return Data(bytes)
  }

  func testCIFAR10() throws {
    try folder.write("c/data_batch_1.bin", records([[3], [9]]))
    try folder.write("c/data_batch_2.bin", records([[0]]))
    try folder.write("c/test_batch.bin", records([[3]]))
    try folder.write("c/readme.html", Data("x".utf8))
    let data = try DataSource<Int>.open(folder.path("c"))
    XCTAssertEqual(data.name, "CIFAR-10")
    XCTAssertEqual(try labels(data.train), ["cat", "truck", "airplane"])
    XCTAssertEqual(try labels(data.validation), ["cat"])
    let image = try data.train.example(at: 1).image
    XCTAssertEqual([image.width, image.height, image.channels], [32, 32, 3])
    // Red, green and blue of the pixel in column 5 of row 2, its place being 69.
    for channel in 0..<3 {
      let expected = channel * 50 + (channel * 1024 + 69) % 7 + 9
      XCTAssertEqual(Int(image[5, 2, channel]), expected)
    }
    XCTAssertEqual(data.findings?.otherFiles, ["html": 1])

    try folder.write("c/batches.meta.txt", Data("a\nb\n".utf8))
    assertRefused(folder.path("c"), "batches.meta.txt", "2 names where 10")
    try folder.write("c/batches.meta.txt", Data((0..<10).map { "name \($0)\n" }.joined().utf8))
    XCTAssertEqual(try labels(DataSource<Int>.open(folder.path("c")).validation), ["name 3"])
    try folder.write("c/data_batch_2.bin", records([[10]]))
    assertRefused(folder.path("c"), "data_batch_2.bin", "label 10")
    try folder.write("c/data_batch_2.bin", records([[1]]).dropLast())
    assertRefused(folder.path("c"), "data_batch_2.bin", "not a multiple of 3073")
    try folder.write("c/data_batch_2.bin", Data())
    assertRefused(folder.path("c"), "data_batch_2.bin", "empty")
  }

  func testCIFAR100() throws {
    try folder.write("train.bin", records([[1, 99], [19, 4]]))
    try folder.write("test.bin", records([[0, 4]]))
    let data = try DataSource<Int>.open(folder.path)
    XCTAssertEqual(data.name, "CIFAR-100")
    XCTAssertEqual(try labels(data.train), ["99", "4"], "the fine label")
    XCTAssertEqual(try data.validation.example(at: 0).image[0, 0, 1], 56)
  }

  // MARK: Archives

  /// An archive as tar writes it: ustar, with given files.
  private func tar(_ files: [(name: String, data: Data)], type: UInt8 = 0x30) -> Data {
    var archive = Data()
    for (name, data) in files {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, _ place: Int) {
        for (index, byte) in text.utf8.enumerated() { header[place + index] = byte }
      }
      put(name, 0)
      put(String(format: "%011o", data.count), 124)
      put("ustar\0", 257)
      put("00", 263)
      header[156] = type
      put("        ", 148)
      put(String(format: "%06o", header.reduce(0) { $0 + Int($1) }), 148)
      header[154] = 0
      archive += Data(header) + data + Data(count: (512 - data.count % 512) % 512)
    }
    return archive + Data(count: 1024)
  }

  private func png(_ width: Int) -> Data { Image(width: width, height: 2, repeating: 9).pngData() }

  func testShards() throws {
    try folder.write(
      "s/set-train-0.tar",
      tar([
        ("a/0.png", png(3)), ("a/0.cls", Data("7\n".utf8)), ("a/0.json", Data("{}".utf8)), ("b.png", png(4)),
      ]))
    try folder.write(
      "s/set-train-1.tar",
      tar([("1.cls", Data("10".utf8)), ("1.png", png(5)), ("0.png", png(6)), ("0.cls", Data("7".utf8))]))
    try folder.write("s/set-val.tar", tar([("0.png", png(7)), ("0.cls", Data("10".utf8))]))
    let data = try DataSource<Int>.open(folder.path("s"))
    XCTAssertEqual(data.train.classNames, ["7", "10"])
    XCTAssertEqual(try labels(data.train), ["7", "10", "7"])
    XCTAssertEqual(try (0..<3).map { try data.train.example(at: $0).image.width }, [3, 5, 6])
    var scaled = DataOptions()
    scaled.scaledDecoding = true
    let encoded = try DataSource<Int>.open(folder.path("s"), scaled).train.encodedPicture(at: 2)
    XCTAssertEqual(try encoded?.decoded(), try data.train.example(at: 2).image)
    XCTAssertNil(try data.train.encodedPicture(at: 2))
    XCTAssertEqual(try labels(data.validation), ["10"])
    XCTAssertEqual(data.findings?.missingInValidation, ["7"])
    XCTAssertEqual(data.findings?.notes, ["1 picture without a class", "1 other file in archives"])
    XCTAssertTrue(data.train.name(at: 0).hasSuffix("set-train-0.tar/a/0.png"))
  }

  /// What the system's tar writes in three formats, with a name of more than 100 bytes, as folders of classes.
  func testArchivesOfTheSystem() throws {
    let tool = URL(fileURLWithPath: "/usr/bin/tar")
    guard FileManager.default.isExecutableFile(atPath: tool.path) else {
      throw XCTSkip("there is no /usr/bin/tar")
    }
    let long = String(repeating: "n", count: 120) + "ä"
    try folder.write("t/cat/\(long).png", png(11))
    try folder.write("t/dog/2.png", png(12))
    for format in ["gnu", "pax", "ustar"] {
      let archive = folder.path("\(format).tar")
      let process = Process()
      process.executableURL = tool
      process.arguments = [
        "--format=\(format)", "--sort=name", "-C", folder.path("t"), "-cf", archive, "cat", "dog",
      ]
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      if format == "ustar" && process.terminationStatus != 0 { continue }
      let opened = try DataSource<Int>.pictures(of: .train, in: archive)
      if format == "ustar" {
        XCTAssertLessThanOrEqual(opened.pictures.count, 2)
      } else {
        XCTAssertEqual(try labels(opened.pictures), ["cat", "dog"], format)
        XCTAssertEqual(try (0..<2).map { try opened.pictures.example(at: $0).image.width }, [11, 12], format)
        XCTAssertTrue(opened.pictures.name(at: 0).hasSuffix("cat/\(long).png"), opened.pictures.name(at: 0))
      }
    }
  }

  func testBrokenArchives() throws {
    let whole = tar([("0.png", png(3)), ("0.cls", Data("7".utf8))])
    let cut = try folder.write("cut.tar", whole.prefix(600))
    assertRefused(cut.path, "cut.tar", "the archive ends early")
    var changed = whole
    changed[3] ^= 1
    assertRefused(try folder.write("sum.tar", changed).path, "sum.tar", "at byte 0", "whose sum is")
    let empty = try folder.write("none.tar", tar([("a.txt", Data("x".utf8))]))
    assertRefused(empty.path, "no pictures with a class")
    // A size of attributes that would go beyond all memory.
    let pax = tar([("x", Data("30 size=99999999999999999999999\n".utf8))], type: 0x78).dropLast(1024) + whole
    assertRefused(try folder.write("pax.tar", pax).path, "pax.tar")
    let huge = tar([("x", Data("22 size=9999999999999\n".utf8))], type: 0x78).dropLast(1024) + whole
    assertRefused(try folder.write("huge.tar", huge).path, "9,999,999,999,999 bytes")
    // A broken picture in a sound archive is told when it is read.
    let bad = try folder.write("bad.tar", tar([("0.png", png(3).prefix(40)), ("0.cls", Data("7".utf8))]))
    let opened = try DataSource<Int>.pictures(of: .train, in: bad.path)
    XCTAssertThrowsError(try opened.pictures.example(at: 0)) {
      XCTAssertTrue("\($0)".contains("bad.tar/0.png"), "\($0)")
    }
  }
}
