import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// Networks of every kind of layer against plain loops, and darknet's weight files.
final class DarknetNetworkTests: DarknetTestCase {
  typealias Oracle = DarknetOracle

  private func picture(_ height: Int, _ width: Int, _ channels: Int = 3) -> (Tensor, Oracle.Map) {
    var generator = RandomStream(seed: 3)
    let x = generator.tensor([1, height, width, channels])
    let values = x.scalars
    return (x, Oracle.Map(channels, height, width) { Double(values[($1 * width + $2) * channels + $0]) })
  }

  private func assertEqual(
    _ actual: Tensor, _ expected: Oracle.Map, file: StaticString = #filePath, line: UInt = #line
  ) {
    let actual = actual.shape.rank == 2 ? actual.reshaped(to: [1, 1, 1, actual.shape[1]]) : actual
    let reference = DTensor(
      shape: [1, expected.channels, expected.height, expected.width], values: expected.values)
    assertClose(
      actual.permuted([0, 3, 1, 2]), reference, absolute: 1e-5, relative: 1e-4, file: file, line: line)
  }

  /// Convolutions with strides, groups, batch norm and every activation; pools of odd sizes; routes, shortcut,
  /// upsampling.
  func testConvolutionalLayers() throws {
    let text = """
      [net]
      height=10
      width=14
      channels=3
      [convolutional]
      batch_normalize=1
      filters=8
      size=3
      pad=1
      activation=leaky
      [convolutional]
      filters=6
      size=2
      stride=2
      padding=1
      groups=2
      activation=mish
      [maxpool]
      size=2
      stride=1
      [convolutional]
      batch_normalize=1
      filters=6
      size=1
      activation=logistic
      [shortcut]
      from=-3
      activation=leaky
      [maxpool]
      size=3
      stride=2
      [upsample]
      stride=2
      [route]
      layers=-1,-3
      groups=3
      group_id=1
      [convolutional]
      filters=5
      size=3
      pad=1
      activation=tanh
      [route]
      layers=0
      [maxpool]
      size=2
      stride=2
      [convolutional]
      filters=4
      size=1
      activation=relu
      """
    let network = try network(text)
    let count = network.architecture.layers.count
    XCTAssertEqual(count, 12)
    let sizes = [3 * 9 * 8 + 32, 4 * 4 * 6 + 6, 36 + 24, 4 * 9 * 5 + 5, 8 * 4 + 4]
    let numbers = numbers(sizes.reduce(0, +), seed: 1)
    try network.load(DarknetWeightFile(path: file(numbers)))
    let (x, map) = picture(10, 14)
    var oracle = Oracle(numbers)
    let first = oracle.convolution(map, filters: 8, size: 3, padding: 1, normalizes: true, Oracle.leaky)
    let second = oracle.convolution(
      first, filters: 6, size: 2, stride: 2, padding: 1, groups: 2, normalizes: false, Oracle.mish)
    let pooled = oracle.maxPool(second, size: 2, stride: 1)
    let third = oracle.convolution(pooled, filters: 6, size: 1, padding: 0, normalizes: true, Oracle.logistic)
    let sum = oracle.shortcut(third, second, Oracle.leaky)
    let small = oracle.maxPool(sum, size: 3, stride: 2)
    let joined = oracle.route([oracle.upsample(small, 2), sum], groups: 3, group: 1)
    let fourth = oracle.convolution(joined, filters: 5, size: 3, padding: 1, normalizes: false, tanh)
    XCTAssertEqual([fourth.height, fourth.width], [6, 8])
    let last = oracle.convolution(
      oracle.maxPool(first, size: 2, stride: 2), filters: 4, size: 1, padding: 0, normalizes: false
    ) { max($0, 0) }
    XCTAssertEqual(oracle.place, numbers.count)
    let features = try network.features(at: ["layers.8"], of: x, .inference())
    assertEqual(features[0], fourth)
    assertEqual(network(x, .inference()), last)
    XCTAssertEqual(network.architecture.layers[8].output, [6, 8, 5])
  }

  /// A classifier's end: connected layers after maps, whose inputs a file has in the order C, H, W; softmax; in both
  /// orders of connected weights.
  func testConnectedLayers() throws {
    let text = """
      [net]
      height=5
      width=4
      channels=2
      [connected]
      batch_normalize=1
      output=7
      activation=leaky
      [dropout]
      probability=.5
      [connected]
      output=6
      activation=logistic
      [softmax]
      temperature=2
      [cost]
      type=sse
      """
    let numbers = numbers(40 * 7 + 28 + 42 + 6, seed: 2)
    for (version, isWide, transposed) in [
      ([0, 2, 0], true, false), ([0, 1, 5], false, false), ([2000, 0, 0], false, true),
    ]
      as [([Int32], Bool, Bool)]
    {
      let network = try network(text)
      let weights = try DarknetWeightFile(path: file(numbers, version: version, seen: 9, isWide: isWide))
      XCTAssertEqual(weights.transposesConnected, transposed)
      XCTAssertEqual(weights.seen, 9)
      try network.load(weights)
      let (x, map) = picture(5, 4, 2)
      var oracle = Oracle(numbers)
      let first = oracle.connected(map, outputs: 7, normalizes: true, transposed: transposed, Oracle.leaky)
      let second = oracle.connected(
        first, outputs: 6, normalizes: false, transposed: transposed, Oracle.logistic)
      assertEqual(network(x, .inference()), oracle.softmax(second, temperature: 2))
      XCTAssertThrowsError(try network.check([1, 6, 4, 2])) {
        XCTAssertTrue("\($0)".contains("takes none of 4×6"), "\($0)")
      }
    }
  }

