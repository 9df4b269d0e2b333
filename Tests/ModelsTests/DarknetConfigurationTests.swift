import Engine
import Images
import Models
import TestSupport
import XCTest

final class DarknetConfigurationTests: XCTestCase {
  private func architecture(_ text: String) throws -> DarknetArchitecture {
    try DarknetArchitecture(DarknetConfiguration(text, file: "a.cfg"))
  }

  private func place(_ line: Int, _ section: String = "") -> DarknetError.Place {
    .init(file: "a.cfg", line: line, section: section)
  }

  private func assertFails(
    _ expected: DarknetError, _ text: String, file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertThrowsError(try architecture(text), file: file, line: line) { error in
      XCTAssertEqual(error as? DarknetError, expected, "\(error)", file: file, line: line)
      XCTAssertFalse("\(error)".contains("\n"), file: file, line: line)
      XCTAssertTrue("\(error)".hasPrefix("a.cfg"), "\(error)", file: file, line: line)
    }
  }

  private let net = "[net]\nheight=8\nwidth=16\n"

  /// Blanks, comments, line ends of both kinds, and of a repeated key the first.
  func testReadsTheFormat() throws {
    let text =
      "\u{FEFF}# a comment\r\n; another\r\n [ net ] \r\nheight = 8\r\n width=1 6\r\n\r\n"
      + "[convolutional]\n filters = 4\nsize=3\nfilters=9\n pad=1\nactivation=leaky\n"
    let configuration = try DarknetConfiguration(text, file: "a.cfg")
    XCTAssertEqual(configuration.sections.map(\.name), ["net", "convolutional"])
    XCTAssertEqual(configuration.sections.map(\.line), [3, 7])
    XCTAssertEqual(configuration.sections[0].entries.map(\.value), ["8", "16"])
    let architecture = try DarknetArchitecture(configuration)
    XCTAssertEqual(architecture.input, Image.Size(width: 16, height: 8))
    XCTAssertEqual(architecture.layers.map(\.output), [[8, 16, 4]])
    XCTAssertEqual(
      architecture.layers[0].kind,
      .convolution(
        filters: 4, size: 3, stride: 1, padding: 1, groups: 1, normalizes: false, activation: .leaky))
    XCTAssertEqual(architecture.unused.map(\.entry.line), [10])
    XCTAssertEqual(architecture.unused.map(\.section), ["convolutional"])
  }

  func testWhatIsNotUsedIsCounted() throws {
    let architecture = try architecture(
      net + "momentum=0.9\n[maxpool]\nsize=2\nstride=2\njoke=1\n[cost]\ntype=sse\n")
    XCTAssertEqual(architecture.unused.map(\.entry.key), ["momentum", "joke", "type"])
    XCTAssertEqual(architecture.unused.map(\.entry.line), [4, 8, 10])
  }

  func testMalformedLines() {
    assertFails(.malformedLine(place(2, "net"), text: "height 8"), "[net]\nheight 8\n[maxpool]\n")
    assertFails(.malformedLine(place(1), text: "height=8"), "height=8\n[net]\n")
    assertFails(.malformedLine(place(4, "net"), text: "[maxpool"), net + "[maxpool\n")
    assertFails(.malformedLine(place(4, "net"), text: "[]"), net + "[]\n")
    assertFails(.malformedLine(place(4, "net"), text: "=8"), net + "=8\n")
  }

  func testNoNetwork() {
    let reason = "a darknet configuration begins with [net]"
    assertFails(.noNetwork(place(0), reason: reason), "")
    assertFails(.noNetwork(place(1, "maxpool"), reason: reason), "[maxpool]\nsize=2\n")
    assertFails(.noNetwork(place(1, "net"), reason: "no layer follows"), net)
    assertFails(.missingKey(place(1, "net"), key: "height"), "[net]\nwidth=16\n[maxpool]\n")
  }

  func testUnknownSectionsAndValues() {
    assertFails(.unknownSection(place(4, "local")), net + "[local]\nsize=3\n")
    assertFails(.missingKey(place(4, "convolutional"), key: "size"), net + "[convolutional]\nfilters=3\n")
    for (option, expected) in [
      ("size=x", "a whole number from 1 to 1024"), ("size=0", "a whole number from 1 to 1024"),
      ("size=99999999999999999999", "a whole number from 1 to 1024"),
    ] {
      assertFails(
        .invalidValue(
          place(5, "convolutional"), key: "size", value: String(option.dropFirst(5)), expected: expected),
        net + "[convolutional]\n\(option)\nfilters=3\n")
    }
    assertFails(
      .invalidValue(
        place(7, "convolutional"), key: "activation", value: "stair",
        expected: "one of linear, leaky, relu, logistic, tanh, mish, swish"),
      net + "[convolutional]\nfilters=3\nsize=1\nactivation=stair\n")
    assertFails(
      .invalidValue(
        place(6, "yolo"), key: "anchors", value: "1,nan",
        expected: "a list of numbers from 0.001 to 1000000.0"),
      net + "[yolo]\nnum=1\nanchors=1,nan\n")
  }

