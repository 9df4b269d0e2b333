import Engine
import TestSupport
import XCTest

/// Every convolution path against plain Double loops: forward by every algorithm that applies, input, weight and bias
/// gradients. A new algorithm is picked up from `ConvolutionTask.candidates`.
final class ConvolutionTests: XCTestCase {
  private struct Case {
    var batch = 1, height = 7, width = 7, inPerGroup = 3, outPerGroup = 4, groups = 1
    var kernel: Size2D = 3
    var stride: Size2D = 1
    var padding: Padding2D = 0
    var dilation: Size2D = 1

    var fits: Bool {
      height + padding.top + padding.bottom > dilation.y * (kernel.y - 1)
        && width + padding.left + padding.right > dilation.x * (kernel.x - 1)
    }

    var geometry: ConvolutionGeometry {
      ConvolutionGeometry(
        input: [batch, height, width, inPerGroup * groups],
        weight: [kernel.y, kernel.x, inPerGroup, outPerGroup * groups], stride: stride, padding: padding,
        dilation: dilation, groups: groups)
    }
  }

  private func check(_ c: Case, _ generator: inout RandomStream, _ label: String) {
    let x = generator.tensor([c.batch, c.height, c.width, c.inPerGroup * c.groups])
    let w = generator.tensor([c.kernel.y, c.kernel.x, c.inPerGroup, c.outPerGroup * c.groups])
    let b = generator.tensor([c.outPerGroup * c.groups])
    let window = Reference.Window(
      kernel: (c.kernel.y, c.kernel.x), stride: (c.stride.y, c.stride.x),
      padding: (c.padding.top, c.padding.left), paddingAfter: (c.padding.bottom, c.padding.right),
      dilation: (c.dilation.y, c.dilation.x))
    let message = "\(c) \(label)"
    let leaves = [x, w, b].map { $0.requiringGradient() }
    let y = conv2d(
      leaves[0], weight: leaves[1], bias: leaves[2], stride: c.stride, padding: c.padding,
      dilation: c.dilation, groups: c.groups)
    let (dx, dw, db) = (DTensor(x), DTensor(w), DTensor(b))
    let expected = Reference.conv2d(dx, dw, bias: db, window, groups: c.groups)
    let g = c.geometry
    let plans = ConvolutionTask(g).candidates
    XCTAssertTrue(plans.contains(ConvolutionTask(g).plan), message)
    for plan in plans {
      assertClose(
        convolve(x, w, plan, .init(shift: b)), expected, absolute: tolerance(plan.algorithm),
        relative: 1e-5, "\(plan) \(message)")
    }
    assertClose(y, expected, absolute: tolerance(ConvolutionTask(g).plan.algorithm), relative: 1e-5, message)
    let seed = generator.tensor(y.shape)
    let gradients = y.backward(seed: seed)
    let truth = Reference.conv2dGradient(
      dx, dw, gradient: DTensor(seed), window, groups: c.groups)
    // The weight gradient sums over all pixels of the batch.
    func checkInput(_ dx: Tensor, _ tolerance: Double, _ what: String) {
      assertClose(dx, truth.input, absolute: tolerance, relative: 1e-5, "dx \(what) \(message)")
    }
    func checkWeight(_ dw: Tensor, _ tolerance: Double, _ what: String) {
      assertClose(dw, truth.weight, absolute: 2.5 * tolerance, relative: 1e-5, "dw \(what) \(message)")
    }
    // Those of inference are a transposed convolution's as well.
    let inputPlans = ConvolutionTask(g, .inputGradient).candidates
    checkInput(gradients[leaves[0]]!, inputPlans.count > 1 ? 2e-3 : 2e-4, "")
    checkWeight(gradients[leaves[1]]!, inputPlans.count > 1 ? 2e-3 : 2e-4, "")
    for plan in inputPlans {
      checkInput(
        convolutionInputGradient(seed, prepared: plan.prepare(w), plan), tolerance(plan.algorithm),
        "by \(plan.algorithm)")
    }
    for plan in ConvolutionTask(g, .weightGradient, for: .training).candidates {
      checkWeight(
        convolutionWeightGradient(x, seed, plan), tolerance(plan.algorithm), "by \(plan.algorithm)")
    }
    assertClose(gradients[leaves[2]]!, truth.bias, absolute: 5e-4, relative: 1e-5, "db \(message)")
  }

