import Colonnade

// Many pictures at once, by the tasks of a group: one network for all, one thread for each picture.
let network = try Network("resnet20", inputChannels: 1, seed: 1)
let classifier = Classifier(
  network, preprocessing: Digits.preprocessing, classNames: (0..<10).map(String.init))
let pictures = try (0..<64).map { try Digits.load().test.example(at: $0).image }

let predictions = try await withThrowingTaskGroup(of: (Int, Prediction).self) { group in
  for (index, picture) in pictures.enumerated() {
    group.addTask { (index, try classifier.classify(picture, top: 1, threads: 1)[0]) }
  }
  var found: [Int: Prediction] = [:]
  for try await (index, prediction) in group { found[index] = prediction }
  return found
}
for index in 0..<4 { print("picture \(index):", predictions[index]!.label, predictions[index]!.probability) }
