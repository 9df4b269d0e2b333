import Engine
import Foundation
import Models

/// What `scripts/goldens/topics/models.py` wrote.
struct Golden: Decodable {
  let tensors: Int
  let keys: String
  let parameters: Int
  let macs: Int
  /// Of torchvision's first weights on ImageNet in per cent, top-1 and top-5.
  let accuracies: [Double]?
  let input: [Int]
  let logits: [Double]
  /// Of each head.
  let trainingLogits: [[Double]]?
  let loss: Double?

  enum CodingKeys: String, CodingKey {
    case tensors, keys, parameters, macs, accuracies, input, logits, loss
    case trainingLogits = "training_logits"
  }

  /// The number of classes of the logits.
  static let classes = 7

  private struct File: Decodable { let networks: [String: Golden] }

  /// By the network's name, `+auxiliary` behind it where it has auxiliary heads.
  static let all: [String: Golden] = {
    let url = Bundle.module.url(forResource: "networks", withExtension: "json", subdirectory: "Fixtures")!
    do {
      return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).networks
    } catch {
      fatalError("\(url.path): \(error)")
    }
  }()

  /// The network that a golden is of, with default classes or those given.
  static func network(_ name: String, classes: Int? = nil) throws -> Network {
    let parts = name.split(separator: "+")
    return try Network(
      String(parts[0]), classes: classes, auxiliary: parts.count > 1, dropout: 0, initializes: false)
  }

  /// The network with the golden's weights, which come from a formula over the file's key, shape and order.
  static func weighted(_ name: String) throws -> Network {
    let network = try network(name, classes: classes)
    for parameter in network.store.all where parameter.role != .counter {
      let shape = parameter.layout.fileShape(parameter.shape)
      var generator = RandomStream(seed: 0).split(parameter.name)
      let fanIn = shape.dimensions.dropFirst().reduce(1, *)
      let bound = (6 / Float(fanIn)).squareRoot()
      let isFactor = parameter.name.hasSuffix("running_var") || parameter.name.hasSuffix(".weight")
      let isResidual = ["bn2.weight", "bn3.weight"].contains { parameter.name.hasSuffix($0) }
      let factor: Float = isResidual ? 0.5 : 1
      let tensor = Tensor(shape: shape) { elements in
        for index in elements.indices {
          let u = generator.uniform()
          elements[index] =
            shape.rank > 1 ? (2 * u - 1) * bound : isFactor ? (0.5 + u) * factor : 0.4 * (u - 0.5)
        }
      }
      parameter.value = parameter.layout.fromFile(tensor)
    }
    return network
  }

  /// Two pictures of 8×8 squares of one colour.
  func pictures() -> Tensor {
    let (height, width) = (input[0] / 8, input[1] / 8)
    var generator = RandomStream(seed: 0).split("input 0")
    let squares = (0..<2 * height * width * 3).map { _ in 4 * generator.uniform() - 2 }
    var pixels: [Float] = []
    for n in 0..<2 {
      for y in 0..<input[0] {
        for x in 0..<input[1] {
          let square = ((n * height + y / 8) * width + x / 8) * 3
          pixels += squares[square..<square + 3]
        }
      }
    }
    return Tensor(pixels, shape: [2, input[0], input[1], 3])
  }
}
