import Colonnade

// Five steps on one batch of random pictures.
let network = try Network("resnet20", classes: 10, seed: 1)
let optimizer = SGD(network.store.trainable, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4)
var generator = RandomStream(seed: 2)
let pictures = Tensor(shape: [8, 32, 32, 3]) { pixels in
  for index in pixels.indices { pixels[index] = generator.normal() }
}
for step in 0..<5 {
  let output = network(pictures, .training(generator: generator.split(step)))
  let loss = crossEntropy(output.logits, labels: Array(0..<8))
  print("step \(step): loss \(loss.scalar)")
  optimizer.step(loss.backward())
}
