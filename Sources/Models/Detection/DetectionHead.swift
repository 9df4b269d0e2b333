import Engine
import Images

/// What one of a detector's raw outputs means.
public enum DetectionHead: Hashable, Sendable {
  /// Boxes told from anchors at each cell of a map.
  case anchors(YOLOHead)
  /// Boxes told by the cells of a grid.
  case grid(GridHead)

  /// How many classes it tells apart.
  public var classes: Int {
    switch self {
    case .anchors(let head): head.classes
    case .grid(let head): head.classes
    }
  }

  /// The boxes of a picture with a score above a threshold.
  /// - Parameters:
  ///   - output: of the network, as the head has it.
  ///   - picture: the place in the batch.
  ///   - input: the network's input.
  ///   - threshold: scores at or below it are left out.
  /// - Returns: in continuous pixels of the network's input, in no order of scores.
  public func candidates(
    in output: Tensor, of picture: Int, input: Image.Size, above threshold: Float
  ) -> [Detection] {
    switch self {
    case .anchors(let head): head.candidates(in: output, of: picture, input: input, above: threshold)
    case .grid(let head): head.candidates(in: output, of: picture, input: input, above: threshold)
    }
  }
}
