import Colonnade

// What is on a picture: Classify WEIGHTS PICTURE
let network = try Network("squeezenet1_1", initializes: false)
try network.store.load(from: CommandLine.arguments[1])

let picture = try Image(contentsOfFile: CommandLine.arguments[2])
let batch = network.card.preprocessing([picture])  // [1, 224, 224, 3]
let probabilities = softmax(try network.logits(batch)).scalars

let best = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
for index in best.prefix(5) {
  print(ClassNames.imageNet[index], probabilities[index])
}
