import Engine

/// A linear support vector machine for two classes: the sign of `weights · x + bias` says which.
///
/// Its weights minimize ½‖w‖² + Σ cost_i · loss(y_i · w·x_i), y_i being 1 or −1, with loss(m) = max(0, 1 − m), or its square.
/// The bias is the weight of a constant feature and is penalized as the others, as in LIBLINEAR. Solved in the dual, one
/// coordinate after another (Hsieh et al. 2008, "A Dual Coordinate Descent Method for Large-scale Linear SVM").
public struct LinearSVM: Hashable, Sendable {
  /// What a margin below 1 costs.
  public enum Loss: String, Codable, Sendable {
    /// max(0, 1 − m), the L1 loss.
    case hinge
    /// Its square, the L2 loss.
    case squaredHinge
  }

  /// What is minimized, and how exactly.
  public struct Options: Hashable, Sendable {
    /// Of a margin below 1; the paper's C.
    public var cost: Float
    /// What a margin below 1 costs.
    public var loss: Loss
    /// Times the cost of examples that are in the class.
    public var positiveWeight: Float
    /// Times the cost of examples that are not.
    public var negativeWeight: Float
    /// The value of the constant feature whose weight makes the bias; 0 is no bias.
    public var biasFeature: Float
    /// Ends the descent where no projected gradient is farther from another.
    public var tolerance: Double
    /// Passes over the examples, at most.
    public var maximumPasses: Int
    /// Of the order in which examples are visited.
    public var seed: UInt64

    /// - Parameters:
    ///   - cost: of a margin below 1; the paper's C.
    ///   - loss: what a margin below 1 costs.
    ///   - positiveWeight: times the cost of examples that are in the class.
    ///   - negativeWeight: times the cost of those that are not.
    ///   - biasFeature: the value of the constant feature; 0 is no bias.
    ///   - tolerance: ends the descent where no projected gradient is farther from another.
    ///   - maximumPasses: over the examples.
    ///   - seed: of the order in which they are visited.
    public init(
      cost: Float = 1, loss: Loss = .squaredHinge, positiveWeight: Float = 1, negativeWeight: Float = 1,
      biasFeature: Float = 1, tolerance: Double = 1e-3, maximumPasses: Int = 1000, seed: UInt64 = 0
    ) {
      self.cost = cost
      self.loss = loss
      self.positiveWeight = positiveWeight
      self.negativeWeight = negativeWeight
      self.biasFeature = biasFeature
      self.tolerance = tolerance
      self.maximumPasses = maximumPasses
      self.seed = seed
    }
  }

  /// One for each feature.
  public let weights: [Float]
  /// What is added to `weights · x`.
  public let bias: Float
  /// How many passes over the examples it took.
  public let passes: Int
  /// Whether the tolerance was reached before the greatest number of passes.
  public let hasConverged: Bool

  /// Trains. On the calling thread, so that several may be trained at once; the result does not depend on threads.
  /// - Parameters:
  ///   - features: `[N, D]`, an example a row.
  ///   - isPositive: whether each of the N examples is in the class.
  ///   - options: what is minimized.
  public init(_ features: Tensor, isPositive: [Bool], _ options: Options = Options()) {
    precondition(
      features.shape.rank == 2 && features.shape[0] == isPositive.count,
      "LinearSVM: \(features.shape) features of \(isPositive.count) examples")
    let width = features.shape[1]
    self = features.withUnsafeBufferPointer { elements in
      let rows = isPositive.indices.map { elements.baseAddress! + $0 * width }
      return LinearSVM(rows: rows, width: width, isPositive: isPositive, options)
    }
  }

  /// Trains on examples that lie anywhere.
  /// - Parameters:
  ///   - rows: where each example's `width` features are, which must live until this returns.
  ///   - width: how many features there are.
  ///   - isPositive: whether each example is in the class.
  ///   - options: what is minimized.
  package init(rows: [UnsafePointer<Float>], width: Int, isPositive: [Bool], _ options: Options) {
    precondition(
      options.cost > 0 && options.positiveWeight > 0 && options.negativeWeight > 0 && options.tolerance > 0,
      "LinearSVM: cost \(options.cost), weights \(options.positiveWeight) and \(options.negativeWeight), "
        + "tolerance \(options.tolerance) must be positive")
    let descent = DualDescent(rows, width: width, isPositive, options)
    (passes, hasConverged) = descent.run()
    weights = descent.weights.map { Float($0) }
    bias = Float(descent.biasWeight * Double(options.biasFeature))
  }

  /// `weights · x + bias` of each example.
  /// - Parameter features: `[N, D]`.
  public func decisions(_ features: Tensor) -> [Float] {
    precondition(
      features.shape.rank == 2 && features.shape[1] == weights.count,
      "LinearSVM: \(features.shape) features for \(weights.count) weights")
    return linear(
      features, weight: Tensor(weights, shape: [1, weights.count]), bias: Tensor([bias], shape: [1])
    ).scalars
  }
}
