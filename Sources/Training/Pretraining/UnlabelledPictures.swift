import Datasets
import Engine
import Foundation
import Images

/// What a picture without a label is to teach: another view of it, where the task compares views.
public struct OtherView: WholePictureTarget, Equatable {
  /// As the network will see it, still in bytes; nil where it is not drawn, or the task needs none.
  public var image: Image?

  /// - Parameter image: as the network will see it; nil for none.
  public init(image: Image? = nil) { self.image = image }
}

/// How another view of a picture is drawn.
package struct ViewRecipe: Sendable {
  private let augmentation: Augmentation
  private let channels: Int

  /// - Parameters:
  ///   - recipe: of random changes.
  ///   - data: the pictures.
  ///   - preprocessing: as the network sees pictures otherwise.
  ///   - side: of views, in pixels.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the recipe makes no pieces of pictures, or does not suit them.
  package init(
    _ recipe: AugmentationRecipe, of data: any Dataset<Int>, _ preprocessing: Preprocessing, side: Int
  ) throws {
    augmentation = try recipe.view(of: data, preprocessing, side: side)
    channels = preprocessing.channels
  }

  func view(of picture: Image, _ stream: RandomStream) -> Image {
    var stream = stream
    return augmentation(picture, &stream).converted(toChannels: channels)
  }

  /// Draws the other view of a decoded picture; the one is what the pipeline makes of the picture itself.
  package var step: Pipeline<OtherView>.Step {
    .init("other view") { example, generator in
      var example = example
      example.target = OtherView(image: view(of: example.image, generator.split("other view")))
      return example
    }
  }
}

/// The pictures of a data set without what they are labelled with.
package struct UnlabelledPictures: Dataset {
  private let base: any Dataset<Int>
  /// Of what the task tells apart; empty where it tells nothing apart.
  package let classNames: [String]
  /// Draws the other view of a picture; nil where that is done elsewhere, or not at all.
  private let otherView: (@Sendable (_ picture: Image, _ index: Int) -> Image)?

  package init(
    _ base: any Dataset<Int>, classNames: [String] = [],
    otherView: (@Sendable (_ picture: Image, _ index: Int) -> Image)? = nil
  ) {
    (self.base, self.classNames, self.otherView) = (base, classNames, otherView)
  }

  package var count: Int { base.count }
  package func target(at index: Int) -> OtherView { OtherView() }
  package func name(at index: Int) -> String { base.name(at: index) }

  package func example(at index: Int) throws -> Example<OtherView> {
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
