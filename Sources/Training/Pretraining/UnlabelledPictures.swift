import Datasets
import Foundation
import Images

/// What a picture without a label is to teach: another view of it, where the task compares views.
public struct OtherView: WholePictureTarget, Equatable {
  /// As the network will see it, still in bytes; nil where it is not drawn, or the task needs none.
  public var image: Image?

  /// - Parameter image: as the network will see it; nil for none.
  public init(image: Image? = nil) { self.image = image }
}

/// The pictures of a data set without what they are labelled with.
struct UnlabelledPictures: Dataset {
  private let base: any Dataset<Int>
  /// Of what the task tells apart; empty where it tells nothing apart.
  let classNames: [String]
  /// Draws the other view of a picture; nil where that is done elsewhere, or not at all.
  private let otherView: (@Sendable (_ picture: Image, _ index: Int) -> Image)?

  init(
    _ base: any Dataset<Int>, classNames: [String] = [],
    otherView: (@Sendable (_ picture: Image, _ index: Int) -> Image)? = nil
  ) {
    (self.base, self.classNames, self.otherView) = (base, classNames, otherView)
  }

  var count: Int { base.count }
  func target(at index: Int) -> OtherView { OtherView() }
  func name(at index: Int) -> String { base.name(at: index) }

  func example(at index: Int) throws -> Example<OtherView> {
    let image = try base.example(at: index).image
    return Example(image: image, target: OtherView(image: otherView?(image, index)))
  }
}

/// Counts how often something was found out, of pictures without labels.
public struct PretextMeter<Output: Sendable>: TaskMeter {
  /// What a picture is to teach.
  public typealias Target = OtherView

  private struct Counts: Codable, Sendable {
    var found = 0
    var count = 0
  }

  private var counts = Counts()
  private let tally: @Sendable (_ output: Output) -> (found: Int, of: Int)

  init(_ tally: @escaping @Sendable (_ output: Output) -> (found: Int, of: Int)) { self.tally = tally }

  public mutating func add(_ output: Output, for batch: Batch<OtherView>) {
    let (found, count) = tally(output)
    counts.found += found
    counts.count += count
  }

  /// `accuracy`, in 0...1.
  public var metrics: [String: Double] { ["accuracy": Double(counts.found) / Double(max(counts.count, 1))] }

  public var saved: Data? { JSON.encoded(counts) }

  public mutating func restore(_ saved: Data) throws {
    let counts = try JSONDecoder().decode(Counts.self, from: saved)
    guard 0...counts.count ~= counts.found else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: [], debugDescription: "\(counts.found) of \(counts.count) found out"))
    }
    self.counts = counts
  }
}
