import Engine
import Foundation
import Images
import Training
import XCTest

/// What files of a run say may be anything: it is refused, or shown, and never traps.
final class HostileRunTests: XCTestCase {
  private let evaluation = """
    {"classNames":["a","b"],"count":3,"loss":0.5,"top1":0.6,"top5":1,"perClass":[0.5,null],"confusion":[[1,1],[0,1]]}
    """
  private let preprocessing = """
    {"resize":{"exact":{"width":8,"height":8}},"crop":8,"interpolation":"bilinear","mean":[0.5],\
    "standardDeviation":[0.25]}
    """
  private let record = """
    {"epoch":1,"isBest":true,"learningRate":0.025,"picturesPerSecond":1024.5,"seconds":1.25,"steps":69,\
    "trainAccuracy":0.75,"trainLoss":0.625,"validationAccuracy":0.875,"validationLoss":0.5,\
    "validationSeconds":0.125,"validationTop5":0.984375}
    """

  /// Decodes the text as it is, and refuses it with each replacement.
  private func refuses<T: Decodable>(
    _ type: T.Type, _ text: String, _ replacements: [(String, String)], line: UInt = #line
  ) throws {
    _ = try JSONDecoder().decode(type, from: Data(text.utf8))
    for (old, new) in replacements {
      let changed = text.replacingOccurrences(of: old, with: new)
      XCTAssertNotEqual(changed, text, old, line: line)
      XCTAssertThrowsError(try JSONDecoder().decode(type, from: Data(changed.utf8)), new, line: line) {
        error in
        XCTAssertTrue(error is DecodingError, "\(error)", line: line)
      }
    }
  }

