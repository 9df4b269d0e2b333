import Images

extension Image {
  /// The picture with detections drawn, each in its class's colour with the class's name and the score in percent, the
  /// surest on top.
  /// - Parameters:
  ///   - detections: boxes in continuous pixels of this picture.
  ///   - names: of the classes by index; a class without a name is called by its index.
  ///   - scale: pixels of a line's width, at least 1; nil for what suits the picture's size.
  public func drawing(_ detections: [Detection], names: [String], scale: Int? = nil) -> Image {
    let order = detections.indices.sorted { detections[$0].score < detections[$1].score }
    let boxes = order.map { index -> (box: BoundingBox, text: String, color: Int) in
      let detection = detections[index]
      let name = names.indices ~= detection.label ? names[detection.label] : "\(detection.label)"
      let percent = 0...1 ~= detection.score ? " \(Int((detection.score * 100).rounded()))%" : ""
      return (detection.box, name + percent, detection.label)
    }
    return drawing(boxes, scale: scale)
  }
}
