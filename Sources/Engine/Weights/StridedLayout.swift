/// How a tensor's elements lie in a storage: the element at index `i` is number `offset + Σ i[k]·strides[k]`.
package struct StridedLayout: Sendable {
  package let shape: Shape
  private let strides: [Int]
  private let offset: Int

  /// Why a layout is not possible.
  package struct Fault: Error {
    package let reason: String
  }

  /// A tensor may have more elements than its storage (stride 0), but not many: what a file of a few bytes can
  /// make the reader allocate has a bound.
  private static let mostRepeatedElements = 1 << 26

  /// - Parameters:
  ///   - strides: in elements, one an extent.
  ///   - offset: of the first element from the storage's first.
  ///   - storage: the elements that the tensor may have, of a block that ``withElements(of:size:_:)`` is given.
  /// - Throws: ``Fault`` where an element lies outside of the storage, or a number is too large.
  package init(shape: [Int], strides: [Int], offset: Int, in storage: Range<Int>) throws(Fault) {
    guard shape.count == strides.count else {
      throw Fault(reason: "\(strides.count) strides for \(shape.count) extents")
    }
    guard shape.count <= 64, (shape + strides + [offset]).allSatisfy({ $0 >= 0 }) else {
      throw Fault(reason: "a negative extent, stride or offset, or more than 64 extents")
    }
    // Element sizes are 8 bytes at most: no product of extents, as `Shape` forms it, overflows afterwards.
    var (count, last) = (8, offset)
    for (extent, stride) in zip(shape, strides) {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      let (span, spanOverflow) = stride.multipliedReportingOverflow(by: max(extent - 1, 0))
      let (end, endOverflow) = last.addingReportingOverflow(span)
      guard !overflow, !spanOverflow, !endOverflow else { throw Fault(reason: "the shape overflows") }
      (count, last) = (product, end)
    }
    count /= 8
    guard count == 0 || last < storage.count else {
      throw Fault(reason: "element \(last) of a storage of \(storage.count)")
    }
    guard count <= max(storage.count, Self.mostRepeatedElements) else {
      throw Fault(reason: "\(count) elements repeated from a storage of \(storage.count)")
    }
    self.shape = Shape(shape)
    self.strides = strides
    self.offset = storage.lowerBound + offset
  }

  /// All elements of a storage, row-major or column-major (Fortran's order).
  package init(shape: [Int], columnMajor: Bool, storageCount: Int) throws(Fault) {
    var strides = shape
    var stride = 1
    for axis in columnMajor ? Array(shape.indices) : shape.indices.reversed() {
      strides[axis] = stride
      // What overflows here is refused below, or is the stride of no element.
      stride = stride.multipliedReportingOverflow(by: max(shape[axis], 1)).partialValue & .max
    }
    try self.init(shape: shape, strides: strides, offset: 0, in: 0..<storageCount)
  }

  /// Calls `body` with the elements in row-major order; copied where they do not lie so in the storage.
  package func withElements<R>(
    of storage: UnsafeRawBufferPointer, size: Int, _ body: (UnsafeRawBufferPointer) throws -> R
  ) rethrows -> R {
    let count = shape.count
    guard count > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    if isRowMajor {
      return try body(
        UnsafeRawBufferPointer(rebasing: storage[offset * size..<(offset + count) * size]))
    }
    let elements = UnsafeMutableRawBufferPointer.allocate(byteCount: count * size, alignment: 8)
    defer { elements.deallocate() }
    switch size {
    case 1: gather(storage, into: elements.bindMemory(to: UInt8.self))
    case 2: gather(storage, into: elements.bindMemory(to: UInt16.self))
    case 4: gather(storage, into: elements.bindMemory(to: UInt32.self))
    default: gather(storage, into: elements.bindMemory(to: UInt64.self))
    }
    return try body(UnsafeRawBufferPointer(elements))
  }

  private var isRowMajor: Bool {
    var stride = 1
    for axis in strides.indices.reversed() where shape[axis] != 1 {
      guard strides[axis] == stride else { return false }
      stride *= shape[axis]
    }
    return true
  }

  /// Walks the indices in row-major order, the innermost axis in a loop of its own.
  private func gather<T: BitwiseCopyable>(
    _ storage: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<T>
  ) {
    let axes = shape.rank - 1
    var index = [Int](repeating: 0, count: axes)
    var source = offset
    for row in 0..<target.count / shape[axes] {
      for i in 0..<shape[axes] {
        target[row * shape[axes] + i] = storage.loadUnaligned(
          fromByteOffset: (source + i * strides[axes]) * MemoryLayout<T>.size, as: T.self)
      }
      for axis in (0..<axes).reversed() {
        index[axis] += 1
        source += strides[axis]
        guard index[axis] == shape[axis] else { break }
        source -= shape[axis] * strides[axis]
        index[axis] = 0
      }
    }
  }
}
