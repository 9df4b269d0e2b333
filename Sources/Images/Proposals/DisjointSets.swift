/// Sets of pixels that grow together: a forest in which every root knows its set's size and a number of one's own.
final class DisjointSets {
  private let parents: UnsafeMutablePointer<Int32>
  private let sizes: UnsafeMutablePointer<Int32>
  private let values: UnsafeMutablePointer<Float>
  let count: Int

  /// So many sets of one element, each with the value.
  init(count: Int, value: Float) {
    self.count = count
    parents = .allocate(capacity: count)
    sizes = .allocate(capacity: count)
    values = .allocate(capacity: count)
    for index in 0..<count { (parents + index).initialize(to: Int32(index)) }
    sizes.initialize(repeating: 1, count: count)
    values.initialize(repeating: value, count: count)
  }

  deinit {
    parents.deallocate()
    sizes.deallocate()
    values.deallocate()
  }

  /// The root of an element's set. Paths are halved on the way.
  @inline(__always)
  func root(of element: Int) -> Int {
    var element = element
    while true {
      let parent = Int(parents[element])
      if parent == element { return element }
      let next = parents[parent]
      parents[element] = next
      element = Int(next)
    }
  }

  @inline(__always)
  func size(_ root: Int) -> Int { Int(sizes[root]) }

  @inline(__always)
  func value(_ root: Int) -> Float { values[root] }

  @inline(__always)
  func setValue(_ value: Float, of root: Int) { values[root] = value }

  /// Makes one set of two.
  /// - Returns: its root, that of the larger one.
  @inline(__always)
  func unite(_ a: Int, _ b: Int) -> Int {
    let (root, other) = sizes[a] >= sizes[b] ? (a, b) : (b, a)
    parents[other] = Int32(root)
    sizes[root] += sizes[other]
    return root
  }
}
