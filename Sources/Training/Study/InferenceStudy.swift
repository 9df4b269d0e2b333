import Datasets
import Engine
import Foundation
import Models

/// Table 3: what a prediction costs, and what error that buys.
struct InferenceStudy: Study {
  let name = "inference"
  let question = "What does a prediction cost, and what error does that buy?"

  /// The review's four, and the efficient ones.
  static let networks = ["alexnet", "vgg16", "googlenet", "resnet50", "squeezenet1_1", "mobilenet_v2"]
  static let batches = [1, 8]
  /// Height and width of the pictures that published errors are of.
  static let publishedSide = 224

  /// Of one network and one number of pictures.
  struct Timing: Codable {
    let network: String
    let batch: Int
    /// Seconds of a pass, one a round.
    let seconds: [Double]
  }

  func run(_ context: StudyContext) throws -> StudyResult {
    let size = context.options.size ?? Self.publishedSide
    let cards = try Self.networks.map { try Registry.card(named: $0) }
    let sides = cards.map { StudyPictures.side(size, of: $0) }
    let timings: [Timing] = try context.remembered(
      "timings", under: "\(size) pixels", holdsTimes: true
    ) { try measure(cards, sides, context) }
    let rounds = timings[0].seconds.count

    var result = StudyResult(of: self)
    let pictures = Self.pictures(cards, sides, size)
    result.paragraphs = [
      "Passes of random weights over random \(pictures), \(counted(rounds, "round")) of all networks in turn "
        + "after one that is not counted, \(counted(Parallel.threads, "thread")). Weights do not change what is computed."
    ]
    let totals = try zip(cards, sides).map { card, side in
      try NetworkSummary(
        Network(card, initializes: false), input: [1, side, side, 3]
      ).totals
    }
    for batch in Self.batches {
      let times = cards.map { card in
        timings.first { $0.network == card.name && $0.batch == batch }?.seconds ?? []
      }
      result.tables.append(table(batch, cards, totals, times, size))
      // Times at one size and errors at another make no front.
      if batch == 1 && size == Self.publishedSide {
        result.figures.append(front(cards, times.map(\.median)))
        let names = Pareto.front(Self.points(cards, timings)).map { cards[$0].name }
        result.paragraphs.append(
          "No other of these networks is both faster with one picture and better than \(names.joined(separator: ", "))."
        )
      }
    }
    result.differences = [
      "Times are of this machine's processor, 32-bit floats and \(pictures); those of a GPU are others, and their order may be.",
      "Errors are torchvision's published ones, of one crop and one network; the review's come from ensembles and many crops.",
    ]
    if let sentence = Self.sentence(at: size) {
      result.differences.append(
        "\(sentence): which network is the better one for its time is not told.")
    }
    return result
  }

  /// Why times and errors do not belong together; nil where they do.
  private static func sentence(at size: Int) -> String? {
    size == publishedSide
      ? nil
      : "The times are of pictures of \(size)×\(size), the published errors of \(publishedSide)×\(publishedSide)"
  }

  /// What the networks see, in words.
  private static func pictures(_ cards: [NetworkCard], _ sides: [Int], _ size: Int) -> String {
    let larger = zip(cards, sides).filter { $1 > size }.map { "of \($0.name) \($1)×\($1)" }
    return "pictures of \(size)×\(size)" + (larger.isEmpty ? "" : " (\(larger.joined(separator: ", ")))")
  }

  // MARK: Measuring

  /// - Parameter sides: of the pictures of each network.
  private func measure(_ cards: [NetworkCard], _ sides: [Int], _ context: StudyContext) throws -> [Timing] {
    context.say("timing \(cards.map(\.name).joined(separator: ", "))")
    let networks = try cards.map { try Network($0, seed: 1) }
    var generator = RandomStream(seed: 1)
    // Of each number of pictures, those of each network.
    let inputs = Self.batches.map { batch in
      sides.map { side in
        Tensor(shape: [batch, side, side, 3]) { pixels in
          for index in pixels.indices { pixels[index] = generator.normal() }
        }
      }
    }
    /// In the order of the result.
    func round() throws -> [Double] {
      try inputs.flatMap { inputs in
        try zip(networks, inputs).map { network, input -> Double in
          let start = ContinuousClock.now
          _ = try network.logits(input)
          return (ContinuousClock.now - start) / .seconds(1)
        }
      }
    }
    // The first one prepares weights.
    _ = try round()
    let first = try round()
    let perRound = first.reduce(0, +)
    let rounds = max(5, min(31, Int(min(context.options.budget / perRound, 31))))
    let all = [first] + (try (1..<rounds).map { _ in try round() })
    return Self.batches.enumerated().flatMap { place, batch in
      networks.enumerated().map { index, network in
        Timing(
          network: network.name, batch: batch, seconds: all.map { $0[place * networks.count + index] })
      }
    }
  }

