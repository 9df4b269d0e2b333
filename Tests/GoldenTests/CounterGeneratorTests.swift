import Engine
import TestSupport
import XCTest

/// The generator that the goldens share with Python, held to the bits that `scripts/goldens/generator.py` gives.
final class CounterGeneratorTests: XCTestCase {
  func testBits() {
    let generator = CounterGenerator("layer1.0.conv1.weight")
    XCTAssertEqual(
      (0..<3).map { generator[$0] }, [0x40BF4E221F6137D6, 0xA266895EA7F3F496, 0x0BFB26278486038B])
    XCTAssertEqual((0..<3).map { generator.uniform($0).bitPattern }, [0x3E817E9C, 0x3F226689, 0x3D3FB260])
    XCTAssertEqual(CounterGenerator.sample("sample", of: 1000, 5), [411, 699, 530, 514, 753])
    XCTAssertEqual(CounterGenerator.sample("sample", of: 4, 5), [0, 1, 2, 3])
  }

  /// Every kind of value, in the file's order.
  func testValues() {
    let store = ParameterStore(initializes: false)
    _ = Conv2d(store.scope["conv2"], from: 2, to: 3, kernel: 3)
    _ = BatchNorm2d(store.scope["bn1"], channels: 3)
    _ = BatchNorm2d(store.scope["bn2"], channels: 3)
    store.fillFromKeys()
    let expected: [String: [UInt32]] = [
      "conv2.weight": [0x3E0B8E38, 0xBF01C36C, 0xBEEB17E7, 0x3D04C4F8],
      "conv2.bias": [0xBD68A6FA, 0xBE30855A, 0x3D4D3C67],
      "bn1.weight": [0x3F6DD35C, 0x3F5A9626, 0x3F083452],
      "bn1.bias": [0x3DB34BF7, 0x3D17961A, 0xBDBA1B27],
      "bn2.weight": [0x3EB6F65B, 0x3F042EC0, 0x3F23C5A4],
      "bn1.running_mean": [0x3DA6BF10, 0xBE2B7320, 0xBE414CD2],
      "bn1.running_var": [0x3FB135A7, 0x3F83B9A0, 0x3F00C6DB],
    ]
    for (key, bits) in expected {
      let parameter = store[key]!
      XCTAssertEqual(
        parameter.layout.toFile(parameter.value).scalars.prefix(bits.count).map(\.bitPattern), bits, key)
    }
  }

  func testPictures() {
    let pictures = goldenPictures([2, 9, 10, 3]).inFileOrder.scalars
    XCTAssertEqual(
      [0, 89, 200, 539].map { pictures[$0].bitPattern }, [0xBF3997D3, 0xBE7202DC, 0xBFCCB355, 0xBFDAE566])
  }
}
