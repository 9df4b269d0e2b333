import Images

/// A target that holds objects: what detectors are trained and measured by.
public protocol DetectionTarget: GeometricTarget {
  /// What is in the picture.
  var objects: [LabelledBox] { get set }
}

extension Array: DetectionTarget where Element == LabelledBox {
  public var objects: [LabelledBox] {
    get { self }
    set { self = newValue }
  }
}

extension ProposedObjects: DetectionTarget {}
