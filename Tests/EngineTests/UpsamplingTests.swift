import Engine
import TestSupport
import XCTest

final class UpsamplingTests: XCTestCase {
  func testBilinear() {
    fuzz(30, seed: 96) { generator, label in
      let x = generator.tensor([
        2, generator.int(1...6), generator.int(1...6), generator.element([1, 3, 17]),
      ])
      let (height, width) = (generator.int(1...11), generator.int(1...11))
      let alignCorners = generator.bool()
      checkOperation(
        [x], absolute: 2e-6, elements: 20, "\(height)×\(width) \(alignCorners) \(label)",
        reference: { Reference.bilinear($0[0], height: height, width: width, alignCorners: alignCorners) }
      ) { upsample2d($0[0], height: height, width: width, mode: .bilinear(alignCorners: alignCorners)) }
    }
  }

  func testBilinearByAFactor() {
    var generator = RandomStream(seed: 97)
    let x = generator.tensor([1, 5, 4, 3])
    for (scale, height, width) in [(2, 10, 8), (1.7, 8, 6), (0.6, 3, 2)] {
      checkOperation(
        [x], absolute: 2e-6, "×\(scale)",
        reference: {
          Reference.bilinear($0[0], height: height, width: width, scale: scale, alignCorners: false)
        }
      ) { upsample2d($0[0], scale: scale, mode: .bilinear) }
    }
  }

  func testNearest() {
    var generator = RandomStream(seed: 98)
    for (size, channels) in [((10, 8), 3), ((5, 4), 16), ((15, 2), 1), ((1, 1), 5)] {
      checkOperation(
        [generator.tensor([2, 5, 4, channels])], absolute: 0, relative: 0,
        reference: { Reference.nearest($0[0], height: size.0, width: size.1) }
      ) { upsample2d($0[0], height: size.0, width: size.1) }
    }
  }

  func testManyTasks() {
    var generator = RandomStream(seed: 99)
    checkOperation(
      [generator.tensor([2, 31, 30, 24])], absolute: 2e-6, gradient: false,
      reference: { Reference.bilinear($0[0], height: 62, width: 60, alignCorners: false) }
    ) { upsample2d($0[0], scale: 2, mode: .bilinear) }
  }

  func testAgainstPyTorch() throws {
    let goldens = try GoldenTensors.load("upsampling")
    XCTAssertEqual(goldens.count, 21)
    for golden in goldens {
      let modes: [String: UpsamplingMode] = [
        "upsample nearest": .nearest, "upsample bilinearFalse": .bilinear,
        "upsample bilinearTrue": .bilinear(alignCorners: true),
      ]
      let mode = try XCTUnwrap(modes[golden.name])
      golden.check { x in
        if let size = golden.size { return upsample2d(x[0], height: size[0], width: size[1], mode: mode) }
        return upsample2d(x[0], scale: golden.scale!, mode: mode)
      }
    }
  }

  func testLayer() {
    var generator = RandomStream(seed: 100)
    let x = generator.tensor([1, 3, 4, 5])
    assertSameBits(Upsample(to: .scale(2))(x, .inference()), upsample2d(x, scale: 2))
    assertSameBits(
      Upsample(to: .exact(height: 7, width: 5), mode: .bilinear(alignCorners: true))(x, .inference()),
      upsample2d(x, height: 7, width: 5, mode: .bilinear(alignCorners: true)))
  }
}
