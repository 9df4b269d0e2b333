/// Pairs of regions, the most similar first: a binary heap. Of pairs that are as similar the one of the earlier regions
/// comes first.
struct PairQueue {
  struct Pair {
    let similarity: Float
    /// The earlier region.
    let a: Int32
    let b: Int32

    func precedes(_ other: Pair) -> Bool {
      if similarity != other.similarity { return similarity > other.similarity }
      return (a, b) < (other.a, other.b)
    }
  }

  private var heap: [Pair]

  init(_ pairs: [Pair]) {
    heap = pairs
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  mutating func insert(_ pair: Pair) {
    heap.append(pair)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[index].precedes(heap[parent]) else { return }
      heap.swapAt(index, parent)
      index = parent
    }
  }

  mutating func popFirst() -> Pair? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink(0)
    }
    return first
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var best = index
      for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child].precedes(heap[best])
      {
        best = child
      }
      if best == index { return }
      heap.swapAt(index, best)
      index = best
    }
  }
}
