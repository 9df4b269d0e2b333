import Engine

extension ParameterStore {
  /// Gives a Faster R-CNN the weights of the goldens' script (`scripts/goldens/topics/detection.py`): those of
  /// ``fillFromKeys()``, some scaled so that most regions are background and boxes move a little.
  /// - Parameter background: what is added to the background's bias.
  public func fillAsDetector(background: Float) {
    fillFromKeys()
    for (name, factor) in [
      ("rpn.head.cls_logits", 0.25), ("rpn.head.bbox_pred", 1 / 64),
      ("roi_heads.box_predictor.cls_score", 0.5),
      ("roi_heads.box_predictor.bbox_pred", 0.125),
    ] as [(String, Float)] {
      let weight = self[name + ".weight"]!
      weight.value = weight.value * factor
    }
    let bias = self["roi_heads.box_predictor.cls_score.bias"]!
    var values = bias.value.scalars
    values[0] += background
    bias.value = Tensor(values, shape: bias.shape)
  }
}

/// The bytes of the picture that the goldens' script draws, rows of R, G, B: squares of 16×16 pixels of one colour and a little
/// noise.
public func goldenPictureBytes(height: Int, width: Int, label: String) -> [UInt8] {
  let columns = (width + 15) / 16
  let (colours, noise) = (CounterGenerator(label), CounterGenerator(label + ".noise"))
  return (0..<height * width * 3).map { index in
    let (c, pixel) = (index % 3, index / 3)
    let (y, x) = (pixel / width, pixel % width)
    return UInt8(colours[(y / 16 * columns + x / 16) * 3 + c] % 192 + noise[index] % 64)
  }
}
