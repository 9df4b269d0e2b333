import Foundation

/// A darknet network of one cell and one anchor of half the picture, with three classes: the layer's bias alone decides what
/// is found.
enum SmallDetector {
  private static let cfg = """
    [net]
    height=32
    width=32
    learning_rate=0.1
    [maxpool]
    size=32
    stride=32
    padding=0
    [convolutional]
    filters=8
    size=1
    activation=linear
    [yolo]
    anchors=16,8
    num=1
    classes=3
    """

  /// - Parameter classes: the logits.
  static func weights(_ classes: [Float] = [-9, 3, 2], in folder: WorkFolder) throws -> String {
    var data = Data()
    for number in [0, 2, 0, 0, 0] as [Int32] {
      withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
    }
    for number in [0, 0, 0, 0, 4] + classes + Array(repeating: 0, count: 24) {
      withUnsafeBytes(of: number.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return try folder.write("a.weights", data)
  }

  static func configuration(in folder: WorkFolder) throws -> String {
    try folder.write("a.cfg", Data(cfg.utf8))
  }

  /// The options of `detect` that name it.
  static func arguments(in folder: WorkFolder, names: [String] = ["cat", "dog", "bird"]) throws -> [String] {
    [
      "--cfg", try configuration(in: folder), "--weights", try weights(in: folder), "--names",
      try folder.write("a.names", Data(names.map { $0 + "\n" }.joined().utf8)),
    ]
  }
}
