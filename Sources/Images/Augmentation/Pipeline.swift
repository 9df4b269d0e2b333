import Engine

/// What is done to an example, in one order: from the decoded picture through the steps to the preprocessing, whose
/// normalization makes the tensor. Picture and target go through it together.
///
///     let pipeline = Pipeline<[LabelledBox]>(
///       [.init(.horizontalFlip()), .init("drop slivers") { example, _ in … }], preprocessing: preprocessing)
public struct Pipeline<Target: GeometricTarget>: Sendable {
  /// One step: an augmentation of any target, or a function that knows this kind of target.
  public struct Step: Sendable {
    /// What it does, for logs.
    public let name: String
    fileprivate let apply: @Sendable (Example<Target>, inout RandomStream) throws -> Example<Target>

    /// A step that suits any target.
    public init(_ augmentation: Augmentation) {
      name = augmentation.name
      apply = { augmentation($0, &$1) }
    }

    /// - Parameters:
    ///   - name: what descriptions call it.
    ///   - apply: its random choices come from the generator alone; what it throws, the loader throws.
    public init(
      _ name: String,
      _ apply: @escaping @Sendable (Example<Target>, inout RandomStream) throws -> Example<Target>
    ) {
      self.name = name
      self.apply = apply
    }
  }

  /// In the order in which they are done.
  public let steps: [Step]
  /// What comes last: resize and crop of picture and target, then channels and normalization of the picture.
  public let preprocessing: Preprocessing

  /// - Parameters:
  ///   - steps: done first, in this order.
  ///   - preprocessing: done last.
  public init(_ steps: [Step] = [], preprocessing: Preprocessing) {
    self.steps = steps
    self.preprocessing = preprocessing
  }

  /// An augmentation of the decoded picture, then the preprocessing.
  public init(_ augmentation: Augmentation, preprocessing: Preprocessing) {
    self.init([Step(augmentation)], preprocessing: preprocessing)
  }

  /// The example as the network will see it, the picture still in bytes.
  public func callAsFunction(
    _ example: Example<Target>, _ generator: inout RandomStream
  ) throws -> Example<Target> {
    var result = example
    for step in steps { result = try step.apply(result, &generator) }
    result = result.transformed(by: preprocessing.changes(of: result.image.size))
    result.image = result.image.converted(toChannels: preprocessing.channels)
    return result
  }
}
