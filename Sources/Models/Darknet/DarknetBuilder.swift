import Engine

/// Makes the modules of a darknet network, and notes their parameters in the order of its weight files.
struct DarknetBuilder {
  private(set) var steps: [DarknetStep] = []
  private(set) var weights: [DarknetWeight] = []
  private let scope: Scope

  init(scope: Scope) { self.scope = scope }

  /// - Parameter input: `[height, width, channels]` of what comes in.
  mutating func add(_ layer: DarknetLayer, input: Shape) {
    let scope = scope[steps.count]
    switch layer.kind {
    case .convolution(
      let filters, let size, let stride, let padding, let groups, let normalizes, let activation):
      let convolution = Conv2d(
        scope["conv"], from: input[2], to: filters, kernel: Size2D(size), stride: Size2D(stride),
        padding: Padding2D(padding), groups: groups, bias: !normalizes, initializer: .kaimingNormal(),
        biasInitializer: .zeros)
      let unit = unit(convolution, filters, normalizes, activation, scope)
      note(convolution.weight)
      steps.append(.module(unit))
    case .maxPool(let size, let stride, let padding):
      let (before, after) = (padding / 2, padding - padding / 2)
      steps.append(
        .module(
          MaxPool2d(
            scope, kernel: Size2D(size), stride: Size2D(stride),
            padding: Padding2D(top: before, left: before, bottom: after, right: after))))
    case .upsample(let scale): steps.append(.module(Upsample(scope, to: .scale(Double(scale)))))
    case .route(let sources, let groups, let group):
      steps.append(.route(sources, groups: groups, group: group))
    case .shortcut(let source, let activation): steps.append(.shortcut(source, activation))
    case .averagePool: steps.append(.module(AdaptiveAvgPool2d(scope, size: 1)))
    case .connected(let outputs, let normalizes, let activation):
      let layer = connected(input, outputs, normalizes, activation, scope)
      steps.append(.module(layer))
    case .softmax(let temperature):
      steps.append(
        .module(
          Lambda("Softmax", at: scope) { x in
            let shape = x.shape
            return softmax((x / temperature).flattened()).reshaped(to: shape)
          }))
    case .dropout(let probability): steps.append(.module(Dropout(scope, probability: probability)))
    case .yolo, .detection, .cost: steps.append(.same)
    }
  }

  /// The convolution with what follows it, in one pass where there is one.
  private mutating func unit(
    _ convolution: Conv2d, _ filters: Int, _ normalizes: Bool, _ activation: DarknetActivation, _ scope: Scope
  ) -> any Module {
    guard normalizes else {
      note(convolution.bias!)
      guard let fused = activation.fused else {
        return Sequential(scope, [convolution, activation.layer])
      }
      return fused == .none ? convolution : ConvActivation(convolution, fused, at: scope)
    }
    let norm = norm(scope, filters)
    guard let fused = activation.fused else {
      return Sequential(
        scope, [ConvNormActivation(convolution, norm, activation: .none), activation.layer])
    }
    return ConvNormActivation(convolution, norm, activation: fused, at: scope)
  }

  private mutating func connected(
    _ input: Shape, _ outputs: Int, _ normalizes: Bool, _ activation: DarknetActivation, _ scope: Scope
  ) -> any Module {
    let isFlat = input[0] * input[1] == 1
    let linear = Linear(
      scope["linear"], from: input.count, to: outputs, bias: !normalizes,
      flattening: isFlat ? nil : (channels: input[2], height: input[0], width: input[1]),
      initializer: .kaimingUniform(), biasInitializer: .zeros)
    var layers: [any Module] = [Flatten(), linear]
    if normalizes {
      // A connected layer has β and the weights before the rest.
      let norm = BatchNorm2d(scope["bn"], channels: outputs)
      note(norm.bias)
      note(linear.weight, .connected)
      note(norm.weight)
      note(norm.runningMean)
      note(norm.runningVariance, .variance(epsilon: norm.epsilon))
      layers.append(norm)
    } else {
      note(linear.bias!)
      note(linear.weight, .connected)
    }
    if activation != .linear { layers.append(activation.layer) }
    layers.append(
      Lambda("Reshape") { x in
        let rows = x.shape[0]
        return x.reshaped(to: [rows, 1, 1, outputs])
      })
    return Sequential(scope, layers)
  }

  private mutating func norm(_ scope: Scope, _ channels: Int) -> BatchNorm2d {
    let norm = BatchNorm2d(scope["bn"], channels: channels)
    note(norm.bias)
    note(norm.weight)
    note(norm.runningMean)
    note(norm.runningVariance, .variance(epsilon: norm.epsilon))
    return norm
  }

  private mutating func note(_ parameter: Parameter, _ form: DarknetWeight.Form = .same) {
    weights.append(DarknetWeight(parameter: parameter, form: form, layer: steps.count))
  }
}

extension DarknetActivation {
  /// As a layer of its own.
  var layer: any Module {
    if let fused { return ActivationLayer(nil, fused) }
    return Lambda(rawValue) { [self] x in self(x) }
  }
}
