import Colonnade
import Foundation

/// Pictures with boxes in Pascal VOC's format, made as they are needed.
enum AnnotatedSamples {
  static let classes = ["blue", "red"]

  /// Dark noise of 64×48 with a red or a blue rectangle in it, for each split so many pictures.
  /// - Returns: the folder.
  static func voc(
    in folder: WorkFolder, name: String = "squares",
    splits: [String: Int] = ["train": 4, "val": 2, "test": 3]
  ) throws -> String {
    for (split, count) in splits.sorted(by: { $0.key < $1.key }) {
      let stems = (0..<count).map { "\(split)_\($0)" }
      try folder.write(
        "\(name)/ImageSets/Main/\(split).txt", Data(stems.map { $0 + "\n" }.joined().utf8))
      for (index, stem) in stems.enumerated() {
        var generator = RandomStream(seed: UInt64(index)).split(split)
        let (width, height) = (
          16 + Int(generator.uniform() * 12), 16 + Int(generator.uniform() * 12)
        )
        let (left, top) = (
          Int(generator.uniform() * Float(64 - width)), Int(generator.uniform() * Float(48 - height))
        )
        let label = index % 2
        var image = Image(width: 64, height: 48, repeating: 0)
        for y in 0..<48 {
          for x in 0..<64 {
            let isInside = left..<left + width ~= x && top..<top + height ~= y
            for c in 0..<3 {
              image[x, y, c] =
                UInt8(generator.uniform() * 60) + (isInside && c == (label == 0 ? 2 : 0) ? 180 : 0)
            }
          }
        }
        try folder.write("\(name)/JPEGImages/\(stem).png", image.pngData())
        try folder.write(
          "\(name)/Annotations/\(stem).xml",
          Data(
            """
            <annotation><filename>\(stem).png</filename><size><width>64</width><height>48</height></size>
            <object><name>\(classes[label])</name><bndbox><xmin>\(left + 1)</xmin><ymin>\(top + 1)</ymin>
            <xmax>\(left + width)</xmax><ymax>\(top + height)</ymax></bndbox></object></annotation>
            """.utf8))
      }
    }
    return folder.path(name)
  }
}
