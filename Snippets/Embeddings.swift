import Colonnade

// Which pictures look alike: vectors from inside a network, compared by their angles. The network is a fresh one here;
// load weights for better eyes.
let network = try Network("resnet20", inputChannels: 1, seed: 1)
let digits = try Digits.load().test
let examples = (0..<60).map { digits.example(at: $0) }
let batch = Digits.preprocessing(examples.map(\.image))

print("modules:", network.modules().map(\.path).filter { !$0.isEmpty }.prefix(8))
let maps = try network.features(at: ["layer1", "layer3"], of: batch)
print("layer1 \(maps[0].shape), layer3 \(maps[1].shape)")

let embeddings = try network.embeddings(of: batch)  // [60, 64], what the classifier takes
let width = embeddings.shape[1]
let vectors = (0..<60).map { row in
  let vector = embeddings.scalars[row * width..<(row + 1) * width]
  let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return vector.map { $0 / norm }
}
func likeness(_ a: Int, _ b: Int) -> Float { zip(vectors[a], vectors[b]).reduce(0) { $0 + $1.0 * $1.1 } }
let right = (0..<60).count { picture in
  let nearest = (0..<60).filter { $0 != picture }.max { likeness(picture, $0) < likeness(picture, $1) }!
  return examples[nearest].label == examples[picture].label
}
print("the nearest picture shows the same digit \(right) times of 60")
