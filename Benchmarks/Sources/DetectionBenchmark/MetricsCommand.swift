import ArgumentParser
import Colonnade
import Foundation
import Timing

/// What measuring detections costs, beside detecting.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Times the metrics of detection, in seconds.",
    discussion: """
      Pictures of 640×480 with up to 14 objects each, a few of them crowds; around every object lie detections of falling \
      overlap, the others lie anywhere. The same each time.
      """)

  @Option(help: "Pictures.")
  var pictures = 5000

  @Option(help: "Detections in each.")
  var detections = 100

  @Option(help: "Classes.")
  var classes = 80

  @OptionGroup var timing: TimingOptions

  func validate() throws {
    guard pictures >= 1, detections >= 1, classes >= 1 else { throw ValidationError("all must be positive") }
  }

  func run() throws {
    timing.apply()
    let scenes = Scenes(pictures: pictures, detections: detections, classes: classes)
    let names = (0..<classes).map { "class \($0)" }
    measure("COCO's twelve numbers") {
      DetectionMetrics.coco(scenes.found, scenes.objects, classes: classes).ap ?? .nan
    }
    measure("VOC's area") {
      DetectionMetrics.vocArea(scenes.found, scenes.objects, classes: classes).mean ?? .nan
    }
    measure("ILSVRC's") {
      DetectionMetrics.ilsvrcDetection(scenes.found, scenes.objects, classes: classes).mean ?? .nan
    }
    measure("all of them, with curves and mistakes") {
      DetectionEvaluation(scenes.found, scenes.objects, classNames: names).vocArea ?? .nan
    }
  }

  private func measure(_ name: String, _ work: () -> Double) {
    var value = work()
    let times = Summary((0..<timing.repetitions).map { _ in seconds { value = work() } })
    let range = "\(times.minimum.thousandth)–\(times.maximum.thousandth)"
    print("\(name): \(times.median.thousandth) (\(range)), it is \(value)")
  }
}

private struct Scenes {
  var found: [[Detection]] = []
  var objects: [[LabelledBox]] = []

  init(pictures: Int, detections count: Int, classes: Int) {
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
