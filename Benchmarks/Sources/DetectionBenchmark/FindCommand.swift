import ArgumentParser
import Colonnade
import Foundation
import Timing

/// One picture, again and again.
struct FindCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: "Times what a detector finds in one picture, and writes it.",
    discussion: """
      YOLO takes the tensor 'input' [1, 3, H, W] of a safetensors file, as others get it: the picture brought to the \
      network's size. An R-CNN takes a picture, which is decoded before anything is timed.
      """)

  @Option(help: "The detector's name in the registry.")
  var network = "yolov3-tiny"

  @Option(help: "Its weights.")
  var weights: String

  @Option(help: "A tensor, or a picture.")
  var input: String

  @Option(help: "Scores at or below it are left out.")
  var score: Float?

  @Option(help: "A JSON file for what is found.")
  var output: String?

  @OptionGroup var timing: TimingOptions

  func run() throws {
    timing.apply()
    let detector = try DetectorRegistry.standard.card(named: network).detector()
    try detector.load(weights: weights)
    let subject = try Subject(detector, input: input, DetectionOptions(score: score))
    let found = try subject.find()
    if let output { try JSONEncoder().encode(Found(found)).write(to: URL(filePath: output)) }

    _ = try subject.find()
    var times: [Double] = []
    var stages: [DetectionTimes] = []
    for _ in 0..<timing.repetitions {
      var measured: DetectionTimes?
      let taken = try seconds { measured = try DetectionTimes.measuring { _ = try subject.find() }.times }
      times.append(1e3 * taken)
      stages.append(measured!)
    }
    try Report(Summary(times), stages: stages.stages, found: found.count).printJSON()
  }

  private struct Report: Encodable {
    let median_ms, min_ms, max_ms: Double
    /// Of the whole network, where it is one: raw outputs without decoding.
    let network_ms: Double?
    let stages: [String: Double]
    let found: Int

    init(_ times: Summary, stages: [String: Double], found: Int) {
      (median_ms, min_ms, max_ms) = (times.median, times.minimum, times.maximum)
      self.stages = stages
      self.found = found
      network_ms = stages["head"] == 0 ? stages["trunk"] : nil
    }
  }
}

/// A detector with a picture.
private struct Subject {
  let find: () throws -> [Detection]

  init(_ detector: any LoadableDetector, input: String, _ options: DetectionOptions) throws {
    if let yolo = detector as? YOLODetector {
      let x = try SafetensorsFile(path: input).tensor("input").permuted([0, 2, 3, 1])
      try yolo.network.check(x.shape)
      find = {
        let output = DetectionStage.trunk.measured { yolo.network(x, .inference()) }
        return DetectionStage.suppression.measured { output.detections(of: 0, options) }
      }
    } else {
      let picture = try Image(contentsOf: URL(filePath: input))
      find = { try detector.detect(in: [picture], options)[0] }
    }
  }
}

/// What compare/detection.py holds against a run in float64.
private struct Found: Encodable {
  struct Object: Encodable {
    let label: Int
    let score: Float
    let box: [Float]
  }

  let detections: [Object]

  init(_ found: [Detection]) {
    detections = found.map {
      Object(
        label: $0.label, score: $0.score, box: [$0.box.left, $0.box.top, $0.box.right, $0.box.bottom])
    }
  }
}