  /// What changes a layer's computation is refused; the same keys that say no are not.
  func testWhatIsNotSupported() throws {
    let convolution = net + "[convolutional]\nfilters=3\nsize=1\n"
    for (key, value) in [
      ("xnor", "1"), ("dilation", "2"), ("dontload", "1"), ("stride_x", "1"), ("sway", "1"), ("rotate", "1"),
      ("stretch", "1"), ("stretch_sway", "1"),
    ] {
      assertFails(
        .unsupported(place(7, "convolutional"), key: key, value: value), convolution + "\(key)=\(value)\n")
    }
    XCTAssertTrue(try architecture(convolution + "xnor=0\ndilation=1\nbinary=0\nsway=0\n").unused.isEmpty)
    guard case .convolution(_, _, _, _, _, true, _) = try architecture(convolution + "cbn=1\n").layers[0].kind
    else { return XCTFail("cbn is batch norm") }
    assertFails(
      .unsupported(place(6, "softmax"), key: "groups", value: "2"),
      net + "[avgpool]\n[softmax]\ngroups=2\n")
    assertFails(
      .unsupported(place(5, "yolo"), key: "new_coords", value: "1"), net + "[yolo]\nnew_coords=1\n")
    assertFails(
      .invalidValue(
        place(5, "yolo"), key: "nms_kind", value: "diounms", expected: "one of default, greedynms"),
      net + "[yolo]\nnms_kind=diounms\n")
  }

  /// Whether pictures are stretched: as it is written, else as darknet's program of that version does.
  func testLetterboxes() throws {
    func stretches(_ option: String, _ head: String, _ filters: Int) throws -> Bool {
      let text =
        "[net]\nheight=8\nwidth=16\n\(option)[convolutional]\nfilters=\(filters)\nsize=8\nstride=8\n" + head
      let detector = try YOLODetector(
        YOLONetwork(darknet: DarknetConfiguration(text, file: "a.cfg"), initializes: false))
      guard case .letterbox(let letterbox) = detector.preparation else {
        XCTFail("\(detector.preparation)")
        return false
      }
      return letterbox.stretches
    }
    let (yolo, grid) = (
      "[yolo]\nnum=1\nanchors=3,4\nclasses=1\nnms_kind=greedynms\n",
      "[detection]\nside=1\nnum=1\nclasses=1\n"
    )
    for (option, expected) in [
      ("", [false, true]), ("letter_box=0\n", [true, true]), ("letter_box=1\n", [false, false]),
    ] {
      XCTAssertEqual([try stretches(option, yolo, 6), try stretches(option, grid, 3)], expected, option)
    }
  }

  /// Of a size that does not go through, the sizes that do are told, not a line of a text that nobody has.
  func testSizesThatDoNotFit() throws {
    let card = try DetectorRegistry.standard.card(named: "yolov3-tiny")
    for side in [100, 16] {
      XCTAssertThrowsError(
        try card.detector(DetectorRequest(inputSize: Image.Size(width: side, height: side)))
      ) {
        XCTAssertEqual(
          $0 as? NetworkError,
          .invalidOption(
            network: "yolov3-tiny",
            reason: "pictures of \(side)×\(side) do not go through it: "
              + "width and height must be multiples of 32"))
      }
    }
    let small = (1...6).map { YOLOHead.Anchor(Float($0), 3e-5) }
    for (name, count, least) in [("yolov2-tiny", 5, "0.032"), ("yolov3-tiny", 6, "0.001")] {
      let details = DetectorDetails(anchors: Array(small.prefix(count)))
      XCTAssertThrowsError(
        try DetectorRegistry.standard.card(named: name).detector(DetectorRequest(details: details))
      ) {
        XCTAssertEqual(
          $0 as? NetworkError,
          .invalidOption(
            network: name,
            reason: "an anchor of 1.0×3e-05 pixels is too small: its sides must be at least \(least)"))
      }
    }
  }

  func testLayersThatDoNotFit() {
    func assertMisfits(
      _ line: Int, _ section: String, _ reason: String, _ text: String, file: StaticString = #filePath,
      at caller: UInt = #line
    ) {
      assertFails(.misfit(place(line, section), reason: reason), net + text, file: file, line: caller)
    }
    assertMisfits(
      4, "convolutional", "3 channels to 4 in 2 groups", "[convolutional]\nfilters=4\nsize=1\ngroups=2\n")
    assertMisfits(
      4, "convolutional", "a window of 9 does not fit [8, 16, 3] with a padding of 0",
      "[convolutional]\nfilters=4\nsize=9\n")
    assertMisfits(
      10, "shortcut", "[4, 8, 3] is not added to [2, 4, 3]",
      "[maxpool]\nsize=2\nstride=2\n[maxpool]\nsize=2\nstride=2\n[shortcut]\nfrom=-2\n")
  }

