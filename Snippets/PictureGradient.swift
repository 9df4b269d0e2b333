import Colonnade

// What a network's answer depends on: the gradient of a class's logit with respect to the picture. The weights' gradients
// are not computed.
let network = try Network("resnet20", inputChannels: 1, seed: 1)
let picture = try Digits.load().test.example(at: 0).image
let x = Digits.preprocessing([picture]).requiringGradient()  // [1, 8, 8, 1]

let logits = network(x, .evaluatingGradients(of: .input)).logits
let loss = crossEntropy(logits, labels: [3])
let gradient = loss.backward()[x]!
for row in 0..<8 {
  print(
    gradient.scalars[row * 8..<row * 8 + 8].map { $0 > 0 ? "+" : $0 < 0 ? "-" : "0" }.joined(separator: " "))
}

// A small step against it makes the network surer of a 3 (Goodfellow et al. 2014, turned around).
let step = Tensor(gradient.scalars.map { $0 > 0 ? -0.05 : 0.05 }, shape: gradient.shape)
let after = crossEntropy(try network.logits(x.detached + step), labels: [3])
print("loss \(loss.scalar), after the step \(after.scalar)")