  func testAnEvaluationThatContradictsItselfIsRefused() throws {
    try refuses(
      Evaluation.self, evaluation,
      [
        (#"["a","b"]"#, #"["a"]"#), (#""count":3"#, #""count":4"#), ("[[1,1],[0,1]]", "[[1,1],[0,1,0]]"),
        ("[[1,1],[0,1]]", "[[1,1]]"), ("[[1,1],[0,1]]", "[[1,-1],[0,3]]"),
        ("[[1,1],[0,1]]", "[[9223372036854775807,1],[0,1]]"), ("[0.5,null]", "[0.5]"),
        ("[0.5,null]", "[-1,null]"),
        (#""top1":0.6"#, #""top1":1e308"#), (#""top5":1"#, #""top5":-0.1"#),
      ])
  }

  func testACalibrationWithoutSharesIsRefused() throws {
    let bin = #"{"lower":0,"upper":0.5,"count":3,"confidence":0.25,"accuracy":0.5}"#
    let calibration = #"{"temperature":1,"error":0.25,"loss":2,"bins":[\#(bin)]}"#
    let text = "\(evaluation.dropLast()),\"calibration\":\(calibration)}"
    try refuses(
      Evaluation.self, text,
      [
        (#""temperature":1"#, #""temperature":0"#), (#""error":0.25"#, #""error":-1"#),
        (#""count":3,"con"#, #""count":-3,"con"#), (#""confidence":0.25"#, #""confidence":1e308"#),
        (#""accuracy":0.5"#, #""accuracy":-0.5"#), (#""lower":0"#, #""lower":2"#),
      ])
  }

  /// Counts of other classes than the evaluation's, and what no program wrote.
  func testCountsOfClassesMayBeAnything() throws {
    let folder = temporaryFolder()
    try SmallRun(training: 2).trainer(output: folder).run(until: 1)
    let directory = RunDirectory(folder)
    let whole = try XCTUnwrap(
      JSONSerialization.jsonObject(with: Data(contentsOf: directory.configuration)) as? [String: Any])
    let largest = [Int.max] + Array(repeating: 0, count: 9)
    for (counts, isShown) in [([1, 2], false), ([Int.min] + largest.dropFirst(), false), (largest, true)] {
      var changed = whole
      changed["classPictures"] = counts
      try JSONSerialization.data(withJSONObject: changed).write(to: directory.configuration)
      XCTAssertEqual(try Report(run: folder).html.contains("Frequent and rare classes"), isShown)
    }
  }

  func testAnEpochOutOfItsRangeIsRefused() throws {
    try refuses(
      EpochRecord.self, record,
      [
        (#""epoch":1"#, #""epoch":-9223372036854775808"#), (#""epoch":1"#, #""epoch":0"#),
        (#""steps":69"#, #""steps":-1"#), (#""seconds":1.25"#, #""seconds":1e300"#),
        (#""validationSeconds":0.125"#, #""validationSeconds":-1"#), ("1024.5", "1e300"),
      ])
  }

  func testPreprocessingOfNoPictureIsRefused() throws {
    try refuses(
      Preprocessing.self, preprocessing,
      [
        ("[0.5]", "[0.5,0.5]"), ("[0.5]", "[]"), ("[0.25]", "[0]"), ("[0.25]", "[0.25,0.25,0.25]"),
        (#""width":8"#, #""width":0"#), (#""width":8"#, #""width":9223372036854775807"#),
        (#""height":8"#, #""height":-8"#), (#""crop":8"#, #""crop":-1"#), (#""crop":8"#, #""crop":65535"#),
        (#"{"exact":{"width":8,"height":8}}"#, #"{"exact":{"width":60000,"height":60000}}"#),
        (#"{"exact":{"width":8,"height":8}}"#, #"{"shorterSide":{"_0":0}}"#),
      ])
    let kinds = [Preprocessing.torchvision, .review, .googLeNet, .plain(channels: 1)]
    for kind in kinds {
      XCTAssertEqual(try JSONDecoder().decode(Preprocessing.self, from: JSONEncoder().encode(kind)), kind)
    }
  }

  /// A card in a file of some bytes must not have a network of terabytes made.
  func testACardOfManyChannelsIsRefused() throws {
    let folder = temporaryFolder()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (channels, isRefused) in [(1, false), (0, true), (-1, true), (1 << 40, true), (Int.max, true)] {
      let card = WeightCard(
        network: "resnet20", classNames: ["a", "b"], inputChannels: channels, inputHeight: 8, inputWidth: 8,
        preprocessing: .plain(channels: 1))
      let path = folder.appending(path: "\(channels).safetensors").path
      try Safetensors.write([("x", Tensor([1], shape: [1]))], metadata: card.metadata, to: path)
      guard isRefused else {
        XCTAssertEqual(try WeightCard.read(from: path), card)
        continue
      }
      XCTAssertThrowsError(try WeightCard.read(from: path)) { error in
        XCTAssertTrue("\(error)".contains("pictures of \(channels) channels"), "\(error)")
      }
    }
  }

  /// Numbers at the ends of `Double`'s range and numbers that are not there make curves all the same.
  func testAReportOfExtremeNumbersIsWritten() throws {
    let folder = temporaryFolder()
    try SmallRun(training: 2).trainer(output: folder).run(until: 1)
    let directory = RunDirectory(folder)
    for losses in [
      ["1e308", "-1e308"], ["5e-324", "1e-320"], ["5e-324", "1e308"], ["1e308", "1e308"], ["0", "5e-324"],
      ["-0.0", "0"], ["1e16", "10000000000000002"],
    ] {
      let lines = losses.enumerated().map { index, loss in
        record.replacingOccurrences(of: "0.625", with: loss)
          .replacingOccurrences(
            of: #""trainAccuracy":0.75,"#, with: index == 0 ? "" : #""trainAccuracy":1e308,"#
          )
          .replacingOccurrences(of: #""epoch":1"#, with: #""epoch":\#(index + 1)"#)
      }
      try Data(lines.joined(separator: "\n").utf8).write(to: directory.log)
      let html = try Report(run: folder).html
      // Four are of the calibration.
      XCTAssertEqual(html.components(separatedBy: "<polyline").count - 1, 5 + 4, "\(losses)")
    }
  }
}
