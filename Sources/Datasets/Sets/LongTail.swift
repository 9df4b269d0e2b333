import Engine
import Foundation
import Images

extension Subset where Target == Int {
  /// A long tail: of the class that is most frequent `ratio` times as many examples as of the rarest, and exponentially fewer from
  /// class to class between them (Cui et al. 2019, "Class-Balanced Loss Based on Effective Number of Samples").
  ///
  /// Which class is how frequent, and which of its examples are taken, the seed decides. There are as many of all as the classes'
  /// own numbers allow for, at least one of each class that has any.
  /// - Parameters:
  ///   - base: the whole.
  ///   - ratio: of the most frequent class to the rarest, 1 or more.
  ///   - seed: decides the order of the classes and the examples.
  /// - Throws: what reading a target throws.
  public init(longTailOf base: any Dataset<Int>, ratio: Double, seed: UInt64) throws {
    precondition(ratio >= 1 && ratio.isFinite, "Subset: a long tail of \(ratio) to 1")
    var members = [[Int]](repeating: [], count: base.classNames.count)
    for index in 0..<base.count { members[try base.target(at: index)].append(index) }
    let present = members.indices.filter { !members[$0].isEmpty }
    let stream = RandomStream(seed: seed).split("long tail")
    var generator = stream.split("order")
    let order = generator.permutation(present.count).map { present[$0] }
    let counts = Self.longTail(of: order.map { members[$0].count }, ratio: ratio)
    let indices = zip(order, counts).flatMap { label, count in
      var generator = stream.split(label)
      return generator.permutation(members[label].count).prefix(count).map { members[label][$0] }
    }
    self.init(base, indices: indices.sorted())
  }

  /// How many examples to take of each class, the most frequent first.
  /// - Parameters:
  ///   - available: how many there are of each, one at least.
  ///   - ratio: of the first to the last.
  static func longTail(of available: [Int], ratio: Double) -> [Int] {
    let shares = available.indices.map { place in
      available.count < 2 ? 1 : pow(ratio, -Double(place) / Double(available.count - 1))
    }
    // As many of the first as no class has too few for.
    let most = zip(available, shares).map { Double($0) / $1 }.min() ?? 0
    return zip(available, shares).map { min(max(Int((most * $1).rounded()), 1), $0) }
  }
}
