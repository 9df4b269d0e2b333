import Engine
import TestSupport
import XCTest

/// What operations give where their inputs are at an edge: nothing at all, one value, equal ones, the ends of `Float`, NaN.
/// Expected values are PyTorch's.
final class EdgeTests: XCTestCase {
  private func gradient(of x: [Float], _ function: (Tensor) -> Tensor) throws -> [Float] {
    let leaf = Tensor(x, shape: [x.count]).requiringGradient()
    return try XCTUnwrap(function(leaf).sum().backward()[leaf]).scalars
  }

  // MARK: Nothing

  func testConvolutionsOfNoPictures() throws {
    let kernels: [(weight: Shape, groups: Int)] = [
      ([3, 3, 16, 32], 1), ([1, 1, 16, 8], 1), ([5, 5, 8, 4], 2), ([3, 3, 1, 16], 16), ([3, 3, 256, 256], 1),
    ]
    for (shape, groups) in kernels {
      let x = Tensor(zeros: [0, 9, 8, shape[2] * groups]).requiringGradient()
      let weight = Tensor(repeating: 1, shape: shape).requiringGradient()
      let bias = Tensor(repeating: 1, shape: [shape[3]]).requiringGradient()
      let y = conv2d(x, weight: weight, bias: bias, padding: 1, groups: groups)
      XCTAssertEqual(y.shape.dimensions.first, 0)
      XCTAssertEqual(y.shape.last, shape[3])
      let gradients = y.sum().backward()
      XCTAssertEqual(gradients[x]?.shape, x.shape)
      XCTAssertEqual(gradients[weight]?.scalars, Array(repeating: 0, count: shape.count), "\(shape)")
      XCTAssertEqual(gradients[bias]?.scalars, Array(repeating: 0, count: shape[3]))
    }
    let x = Tensor(zeros: [0, 4, 5, 6]).requiringGradient()
    let weight = Tensor(repeating: 1, shape: [2, 2, 3, 6]).requiringGradient()
    let y = convTranspose2d(x, weight: weight, stride: 2)
    XCTAssertEqual(y.shape, [0, 8, 10, 3])
    XCTAssertEqual(y.sum().backward()[weight]?.scalars, Array(repeating: 0, count: 72))
  }

  func testSumsOverAxesWithNothingAlongThem() {
    XCTAssertEqual(Tensor(zeros: [0, 5, 3]).sum(axes: [0, 2]).scalars, [0, 0, 0, 0, 0])
    let b = Tensor(repeating: 1, shape: [1, 5, 1]).requiringGradient()
    let sum = Tensor(zeros: [0, 5, 3]) + b
    XCTAssertEqual(sum.sum().backward()[b]?.scalars, [0, 0, 0, 0, 0])
  }

  func testTheLargestOfNoLines() {
    let x = Tensor(zeros: [0, 5]).requiringGradient()
    let (values, indices) = x.topK(2)
    XCTAssertEqual(values.shape, [0, 2])
    XCTAssertEqual(indices, [])
    XCTAssertEqual(values.sum().backward()[x]?.shape, [0, 5])
  }

  /// Neither no value a channel nor one tells a variance.
  func testRunningStatisticsOfTooFewValues() {
    let store = ParameterStore(seed: 1)
    let norm = BatchNorm2d(store.scope["norm"], channels: 2)
    norm.runningMean.value = Tensor([5, 6], shape: [2])
    for shape in [[0, 3, 3, 2], [1, 1, 1, 2]] as [Shape] {
      let pass = Pass.training(generator: RandomStream(seed: 1), collectsStatistics: true)
      XCTAssertEqual(norm(Tensor(repeating: 2, shape: shape), pass).shape, shape)
      pass.applyStatistics()
      XCTAssertEqual(norm.runningMean.value.scalars, [5, 6], "\(shape)")
      XCTAssertEqual(norm.runningVariance.value.scalars, [1, 1], "\(shape)")
    }
    XCTAssertEqual(norm.batchesTracked.value.scalar, 2)
  }

  // MARK: Gradients

  func testTheDeviationOfEqualElements() throws {
    XCTAssertEqual(try gradient(of: [2, 2, 2]) { $0.standardDeviation() }, [0, 0, 0])
  }

  /// σ(x) of a negative that is surely one is small, not 0: most of a detector's objectness is of this kind.
  func testBinaryCrossEntropyFarFromItsTarget() throws {
    let logits: [Float] = [-10, -16, -20, -30, 10, 16, 20, 30]
    let targets = Tensor([0, 0, 0, 0, 1, 1, 1, 1], shape: [8])
    let found = try gradient(of: logits) { binaryCrossEntropyWithLogits($0, targets, reduction: .none) }
    for (index, value) in found.enumerated() {
      let away = exp(-Double(abs(logits[index]))) / (1 + exp(-Double(abs(logits[index]))))
      XCTAssertEqual(Double(value), index < 4 ? away : -away, accuracy: 1e-6 * away)
    }
  }

  func testTheDivisorOfTinyAndHugeNumbers() throws {
    let y = Tensor([1e-23, 1e20, 1e-23], shape: [3]).requiringGradient()
    let found = try XCTUnwrap((Tensor([1e-23, 1e20, 0], shape: [3]) / y).sum().backward()[y]).scalars
    XCTAssertEqual(found[0], -1e23, accuracy: 1e17)
    XCTAssertEqual(found[1], -1e-20, accuracy: 1e-26)
    XCTAssertEqual(found[2], 0)
  }

  func testNaN() throws {
    XCTAssertTrue(try gradient(of: [.nan]) { smoothL1($0, Tensor(zeros: [1])) }[0].isNaN)
    XCTAssertEqual(try gradient(of: [.nan]) { l1($0, Tensor(zeros: [1])) }, [0])
    XCTAssertEqual(try gradient(of: [.nan]) { abs($0) }, [0])
    let x = Tensor([1, .nan], shape: [2]).requiringGradient()
    var gradients = square(x).sum().backward()
    XCTAssertTrue(gradients.clip(toNorm: 1).isNaN)
    XCTAssertEqual(try XCTUnwrap(gradients[x]).scalars.map(\.isNaN), [true, true])
  }
}
