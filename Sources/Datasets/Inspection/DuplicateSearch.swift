/// Finds pictures that are the same, and nearly the same, by their digests.
struct DuplicateSearch {
  /// Places in the list of digests, each group in order, groups in the order of their first ones.
  private(set) var same: [[Int]] = []
  /// Of pictures that are nearly the same; of those that are the same, the first alone.
  private(set) var near: [[Int]] = []
  /// Pictures that are tiny or of one tone, which nearly all others of that kind resemble: not compared.
  private(set) var notComparable = 0

  /// Of pictures whose hashes agree in 16 bits, so many that follow are compared with each.
  private static let mostNeighbours = 1000

  init(_ digests: [PictureDigest]) {
    var byContent: [PictureDigest.Content: [Int]] = [:]
    for (place, digest) in digests.enumerated() { byContent[digest.content, default: []].append(place) }
    same = byContent.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    let firsts = byContent.values.map { $0[0] }.sorted()
    let comparable = firsts.filter { digests[$0].isComparable }
    notComparable = firsts.count - comparable.count
    near = Self.groups(comparable, digests)
  }

  /// Two hashes of 128 bits that differ in at most seven agree in one of eight parts of 16 bits: only pictures that do are
  /// compared.
  private static func groups(_ places: [Int], _ digests: [PictureDigest]) -> [[Int]] {
    var parents = Array(places.indices)
    func root(_ index: Int) -> Int {
      var index = index
      while parents[index] != index {
        parents[index] = parents[parents[index]]
        index = parents[index]
      }
      return index
    }
    for band in 0..<8 {
      let shift = UInt64(band % 4 * 16)
      var buckets: [UInt16: [Int]] = [:]
      for (index, place) in places.enumerated() {
        let key = UInt16(truncatingIfNeeded: digests[place].gradients[band / 4] >> shift)
        buckets[key, default: []].append(index)
      }
      for bucket in buckets.values where bucket.count > 1 {
        for (position, a) in bucket.enumerated() {
          for b in bucket[(position + 1)...].prefix(mostNeighbours) {
            guard digests[places[a]].isNear(digests[places[b]]) else { continue }
            let (first, second) = (root(a), root(b))
            parents[max(first, second)] = min(first, second)
          }
        }
      }
    }
    var groups: [Int: [Int]] = [:]
    for index in places.indices { groups[root(index), default: []].append(places[index]) }
    return groups.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }
}
