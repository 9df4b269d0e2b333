import Engine
import Images

extension Matcher {
  /// Candidates that one task looks at.
  private static let run = 1024

  /// Matches boxes by IoU.
  /// - Parameters:
  ///   - candidates: in continuous pixels.
  ///   - objects: in continuous pixels; without any, all candidates are background.
  public func callAsFunction(_ candidates: [BoundingBox], to objects: [BoundingBox]) -> [Match] {
    guard !objects.isEmpty else { return Array(repeating: .background, count: candidates.count) }
    let runs = stride(from: 0, to: candidates.count, by: Self.run).map {
      $0..<min($0 + Self.run, candidates.count)
    }
    var best = [Float](repeating: 0, count: candidates.count)
    var bestObject = [Int32](repeating: 0, count: candidates.count)
    var highest = [[Float]](repeating: [], count: runs.count)
    best.withUnsafeMutableBufferPointer { best in
      bestObject.withUnsafeMutableBufferPointer { bestObject in
        highest.withUnsafeMutableBufferPointer { highest in
          let (best, bestObject, highest) = (best.baseAddress, bestObject.baseAddress, highest.baseAddress)
          Parallel.forEach(runs.count) { index in
            highest![index] = Self.scan(candidates, runs[index], objects, best!, bestObject!)
          }
        }
      }
    }
    var matches = candidates.indices.map { match(best[$0], of: Int(bestObject[$0])) }
    guard keepsBestOfEach else { return matches }
    for (index, object) in objects.enumerated() {
      let most = highest.reduce(0) { max($0, $1[index]) }
      for (run, highest) in zip(runs, highest) where most > 0 && highest[index] == most {
        Self.forEachBlock(candidates, run) { block, places in
          let overlaps = block.intersectionOverUnion(object)
          for place in places where overlaps[place - places.lowerBound] == most {
            matches[place] = .object(Int(bestObject[place]))
          }
        }
      }
    }
    return matches
  }

  /// Of each candidate of a run the greatest IoU, and the first object that has it.
  /// - Returns: of each object the greatest IoU in the run.
  private static func scan(
    _ candidates: [BoundingBox], _ run: Range<Int>, _ objects: [BoundingBox],
    _ best: UnsafeMutablePointer<Float>, _ bestObject: UnsafeMutablePointer<Int32>
  ) -> [Float] {
    var highest = [SIMD4<Float>](repeating: SIMD4(repeating: 0), count: objects.count)
    forEachBlock(candidates, run) { block, places in
      var (most, object) = (SIMD4<Float>(repeating: -1), SIMD4<Int32>(repeating: 0))
      for index in objects.indices {
        let overlaps = block.intersectionOverUnion(objects[index])
        let isMore = overlaps .> most
        most.replace(with: overlaps, where: isMore)
        object.replace(with: SIMD4(repeating: Int32(index)), where: isMore)
        highest[index].replace(with: overlaps, where: overlaps .> highest[index])
      }
      for place in places {
        best[place] = most[place - places.lowerBound]
        bestObject[place] = object[place - places.lowerBound]
      }
    }
    return highest.map { $0.max() }
  }

  @inline(__always)
  private static func forEachBlock(
    _ boxes: [BoundingBox], _ run: Range<Int>, _ body: (_ block: BoxBlock, _ places: Range<Int>) -> Void
  ) {
    for first in stride(from: run.lowerBound, to: run.upperBound, by: BoxBlock.count) {
      let places = first..<min(first + BoxBlock.count, run.upperBound)
      body(BoxBlock(boxes[places]), places)
    }
  }
}
