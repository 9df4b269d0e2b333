import Engine
import TestSupport
import XCTest

final class IndexingTests: XCTestCase {
  /// Elements moved: each of the result's from a place of the input.
  private func checkMoves(
    _ x: Tensor, to shape: [Int], _ place: @escaping ([Int]) -> [Int],
    _ operation: @escaping (Tensor) -> Tensor,
    line: UInt = #line
  ) {
    checkOperation(
      [x], absolute: 0, relative: 0, elements: 30, gradient: x.count > 0 && shape.reduce(1, *) > 0,
      line: line,
      reference: { inputs in DTensor.make(shape) { inputs[0].at(place($0)) } }
    ) { operation($0[0]) }
  }

  func testSubscripts() {
    var generator = RandomStream(seed: 82)
    let x = generator.tensor([2, 6, 5, 3])
    checkMoves(x, to: [6, 5, 3], { [0] + $0 }) { $0[0] }
    checkMoves(x, to: [6, 5, 3], { [1] + $0 }) { $0[-1] }
    checkMoves(x, to: [], { _ in [1, 2, 4, 0] }) { $0[1, 2, 4, 0] }
    checkMoves(x, to: [3, 5, 3], { [0, $0[0] + 2, $0[1], $0[2]] }) { $0[0, 2..<5] }
    checkMoves(x, to: [2, 4, 3], { [$0[0], 3, $0[1] + 1, $0[2]] }) { $0[.all, 3, 1...] }
    checkMoves(x, to: [2, 2, 4, 2], { [$0[0], $0[1], $0[2], $0[3]] }) { $0[0...1, ..<2, ...3, 0..<2] }
    checkMoves(x, to: [2, 6, 5], { $0 + [2] }) { $0[.all, .all, .all, -1] }
    checkMoves(x, to: [2, 3, 5, 3], { [$0[0], 2 * $0[1] + 1, $0[2], $0[3]] }) {
      $0[.all, stride(from: 1, to: 6, by: 2)]
    }
    checkMoves(x, to: [2, 6, 2], { [$0[0], 5 - $0[1], 4 - 4 * $0[2], 1] }) {
      $0[.all, stride(from: 5, to: -1, by: -1), stride(from: 4, to: -1, by: -4), 1]
    }
    XCTAssertEqual(x[0, 2..<2].shape, [0, 5, 3])
    XCTAssertEqual(x[.all, 6...].shape, [2, 0, 5, 3])
    XCTAssertEqual(x[1, 2, 4, 0].scalar, x.scalars[((6 + 2) * 5 + 4) * 3])
  }

  func testWritingBySubscript() {
    var x = Tensor(zeros: [2, 3, 4])
    let before = x
    x[1, 0..<2, 2] = Tensor([5, 6], shape: [2])
    x[0, .all, stride(from: 3, to: -1, by: -2)] = Tensor([1, 2], shape: [1, 2])
    x[-1, -1] = Tensor(7)
    XCTAssertEqual(
      x.scalars, [0, 2, 0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 0, 0, 5, 0, 0, 0, 6, 0, 7, 7, 7, 7])
    XCTAssertEqual(before.scalars, Array(repeating: 0, count: 24), "a copy was written to")
  }

  func testManyTasks() {
    var generator = RandomStream(seed: 83)
    let x = generator.tensor(manyTasks)
    checkOperation(
      [x], absolute: 0, relative: 0, gradient: false,
      reference: { inputs in DTensor.make([211, 100]) { inputs[0].at([1, 210 - $0[0], $0[1] + 3]) } }
    ) { $0[0][1, stride(from: 210, to: -1, by: -1), 3..<103] }
    checkOperation(
      [x], absolute: 0, relative: 0, gradient: false, reference: { Reference.permute($0[0], [2, 0, 1]) }
    ) { $0[0].permuted([2, 0, -2]) }
  }

  func testFlipsAndTransposes() {
    var generator = RandomStream(seed: 84)
    let x = generator.tensor([2, 5, 3])
    checkMoves(x, to: [2, 5, 3], { [$0[0], $0[1], 2 - $0[2]] }) { $0.flipped(axes: [-1]) }
    checkMoves(x, to: [2, 5, 3], { [1 - $0[0], $0[1], 2 - $0[2]] }) { $0.flipped(axes: [2, 0]) }
    checkMoves(x, to: [2, 5, 3], { $0 }) { $0.flipped(axes: []) }
    checkMoves(x, to: [2, 3, 5], { [$0[0], $0[2], $0[1]] }) { $0.transposed() }
    checkMoves(x, to: [3, 5, 2], { [$0[2], $0[1], $0[0]] }) { $0.transposed(0, 2) }
    checkMoves(x, to: [2, 1, 5, 3], { [$0[0], $0[2], $0[3]] }) { $0.unsqueezed(axis: 1) }
    checkMoves(x, to: [2, 5, 3], { $0 }) { $0.unsqueezed(axis: -1).squeezed(axis: 3) }
  }

