/// A dense, row-major array of `Float` with value semantics (copy on write).
///
/// Activations are `[N, H, W, C]`. A tensor that an operation computed from something that needs a gradient
/// carries a node of the autodiff graph; ``detached`` is the same value without it.
public struct Tensor: Sendable {
  /// The extents, outermost first.
  public let shape: Shape
  package var storage: Storage
  package var node: Node?

  /// An uninitialized tensor, for kernels that write every element.
  /// - Parameter isLasting: for what is kept while activations come and go.
  package init(uninitialized shape: Shape, isLasting: Bool = false) {
    self.shape = shape
    self.storage = Storage(count: shape.count, isLasting: isLasting)
    self.node = nil
  }

  package init(storage: Storage, shape: Shape, node: Node? = nil) {
    self.shape = shape
    self.storage = storage
    self.node = node
  }

  /// A tensor with the given elements in row-major order.
  /// - Precondition: `scalars.count == shape.count`.
  public init(_ scalars: [Float], shape: Shape) {
    precondition(
      scalars.count == shape.count, "Tensor: \(scalars.count) elements do not fill \(shape)")
    self.init(uninitialized: shape)
    scalars.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      storage.pointer.update(from: base, count: source.count)
    }
  }

  /// A scalar.
  public init(_ scalar: Float) { self.init(repeating: scalar, shape: []) }

  /// A tensor of which every element is `value`.
  public init(repeating value: Float, shape: Shape) {
    self.init(uninitialized: shape)
    storage.pointer.update(repeating: value, count: shape.count)
  }

  /// A tensor of zeros.
  public init(zeros shape: Shape) { self.init(repeating: 0, shape: shape) }

  /// Zeros that are kept while activations come and go.
  init(lastingZeros shape: Shape) {
    self.init(uninitialized: shape, isLasting: true)
    storage.pointer.update(repeating: 0, count: shape.count)
  }

  /// A tensor whose elements `fill` writes, all of them: the buffer it is given is uninitialized.
  public init(
    shape: Shape, fill: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows {
    self.init(uninitialized: shape)
    try fill(UnsafeMutableBufferPointer(start: storage.pointer, count: shape.count))
  }

  /// The number of elements; 1 for a scalar.
  public var count: Int { shape.count }

  /// The elements in row-major order.
  public var scalars: [Float] { withUnsafeBufferPointer { Array($0) } }

  /// The value of a tensor with one element.
  public var scalar: Float {
    precondition(count == 1, "Tensor.scalar: the shape is \(shape)")
    return storage.pointer[0]
  }

  /// The same value outside the autodiff graph.
  public var detached: Tensor { Tensor(storage: storage, shape: shape) }

  /// The elements in row-major order, without a copy; the buffer is valid within `body` alone.
  public func withUnsafeBufferPointer<R>(
    _ body: (UnsafeBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.pointer, count: count))
    }
  }

  /// Writes in place, copying first where another tensor shares the elements.
  /// - Precondition: the tensor is not the result of a recorded operation.
  public mutating func withUnsafeMutableBufferPointer<R>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    precondition(node == nil, "Tensor: a tensor of the autodiff graph cannot be written to")
    makeUnique()
    return try withExtendedLifetime(storage) {
      try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
    }
  }

  /// Copies the elements where another tensor shares them.
  package mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = Storage(count: count)
    copy.pointer.update(from: storage.pointer, count: count)
    storage = copy
  }

  /// Whether no other tensor shares the elements, so that a kernel may overwrite them.
  package mutating func isUniquelyHeld() -> Bool { isKnownUniquelyReferenced(&storage) }

  /// The buffer in which a kernel may put an elementwise result: this tensor's own where nothing else holds it,
  /// a new, uninitialized one otherwise. Take `storage.pointer` as the source afterwards: both may be one. A consumed
  /// tensor whose pointer a kernel reads must be kept alive until it is through (`withExtendedLifetime`).
  package mutating func reusableStorage() -> Storage {
    isUniquelyHeld() ? storage : Storage(count: count)
  }
}

extension Tensor: CustomStringConvertible {
  public var description: String {
    let shown = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor \(shape) [\(shown)\(count > 8 ? ", …" : "")]"
  }
}
