import Colonnade
import Foundation
import Sampling
import Synchronization

/// When a call began and ended; an actor's queue is not in it.
struct Call: Sendable {
  let begin: ContinuousClock.Instant
  let end: ContinuousClock.Instant

  var milliseconds: Double { (end - begin) / .milliseconds(1) }
}

/// One network and one picture that all callers share, and the logits that every call must give, to the bit.
final class Model: Sendable {
  private let network: Network
  private let picture: Tensor
  private let threadsPerPass: Int?
  private let expected: [Float]

  init(_ network: Network, threadsPerPass: Int?) {
    self.network = network
    self.threadsPerPass = threadsPerPass
    let size = network.card.inputSize
    picture = randomTensor([1, size, size, network.options.inputChannels])
    expected = Self.logits(of: network, picture, threadsPerPass)
  }

  /// The one call that is measured.
  private static func logits(of network: Network, _ picture: Tensor, _ threads: Int?) -> [Float] {
    network(picture, .inference(threads: threads)).logits.scalars
  }

  @discardableResult
  func call() -> Call {
    let begin = ContinuousClock.now
    let logits = Self.logits(of: network, picture, threadsPerPass)
    let end = ContinuousClock.now
    precondition(logits == expected, "callers: logits differ from those of a call alone")
    return Call(begin: begin, end: end)
  }

  private static func isOver(_ own: [Call], _ end: ContinuousClock.Instant) -> Bool {
    own.count >= Calls.fewest && ContinuousClock.now >= end
  }

  /// Each caller's calls, one after the other for so many seconds.
  func calls(byThreads count: Int, for seconds: Double) -> Calls {
    let end = ContinuousClock.now + .seconds(seconds)
    let times = Mutex<[[Call]]>([])
    let running = DispatchGroup()
    for _ in 0..<count {
      running.enter()
      Thread.detachNewThread { [self] in
        var own: [Call] = []
        repeat { own.append(call()) } while !Self.isOver(own, end)
        times.withLock { $0.append(own) }
        running.leave()
      }
    }
    running.wait()
    return Calls(ofCallers: times.withLock { $0 })
  }

  /// As ``calls(byThreads:for:)``, by tasks of one group; a task lets others run between its calls.
  func calls(byTasks count: Int, for seconds: Double) async -> Calls {
    let end = ContinuousClock.now + .seconds(seconds)
    return await withTaskGroup(of: [Call].self) { group in
      for _ in 0..<count {
        group.addTask { [self] in
          var own: [Call] = []
          repeat {
            own.append(call())
            await Task.yield()
          } while !Self.isOver(own, end)
          return own
        }
      }
      return Calls(ofCallers: await group.reduce(into: []) { $0.append($1) })
    }
  }

  /// As ``calls(byTasks:for:)``, through an actor, which takes one call at a time.
  func calls(byWayOfActor count: Int, for seconds: Double) async -> Calls {
    let end = ContinuousClock.now + .seconds(seconds)
    let gate = Gate(self)
    return await withTaskGroup(of: [Call].self) { group in
      for _ in 0..<count {
        group.addTask {
          var own: [Call] = []
          repeat { own.append(await gate.call()) } while !Self.isOver(own, end)
          return own
        }
      }
      return Calls(ofCallers: await group.reduce(into: []) { $0.append($1) })
    }
  }
}

private actor Gate {
  private let model: Model

  init(_ model: Model) { self.model = model }

  func call() -> Call { model.call() }
}
