import Foundation
import Images
import TestSupport
import XCTest

/// What `scripts/goldens/topics/detection.py` wrote.
enum DetectionGoldens {
  struct Boxes: Decodable {
    struct Coder: Decodable {
      let weights, boxes, references, encoded, offsets, decoded: [Float]
    }

    struct Suppression: Decodable {
      let boxes, scores: [Float]
      let classes: [Int]
      let threshold: Float
      let kept: [Int]
    }

    struct Anchors: Decodable {
      let sizes, aspectRatios: [[Float]]
      let picture: [Int]
      let grids: [[Int]]
      let boxes: [Float]
    }

    struct Matches: Decodable {
      let high, low: Float
      let keepsBestOfEach: Bool
      let objects: Int
      let quality: [Float]
      let matches: [Int]
    }

    let a, b: [Float]
    let iou, generalized: [Double]
    let coders: [Coder]
    let suppressions: [Suppression]
    let anchors: [Anchors]
    let matches: [Matches]
    /// Shorter and longest side, height and width before and after.
    let resizes: [[Int]]
  }

  struct Training: Decodable {
    struct Gradient: Decodable {
      let name: String
      let norm: Double
      let samples: [Double]
    }

    let sizes: [[Int]]
    let labels: [String]
    let shorterSide, longestSide: Int
    let objects: [[[Float]]]
    let losses: [String: Double]
    let gradients: [Gradient]
  }

  static func decode<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }
}

/// The picture of the goldens' script.
func goldenPicture(height: Int, width: Int, label: String) -> Image {
  Image(width: width, height: height, pixels: goldenPictureBytes(height: height, width: width, label: label))
}

/// Boxes of numbers in fours: left, top, right, bottom.
func boxes(_ numbers: [Float]) -> [BoundingBox] {
  stride(from: 0, to: numbers.count, by: 4).map {
    BoundingBox(left: numbers[$0], top: numbers[$0 + 1], right: numbers[$0 + 2], bottom: numbers[$0 + 3])
  }
}
