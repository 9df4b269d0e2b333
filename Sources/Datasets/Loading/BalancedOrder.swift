import Engine
import Images

/// An order of a data set's examples in which every class comes equally often, whatever its size.
///
/// An epoch keeps its length, and of K classes with examples each has a K-th of it, or one more. Of a class with more
/// examples than that some are drawn at random, none twice; of a class with fewer each comes equally often, or once more.
public enum BalancedOrder {
  /// As many places as there are examples, in a random order.
  /// - Parameters:
  ///   - classes: of each example, none negative. A class without examples is none.
  ///   - generator: draws examples, which classes come once more, and the order.
  public static func order(of classes: [Int], _ generator: inout RandomStream) -> [Int] {
    var members = [[Int]](repeating: [], count: (classes.max() ?? -1) + 1)
    for (index, label) in classes.enumerated() { members[label].append(index) }
    members.removeAll(where: \.isEmpty)
    guard !members.isEmpty else { return [] }
    let (share, rest) = classes.count.quotientAndRemainder(dividingBy: members.count)
    let hasOneMore = Set(generator.permutation(members.count).prefix(rest))
    var chosen: [Int] = []
    for (number, own) in members.enumerated() {
      var wanted = share + (hasOneMore.contains(number) ? 1 : 0)
      while wanted > 0 {
        let taken = generator.permutation(own.count).prefix(wanted).map { own[$0] }
        chosen += taken
        wanted -= taken.count
      }
    }
    return generator.permutation(chosen.count).map { chosen[$0] }
  }
}