  private func tolerance(_ algorithm: ConvolutionPlan.Algorithm) -> Double {
    if case .winograd(let tile) = algorithm { tolerance(tile) } else { tolerance(nil) }
  }

  /// Of normal numbers. Winograd's transforms have numbers up to 64 in them and cancel.
  private func tolerance(_ tile: WinogradTile?) -> Double {
    switch tile {
    case nil: 2e-4
    case .seven: 6e-3
    default: 2e-3
    }
  }

  func testRandomGeometries() {
    fuzz(1600, seed: 20) { generator, label in
      var c = Case()
      repeat {
        c.batch = generator.int(1...5)
        c.height = generator.int(1...14)
        c.width = generator.int(1...14)
        c.kernel = .init(generator.int(1...11), generator.int(1...11))
        c.stride = .init(generator.int(1...4), generator.int(1...4))
        c.padding = generator.padding(0...5)
        c.dilation = .init(generator.int(1...3), generator.int(1...3))
      } while !c.fits
      c.groups = generator.element([1, 1, 1, 2, 3])
      c.inPerGroup = generator.int(1...9)
      c.outPerGroup = generator.int(1...9)
      check(c, &generator, label)
    }
  }

  /// Few channels in and more than a panel's out, as networks begin.
  func testFewChannelsIn() {
    fuzz(200, seed: 27) { generator, label in
      var c = Case()
      repeat {
        c.batch = generator.int(1...3)
        c.height = generator.int(1...14)
        c.width = generator.int(1...14)
        c.kernel = generator.element([3, 3, 1, 5, 7])
        c.stride = generator.element([1, 1, 2])
        c.padding = generator.padding(0...3)
      } while !c.fits
      c.groups = generator.element([1, 1, 1, 2])
      c.inPerGroup = generator.int(1...4)
      c.outPerGroup = generator.int(8...40)
      check(c, &generator, label)
    }
  }

  /// Channels in whole vectors, which some algorithms want; mostly the 3×3 and 5×5 of the networks.
  func testWholeVectorsOfChannels() {
    var algorithms: Set<ConvolutionPlan.Algorithm> = []
    fuzz(400, seed: 26) { generator, label in
      var c = Case()
      repeat {
        c.batch = generator.int(1...5)
        c.height = generator.int(1...14)
        c.width = generator.int(1...14)
        c.kernel = generator.element([3, 3, 3, 1, 5, 5])
        c.stride = generator.element([1, 1, 1, 2])
        c.padding = generator.padding(0...4)
        c.dilation = generator.element([1, 1, 1, 2])
      } while !c.fits
      c.groups = generator.element([1, 1, 1, 2])
      c.inPerGroup = generator.element([16, 32, 48])
      c.outPerGroup = generator.element([16, 32, 48])
      algorithms.insert(ConvolutionTask(c.geometry).plan.algorithm)
      check(c, &generator, label)
    }
    // The gradients' passes run what the plan chooses.
    let tiles = WinogradTile.allCases.filter { $0 != .six && $0 != .seven }
    XCTAssertTrue(algorithms.isSuperset(of: tiles.map { .winograd($0) }), "\(algorithms)")
  }

  func testDepthwise() {
    fuzz(500, seed: 21) { generator, label in
      var c = Case(inPerGroup: 1, outPerGroup: 1)
      repeat {
        c.batch = generator.int(1...3)
        c.height = generator.int(1...14)
        c.width = generator.int(1...18)
        c.kernel = .init(generator.int(1...5), generator.int(1...5))
        if generator.bool() { c.kernel = generator.element([3, 5]) }
        c.stride = .init(generator.int(1...3), generator.int(1...3))
        c.padding = generator.padding(0...3)
        c.dilation = generator.element([1, 1, .init(generator.int(1...3), generator.int(1...3))])
      } while !c.fits
      c.groups = generator.int(2...40)
      check(c, &generator, label)
    }
  }

  /// Several tasks and chunks, forward and backward.
  func testDepthwiseOfManyLines() {
    var generator = RandomStream(seed: 28)
    check(
      Case(batch: 3, height: 43, width: 37, inPerGroup: 1, outPerGroup: 1, groups: 52, padding: 1),
      &generator,
      "")
    check(
      Case(
        batch: 2, height: 45, width: 50, inPerGroup: 1, outPerGroup: 1, groups: 44, kernel: 5, stride: 2,
        padding: 2), &generator, "")
  }

