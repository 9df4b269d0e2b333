/// What a picture is to teach, and how it follows the picture: boxes move when the picture is mirrored, a mask is cropped
/// with it, and the class of the whole picture stays what it is (``WholePictureTarget``).
///
/// A list of things that each have a place, ``LocatedObject``, is a target as it is.
public protocol GeometricTarget: Sendable {
  /// The target of the picture after a change.
  /// - Parameters:
  ///   - change: what is done to the picture.
  ///   - size: of the picture before the change.
  func transformed(by change: GeometricChange, in size: Image.Size) -> Self
}

extension GeometricTarget {
  /// The target of the picture after changes, the first one first.
  func transformed(by changes: [GeometricChange], in size: Image.Size) -> Self {
    var (target, size) = (self, size)
    for change in changes {
      target = target.transformed(by: change, in: size)
      size = change.size(of: size)
    }
    return target
  }
}

/// A target that says something of the picture as a whole, wherever things are in it: a class, an age, a quality.
public protocol WholePictureTarget: GeometricTarget {}

extension WholePictureTarget {
  public func transformed(by change: GeometricChange, in size: Image.Size) -> Self { self }
}

/// The index of a class.
extension Int: WholePictureTarget {}

/// A thing with a place in a picture. An array of them is a ``GeometricTarget``.
public protocol LocatedObject: Sendable {
  /// The thing in the picture after a change; nil where the picture does not show it any more.
  /// - Parameters:
  ///   - change: what is done to the picture.
  ///   - size: of the picture before the change.
  func transformed(by change: GeometricChange, in size: Image.Size) -> Self?
}

/// Things that the picture does not show any more are left out.
extension Array: GeometricTarget where Element: LocatedObject {
  public func transformed(by change: GeometricChange, in size: Image.Size) -> [Element] {
    compactMap { $0.transformed(by: change, in: size) }
  }
}

/// A picture and what it is to teach.
public struct Example<Target: GeometricTarget>: Sendable {
  /// The picture.
  public var image: Image
  /// What it is to teach.
  public var target: Target

  /// A picture with its target.
  public init(image: Image, target: Target) {
    self.image = image
    self.target = target
  }

  /// Picture and target after changes, the first one first.
  public func transformed(by changes: [GeometricChange]) -> Example {
    guard !changes.isEmpty else { return self }
    return Example(
      image: image.transformed(by: changes), target: target.transformed(by: changes, in: image.size))
  }
}

extension Example where Target == Int {
  /// - Parameters:
  ///   - image: the picture.
  ///   - label: the index of the class.
  public init(image: Image, label: Int) { self.init(image: image, target: label) }

  /// The index of the class.
  public var label: Int { target }
}

extension Example: Equatable where Target: Equatable {}
