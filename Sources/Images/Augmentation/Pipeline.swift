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
    /// Nil where the step is another function.
    fileprivate let augmentation: Augmentation?

    /// A step that suits any target.
    public init(_ augmentation: Augmentation) {
      name = augmentation.name
      self.augmentation = augmentation
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
      augmentation = nil
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

  /// The same of a picture that is not decoded yet: a JPEG is decoded at a part of its scale where that is enough, as
  /// ``EncodedPicture/Scale/init(for:of:)`` says.
  ///
  /// Changes are drawn for the whole picture and the target follows them there, so that the same piece comes to the same place
  /// at any scale. Where the whole picture is decoded, the result has the bits of the other function's.
  /// - Parameters:
  ///   - picture: a file's bytes.
  ///   - target: of the whole picture, in its pixels.
  ///   - generator: what random choices come from.
  /// - Throws: ``ImageError``, and what a step throws.
  public func callAsFunction(
    _ picture: EncodedPicture, _ target: Target, _ generator: inout RandomStream
  ) throws -> Example<Target> {
    if let size = picture.size {
      var drawn = generator
      let start = self.start(of: size, &drawn)
      let scale = EncodedPicture.Scale(for: start.changes, of: size)
      if scale != .whole {
        generator = drawn
        let image = try picture.decoded(at: scale, thenTransformedBy: start.changes)
        return try start.rest(
          Example(image: image, target: target.transformed(by: start.changes, in: size)), &generator)
      }
    }
    return try self(Example(image: try picture.decoded(), target: target), &generator)
  }

  /// The changes of place that come before all others, of a picture of that size, and the pipeline that is left after them.
  private func start(
    of size: Image.Size, _ generator: inout RandomStream
  ) -> (changes: [GeometricChange], rest: Pipeline) {
    var (size, changes) = (size, [GeometricChange]())
    for (index, step) in steps.enumerated() {
      guard let augmentation = step.augmentation else {
        return (changes, Pipeline(Array(steps[index...]), preprocessing: preprocessing))
      }
      if let rest = augmentation.drawStart(into: &changes, of: &size, &generator) {
        return (changes, Pipeline([Step(rest)] + steps[(index + 1)...], preprocessing: preprocessing))
      }
    }
    return (changes + preprocessing.changes(of: size), Pipeline(preprocessing: preprocessing.withoutResizing))
  }
}
