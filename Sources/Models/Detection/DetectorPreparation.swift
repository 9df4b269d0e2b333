import Engine
import Images

/// How a picture is brought to a detector's network, and a box back to the picture.
public enum DetectorPreparation: Hashable, Sendable {
  /// As darknet does: a letterbox, or a stretch.
  case letterbox(Letterbox)
  /// As a classifier's pictures.
  case preprocessing(Preprocessing)

  /// The picture as the network takes it, `[1, height, width, channels]`.
  public func input(of picture: Image) -> Tensor {
    switch self {
    case .letterbox(let letterbox): letterbox(picture)
    case .preprocessing(let preprocessing): preprocessing([picture])
    }
  }

  /// `[height, width, channels]` of what the network gets; nil where it depends on the picture.
  /// - Parameter channels: of the pictures.
  public func outputShape(channels: Int) -> Shape? {
    switch self {
    case .letterbox(let letterbox): [letterbox.size.height, letterbox.size.width, channels]
    case .preprocessing(let preprocessing): preprocessing.outputShape
    }
  }

  /// A box of the network's input as one of the picture.
  /// - Parameters:
  ///   - box: in continuous pixels of the network's input.
  ///   - picture: the picture's size.
  /// - Returns: in continuous pixels of the picture; it may reach beyond.
  public func restored(_ box: BoundingBox, in picture: Image.Size) -> BoundingBox {
    switch self {
    case .letterbox(let letterbox): return letterbox.restored(box, in: picture)
    case .preprocessing(let preprocessing):
      var sizes = [picture]
      let changes = preprocessing.changes(of: picture)
      for change in changes { sizes.append(change.size(of: sizes.last!)) }
      var corners = [
        SIMD2(Double(box.left), Double(box.top)), SIMD2(Double(box.right), Double(box.bottom)),
      ]
      for (change, size) in zip(changes, sizes).reversed() {
        corners = corners.map { change.source(of: $0, in: size) }
      }
      return BoundingBox(
        left: Float(corners[0].x), top: Float(corners[0].y), right: Float(corners[1].x),
        bottom: Float(corners[1].y))
    }
  }
}