  /// Large enough for each way of cutting the product, with pixel and channel counts that divide nothing.
  func testEveryPlan() {
    var generator = RandomStream(seed: 22)
    var seen: Set<ConvolutionPlan.Algorithm> = []
    let cases = [
      Case(batch: 2, height: 31, width: 29, inPerGroup: 33, outPerGroup: 65, kernel: 1),
      Case(batch: 1, height: 9, width: 7, inPerGroup: 130, outPerGroup: 300, kernel: 1),
      Case(batch: 3, height: 37, width: 23, inPerGroup: 17, outPerGroup: 19, padding: 1),
      Case(batch: 1, height: 9, width: 11, inPerGroup: 67, outPerGroup: 131, padding: 1),
      Case(batch: 2, height: 13, width: 9, inPerGroup: 60, outPerGroup: 270, stride: 2, padding: 1),
      Case(batch: 2, height: 15, width: 15, inPerGroup: 40, outPerGroup: 48, kernel: 1, stride: 2),
      Case(
        batch: 1, height: 12, width: 12, inPerGroup: 24, outPerGroup: 60, groups: 2, kernel: 5, padding: 2),
    ]
    for c in cases {
      seen.insert(ConvolutionTask(c.geometry).plan.algorithm)
      check(c, &generator, "")
    }
    XCTAssertEqual(seen, [.pointwise, .im2col, .sharedIm2col])
  }

  /// Partial sums over chunks of pixels, and slices of the weights, for the weight gradient.
  func testWeightGradientOfManyPixels() {
    var generator = RandomStream(seed: 23)
    check(
      Case(batch: 2, height: 40, width: 41, inPerGroup: 5, outPerGroup: 7, padding: 1), &generator, "")
    check(
      Case(batch: 2, height: 35, width: 33, inPerGroup: 160, outPerGroup: 120, kernel: 1),
      &generator, "")
  }

  /// Winograd's tiles of a picture in several blocks.
  func testManyBlocksOfTiles() {
    var generator = RandomStream(seed: 27)
    check(
      Case(batch: 1, height: 75, width: 71, inPerGroup: 48, outPerGroup: 64, padding: 1), &generator, "")
  }

  func testBitsDoNotDependOnThreads() {
    var generator = RandomStream(seed: 25)
    for (size, channels, outs, kernel, stride, groups) in [
      (28, 32, 48, 3, 1, 1), (7, 160, 300, 3, 1, 1), (14, 256, 64, 1, 1, 1), (15, 64, 64, 3, 2, 1),
      (29, 100, 100, 3, 1, 100), (28, 72, 72, 5, 2, 72),
    ] {
      let x = generator.tensor([3, size, size, channels])
      let w = generator.tensor([kernel, kernel, channels / groups, outs])
      func run() -> [Tensor] {
        let leaves = [x, w].map { $0.requiringGradient() }
        let y = conv2d(
          leaves[0], weight: leaves[1], stride: .init(stride), padding: .init(kernel / 2), groups: groups)
        let gradients = y.backward(seed: y.detached)
        return [y, gradients[leaves[0]]!, gradients[leaves[1]]!]
      }
      let expected = withThreads(1, run)
      for threads in [2, 3, 8] {
        for (actual, expected) in zip(withThreads(threads, run), expected) {
          assertSameBits(actual.detached, expected.detached, "\(threads) threads")
        }
      }
    }
  }

  /// The column matrix of a VGG layer at 448 px would take 1.8 GB; the tiles take a few MB.
  func testWorkspaceDoesNotGrowWithThePicture() {
    let w = Tensor(repeating: 0.01, shape: [3, 3, 16, 16])
    func extra(_ size: Int) -> Int {
      let x = Tensor(zeros: [1, size, size, 16])
      BufferPool.shared.trim()  // An idle buffer may be four times larger than what takes it.
      let live = BufferPool.shared.statistics.liveBytes
      BufferPool.shared.resetPeak()
      let y = conv2d(x, weight: w, padding: 1)
      return BufferPool.shared.statistics.peakBytes - live - y.count * MemoryLayout<Float>.stride
    }
    let (small, large) = (extra(128), extra(512))
    XCTAssertLessThan(large, 16 << 20)
    XCTAssertLessThan(large, small + (8 << 20))
  }
}
