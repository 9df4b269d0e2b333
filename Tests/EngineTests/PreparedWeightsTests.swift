import Engine
import TestSupport
import XCTest

/// Weights are prepared once for each form that a layer's kernels read, and again when they change: held by counting.
final class PreparedWeightsTests: XCTestCase {
  private func preparations(_ body: () -> Void) -> Int {
    let before = WeightForm.preparations
    body()
    return WeightForm.preparations - before
  }

  private func layer(from: Int, to: Int, kernel: Int = 3, stride: Int = 1, groups: Int = 1) -> Conv2d {
    Conv2d(
      ParameterStore(seed: 5).scope["conv"], from: from, to: to, kernel: .init(kernel),
      stride: .init(stride), padding: .init(kernel / 2), groups: groups)
  }

  /// VGG-16's 128→256 layer at 56² as a batch of five is cut, and SqueezeNet's 16→64 at 55².
  func testAlternatingBatches() {
    for (size, ins, outs) in [(56, 128, 256), (55, 16, 64)] {
      let conv = layer(from: ins, to: outs)
      let inputs = [2, 2, 1].map { Tensor(repeating: 0.5, shape: [$0, size, size, ins]) }
      let forms = Set(
        inputs.compactMap { ConvolutionTask(conv.geometry($0.shape)).plan.weightForm })
      func pass() { for x in inputs { _ = conv(x, .inference()) } }
      XCTAssertEqual(preparations(pass), forms.count)
      XCTAssertEqual(preparations(pass), 0, "\(ins) to \(outs) again")
    }
  }

  /// A head over maps of many sizes, whose forms differ; the bits are those of a layer of its own for each.
  func testAlternatingSizes() {
    let conv = layer(from: 32, to: 48)
    var generator = RandomStream(seed: 81)
    let inputs = [(64, 96), (28, 42), (14, 14), (4, 3), (1, 1)].map {
      generator.tensor([1, $0.0, $0.1, 32])
    }
    let plans = inputs.map { ConvolutionTask(conv.geometry($0.shape)).plan }
    let forms = Set(plans.compactMap(\.weightForm))
    XCTAssertGreaterThan(forms.count, 2)
    func pass() { for x in inputs { _ = conv(x, .inference()) } }
    XCTAssertEqual(preparations(pass), forms.count)
    XCTAssertEqual(preparations(pass), 0)
    for (x, plan) in zip(inputs, plans) {
      assertSameBits(
        conv(x, .inference()),
        convolve(x, conv.weight.value, plan, .init(shift: conv.bias!.value)), "\(plan.algorithm)")
    }
  }

  /// Of a frozen layer between trained ones, in both directions: by every kind of kernel.
  func testFrozenLayersInTraining() {
    var generator = RandomStream(seed: 82)
    for (ins, outs, kernel, stride, groups) in [
      (32, 32, 3, 1, 1), (32, 96, 1, 1, 1), (24, 80, 3, 2, 1), (24, 24, 3, 1, 24), (12, 96, 5, 3, 3),
    ] {
      let conv = layer(from: ins, to: outs, kernel: kernel, stride: stride, groups: groups)
      conv.weight.isTrainable = false
      let x = generator.tensor([2, 16, 16, ins]).requiringGradient()
      var gradients: [Tensor] = []
      func step() {
        let y = conv(x, .evaluatingGradients())
        gradients.append(y.backward(seed: y.detached)[x]!)
      }
      let first = preparations(step)
      XCTAssertLessThanOrEqual(first, 2)
      XCTAssertEqual(preparations(step), 0, "\(ins) to \(outs) again")
      conv.weight.isTrainable = true
      step()
      assertSameBits(gradients[1], gradients[0])
      assertSameBits(gradients[2], gradients[0], "trained")
    }
  }

  /// Nothing of an old value is used for a new one, and what a pass recorded stays what it was.
  func testChangedValues() {
    let conv = layer(from: 32, to: 96)
    conv.weight.isTrainable = false
    var generator = RandomStream(seed: 83)
    let inputs = [generator.tensor([1, 20, 20, 32]), generator.tensor([1, 2, 2, 32])]
    func outputs() -> [Tensor] { inputs.map { conv($0, .inference()) } }
    let before = outputs()
    let x = inputs[0].requiringGradient()
    let y = conv(x, .evaluatingGradients())
    let expected = conv(x, .evaluatingGradients()).backward(seed: y.detached)[x]!
    let value = conv.weight.value
    conv.weight.update { weights in for i in 0..<conv.weight.shape.count { weights[i] *= 2 } }
    XCTAssertGreaterThan(preparations { _ = outputs() }, 0)
    for (old, new) in zip(before, outputs()) {
      XCTAssertNotEqual(old.scalars, new.scalars)
    }
    assertSameBits(y.backward(seed: y.detached)[x]!, expected, "recorded before the change")
    conv.weight.value = value
    for (old, new) in zip(before, outputs()) { assertSameBits(new, old, "the old value again") }
  }

  /// The least recently used form gives way, and the value itself never does.
  func testFewFormsAreKept() {
    let conv = layer(from: 16, to: 160)
    let expected = Tensor(conv.weight.value.scalars, shape: conv.weight.shape)
    let g = conv.geometry([1, 12, 12, 16])
    let plans =
      ConvolutionTask(g).candidates.filter { $0.weightForm != nil }
      + ConvolutionTask(g, .inputGradient).candidates
    let forms = Set(plans.compactMap(\.weightForm)).count
    XCTAssertGreaterThan(forms, 6)
    for plan in plans { _ = conv.weight.prepared(for: plan) }
    XCTAssertEqual(preparations { _ = conv.weight.prepared(for: plans.last!) }, 0)
    XCTAssertEqual(preparations { _ = conv.weight.prepared(for: plans.first!) }, 1)
    assertSameBits(conv.weight.value, expected)
  }
}
