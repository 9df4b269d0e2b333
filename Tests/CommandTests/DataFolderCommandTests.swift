import Colonnade
import Foundation
import XCTest

/// Data folders of an ordinary day, as the command takes them.
final class DataFolderCommandTests: XCTestCase {
  private var folder: WorkFolder!
  private var weights: String!

  override func setUpWithError() throws {
    folder = try WorkFolder()
    let network = try Network("resnet20", classes: 3, seed: 4)
    let card = WeightCard(
      network: "resnet20", classNames: ["bus", "car", "train"], inputChannels: 3, inputHeight: 32,
      inputWidth: 32, preprocessing: network.card.preprocessing)
    weights = folder.path("three.safetensors")
    try network.store.save(to: weights, metadata: card.metadata)
  }

  override func tearDown() { folder = nil }

  private func addPictures(_ names: String...) throws {
    for (index, name) in names.enumerated() {
      try folder.write("data/\(name)", Samples.png(36, seed: UInt64(index)))
    }
  }

  private func evaluate(
    _ options: String..., data: String = "data", directory: URL? = nil
  ) throws -> (count: Int?, errors: [String]) {
    let path = directory == nil ? folder.path(data) : data
    let outcome = try Command.run(
      ["evaluate", path, "--weights", weights, "--json"] + options, directory: directory)
    return ((try outcome.json() as? [String: Any])?["count"] as? Int, outcome.errorLines)
  }

