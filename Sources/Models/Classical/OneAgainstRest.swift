import Engine
import Images

/// A classifier of several classes: a ``LinearSVM`` for each, whether it is that class or another. The greatest decision says which.
public struct OneAgainstRest: Hashable, Sendable {
  /// In the order of the classes.
  public let machines: [LinearSVM]

  /// Trains a machine for each class, as many at once as there are threads; the result does not depend on them.
  /// - Parameters:
  ///   - features: `[N, D]`, an example a row.
  ///   - labels: N classes, below their number.
  ///   - classes: how many.
  ///   - options: of each machine.
  public init(
    _ features: Tensor, labels: [Int], classes: Int, _ options: LinearSVM.Options = LinearSVM.Options()
  ) {
    self.init(features, labels, examples: Array(labels.indices), classes, options)
  }

  /// On some of the examples alone.
  private init(
    _ features: Tensor, _ labels: [Int], examples: [Int], _ classes: Int, _ options: LinearSVM.Options
  ) {
    precondition(
      features.shape.rank == 2 && features.shape[0] == labels.count
        && labels.allSatisfy { 0..<classes ~= $0 },
      "OneAgainstRest: \(features.shape) features of \(labels.count) examples of \(classes) classes")
    let width = features.shape[1]
    var machines = [LinearSVM?](repeating: nil, count: classes)
    features.withUnsafeBufferPointer { elements in
      let rows = examples.map { elements.baseAddress! + $0 * width }
      machines.withUnsafeMutableBufferPointer { machines in
        let machines = machines.baseAddress!
        Parallel.forEach(classes) { label in
          machines[label] = LinearSVM(
            rows: rows, width: width, isPositive: examples.map { labels[$0] == label }, options)
        }
      }
    }
    self.machines = machines.map { $0! }
  }

  /// The machines' decisions, as logits of a network are: `[N, classes]`.
  /// - Parameter features: `[N, D]`.
  public func decisions(_ features: Tensor) -> Tensor {
    let width = machines[0].weights.count
    return linear(
      features, weight: Tensor(machines.flatMap(\.weights), shape: [machines.count, width]),
      bias: Tensor(machines.map(\.bias), shape: [machines.count]))
  }

  /// The class of the greatest decision for each example.
  /// - Parameter features: `[N, D]`.
  public func classes(_ features: Tensor) -> [Int] { decisions(features).argmax(axis: 1) }

  /// A cost, and the share recognized of the examples that were held out.
  public struct Trial: Hashable, Codable, Sendable {
    /// The paper's C.
    public let cost: Float
    /// Of the examples held out.
    public let accuracy: Double
  }

  /// Trains with the cost that serves best for a part of the examples that is held out, of two as good the lower, then on all of
  /// them.
  /// - Parameters:
  ///   - features: `[N, D]`.
  ///   - labels: N classes.
  ///   - classes: how many.
  ///   - costs: rising; it is ended where two in a row were worse than the best.
  ///   - heldOut: the share of each class that is held out, rounded down.
  ///   - seed: decides which examples are held out.
  ///   - options: of each machine, but for the cost.
  /// - Returns: the classifier, its cost, and what was tried.
  public static func choosingCost(
    _ features: Tensor, labels: [Int], classes: Int, costs: [Float], heldOut: Double = 0.2, seed: UInt64 = 0,
    _ options: LinearSVM.Options = LinearSVM.Options()
  ) -> (classifier: OneAgainstRest, cost: Float, trials: [Trial]) {
    precondition(!costs.isEmpty && 0..<1 ~= heldOut, "OneAgainstRest: costs \(costs), \(heldOut) held out")
    var members = [[Int]](repeating: [], count: classes)
    for (index, label) in labels.enumerated() { members[label].append(index) }
    var (kept, held) = ([Int](), [Int]())
    for (label, own) in members.enumerated() {
      var generator = RandomStream(seed: seed).split("held out").split(label)
      let order = generator.permutation(own.count).map { own[$0] }
      let taken = Int(Double(own.count) * heldOut)
      held += order[..<taken]
      kept += order[taken...]
    }
    (kept, held) = (kept.sorted(), held.sorted())
    var options = options
    var trials: [Trial] = []
    if costs.count > 1, !held.isEmpty {
      let others = features.indexSelect(held)
      for cost in costs {
        options.cost = cost
        let found = OneAgainstRest(features, labels, examples: kept, classes, options).classes(others)
        let right = zip(found, held).count { $0 == labels[$1] }
        trials.append(Trial(cost: cost, accuracy: Double(right) / Double(held.count)))
        let best = trials.map(\.accuracy).max()!
        if trials.count > 2, trials.suffix(2).allSatisfy({ $0.accuracy < best }) { break }
      }
    }
    // The first of the best.
    let best = trials.max { ($0.accuracy, -$0.cost) < ($1.accuracy, -$1.cost) }
    options.cost = best?.cost ?? costs[0]
    return (OneAgainstRest(features, labels: labels, classes: classes, options), options.cost, trials)
  }
}
