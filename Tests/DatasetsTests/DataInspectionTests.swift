import Datasets
import Engine
import Foundation
import XCTest

final class DataInspectionTests: XCTestCase {
  private var folder: TemporaryFolder!

  override func setUpWithError() throws { folder = try TemporaryFolder() }
  override func tearDown() { folder = nil }

  /// A smooth picture with a few waves of its own.
  private func drawing(_ seed: UInt64, width: Int = 80, height: Int = 60, shift: Float = 0) -> Image {
    var generator = RandomStream(seed: seed)
    let waves = (0..<4).map { _ in
      (generator.uniform(1, 6), generator.uniform(-6, 6), generator.uniform(0, 6), generator.uniform(10, 30))
    }
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let (u, v) = (Float(x) / Float(width), Float(y) / Float(height))
        let value = waves.reduce(Float(120)) { $0 + $1.3 * sin($1.0 * 2 * u + $1.1 * v + $1.2) }
        for channel in 0..<3 { pixels.append(UInt8(max(0, min(255, value + shift + Float(channel * 8))))) }
      }
    }
    return Image(width: width, height: height, pixels: pixels)
  }

  func testWhatAFolderHolds() throws {
    for index in 0..<6 { try folder.write("train/cat/\(index).png", drawing(UInt64(index)).pngData()) }
    for index in 0..<3 { try folder.write("train/dog/\(index).png", drawing(UInt64(20 + index)).pngData()) }
    // The same pixels in validation, larger and lighter ones beside, and the same under another class.
    try folder.write("val/cat/again.png", drawing(2).pngData())
    try folder.write("val/cat/larger.png", drawing(4, width: 200, height: 150).pngData())
    try folder.write("val/dog/lighter.png", drawing(21, shift: 9).pngData())
    try folder.write("val/dog/cat.png", drawing(2).pngData())
    try folder.write("val/dog/small.png", Image(width: 12, height: 12, repeating: 80).pngData())
    try folder.write("train/cat/cut.png", drawing(9).pngData().dropLast(200))

    let data = try InspectedData(folder.path)
    var told: [[Int]] = []
    let inspection = data.inspect { told.append([$0, $1]) }
    XCTAssertEqual(told.last, [15, 15])
    XCTAssertEqual(inspection.parts.map(\.name), ["train", "validation"])
    XCTAssertEqual(inspection.parts.map(\.pictures), [10, 5])
    XCTAssertEqual(inspection.parts.map(\.classCounts), [[6, 3], [2, 3]])
    XCTAssertEqual(inspection.brokenCount, 1)
    XCTAssertTrue(inspection.parts[0].broken[0].contains("train/cat/cut.png"), inspection.parts[0].broken[0])
    XCTAssertEqual(inspection.balance.ratio, 2)
    XCTAssertEqual(
      [inspection.widths.least, inspection.widths.median, inspection.widths.greatest], [12, 80, 200])
    let common = try XCTUnwrap(inspection.commonSizes.first)
    XCTAssertEqual([common.width, common.height, common.pictures], [80, 60, 12])
    XCTAssertEqual(inspection.differentSizes, 3)

    func names(_ group: DataInspection.Group) -> [String] {
      group.pictures.map { $0.part + "/" + ($0.name as NSString).lastPathComponent }
    }
    XCTAssertEqual(
      inspection.duplicates.map(names), [["train/2.png", "validation/again.png", "validation/cat.png"]])
    XCTAssertTrue(inspection.duplicates[0].crossesParts && inspection.duplicates[0].classesDiffer)
    XCTAssertEqual(
      inspection.nearDuplicates.map(names),
      [["train/4.png", "validation/larger.png"], ["train/1.png", "validation/lighter.png"]])
    XCTAssertTrue(inspection.nearDuplicates.allSatisfy { $0.crossesParts && !$0.classesDiffer })
    XCTAssertEqual(inspection.notCompared, 1)
    XCTAssertEqual(
      try JSONDecoder().decode(DataInspection.self, from: JSONEncoder().encode(inspection)), inspection)

    // Mean and deviation of the first part's readable pictures by plain loops.
    let pictures = (0..<6).map { drawing(UInt64($0)) } + (0..<3).map { drawing(UInt64(20 + $0)) }
    for channel in 0..<3 {
      let values = pictures.flatMap { picture in
        stride(from: channel, to: picture.pixels.count, by: 3).map { Double(picture.pixels[$0]) / 255 }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      XCTAssertEqual(inspection.mean[channel], mean, accuracy: 1e-9)
      XCTAssertEqual(inspection.standardDeviation[channel], variance.squareRoot(), accuracy: 1e-9)
    }
  }

  func testBalance() {
    let even = ClassBalance([5, 5, 5, 5])
    XCTAssertEqual([even.ratio!, even.entropy, even.effectiveClasses], [1, 2, 4])
    let uneven = ClassBalance([8, 0, 4, 4])
    XCTAssertEqual([uneven.ratio!, uneven.entropy], [2, 1.5])
    XCTAssertEqual(uneven.effectiveClasses, 2.8284271, accuracy: 1e-6)
    XCTAssertEqual(uneven.emptyClasses, 1)
    XCTAssertNil(ClassBalance([0, 0]).ratio)
    XCTAssertEqual(ClassBalance([0, 0]).effectiveClasses, 0)
  }

  /// Photographs are near their smaller copies, and not near each other.
  func testPhotographs() throws {
    let source = try Fixtures.shared("pictures")
    let files = try FileManager.default.contentsOfDirectory(at: source, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "jpg" }.sorted { $0.path < $1.path }.prefix(5)
    for file in files {
      let small = try Image(contentsOf: file).resized(shorterSide: 128)
      try folder.write("a/\(file.lastPathComponent).png", small.pngData())
      try folder.write(
        "b/\(file.lastPathComponent)-smaller.png", small.resized(width: 97, height: 97).pngData())
    }
    let inspection = try InspectedData(folder.path).inspect()
    XCTAssertEqual(inspection.duplicates, [])
    XCTAssertEqual(inspection.nearDuplicates.count, files.count)
    for group in inspection.nearDuplicates {
      let names = group.pictures.map { ($0.name as NSString).lastPathComponent.prefix { $0 != "." } }
      XCTAssertEqual(names.count, 2, "\(names)")
      XCTAssertEqual(Set(names).count, 1, "\(names)")
    }
  }

  /// A spot changes the hash in the rows where it is: pictures are found by any other part of it.
  func testNearDuplicatesByAnyPartOfTheHash() throws {
    for row in [0, 2, 4, 6] {
      for (name, light) in [("plain", 0), ("spot", 24)] {
        var pixels: [UInt8] = []
        for y in 0..<72 {
          for x in 0..<72 {
            let isInSpot = 32..<40 ~= x && row * 9..<(row + 1) * 9 ~= y
            // Each row's pair is another picture than the others'.
            let value = 40 + (row % 4 == 0 ? x : 71 - x) + (row < 4 ? y : 71 - y) + (isInSpot ? light : 0)
            pixels += [UInt8(value), UInt8(value), UInt8(value)]
          }
        }
        try folder.write("\(row)/\(name).png", Image(width: 72, height: 72, pixels: pixels).pngData())
      }
    }
    let inspection = try InspectedData(folder.path).inspect()
    XCTAssertEqual(inspection.duplicates, [])
    XCTAssertEqual(
      inspection.nearDuplicates.map { $0.pictures.map { ($0.name as NSString).lastPathComponent } },
      Array(repeating: ["plain.png", "spot.png"], count: 4))
  }

  /// VOC's `trainval` is no third part: its pictures are counted where they are trained on or measured by.
  func testAUnionOfPartsIsNoPart() throws {
    for (index, name) in ["a", "b"].enumerated() {
      try folder.write("JPEGImages/\(name).png", drawing(UInt64(index + 1)).pngData())
      try folder.write(
        "Annotations/\(name).xml",
        Data(
          """
          <annotation><filename>\(name).png</filename><object><name>cell</name><bndbox><xmin>2</xmin><ymin>2</ymin>\
          <xmax>9</xmax><ymax>9</ymax></bndbox></object></annotation>
          """.utf8))
    }
    for (part, lines) in [("train", "a\n"), ("val", "b\n"), ("trainval", "a\nb\n")] {
      try folder.write("ImageSets/Main/\(part).txt", Data(lines.utf8))
    }
    let data = try InspectedData(folder.path)
    XCTAssertEqual(data.count, 2)
    XCTAssertTrue("\(data.findings!)".contains("trainval: the pictures of other parts"), "\(data.findings!)")
    let inspection = data.inspect()
    XCTAssertEqual(Set(inspection.parts.map(\.name)), ["train", "val"])
    XCTAssertEqual(inspection.duplicates.count, 0)
    // Pictures of both parts are what is looked for.
    try folder.write("ImageSets/Main/val.txt", Data("a\nb\n".utf8))
    XCTAssertEqual(try InspectedData(folder.path).inspect().duplicates.count, 1)
  }

  func testBoxesCountByObjects() throws {
    try folder.write("images/train/a.png", drawing(1).pngData())
    try folder.write("images/val/b.png", drawing(2).pngData())
    try folder.write(
      "labels/train/a.txt", Data("0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.1 0.1\n1 0.7 0.7 0.1 0.1\n".utf8))
    try folder.write("labels/val/b.txt", Data("1 0.5 0.5 0.2 0.2\n".utf8))
    try folder.write("classes.txt", Data("cell\nplatelet\n".utf8))
    let inspection = try InspectedData(folder.path).inspect()
    XCTAssertTrue(inspection.countsObjects)
    XCTAssertEqual(inspection.parts.map(\.classCounts), [[1, 2], [0, 1]])
    XCTAssertEqual(inspection.parts.map(\.name), ["train", "val"])
    XCTAssertEqual(inspection.duplicates.count + inspection.nearDuplicates.count, 0)
  }

  func testContactSheet() {
    let pictures = [
      Image(width: 4, height: 2, channels: 1, repeating: 10), Image(width: 40, height: 20, repeating: 200),
      Image(width: 9, height: 9, channels: 1, repeating: 50),
    ]
    let sheet = Image.contactSheet(
      of: pictures, columns: 2, cell: Image.Size(width: 8, height: 8), gap: 1, background: 255)
    XCTAssertEqual([sheet.width, sheet.height, sheet.channels], [19, 19, 3])
    // Doubled to 8×4, in the middle of the first cell; made smaller to 8×4 in the second; 8×8 in the third.
    XCTAssertEqual((1..<9).map { sheet[1, $0, 0] }, [255, 255, 10, 10, 10, 10, 255, 255])
    XCTAssertEqual((1..<9).map { sheet[17, $0, 2] }, [255, 255, 200, 200, 200, 200, 255, 255])
    XCTAssertEqual([sheet[0, 0, 0], sheet[9, 5, 0], sheet[1, 10, 1], sheet[8, 17, 1]], [255, 255, 50, 50])
  }
}
