import Colonnade

// A layer that learns, with an operation whose gradient is one's own: PReLU, x where x > 0 and slope · x elsewhere, with
// a slope for each channel (He et al. 2015).
// snippet.operation
func prelu(_ x: Tensor, slope: Tensor) -> Tensor {
  let (kept, slopes, channels) = (x.detached, slope.scalars, slope.count)
  let y = Tensor(shape: x.shape) { y in
    kept.withUnsafeBufferPointer { x in
      for i in y.indices { y[i] = x[i] > 0 ? x[i] : slopes[i % channels] * x[i] }
    }
  }
  return y.recorded("prelu", from: [x, slope]) { gradient, needs in
    let (x, g) = (kept.scalars, gradient.scalars)
    let dx = x.indices.map { x[$0] > 0 ? g[$0] : slopes[$0 % channels] * g[$0] }
    var dSlope = [Float](repeating: 0, count: channels)
    for i in x.indices where x[i] <= 0 { dSlope[i % channels] += g[i] * x[i] }
    return [
      needs[0] ? Tensor(dx, shape: kept.shape) : nil, needs[1] ? Tensor(dSlope, shape: [channels]) : nil,
    ]
  }
}
// snippet.end

// snippet.layer
final class PReLU: Module {
  let path: String
  let slope: Parameter
  var parameters: [Parameter] { [slope] }

  init(_ scope: Scope, channels: Int) {
    path = scope.path
    slope = scope.parameter("weight", [channels], .constant(0.25))
  }

  func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    let x = x
    return pass.observing(path, "PReLU", parameters: parameters) { prelu(x, slope: slope.operand(in: pass)) }
  }
}
// snippet.end

// It learns the slopes of a function that is given by examples.
// snippet.learning
let store = ParameterStore(seed: 1)
let layer = PReLU(store.scope["prelu"], channels: 3)
let optimizer = SGD(store.trainable, learningRate: 0.5)
let x = Tensor((0..<300).map { Float($0 % 7) - 3 }, shape: [100, 3])
let target = prelu(x, slope: Tensor([0.1, 0.5, -1], shape: [3]))
for step in 0..<40 {
  let loss = mse(layer(x, .training(generator: RandomStream(seed: UInt64(step)))), target)
  if step % 10 == 0 { print("step \(step): loss \(loss.scalar)") }
  optimizer.step(loss.backward())
}
print("slopes", layer.slope.value)
// snippet.end
