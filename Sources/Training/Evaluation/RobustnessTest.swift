import Datasets
import Engine
import Images

/// Measures a classifier on corrupted and covered pictures: every corruption at its five strengths, a grey square over growing
/// shares of the picture, and a grey rectangle at each place.
///
/// What is done to a picture is done after its resize and crop, as in ImageNet-C, and depends on the seed and the picture's
/// place in the data set alone.
public struct RobustnessTest: Sendable {
  /// What is measured, with one view of each picture.
  public let evaluator: ClassifierEvaluator
  /// Of noise and places.
  public let seed: UInt64

  /// The shares of the picture that the square covers.
  public static let areas = [0.05, 0.1, 0.2, 0.3, 0.5]
  /// Rows and columns of places that are covered one after another.
  public static let places = 4
  /// Half white.
  public static let grey: UInt8 = 128

  /// How often the data set is gone through.
  public static var passes: Int {
    Corruption.allCases.count * Corruption.severities + areas.count + places * places
  }

  /// - Parameters:
  ///   - evaluator: what is measured; with one view of each picture.
  ///   - seed: of noise and places.
  public init(_ evaluator: ClassifierEvaluator, seed: UInt64 = 0) {
    precondition(evaluator.views.count == 1, "RobustnessTest: \(evaluator.views.count) views of a picture")
    (self.evaluator, self.seed) = (evaluator, seed)
  }

  /// - Parameters:
  ///   - dataset: whose classes are the network's, in their order.
  ///   - batchSize: pictures of a forward pass.
  ///   - cleanError: the share of its pictures not recognized as they are.
  ///   - baseline: of another network on the same pictures.
  ///   - progress: told of pictures done in all passes, of ``passes`` times as many as there are.
  /// - Throws: what `ClassifierEvaluator` throws.
  public func run(
    on dataset: any Dataset<Int>, batchSize: Int = 32, cleanError: Double, baseline: Robustness? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws -> Robustness {
    var done = 0
    func accuracy(
      _ change: @escaping @Sendable (_ picture: Image, _ index: Int) -> Image
    ) throws -> Double {
      defer { done += dataset.count }
      return try evaluator.evaluate(dataset, batchSize: batchSize, change: change) { progress(done + $0) }
        .evaluation.top1
    }
    let stream = RandomStream(seed: seed)
    let errors = try Corruption.allCases.map { corruption in
      let errors = try (1...Corruption.severities).map { severity in
        let stream = stream.split(corruption.rawValue).split(severity)
        return 1
          - (try accuracy { picture, index in
            var generator = stream.split(index)
            return corruption(picture, severity: severity, &generator)
          })
      }
      return (corruption: corruption, errors: errors)
    }
    let coverage = try Self.areas.enumerated().map { number, area in
      let stream = stream.split("cover").split(number)
      return Robustness.Coverage(
        area: area,
        accuracy: try accuracy { picture, index in
          var generator = stream.split(index)
          return picture.covered(Self.region(of: area, in: picture.size, &generator), by: Self.grey)
        })
    }
    let occlusion = try (0..<Self.places).map { row in
      try (0..<Self.places).map { column in
        try accuracy { picture, _ in
          picture.covered(Self.region(row, column, in: picture.size), by: Self.grey)
        }
      }
    }
    return Robustness(
      cleanError: cleanError, errors: errors, coverage: coverage, occlusion: occlusion, baseline: baseline)
  }

  /// A part of the picture's own shape, a square of a square one, at a place drawn evenly.
  static func region(
    of area: Double, in size: Image.Size, _ generator: inout RandomStream
  ) -> Image.Region {
    let side = area.squareRoot()
    let width = max(Int((Double(size.width) * side).rounded()), 1)
    let height = max(Int((Double(size.height) * side).rounded()), 1)
    let x = Int.random(in: 0...size.width - width, using: &generator)
    return Image.Region(
      x: x, y: Int.random(in: 0...size.height - height, using: &generator), width: width, height: height)
  }

  /// One of the places that make up the picture.
  static func region(_ row: Int, _ column: Int, in size: Image.Size) -> Image.Region {
    let (x, y) = (column * size.width / places, row * size.height / places)
    return Image.Region(
      x: x, y: y, width: (column + 1) * size.width / places - x,
      height: (row + 1) * size.height / places - y)
  }
}