  func testRoutes() throws {
    let pools = "[maxpool]\nsize=2\nstride=2\n[maxpool]\nsize=2\nstride=2\n"
    assertFails(
      .misfit(place(10, "route"), reason: "[4, 8, 3] does not join [2, 4, 3]"),
      net + pools + "[route]\nlayers=-1,0\n")
    assertFails(
      .invalidValue(
        place(11, "route"), key: "layers", value: "-3", expected: "a list of whole numbers from -2 to 1"),
      net + pools + "[route]\nlayers=-3\n")
    let text =
      net + "[convolutional]\nfilters=6\nsize=1\n[convolutional]\nfilters=4\nsize=1\n[route]\nlayers=-1,0\n"
      + "groups=2\ngroup_id=1\n"
    XCTAssertEqual(try architecture(text).layers[2].kind, .route(from: [1, 0], groups: 2, group: 1))
    XCTAssertEqual(try architecture(text).layers[2].output, [8, 16, 5])
  }

  /// A head's numbers must be its channels, and nothing reads a head.
  func testHeads() throws {
    func head(_ filters: Int, _ rest: String = "") -> String {
      net + "[convolutional]\nfilters=\(filters)\nsize=1\nactivation=linear\n[yolo]\nmask=1\nnum=2\n"
        + "anchors=1,2, 3,4\nclasses=2\n" + rest
    }
    XCTAssertEqual(
      try architecture(head(7)).heads,
      [.anchors(YOLOHead(anchors: [.init(1, 2), .init(3, 4)], mask: [1], classes: 2))])
    assertFails(
      .misfit(place(8, "yolo"), reason: "8 channels where 1 anchors and 2 classes take 7"), head(8))
    assertFails(
      .misfit(place(13, "maxpool"), reason: "the layer before is a head, whose output is not read"),
      head(7, "[maxpool]\n"))
    assertFails(
      .misfit(place(13, "route"), reason: "layer 1 is a head, whose output is not read"),
      head(7, "[route]\nlayers=-1\n"))
    assertFails(
      .misfit(place(4, "yolo"), reason: "3 numbers are not the sides of 2 anchors"),
      net + "[yolo]\nnum=2\nanchors=1,2,3\n")
    assertFails(
      .misfit(place(4, "detection"), reason: "384 numbers where its cells, boxes and classes take 294"),
      net + "[detection]\nside=7\n")
  }

  /// No size that is written makes anything large.
  func testHugeExtents() {
    assertFails(
      .misfit(
        place(4, "convolutional"),
        reason: "it would have 1024 · 1024 · 3 · 65536 weights, too many"),
      net + "[convolutional]\nfilters=65536\nsize=1024\npadding=1024\n")
    assertFails(
      .misfit(place(7, "connected"), reason: "it would have 1073741824 · 16777216 weights, too many"),
      "[net]\nheight=8192\nwidth=8192\n[convolutional]\nfilters=16\nsize=1\n[connected]\noutput=16777216\n")
    assertFails(
      .misfit(place(4, "upsample"), reason: "its output would be 524288×524288×3"),
      "[net]\nheight=8192\nwidth=8192\n[upsample]\nstride=64\n")
  }

  /// Damaged texts are read or refused with a place in them, and nothing else happens.
  func testDamagedTexts() {
    let text =
      net
      + "[convolutional]\nfilters=21\nsize=3\nstride=2\npad=1\ngroups=3\nactivation=leaky\n[maxpool]\nsize=2\n"
      + "stride=1\n[upsample]\nstride=2\n[convolutional]\nfilters=14\nsize=1\n[shortcut]\nfrom=-1\n"
      + "[route]\nlayers=-1,2\ngroups=7\ngroup_id=1\n[route]\nlayers=-2\n[yolo]\nnum=2\nanchors=1,2,3,4\nclasses=2\n"
    XCTAssertNoThrow(try architecture(text))
    let letters = Array("0123456789-=[],.#ne\n ")
    var (read, refused) = (0, 0)
    fuzz(400, seed: 6) { generator, label in
      var damaged = Array(text)
      for _ in 0..<generator.int(1...3) {
        let place = generator.int(0...damaged.count - 1)
        switch generator.int(0...2) {
        case 0: damaged.remove(at: place)
        case 1: damaged[place] = generator.element(letters)
        default: damaged.insert(generator.element(letters), at: place)
        }
      }
      do {
        let layers = try architecture(String(damaged)).layers
        XCTAssertTrue(layers.allSatisfy { 1...1 << 31 ~= $0.output.count }, label)
        read += 1
      } catch {
        XCTAssert(error is DarknetError, "\(error) \(label)")
        refused += 1
      }
    }
    XCTAssertGreaterThan(read, 20)
    XCTAssertGreaterThan(refused, 20)
  }
}
