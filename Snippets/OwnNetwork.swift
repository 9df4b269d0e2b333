import Colonnade

// A network of one's own, trained on the handwritten digits.
// snippet.network
let digits = try DataSource.open("digits")
let network = try Network(
  name: "tiny", classes: 10, preprocessing: digits.preprocessing!, inputChannels: 1, inputSize: 8, seed: 1
) { scope in
  func unit(_ scope: Scope, from: Int, to: Int) -> ConvNormActivation {
    ConvNormActivation(
      Conv2d(scope["conv"], from: from, to: to, kernel: 3, padding: 1, bias: false),
      BatchNorm2d(scope["norm"], channels: to), at: scope)
  }
  return Sequential([
    unit(scope["first"], from: 1, to: 32), unit(scope["second"], from: 32, to: 64), MaxPool2d(kernel: 2),
    Dropout(scope["dropout"], probability: 0.2), Flatten(),
    Linear(scope["classifier"], from: 64 * 4 * 4, to: 10, flattening: (channels: 64, height: 4, width: 4)),
  ])
}
// snippet.end

// snippet.training
var configuration = TrainingConfiguration()
configuration.epochs = 5
configuration.batchSize = 32
let trainer = try Trainer(network, digits, preprocessing: digits.preprocessing!, configuration: configuration)
for record in try trainer.run() {
  print("epoch \(record.epoch): loss \(record.trainLoss), accuracy \(record.validationAccuracy)")
}
// snippet.end

// What it has learnt goes into a file under the names of the scopes, and comes back.
// snippet.use
try network.store.save(to: "tiny.safetensors")
try network.store.load(from: "tiny.safetensors")
let picture = try digits.validation.example(at: 0).image
print(try Classifier(network, classNames: digits.train.classNames).classify(picture, top: 3))
// snippet.end