  func testPadding() {
    fuzz(30, seed: 85) { generator, label in
      let shape = generator.shape(rank: generator.int(1...4), extents: 1...6)
      let amounts = (0..<shape.rank).map { _ in (before: generator.int(0...3), after: generator.int(0...3)) }
      let value = generator.normal()
      let padded = zip(shape.dimensions, amounts).map { $0 + $1.before + $1.after }
      checkOperation(
        [generator.tensor(shape)], absolute: 0, relative: 0, elements: 12, label,
        reference: { inputs in
          let x = inputs[0]
          return DTensor.make(padded) { index in
            let place = zip(index, amounts).map { $0 - $1.before }
            return zip(place, x.shape).allSatisfy { (0..<$1).contains($0) } ? x.at(place) : Double(value)
          }
        }
      ) { $0[0].padded(amounts, with: value) }
      let axis = generator.int(0...shape.rank - 1)
      let x = generator.tensor(shape)
      var alone = [(before: Int, after: Int)](repeating: (0, 0), count: shape.rank)
      alone[axis] = (2, 1)
      assertSameBits(x.padded(axis: axis - shape.rank, before: 2, after: 1), x.padded(alone), label)
    }
  }

  func testStacking() {
    var generator = RandomStream(seed: 86)
    let parts = (0..<3).map { _ in generator.tensor([2, 4]) }
    for (axis, shape, drop) in [(0, [3, 2, 4], 0), (1, [2, 3, 4], 1), (-1, [2, 4, 3], 2)] {
      checkOperation(parts, absolute: 0, relative: 0) { x in
        DTensor.make(shape) { index in
          var place = index
          return x[place.remove(at: drop)].at(place)
        }
      } operation: {
        stack($0, axis: axis)
      }
    }
    assertSameBits(concat(parts, axis: -1), concat(parts, axis: 1))
    assertSameBits(parts[0].slice(axis: -1, 1..<3), parts[0].slice(axis: 1, 1..<3))
  }

  func testIndexSelectAndScatterAdd() {
    fuzz(40, seed: 87) { generator, label in
      let shape = generator.shape(rank: generator.int(1...3), extents: 1...7)
      let axis = generator.int(0...shape.rank - 1)
      let indices = (0..<generator.int(1...9)).map { _ in generator.int(0...shape[axis] - 1) }
      var selected = shape.dimensions
      selected[axis] = indices.count
      checkMoves(
        generator.tensor(shape), to: selected,
        { index in
          var place = index
          place[axis] = indices[index[axis]]
          return place
        }
      ) { $0.indexSelect(indices, axis: axis - shape.rank) }
      checkOperation(
        [generator.tensor(shape), generator.tensor(Shape(selected))], absolute: 2e-6, elements: 12, label,
        reference: { inputs in
          DTensor.make(shape.dimensions) { index in
            indices.enumerated().filter { $1 == index[axis] }.reduce(inputs[0].at(index)) {
              var place = index
              place[axis] = $1.offset
              return $0 + inputs[1].at(place)
            }
          }
        }
      ) { $0[0].scatterAdd($0[1], at: indices, axis: axis) }
    }
  }

  func testGather() {
    fuzz(30, seed: 88) { generator, label in
      let shape = generator.shape(rank: generator.int(1...3), extents: 1...6)
      let axis = generator.int(0...shape.rank - 1)
      var gathered = shape.dimensions
      gathered[axis] = generator.int(1...4)
      let indices = (0..<gathered.reduce(1, *)).map { _ in generator.int(0...shape[axis] - 1) }
      let wanted = DTensor(shape: gathered, values: indices.map(Double.init))
      checkMoves(
        generator.tensor(shape), to: gathered,
        { index in
          var place = index
          place[axis] = Int(wanted.at(index))
          return place
        }
      ) { $0.gather(indices, axis: axis) }
    }
  }

  /// Many rows to one place: the order of the additions is that of the indices, on any number of threads.
  func testScatterAddOfManyRows() {
    var generator = RandomStream(seed: 89)
    let indices = (0..<500).map { _ in generator.int(0...2) }
    checkOperation(
      [Tensor(zeros: [3, 700]), generator.tensor([500, 700])], absolute: 1e-4, gradient: false,
      reference: { inputs in
        var sums = inputs[0]
        for (row, index) in indices.enumerated() {
          for column in 0..<700 { sums[index, column] += inputs[1][row, column] }
        }
        return sums
      }
    ) { $0[0].scatterAdd($0[1], at: indices) }
  }
}
