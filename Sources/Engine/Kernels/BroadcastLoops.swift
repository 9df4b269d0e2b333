// Elementwise functions of tensors that are broadcast against each other. Kernels see arrays of equal length alone:
// operands that are repeated are unrolled into a small buffer, a piece at a time.

extension Kernels {
  /// Elements unrolled at a time: those of all operands stay in the cache nearest to the processor.
  private static let pieceLength = 2048

  /// Calls `body` with pieces that cover `0..<shape.count`: where the piece starts, its length, and where each operand,
  /// broadcast to `shape`, has its elements of the piece.
  static func forEachPiece(
    of shape: Shape, _ operands: [Tensor],
    _ body: (_ start: Int, _ count: Int, _ operands: UnsafeBufferPointer<Source>) -> Void
  ) {
    let views = operands.map { StridedView($0.shape, broadcastTo: shape) }
    Parallel.forEachRange(shape.count, grain: elementwiseGrain) { range in
      withWorkspace(operands.count * pieceLength) { buffer in
        withUnsafeTemporaryAllocation(of: Source.self, capacity: operands.count) { pointers in
          for start in stride(from: range.lowerBound, to: range.upperBound, by: pieceLength) {
            let end = min(start + pieceLength, range.upperBound)
            for (index, view) in views.enumerated() {
              let source = Source(operands[index].storage.pointer)
              let unrolled = buffer + index * pieceLength
              if !view.isDense { view.read(start..<end, of: source, into: unrolled) }
              pointers.initializeElement(
                at: index, to: view.isDense ? source + start : Source(unrolled))
            }
            body(start, end - start, UnsafeBufferPointer(pointers))
          }
        }
      }
    }
  }

  /// f(x), in place where nothing else holds x; rests are padded to a whole vector.
  @inline(__always)
  static func mapped(_ x: consuming Tensor, _ f: (Vector) -> Vector) -> Tensor {
    let result = x.reusableStorage()
    let (source, target) = (Source(x.storage.pointer), result.pointer)
    Parallel.forEachRange(x.count, grain: elementwiseGrain) { range in
      let (a, z) = (source + range.lowerBound, target + range.lowerBound)
      forEachVector(range.count) { i, width in store(f(load(a + i, width)), to: z + i, width) }
    }
    withExtendedLifetime(x) {}
    return Tensor(storage: result, shape: x.shape)
  }

  /// f(x, y) in the shape that both are broadcast to, in the place of an operand that has it and is not held elsewhere.
  @inline(__always)
  static func zipped(
    _ x: consuming Tensor, _ y: consuming Tensor, to shape: Shape, _ f: (Vector, Vector) -> Vector
  ) -> Tensor {
    let result =
      x.shape == shape && x.isUniquelyHeld()
      ? x.storage : y.shape == shape ? y.reusableStorage() : Storage(count: shape.count)
    let (operands, target) = ([x, y], result.pointer)
    forEachPiece(of: shape, operands) { start, count, pointers in
      let (a, b, z) = (pointers[0], pointers[1], target + start)
      forEachVector(count) { i, width in
        store(f(load(a + i, width), load(b + i, width)), to: z + i, width)
      }
    }
    return Tensor(storage: result, shape: shape)
  }

  /// f(x, y, z) in the shape that all are broadcast to.
  @inline(__always)
  static func zipped(
    _ x: Tensor, _ y: Tensor, _ z: Tensor, to shape: Shape, _ f: (Vector, Vector, Vector) -> Vector
  ) -> Tensor {
    let result = Tensor(uninitialized: shape)
    let target = result.storage.pointer
    forEachPiece(of: shape, [x, y, z]) { start, count, pointers in
      let (a, b, c, r) = (pointers[0], pointers[1], pointers[2], target + start)
      forEachVector(count) { i, width in
        store(f(load(a + i, width), load(b + i, width), load(c + i, width)), to: r + i, width)
      }
    }
    return result
  }

  /// The transpose of broadcasting: a gradient in the result's shape, summed to the shape of an operand.
  static func summed(_ gradient: consuming Tensor, to shape: Shape) -> Tensor {
    if gradient.shape == shape { return gradient }
    let wide = gradient.shape
    let extents = shape.padded(toRank: wide.rank)
    let axes = extents.indices.filter { extents[$0] != wide[$0] }
    return sum(gradient, axes: axes, factor: 1).reshaped(to: shape)
  }
}