  func testAveragePool() throws {
    let network = try network("[net]\nheight=5\nwidth=4\nchannels=2\n[avgpool]\n")
    let (x, map) = picture(5, 4, 2)
    assertEqual(network(x, .inference()), Oracle([]).averagePool(map))
  }

  /// Version 1's head has a map's numbers in the order C, H, W.
  func testGridOfAMap() throws {
    let network = try network(
      "[net]\nheight=2\nwidth=2\nchannels=6\n[detection]\nside=2\nnum=1\nclasses=1\nsqrt=1\n")
    let x = Tensor((0..<24).map(Float.init), shape: [1, 2, 2, 6])
    let expected = (0..<6).flatMap { c in (0..<4).map { Float(6 * $0 + c) } }
    XCTAssertEqual(network.maps(x, .inference())[0].scalars, expected)
  }

  /// Tiny variances: darknet adds to the deviation, which batch norm here does not.
  func testBatchNormOfTinyVariances() throws {
    let text =
      "[net]\nheight=1\nwidth=1\n[convolutional]\nbatch_normalize=1\nfilters=4\nsize=1\nactivation=linear\n"
    let network = try network(text)
    let variances: [Float] = [1e-8, 1e-6, 1e-4, 3]
    let numbers = [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0] + variances + Array(repeating: 1e-3, count: 12)
    try network.load(DarknetWeightFile(path: file(numbers)))
    let y = network(Tensor(repeating: 1, shape: [1, 1, 1, 3]), .inference())
    let expected = variances.map { 3e-3 / (Double($0).squareRoot() + 1e-6) }
    assertClose(y.scalars, expected, absolute: 0, relative: 1e-4)
  }

  // MARK: Built-in configurations

  /// The numbers of the published files.
  func testCounts() throws {
    let counts: [(DarknetConfiguration, Int, Int)] = [
      (.yolov3Tiny(), 8_858_734, 2), (.yolov3(), 62_001_757, 3), (.yolov2Tiny(), 11_237_145, 1),
      (.yolov1Tiny(), 27_099_950, 1),
    ]
    for (configuration, count, heads) in counts {
      let network = try YOLONetwork(darknet: configuration, initializes: false)
      let numbers = network.store.all.reduce(0) { $1.role == .counter ? $0 : $0 + $1.shape.count }
      XCTAssertEqual(numbers, count, configuration.file)
      XCTAssertEqual(network.heads.count, heads, configuration.file)
      XCTAssertTrue(try DarknetArchitecture(configuration).unused.isEmpty)
    }
    let grid = try YOLONetwork(darknet: .yolov1Tiny(), initializes: false).heads
    XCTAssertEqual(grid, [.grid(GridHead(side: 7, boxes: 2, classes: 20))])
    XCTAssertEqual(GridHead().outputs, 1470)
    let fine = try YOLONetwork(darknet: .yolov3Tiny(classes: 3), initializes: false).heads[1]
    guard case .anchors(let head) = fine else { return XCTFail("\(fine)") }
    XCTAssertEqual(head.mask, [1, 2, 3])
    XCTAssertEqual(head.channels, 24)
    let last = try DarknetArchitecture(.yolov3()).layers
    XCTAssertEqual(last.count, 107)
    XCTAssertEqual(last[106].output, [52, 52, 255])
  }

  /// Fully convolutional networks take other sizes, but those at which routes do not join.
  func testOtherSizes() throws {
    let network = try YOLONetwork(darknet: .yolov3Tiny(classes: 1), initializes: false)
    XCTAssertNoThrow(try network.check([1, 320, 608, 3]))
    XCTAssertThrowsError(try network.check([1, 400, 416, 3])) { XCTAssert($0 is DarknetError, "\($0)") }
    XCTAssertThrowsError(try network.check([1, 416, 416, 1])) {
      XCTAssertEqual(
        $0 as? NetworkError, .wrongInput(network: "yolov3-tiny", shape: [1, 416, 416, 1], channels: 3))
    }
    XCTAssertEqual(
      try YOLONetwork(darknet: .yolov3Tiny(), size: Image.Size(width: 64, height: 96), initializes: false)
        .inputSize,
      Image.Size(width: 64, height: 96))
  }
}