  func testWhatIsNotUsedIsSaidInOneLine() throws {
    try addPictures(
      "train/bus/1.png", "train/bus/in/2.png", "valid/bus/1.png", "valid/car/x/1.png", "test/car/1.png")
    for name in ["train/bus/a.txt", "train/__MACOSX/x", "train/car/none.txt", "valid/bus/.DS_Store"] {
      try folder.write("data/\(name)", Data("x".utf8))
    }
    // Training has no picture of a car, so validation must not either.
    try Command.fail(
      65, "valid: training knows no class car", arguments: "evaluate", folder.path("data"), "--weights",
      weights)
    try addPictures("train/car/1.png")
    let line =
      "colonnade: note: \(folder.path("data")): not used: 2 txt, 1 .DS_Store, 1 __MACOSX, folder test"
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 2)
    XCTAssertEqual(errors, [line])
    XCTAssertEqual(try evaluate("--part", "train").count, 3)
  }

  func testAClassCalledTrain() throws {
    try addPictures("bus/1.png", "car/1.png", "train/1.png", "train/2.png")
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 4)
    XCTAssertEqual(errors, [])
  }

  /// One's own folder goes before a data set of that name, unless it is none.
  func testAFolderCalledLikeADataSet() throws {
    try folder.write("digits/train/bus/1.png", Samples.png(36))
    try folder.write("digits/val/bus/1.png", Samples.png(36))
    let (count, errors) = try evaluate(data: "digits", directory: folder.url)
    XCTAssertEqual(count, 1)
    XCTAssertEqual(
      errors,
      ["colonnade: note: digits: the folder of this name is read; the data set is builtin:digits"])
    for name in ["builtin:digits", "digits"] {
      if name == "digits" {
        try FileManager.default.removeItem(atPath: folder.path("digits"))
        try folder.write("digits/log.jsonl", Data("of a run".utf8))
      }
      let outcome = try Command.run(["evaluate", name, "--weights", weights], directory: folder.url)
      XCTAssertEqual(outcome.code, 65)
      XCTAssertTrue(outcome.errors.contains("does not know the class 0 (10 such)"), outcome.errors)
    }
  }

  func testPicturesInFoldersInsideAClassCount() throws {
    try addPictures(
      "train/bus/1.png", "val/bus/1.png", "val/bus/more/deep/n0.png", "val/bus/more/deep/n1.png",
      "val/bus/x/2.png")
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 4)
    XCTAssertEqual(errors, [])
  }

  /// What is decoded counts, whatever its ending; what is not is named.
  func testEveryFormatCounts() throws {
    for (name, fixture) in [
      ("1.webp", "webp_lossless.webp"), ("2.bmp", "bmp_24.bmp"), ("3.gif", "gif_colours.gif"),
      ("4.jfif", "jpeg_444.jpg"),
      ("5.JPE", "jpeg_444.jpg"), ("6", "webp_lossless.webp"),
    ] {
      try folder.write("data/bus/\(name)", Fixture.picture(fixture))
    }
    try folder.write("data/bus/7.tif", Data("II*\0........".utf8))
    try folder.write("data/bus/8.heic", Data("\0\0\0\u{18}ftypheic".utf8))
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 6)
    XCTAssertEqual(errors, ["colonnade: note: \(folder.path("data")): not used: 1 HEIF, 1 TIFF"])
  }

  func testLitterAndEmptyClasses() throws {
    try addPictures("train/bus/1.png", "train/car/1.png", "val/bus/1.png", "val/car/1.png")
    try folder.write("data/train/__MACOSX/bus/._1.png", Data("x".utf8))
    for part in ["train", "val"] { _ = try folder.makeFolder("data/\(part)/eel") }
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 2)
    XCTAssertEqual(
      errors, ["colonnade: note: \(folder.path("data")): not used: 1 __MACOSX; no pictures, so no class: eel"]
    )
  }

  /// Of `train/` alone a share is split off where that is asked for.
  func testOnlyTrain() throws {
    for name in ["bus", "car"] { try addPictures("train/\(name)/1.png", "train/\(name)/2.png") }
    try Command.fail(
      65, "no pictures to validate by", "--validation-share", arguments: "evaluate", folder.path("data"),
      "--weights",
      weights)
    XCTAssertEqual(try evaluate("--validation-share", "0.5").count, 2)
    XCTAssertEqual(try evaluate("--part", "train").count, 4)
  }

  /// Links to nothing, pipes, and capital letters.
  func testLinksThatLeadNowhereAndCapitals() throws {
    try addPictures("TRAIN/bus/1.png", "Valid/bus/1.png", "Valid/bus/2.png")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("data/Valid/bus/3.png"), withDestinationPath: "gone.png")
    XCTAssertEqual(mkfifo(folder.path("data/Valid/bus/4.png"), 0o600), 0)
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 2)
    XCTAssertEqual(errors, ["colonnade: note: \(folder.path("data")): not used: 2 links or devices"])
  }

  /// The only classes are called like the parts of a data set.
  func testClassesCalledLikeParts() throws {
    try addPictures("train/1.png", "test/1.png", "val/1.png", "val/2.png")
    let outcome = try Command.run(["evaluate", folder.path("data"), "--weights", weights])
    XCTAssertEqual(outcome.code, 65)
    XCTAssertTrue(outcome.errors.contains("does not know the class test (2 such)"), outcome.errors)
    let listed = try Command.run(["dataset", folder.path("data")])
    XCTAssertTrue(listed.errors.contains("test, train, val taken for classes"), listed.errors)
  }

  /// An archive's folder around the data.
  func testAFolderAroundTheParts() throws {
    try addPictures("photos-main/train/bus/1.png", "photos-main/val/bus/1.png")
    let listed = try Command.run(["dataset", folder.path("data")])
    XCTAssertTrue(
      listed.errors.contains("name \(folder.path("data/photos-main")) for them"), listed.errors)
  }

  /// Pictures that a table names are used wherever they are; those beside it that it does not name are not.
  func testATableBesideItsPictures() throws {
    try addPictures("1.png", "2.png", "3.png")
    try folder.write("data/labels.csv", Data("path,label\n1.png,bus\n2.png,car\n".utf8))
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 2)
    XCTAssertTrue(errors.contains { $0.contains("not used: 1 picture") }, "\(errors)")
    try folder.write("data/labels.csv", Data("path,label\n1.png,bus\n2.png,car\n3.png,car\n".utf8))
    XCTAssertFalse(try evaluate().errors.contains { $0.contains("not used") })
  }

  /// A competition's list of the pictures whose classes are to be found.
  func testATableWithoutLabels() throws {
    try addPictures("img/1.png", "img/2.png", "img/3.png", "img/4.png")
    try folder.write(
      "data/train.csv", Data("filename,label\nimg/1.png,bus\nimg/2.png,car\nimg/3.png,train\n".utf8))
    try folder.write("data/test.csv", Data("filename\nimg/4.png\n".utf8))
    let (count, errors) = try evaluate("--part", "train")
    XCTAssertEqual(count, 3)
    XCTAssertTrue(
      errors.contains { $0.contains("test.csv, which has no column of labels") }, "\(errors)")
  }

  func testALatin1ClassWithPictures() throws {
    try addPictures("bus/1.png")
    let made = try Command.shell(
      #"mkdir $'data/caf\xe9' && cp data/bus/1.png $'data/caf\xe9/\xfc.png'"#, in: folder)
    guard made.code == 0 else { throw XCTSkip("this file system takes no such name") }
    try Command.fail(
      65, #"does not know the class caf\xE9 (1 such)"#, arguments: "evaluate", folder.path("data"),
      "--weights", weights)
    let network = try Network("resnet20", classes: 2, seed: 4)
    let card = WeightCard(
      network: "resnet20", classNames: ["bus", #"caf\xE9"#], inputChannels: 3, inputHeight: 32,
      inputWidth: 32,
      preprocessing: network.card.preprocessing)
    try network.store.save(to: weights, metadata: card.metadata)
    XCTAssertEqual(try evaluate().count, 2)
  }

  func testALatin1ClassIsUsedOrShownEscaped() throws {
    try addPictures("bus/1.png")
    let name = Array(folder.path("data").utf8) + Array("/caf".utf8) + [0xE9]
    let made = (name + [0]).withUnsafeBytes {
      mkdir($0.assumingMemoryBound(to: CChar.self).baseAddress!, 0o755) == 0
    }
    guard made else { throw XCTSkip("this file system takes no such name") }
    let (count, errors) = try evaluate()
    XCTAssertEqual(count, 1)
    XCTAssertEqual(
      errors, ["colonnade: note: \(folder.path("data")): no pictures, so no class: caf\\xE9"])
  }

  func testTrainsOnAFolderThatLacksAClassInValidation() throws {
    for part in ["train", "val"] {
      for name in ["cat", "dog", "eel"] where part == "train" || name != "eel" {
        for index in 0..<3 {
          try folder.write("data/\(part)/\(name)/\(index).png", Samples.png(36, seed: UInt64(index)))
        }
      }
    }
    try folder.write("data/train/dog/7.png", Samples.png(36).prefix(300))
    let arguments = [
      "train", folder.path("data"), "--network", "resnet20", "--size", "16", "--epochs", "1", "--out",
    ]
    let refused = try Command.run(arguments + [folder.path("first")])
    XCTAssertEqual(refused.code, 65, refused.errors)
    XCTAssertTrue(refused.errors.contains("7.png: the picture is truncated"), refused.errors)

    let run = folder.path("run")
    let outcome = try Command.run(arguments + [run, "--skip-broken"])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertTrue(outcome.output.contains("9 pictures to train on, 6 to validate"), outcome.output)
    XCTAssertEqual(outcome.errorLines.count, 1)
    XCTAssertTrue(outcome.errors.contains("not used: 1 broken picture: "), outcome.errors)
    XCTAssertTrue(outcome.errors.contains("no pictures in validation of eel"), outcome.errors)
    XCTAssertEqual(try WeightCard.read(from: run + "/best.safetensors")?.classNames, ["cat", "dog", "eel"])
  }

  func testTrainsOnAShareOfAFolderOfClasses() throws {
    for name in ["cat", "dog"] {
      for index in 0..<5 {
        try folder.write("data/\(name)/\(index).png", Samples.png(36, seed: UInt64(index)))
      }
    }
    let run = folder.path("run")
    let arguments = [
      "train", folder.path("data"), "--network", "resnet20", "--size", "16", "--epochs", "1", "--out", run,
    ]
    try Command.fail(
      65, "no pictures to validate by", "--validation-share 0.2",
      arguments: "train", folder.path("data"), "--network", "resnet20", "--out", run)
    let outcome = try Command.run(arguments + ["--validation-share", "0.2", "--seed", "3"])
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertTrue(outcome.output.contains("8 pictures to train on, 2 to validate"), outcome.output)
    let evaluation = try XCTUnwrap(
      Command.run([
        "evaluate", folder.path("data"), "--weights", run + "/last.safetensors", "--json",
        "--validation-share", "0.2",
        "--seed", "3",
      ]).json() as? [String: Any])
    XCTAssertEqual(evaluation["count"] as? Int, 2)
    // The weights know what was split off; where it is not that, it is said what the number may be worth.
    for (options, texts) in [
      (["0.2"], ["by --seed 3, as the weights' training had it"]),
      (["0.2", "--seed", "4"], ["by --seed 4", "may be among", "--validation-share 0.2 by --seed 3"]),
      (["0.4"], ["by --seed 0", "trained on may be among"]),
    ] {
      let measured = try Command.run(
        ["evaluate", folder.path("data"), "--weights", run + "/last.safetensors", "--validation-share"]
          + options)
      XCTAssertEqual(measured.code, 0, measured.errors)
      XCTAssertEqual(measured.errorLines.count, 1, measured.errors)
      for text in texts { XCTAssertTrue(measured.errors.contains(text), measured.errors) }
    }

    // What was asked of the data is the run's: it need not be given again, and cannot be changed.
    let resumed = try Command.run(["train", folder.path("data"), "--out", run, "--resume", "--epochs", "2"])
    XCTAssertEqual(resumed.code, 0, resumed.errors)
    XCTAssertTrue(resumed.output.contains("8 pictures to train on, 2 to validate"), resumed.output)
    try Command.fail(
      64, "--orientation exif (the run has ignore), --validation-share 0.3 (the run has 0.2)",
      arguments: "train", folder.path("data"), "--out", run, "--resume", "--epochs", "3", "--orientation",
      "exif",
      "--validation-share", "0.3")
  }

  func testEveryTrainingPictureIsBroken() throws {
    try addPictures("val/bus/1.png", "val/car/1.png")
    for name in ["bus", "car"] { try folder.write("data/train/\(name)/1.png", Data("no picture".utf8)) }
    let outcome = try Command.run([
      "train", folder.path("data"), "--network", "resnet20", "--size", "16", "--out", folder.path("run"),
      "--skip-broken",
    ])
    XCTAssertEqual(outcome.code, 65, outcome.errors)
    XCTAssertTrue(outcome.errors.contains("the training set has no pictures"), outcome.errors)
  }

  func testWrongShares() throws {
    try addPictures("train/bus/1.png", "val/bus/1.png")
    for share in ["0", "1", "nan", "1.5"] {
      try Command.fail(
        64, "--validation-share", arguments: "evaluate", folder.path("data"), "--weights", weights,
        "--validation-share", share)
    }
    try Command.fail(
      65, "has pictures to validate by", arguments: "evaluate", folder.path("data"), "--weights", weights,
      "--validation-share", "0.5")
  }
}
