import Datasets
import Images

/// The objects in a picture, and boxes that may hold one: what a `FastRCNN` is trained by. Both move with the picture.
public struct ProposedObjects: Hashable, Sendable, GeometricTarget {
  /// What is in the picture.
  public var objects: [LabelledBox]
  /// Where an object may be, the best first.
  public var proposals: [BoundingBox]

  /// - Parameters:
  ///   - objects: what is in the picture.
  ///   - proposals: where an object may be, the best first; in continuous pixels of the picture.
  public init(objects: [LabelledBox], proposals: [BoundingBox]) {
    (self.objects, self.proposals) = (objects, proposals)
  }

  public func transformed(by change: GeometricChange, in size: Image.Size) -> ProposedObjects {
    ProposedObjects(
      objects: objects.transformed(by: change, in: size),
      proposals: proposals.transformed(by: change, in: size))
  }
}

/// A data set for detection with proposals that are known.
public struct ProposedDataset: Dataset {
  private let base: any Dataset<[LabelledBox]>
  private let proposals: [[BoundingBox]]

  /// - Parameters:
  ///   - base: pictures with their objects.
  ///   - proposals: of each picture, the best first, in continuous pixels of it; such as those of selective search, once
  ///     computed.
  /// - Precondition: there are proposals of each picture.
  public init(_ base: any Dataset<[LabelledBox]>, proposals: [[BoundingBox]]) {
    precondition(
      proposals.count == base.count,
      "ProposedDataset: proposals of \(proposals.count) of \(base.count) pictures")
    (self.base, self.proposals) = (base, proposals)
  }

  public var count: Int { base.count }
  public var classNames: [String] { base.classNames }

  public func target(at index: Int) throws -> ProposedObjects {
    ProposedObjects(objects: try base.target(at: index), proposals: proposals[index])
  }

  public func example(at index: Int) throws -> Example<ProposedObjects> {
    let example = try base.example(at: index)
    return Example(
      image: example.image,
      target: ProposedObjects(objects: example.target, proposals: proposals[index]))
  }
}

extension ProposedDataset: ListedDataset {
  package var isListed: Bool { base.knowsTargets }
}