  // MARK: Showing

  private static func points(_ cards: [NetworkCard], _ timings: [Timing]) -> [(x: Double, y: Double)] {
    cards.map { card in
      let seconds = timings.first { $0.network == card.name && $0.batch == 1 }?.seconds.median
      return (seconds ?? .nan, card.publishedError?.top1 ?? .nan)
    }
  }

  private func table(
    _ batch: Int, _ cards: [NetworkCard], _ totals: [NetworkSummary.Totals], _ times: [[Double]], _ size: Int
  ) -> StudyTable {
    let rows: [[StudyTable.Cell]] = zip(cards, zip(totals, times)).map { card, measured in
      let (total, seconds) = measured
      let median = seconds.median
      return [
        .text(card.name), .number(median), .number(seconds.quantile(0.25)), .number(seconds.quantile(0.75)),
        .number(Double(batch) / median), .number(2e-9 * Double(total.macs * batch) / median),
        .number(Double(total.macs)), .number(Double(total.parameters)),
        .number(Double(total.parameterBytes)),
        .number(Double(total.activationBytes * batch)),
        .of(card.publishedError.map { $0.top1 / 100 }),
        .of(card.publishedError?.top5.map { $0 / 100 }),
      ]
    }
    let sizes = Self.sentence(at: size).map { " \($0)." } ?? ""
    return StudyTable(
      "Inference, \(counted(batch, "picture")) at a time",
      columns: [
        .init("network", .text), .init("median", .seconds), .init("lower quartile", .seconds),
        .init("upper quartile", .seconds), .init("pictures/s", .number), .init("GFLOP/s", .number),
        .init("MACs a picture", .count), .init("parameters", .count), .init("weights", .bytes),
        .init("activations", .bytes),
        .init("top-1 error", .share, isPublished: true), .init("top-5 error", .share, isPublished: true),
      ],
      rows: rows,
      note:
        "Activations are the outputs of all layers together: training keeps most of them, inference uses the memory again. Two "
        + "operations a multiply-accumulate of the direct sum; Winograd's algorithms do fewer. Published: torchvision's first "
        + "weights on ImageNet's validation pictures, one crop.\(sizes)")
  }

  /// Error against time; the line goes through those that no other one beats in both.
  private func front(_ cards: [NetworkCard], _ seconds: [Double]) -> StudyFigure {
    func point(_ place: Int) -> StudyFigure.Point {
      .init(x: seconds[place] * 1e3, values: [(cards[place].publishedError?.top1 ?? .nan) / 100])
    }
    let points = cards.indices.map { (x: seconds[$0], y: cards[$0].publishedError?.top1 ?? .nan) }
    var figure = StudyFigure(
      "Published top-1 error against time here", xTitle: "milliseconds a picture", unit: .share,
      series: [.init("Pareto front", Pareto.front(points).map(point))]
        + cards.indices.map { .init(cards[$0].name, [point($0)], isLine: false) })
    figure.spansDecades = true
    return figure
  }
}

/// Which of some things no other one beats.
package enum Pareto {
  /// The places of points of which no other has both a lower or equal x and a lower y, or a lower x and an equal y; by x.
  package static func front(_ points: [(x: Double, y: Double)]) -> [Int] {
    points.indices.filter { place in
      let point = points[place]
      guard point.x.isFinite, point.y.isFinite else { return false }
      return !points.contains { other in
        other.x <= point.x && other.y <= point.y && (other.x < point.x || other.y < point.y)
      }
    }.sorted { points[$0].x < points[$1].x }
  }
}

extension Collection where Element == Double {
  /// Between the two values nearest to it, as NumPy has it by default.
  /// - Parameter share: in 0...1.
  /// - Precondition: there is a value.
  package func quantile(_ share: Double) -> Double {
    let sorted = sorted()
    let place = share * Double(sorted.count - 1)
    let low = Int(place)
    let high = Swift.min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }
}
