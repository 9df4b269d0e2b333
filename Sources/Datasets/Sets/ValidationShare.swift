import Engine
import Images

extension Dataset<Int> {
  /// Splits a share of the pictures off, class by class.
  ///
  /// Which ones depends on the seed and on the number of pictures in the class alone. Of each class with two pictures
  /// or more, at least one goes to each part.
  /// - Parameters:
  ///   - share: of each class's pictures, rounded to a whole number.
  ///   - seed: decides which ones.
  /// - Precondition: the share is between 0 and 1.
  /// - Returns: the indices of both parts, in order.
  /// - Throws: what reading a target throws.
  public func split(
    share: Double, seed: UInt64
  ) throws -> (train: [Int], validation: [Int]) {
    precondition(0 < share && share < 1, "Dataset.split: a share of \(share) is not between 0 and 1")
    var byClass: [Int: [Int]] = [:]
    for index in 0..<count { byClass[try target(at: index), default: []].append(index) }
    let stream = RandomStream(seed: seed).split("validation share")
    var (train, validation) = ([Int](), [Int]())
    for (label, indices) in byClass {
      var generator = stream.split(label)
      let order = generator.permutation(indices.count).map { indices[$0] }
      let wanted = Int((Double(indices.count) * share).rounded())
      let taken = min(max(wanted, indices.count > 1 ? 1 : 0), max(indices.count - 1, 0))
      validation += order[..<taken]
      train += order[taken...]
    }
    return (train.sorted(), validation.sorted())
  }
}
