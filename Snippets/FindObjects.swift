import Colonnade
import Foundation

// A detector for objects of one's own: FindObjects WEIGHTS FOLDER
// FOLDER has annotated pictures as Pascal VOC, COCO or YOLO keep them; WEIGHTS are MobileNetV2's of ImageNet.
// snippet.data
let source = try DetectionSource(CommandLine.arguments[2])
let data = try source.dataSource()
print(source.format, data.train.count, "pictures of", data.train.classNames)
// snippet.end

// snippet.training
let card = try DetectorRegistry.standard.card(named: "fasterrcnn_mobilenet_v2")
var training = DetectionTraining(card)
training.weights = CommandLine.arguments[1]
training.size = 240
var configuration = try training.recipe()
configuration.epochs = 2
// snippet.end

// snippet.run
let folder = URL(fileURLWithPath: "objects")
let begun = try training.begin(on: data, configuration: configuration, output: folder)
_ = try begun.run.run(resuming: false, until: nil) { record in
  let metrics = record.validation.metrics
  print("epoch \(record.epoch): losses \(record.training.parts), mAP \(metrics["map50"] ?? 0)")
}
// snippet.end

// snippet.use
let trained = try TrainedDetector(weights: folder.appending(path: "best.safetensors").path)
let picture = try data.validation.example(at: 0).image
for found in try trained.detector.detect(in: [picture], DetectionOptions(score: 0.5))[0] {
  print(trained.detector.classes[found.label], found.score, found.box)
}
let (evaluation, _) = try DetectorEvaluator(trained.detector).evaluate(data.validation)
print("VOC's mAP", evaluation.vocArea ?? 0, "COCO's", evaluation.coco.ap ?? 0)
// snippet.end
