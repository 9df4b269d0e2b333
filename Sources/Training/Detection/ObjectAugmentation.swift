import Datasets
import Engine
import Foundation
import Images

extension AugmentationRecipe {
  /// What is done to pictures with objects as they are decoded; nothing where the preset is for any picture.
  /// - Parameters:
  ///   - data: what is trained on, and what a mosaic takes its other pictures from.
  ///   - side: of the mosaic's square, in pixels; nil for 640.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)`` where the targets allow no such change.
  func steps<Target: GeometricTarget>(for data: any Dataset<Target>, side: Int?) throws -> [Pipeline<Target>
    .Step]
  {
    guard let preset = objectPreset else { return [] }
    guard let type = Target.self as? any DetectionTarget.Type else {
      throw TrainingError.invalidConfiguration("the augmentation '\(self)' is for pictures with boxes")
    }
    return try objectSteps(preset, type, data as? any Dataset<[LabelledBox]>, side)
      as! [Pipeline<Target>.Step]
  }

  /// Refuses targets that allow no such change.
  /// - Throws: ``TrainingError/invalidConfiguration(_:)``.
  func check<Target: DetectionTarget>(for type: Target.Type) throws {
    guard type is [LabelledBox].Type || ![.ssd, .mosaic].contains(objectPreset) else { throw needsBoxesAlone }
  }

  /// - Returns: an array of the target's steps.
  private func objectSteps<Target: DetectionTarget>(
    _ preset: AugmentationOperation.Kind, _ type: Target.Type, _ data: (any Dataset<[LabelledBox]>)?,
    _ side: Int?
  ) throws -> Any {
    typealias Step = Pipeline<Target>.Step
    let colors = Step(.colorJitter(brightness: 0.3, contrast: 0.3, saturation: 0.4, hue: 0.03))
    let flip = Step(.horizontalFlip())
    switch preset {
    case .zoom: return [colors, .zoom(), flip]
    case .ssd:
      return [
        colors, Step(.expand(upTo: 2)), try boxes(.sampledCrop(minimumVisibility: 0.2), in: type), flip,
      ]
    case .mosaic:
      guard let data else { throw needsBoxesAlone }
      let mosaic = Pipeline<[LabelledBox]>.Step.mosaic(from: data, size: side ?? 640, probability: 0.5)
      return [try boxes(mosaic, in: type), colors, .zoom(), flip]
    default: return [Step]()
    }
  }

  /// A step that changes objects alone, as one of the targets that are nothing else.
  private func boxes<Target: DetectionTarget>(
    _ step: Pipeline<[LabelledBox]>.Step, in type: Target.Type
  ) throws -> Pipeline<Target>.Step {
    guard let step = step as? Pipeline<Target>.Step else { throw needsBoxesAlone }
    return step
  }

  private var needsBoxesAlone: TrainingError {
    .invalidConfiguration(
      "the augmentation '\(self)' is not for detectors whose proposals are known beforehand; zoom is")
  }
}

extension Pipeline.Step where Target: DetectionTarget {
  /// The view nearer or farther and moved, at the picture's shape: a piece of it, or a canvas around it, of a random extent and
  /// in a random place. What comes next brings it to the network's size.
  /// - Parameters:
  ///   - scale: how much larger things become, uniform in its logarithm.
  ///   - ratio: the factor of width to height beside it, uniform in its logarithm.
  ///   - fill: what the canvas is around the picture, in all channels.
  ///   - minimumVisibility: the least share of an object's area that must be left of it; not of crowds and difficult ones.
  ///   - probability: of a picture to be changed.
  static func zoom(
    _ scale: ClosedRange<Float> = 0.6...1.7, ratio: ClosedRange<Float> = 0.8...1.25, fill: UInt8 = 114,
    minimumVisibility: Float = 0.33, probability: Float = 0.8
  ) -> Self {
    Self("zoom \(scale)") { example, generator in
      guard generator.uniform() < probability else { return example }
      func draw(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound * pow(range.upperBound / range.lowerBound, generator.uniform())
      }
      let size = example.image.size
      let (factor, stretch) = (draw(scale), draw(ratio).squareRoot())
      let width = max(Int((Float(size.width) / factor * stretch).rounded()), 1)
      let height = max(Int((Float(size.height) / factor / stretch).rounded()), 1)
      // A negative spare is the room in which the picture is placed.
      func place(_ spare: Int) -> Int {
        spare >= 0 ? generator.below(spare + 1) : -generator.below(1 - spare)
      }
      let region = Image.Region(
        x: place(size.width - width), y: place(size.height - height), width: width, height: height)
      let change = GeometricChange.crop(region, fill: fill)
      var target = example.target.transformed(by: change, in: size)
      target.objects = example.target.objects.cropped(
        to: region, in: size, minimumVisibility: minimumVisibility)
      return Example(image: example.image.transformed(by: change), target: target)
    }
  }
}
