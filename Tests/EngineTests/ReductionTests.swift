import Engine
import TestSupport
import XCTest

final class ReductionTests: XCTestCase {
  private let functions:
    [(
      name: String, reference: ([Double]) -> Double, operation: (Tensor, [Int], Bool) -> Tensor
    )] = [
      ("sum", { $0.reduce(0, +) }, { $0.sum(axes: $1, keepingDimensions: $2) }),
      ("mean", { $0.reduce(0, +) / Double($0.count) }, { $0.mean(axes: $1, keepingDimensions: $2) }),
      ("max", { $0.max()! }, { $0.max(axes: $1, keepingDimensions: $2) }),
      ("min", { $0.min()! }, { $0.min(axes: $1, keepingDimensions: $2) }),
      (
        "variance", { Reference.variance($0, correction: 0) },
        { $0.variance(axes: $1, correction: 0, keepingDimensions: $2) }
      ),
    ]

  /// All subsets of axes, positive and negative, adjacent and not, with extents of 1 among them.
  func testSeveralAxes() {
    fuzz(60, seed: 70) { generator, label in
      var dimensions = generator.shape(rank: generator.int(1...4), extents: 1...6).dimensions
      if generator.bool() {
        dimensions[generator.int(0...dimensions.count - 1)] = generator.element([1, 17, 35])
      }
      let shape = Shape(dimensions)
      let axes = (0..<shape.rank).filter { _ in generator.bool() }
      let named = axes.map { generator.bool() ? $0 : $0 - shape.rank }.reversed()
      let keeps = generator.bool()
      let (name, reference, operation) = generator.element(functions)
      checkOperation(
        [generator.tensor(shape)], absolute: 2e-6, elements: 12, "\(name) \(axes) \(keeps) \(label)",
        reference: {
          let kept = Reference.reduce($0[0], axes, reference)
          return keeps ? kept : Reference.squeeze(kept, axes)
        }
      ) { operation($0[0], Array(named), keeps) }
    }
  }

  func testManyTasks() {
    var generator = RandomStream(seed: 71)
    let x = [generator.tensor(manyTasks)]
    for axes in [[0], [1], [2], [0, 2], [0, 1, 2]] {
      for (name, reference, operation) in functions {
        checkOperation(
          x, absolute: 1e-5, gradient: false, "\(name) \(axes)",
          reference: { Reference.squeeze(Reference.reduce($0[0], axes, reference), axes) }
        ) { operation($0[0], axes, false) }
      }
    }
  }

  func testVarianceAndDeviationOfAllElements() {
    var generator = RandomStream(seed: 72)
    let x = generator.tensor([3, 7]) + 5
    checkOperation([x], absolute: 1e-5) {
      Reference.squeeze(Reference.reduce($0[0], [0, 1]) { Reference.variance($0, correction: 1) }, [0, 1])
    } operation: {
      $0[0].variance()
    }
    checkOperation([x], absolute: 1e-5) {
      Reference.squeeze(
        Reference.reduce($0[0], [1]) { Reference.variance($0, correction: 1).squareRoot() }, [1])
    } operation: {
      $0[0].standardDeviation(axes: [-1])
    }
  }

  func testExtremaOfNaNAndInfinity() {
    let x = Tensor(
      [1, .nan, 2, -.infinity, 3, .infinity, -.infinity, -.infinity, -.infinity], shape: [3, 3])
    let (most, least) = (x.max(axes: [1]).scalars, x.min(axes: [1]).scalars)
    XCTAssertTrue(most[0].isNaN && least[0].isNaN)
    XCTAssertEqual(Array(most[1...]), [.infinity, -.infinity])
    XCTAssertEqual(Array(least[1...]), [-.infinity, -.infinity])
    XCTAssertEqual(x.transposed().max(axes: [0]).scalars.map(\.isNaN), [true, false, false])
  }

  func testArgmaxAndArgmin() {
    fuzz(30, seed: 73) { generator, label in
      let shape = generator.shape(rank: generator.int(1...3), extents: 1...20)
      let axis = generator.int(0...shape.rank - 1)
      // Few different numbers: the first of equal ones counts.
      let x = Tensor((0..<shape.count).map { _ in Float(generator.int(0...5)) }, shape: shape)
      func expected(_ best: ([Double]) -> Double) -> [Int] {
        Reference.reduce(DTensor(x), [axis]) { Double($0.firstIndex(of: best($0))!) }.values.map { Int($0) }
      }
      let named = generator.bool() ? axis : axis - shape.rank
      XCTAssertEqual(x.argmax(axis: named), expected { $0.max()! }, label)
      XCTAssertEqual(x.argmin(axis: named), expected { $0.min()! }, label)
    }
    XCTAssertEqual(Tensor([1, .nan, 3, .nan], shape: [4]).argmax(axis: 0), [1])
    XCTAssertEqual(Tensor([1, .nan, 0, .nan], shape: [4]).argmin(axis: 0), [1])
  }

