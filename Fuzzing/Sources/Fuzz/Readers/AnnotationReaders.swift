import Colonnade
import Foundation

/// Data sets of annotated pictures, and lists of class names.
enum AnnotationReaders {
  /// An .xml file beside its picture.
  static let voc = Reader(
    "voc", made: { [bytes(xml)] }, form: TextForm(start: "<"), allowance: Reader.multiple(256)
  ) {
    input in
    _ = try input.file("a.png", picture)
    _ = try input.file("a.xml", input.bytes)
    try read(input.folder.path)
  }

  static let coco = Reader(
    "coco", made: { [bytes(json)] }, form: TextForm(start: ","), allowance: Reader.multiple(256)
  ) {
    input in
    _ = try input.file("a.png", picture)
    try read(input.file("a.json", input.bytes))
  }

  /// A text of boxes, one of names as YAML, and one with a name a line.
  static let yolo = Reader(
    "yolo", made: { yolos.map { Files().joined($0.map(bytes)) } }, form: Files(),
    allowance: Reader.multiple(256)
  ) { input in
    guard let files = Files().parts(of: input.bytes), files.count == 3 else { return }
    for folder in ["images", "labels"] {
      try FileManager.default.createDirectory(
        at: input.folder.appending(path: folder), withIntermediateDirectories: true)
    }
    _ = try input.file("images/a.png", picture)
    for (name, file) in zip(["labels/a.txt", "data.yaml", "classes.txt"], files) {
      _ = try input.file(name, file)
    }
    try read(input.folder.path)
  }

  /// Class names, a line each or in JSON.
  static let names = Reader(
    "names", made: { lists.map(bytes) }, form: TextForm(start: ","), allowance: Reader.multiple(256)
  ) {
    input in
    _ = try ClassNames.read(URL(filePath: input.file()))
  }

  /// All of a data set, as training asks for it.
  private static func read(_ path: String) throws {
    let source = try DetectionSource(path)
    for split in source.splits.map(Optional.some) + [nil] {
      let data = try source.dataset(split)
      _ = data.report.findings.map(\.description) + [data.report.description]
      _ = data.boxCounts
      for index in 0..<min(data.count, 4) { _ = try data.example(at: index) }
      _ = data.relabelled(to: ["person", "car"])
    }
  }

  private static let picture = [UInt8](Image(width: 20, height: 10, repeating: 7).pngData())

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static let xml = """
    <?xml version="1.0"?>
    <annotation verified="yes">
      <folder>x</folder><filename>a.png</filename><source><database>Unknown</database></source>
      <size><width>20</width><height>10</height><depth>3</depth></size><segmented>0</segmented>
      <object><name>a &amp; <![CDATA[b]]></name><pose>Unspecified</pose><truncated>1</truncated><difficult>0</difficult>
        <bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>20</xmax><ymax>10</ymax></bndbox>
        <part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax></bndbox></part>
      </object>
      <object><name>c</name><bndbox><xmin>-4</xmin><ymin>9</ymin><xmax>25</xmax><ymax>3</ymax></bndbox></object>
    </annotation>
    """

  private static let json = #"""
    {"info": {"year": 2017, "tags": [1, [2, {"x": null}]]},
     "images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}, {"file_name": "b\u00e9.png", "id": "2"}],
     "annotations": [
      {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2.5, 8, 4e0], "area": 32, "iscrowd": 0,
       "segmentation": [[1, 2, 3, 4, 5, 6]]},
      {"id": 2, "image_id": 1, "category_id": 90, "bbox": [-3, 0, 100, 2], "iscrowd": 1, "ignore": true,
       "segmentation": {"counts": [1, 2], "size": [10, 20]}}],
     "categories": [{"id": 90, "name": "tooth \ud83d\ude00"}, {"id": 3, "name": "car", "supercategory": "x"}]}
    """#

  private static let yolos = [
    ["0 0.5 0.5 0.25 0.5\n1 0.1 1e-1 .5 1\n\n", "path: .\nnc: 2\nnames: ['a, b', \"c\"] # two\n", "x\ny\n"],
    ["1 0.5 0.5 1 1", "train: x\nnames:\n  0: a\n  1: 'b: c'\n", ""],
    ["2 0 0 1 1", "nc: 2\nnames:\n- a\n- b #c\n", ""],
    ["0 0.5 0.5 1 1\n", "names: {0: a, 1: b}", ""], ["0 0.5 0.5 1 1\n", "", "cat\ndog\n"],
  ]

  private static let lists = [
    "n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n", "\u{FEFF}cat\r\ndog\r\n",
    #"["cat", ["n1", "d\u00f6g"], "\ud83d\ude00"]"#, #"{"0": ["n01440764", "tench"], "1": "shark"}"#,
    #"{"cat": 1, "dog": 0}"#,
  ]
}
