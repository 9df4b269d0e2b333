import ArgumentParser
import Colonnade
import Foundation
import Sampling
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
    let scenes = DetectedScenes(pictures: pictures, detections: detections, classes: classes)
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