  func testTopK() {
    fuzz(30, seed: 74) { generator, label in
      let shape = generator.shape(rank: generator.int(1...3), extents: 1...12)
      let axis = generator.int(0...shape.rank - 1)
      let k = generator.int(1...shape[axis])
      let largest = generator.bool()
      let x = Tensor((0..<shape.count).map { _ in Float(generator.int(0...6)) }, shape: shape)
      let (values, indices) = x.topK(k, axis: axis - shape.rank, largest: largest)
      for place in 0..<k {
        let ranked = Reference.reduce(DTensor(x), [axis]) { line in
          let order = line.indices.sorted { a, b in
            line[a] == line[b] ? a < b : largest ? line[a] > line[b] : line[a] < line[b]
          }
          return Double(order[place])
        }
        let found = Tensor(indices.map { Float($0) }, shape: values.shape).slice(
          axis: axis, place..<place + 1)
        assertClose(found, ranked, absolute: 0, relative: 0, label)
      }
      checkGradient(
        of: [generator.tensor(shape)], elements: 10,
        reference: { inputs in
          let kept = inputs[0]
          let shape = kept.shape.indices.map { $0 == axis ? k : kept.shape[$0] }
          return DTensor.make(shape) { index in
            var line: [Double] = []
            for i in 0..<kept.shape[axis] {
              var place = index
              place[axis] = i
              line.append(kept.at(place))
            }
            line.sort(by: largest ? { $0 > $1 } : { $0 < $1 })
            return line[index[axis]]
          }
        }, label
      ) { $0[0].topK(k, axis: axis, largest: largest).values }
    }
    let (values, indices) = Tensor([2, .nan, 3], shape: [3]).topK(2)
    XCTAssertTrue(values.scalars[0].isNaN)
    XCTAssertEqual(indices, [1, 2])
    XCTAssertEqual(Tensor([2, .nan, 3], shape: [3]).topK(2, largest: false).indices, [0, 2])
  }

  func testSoftmaxAlongAnyAxis() {
    var generator = RandomStream(seed: 75)
    for axis in [-3, 0, 1, 2, -1] {
      let x = [generator.tensor([3, 5, 4])]
      let last = axis < 0 ? axis + 3 : axis
      var axes = [0, 1, 2]
      axes.swapAt(last, 2)
      checkOperation(x, absolute: 2e-6, elements: 20) { [axes] in
        Reference.permute(Reference.softmax(Reference.permute($0[0], axes)), axes)
      } operation: {
        softmax($0[0], axis: axis)
      }
      checkOperation(x, absolute: 2e-6, elements: 20) { [axes] in
        Reference.permute(Reference.logSoftmax(Reference.permute($0[0], axes)), axes)
      } operation: {
        logSoftmax($0[0], axis: axis)
      }
    }
  }

  /// With ties, whose gradients are a convention.
  func testAgainstPyTorch() throws {
    let goldens = try GoldenTensors.load("tensors")
    XCTAssertEqual(goldens.count, 34)
    for golden in goldens {
      golden.check { x in
        switch golden.name {
        case "amax": x[0].max(axes: golden.axes!)
        case "amin": x[0].min(axes: golden.axes!)
        case "sum": x[0].sum(axes: golden.axes!)
        case "mean": x[0].mean(axes: golden.axes!)
        case "var": x[0].variance(axes: golden.axes!)
        case "maximum": maximum(x[0], x[1])
        case "minimum": minimum(x[0], x[1])
        case "divide": x[0] / x[1]
        case "pow": pow(x[0], x[1])
        case "where": select(x[0] .> x[1], x[0], x[1])
        case "matmul": matmul(x[0], x[1])
        case "indexSelect": x[0].indexSelect(golden.indices!, axis: 1)
        case "scatterAdd": x[0].scatterAdd(x[1], at: golden.indices!, axis: 1)
        case "topK": x[0].topK(golden.size![0], axis: golden.size![1]).values
        case "pad": x[0].padded([(3, 0), (0, 0), (1, 2)], with: 0.5)
        case "softmax": softmax(x[0], axis: 1)
        case "logSoftmax": logSoftmax(x[0], axis: 1)
        default: Tensor(.nan)
        }
      }
    }
  }
}
