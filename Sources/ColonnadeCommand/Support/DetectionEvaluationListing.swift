import Colonnade

/// How a detector did, for people.
struct DetectionEvaluationListing {
  private let evaluation: DetectionEvaluation
  private let terminal: Terminal

  init(_ evaluation: DetectionEvaluation, on terminal: Terminal) {
    self.evaluation = evaluation
    self.terminal = terminal
  }

  func print() {
    terminal.print(
      "\(counted(evaluation.pictures, "picture")), \(counted(evaluation.objects, "object")) to be found")
    printMetrics()
    terminal.print()
    printClasses()
    terminal.print()
    printMistakes()
  }

  private func share(_ value: Double?) -> String { value.map { percent($0) } ?? "–" }

  private func printMetrics() {
    let coco = evaluation.coco
    var table = TextTable([.left, .right])
    for (name, value) in [
      ("mAP, VOC since 2010 (area, IoU 0.5)", evaluation.vocArea),
      ("mAP, VOC until 2009 (11 points, IoU 0.5)", evaluation.voc07),
      ("AP, COCO (IoU 0.5 to 0.95)", coco.ap), ("AP, COCO (IoU 0.5)", coco.ap50),
      ("AP, COCO (IoU 0.75)", coco.ap75), ("AP, COCO (small)", coco.apSmall),
      ("AP, COCO (medium)", coco.apMedium), ("AP, COCO (large)", coco.apLarge),
      ("AR, COCO (100 detections)", coco.ar100), ("mAP, ILSVRC", evaluation.ilsvrc),
    ] {
      table.add([name, share(value)])
    }
    for (index, line) in table.lines.enumerated() {
      terminal.print(index == 0 ? terminal.styled(line, .bold) : line)
    }
  }

  /// Classes that the data have or that were found in them.
  private func printClasses() {
    var table = TextTable(
      [.left, .right, .right, .right, .right, .right, .right],
      header: ["class", "objects", "found", "VOC area", "VOC07", "COCO", "ILSVRC"])
    for one in evaluation.classes where one.objects > 0 {
      table.add([
        one.name, grouped(one.objects), grouped(one.detections), share(one.vocArea), share(one.voc07),
        share(one.coco), share(one.ilsvrc),
      ])
    }
    printTable(table)
    let others = evaluation.classes.filter { $0.objects == 0 && $0.detections > 0 }
    if !others.isEmpty {
      let found = others.reduce(0) { $0 + $1.detections }
      terminal.print(
        "\(counted(found, "detection")) of \(counted(others.count, "class")) of which there is no object")
    }
  }

  private func printMistakes() {
    let kinds = DetectionMistake.Kind.allCases
    terminal.print(
      "mistakes among detections with a score of at least \(fixed(Double(evaluation.score), 3)), and what was missed:"
    )
    var table = TextTable([.left] + kinds.map { _ in .right }, header: ["class"] + kinds.map(\.rawValue))
    for one in evaluation.classes where !one.mistakes.isEmpty {
      table.add([one.name] + kinds.map { grouped(one.mistakes[$0] ?? 0) })
    }
    table.add(["all"] + kinds.map { grouped(evaluation.count($0)) })
    printTable(table)
  }

  private func printTable(_ table: TextTable) {
    terminal.print(terminal.styled(table.lines[0], .dim))
    for line in table.lines.dropFirst() { terminal.print(line) }
  }
}

/// How a detector did, for programs: the evaluation with the means over its classes and the number of objects.
struct DetectionEvaluationResult: Encodable {
  let evaluation: DetectionEvaluation

  private enum CodingKeys: String, CodingKey { case objects, vocArea, voc07, ilsvrc }

  func encode(to encoder: any Encoder) throws {
    try evaluation.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(evaluation.objects, forKey: .objects)
    try values.encodeIfPresent(evaluation.vocArea, forKey: .vocArea)
    try values.encodeIfPresent(evaluation.voc07, forKey: .voc07)
    try values.encodeIfPresent(evaluation.ilsvrc, forKey: .ilsvrc)
  }
}
