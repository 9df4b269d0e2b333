import Engine

/// A layer of a darknet network, its options read and its output's extents known.
public struct DarknetLayer: Hashable, Sendable {
  /// What a layer computes. Layers are named by their places, from 0.
  public enum Kind: Hashable, Sendable {
    /// A convolution, batch norm where it normalizes (without a bias then), an activation.
    case convolution(
      filters: Int, size: Int, stride: Int, padding: Int, groups: Int, normalizes: Bool,
      activation: DarknetActivation)
    /// The maximum of each window. Of the padding, which is in all, the smaller half is above and left.
    case maxPool(size: Int, stride: Int, padding: Int)
    /// Each pixel repeated.
    case upsample(scale: Int)
    /// Other layers' channels one after another; of each layer's, one of several equal groups.
    case route(from: [Int], groups: Int, group: Int)
    /// The sum with another layer's output, and an activation.
    case shortcut(from: Int, activation: DarknetActivation)
    /// The mean over height and width.
    case averagePool
    /// A fully-connected layer, batch norm where it normalizes, an activation.
    case connected(outputs: Int, normalizes: Bool, activation: DarknetActivation)
    /// Over all numbers of a picture, divided by a temperature first.
    case softmax(temperature: Float)
    /// Of an element to be 0 in training.
    case dropout(probability: Float)
    /// A head: versions 2 (`region`) and 3 (`yolo`).
    case yolo(YOLOHead)
    /// A head: version 1.
    case detection(GridHead)
    /// A classifier's loss, which computes nothing here.
    case cost
  }

  /// What it computes.
  public let kind: Kind
  /// `[height, width, channels]` for pictures of the architecture's size; height and width are 1 of what is flat.
  public let output: Shape
  /// Where its section begins, from 1.
  public let line: Int

  /// What a head means; nil of layers that are none.
  public var head: DetectionHead? {
    switch kind {
    case .yolo(let head): .anchors(head)
    case .detection(let head): .grid(head)
    default: nil
    }
  }

  /// The earlier layers that it reads beside the one before it.
  var sources: [Int] {
    switch kind {
    case .route(let sources, _, _): sources
    case .shortcut(let source, _): [source]
    default: []
    }
  }

  /// Whether it reads the layer before it.
  var readsPrevious: Bool {
    if case .route = kind { return false }
    return true
  }
}
