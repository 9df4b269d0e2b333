import Colonnade
import Foundation

// A network for classes of one's own: FineTune WEIGHTS FOLDER
// FOLDER/train and FOLDER/val have a folder of pictures for each class; WEIGHTS are SqueezeNet's of ImageNet.
// snippet.network
let data = try DataSource.open(CommandLine.arguments[2])
let classNames = data.train.classNames

let network = try Network("squeezenet1_1", classes: classNames.count, seed: 1)
let loaded = try PretrainedWeights.load(
  CommandLine.arguments[1], into: network, classNames: classNames)
print("begins afresh:", loaded.notLoaded)
// snippet.end

// snippet.configuration
var configuration = TrainingConfiguration.suited(to: network.card, startsAfresh: false)
configuration.epochs = 3
configuration.batchSize = 8
configuration.frozen = ["features.*"]
configuration.augmentation = .flip
// snippet.end

// snippet.run
let folder = URL(fileURLWithPath: "run")
let trainer = try Trainer(
  network, data, preprocessing: network.card.preprocessing, configuration: configuration, output: folder)
for record in try trainer.run() {
  print("epoch \(record.epoch): loss \(record.trainLoss), accuracy \(record.validationAccuracy)")
}
try Report(run: folder).write(to: folder.appending(path: "report.html"))
// snippet.end

// snippet.use
let trained = try TrainedNetwork(weights: folder.appending(path: "best.safetensors").path)
let picture = try data.validation.example(at: 0).image
for prediction in try Classifier(trained).classify(picture, top: 2) {
  print(prediction.label, prediction.probability)
}
// snippet.end
