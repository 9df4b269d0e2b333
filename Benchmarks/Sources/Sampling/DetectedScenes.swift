import Colonnade

/// Pictures of 640×480 with up to 14 objects each, a few of them crowds, and what a detector found there: around every object
/// detections of falling overlap, the others anywhere. The same each time.
public struct DetectedScenes {
  /// By picture.
  public private(set) var found: [[Detection]] = []
  /// By picture.
  public private(set) var objects: [[LabelledBox]] = []

  /// - Parameter count: the detections of each picture.
  public init(pictures: Int, detections count: Int, classes: Int) {
    var stream = RandomStream(seed: 1)
    func box() -> BoundingBox {
      let (width, height) = (stream.uniform(8, 300), stream.uniform(8, 300))
      let (left, top) = (stream.uniform(0, 640 - width), stream.uniform(0, 480 - height))
      return BoundingBox(left: left, top: top, right: left + width, bottom: top + height)
    }
    for _ in 0..<pictures {
      let own = (0..<Int.random(in: 0..<15, using: &stream)).map { _ in
        LabelledBox(
          box(), label: Int.random(in: 0..<classes, using: &stream),
          isCrowd: Int.random(in: 0..<60, using: &stream) == 0)
      }
      objects.append(own)
      found.append(
        (0..<count).map { place in
          guard place < 4 * own.count else {
            return Detection(
              box(), label: Int.random(in: 0..<classes, using: &stream), score: stream.uniform(0, 0.6))
          }
          let object = own[place % own.count]
          let shift = stream.uniform(0, 0.1 + 0.2 * Float(place / own.count))
          let (x, y) = (shift * object.box.width, shift * object.box.height)
          let moved = BoundingBox(
            left: object.box.left + x, top: object.box.top + y, right: object.box.right + x,
            bottom: object.box.bottom + y)
          return Detection(moved, label: object.label, score: stream.uniform(0.2, 1))
        })
    }
  }
}
