import Dispatch
import Engine
import Foundation
import Models
import Synchronization
import XCTest

/// One network used in every way at once. CONTRIBUTING.md has the command that runs this under ThreadSanitizer.
final class SharedNetworkTests: XCTestCase {
  /// Passes, features, gradients, loading of the weights that it has, saving, freezing, and networks built beside it: each
  /// caller gets what it gets alone.
  func testEveryUseAtTheSameTime() throws {
    let network = try Network("resnet20", inputChannels: 1, seed: 1)
    var generator = RandomStream(seed: 2)
    let pictures = Tensor(shape: [2, 8, 8, 1]) { for i in $0.indices { $0[i] = generator.normal() } }
    let logits = try network.logits(pictures).scalars
    let embeddings = try network.embeddings(of: pictures).scalars
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "weights.safetensors").path
    try network.store.save(to: file)

    let failures = Mutex([String]())
    @Sendable func check(_ holds: Bool, _ what: String) {
      if !holds { failures.withLock { $0.append(what) } }
    }
    DispatchQueue.concurrentPerform(iterations: 14) { caller in
      for round in 0..<3 {
        do {
          switch caller % 7 {
          case 0: check(try network.logits(pictures).scalars == logits, "logits")
          case 1: check(try network.embeddings(of: pictures).scalars == embeddings, "embeddings")
          case 2: try network.store.load(from: file)
          case 3: try network.store.save(to: folder.appending(path: "\(caller)").path)
          case 4:
            for parameter in network.store.all where parameter.name.hasPrefix("layer") {
              parameter.isTrainable.toggle()
            }
          case 5:
            let pass = Pass.training(generator: RandomStream(seed: UInt64(round)), collectsStatistics: true)
            var gradients = crossEntropy(network(pictures, pass).logits, labels: [1, 2]).backward()
            gradients.scale(by: 0.5)
            check(gradients.norm.isFinite, "gradients")
            let x = pictures.requiringGradient()
            let output = network(x, .evaluatingGradients(of: .input)).logits
            check(output.sum().backward()[x] != nil, "the pictures' gradient")
          default:
            let other = try Network("resnet20", inputChannels: 1, seed: 1)
            check(try other.logits(pictures).scalars == logits, "another network's logits")
          }
        } catch {
          check(false, "\(error)")
        }
      }
    }
    XCTAssertEqual(failures.withLock { $0 }, [])
    XCTAssertEqual(try network.logits(pictures).scalars, logits)
  }

  /// A graph is swept once, whoever asks: its nodes may be dropped on any thread.
  func testGraphsAreMadeAndDroppedOnManyThreads() {
    let x = Tensor(repeating: 0.5, shape: [64]).requiringGradient()
    let shared = tanh(x * 2)
    let wrong = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      for _ in 0..<20 {
        var y = shared
        for _ in 0..<10 { y = relu(y) + shared }
        if y.sum().scalar.isNaN { wrong.withLock { $0 += 1 } }
        // Dropped without a sweep, but for a graph of its own.
        let own = tanh(x * Float(caller))
        if own.sum().backward()[x] == nil { wrong.withLock { $0 += 1 } }
      }
    }
    XCTAssertEqual(wrong.withLock { $0 }, 0)
  }
}
