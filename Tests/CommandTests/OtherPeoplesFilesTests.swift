import Colonnade
import Foundation
import TestSupport
import XCTest

/// Weights as other programs leave them, through the commands that read weights: found, their keys' prefixes taken off,
/// what was passed by said in one line; or named as what they are.
final class OtherPeoplesFilesTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  private func resnet(seed: UInt64 = 3) throws -> Network { try Network("resnet20", seed: seed) }

  /// Converts what must be converted.
  /// - Returns: the tensors, and the note.
  private func convert(_ input: String, _ options: String...) throws -> (SafetensorsFile, String) {
    let output = folder.path("out.safetensors")
    let outcome = try Command.run(["convert", input, output] + options)
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    XCTAssertLessThanOrEqual(outcome.errorLines.count, 1, outcome.errors)
    return (try SafetensorsFile(path: output), outcome.errors)
  }

  // MARK: What training scripts save

  func testObjectsAreSkippedAndSaid() throws {
    let state = try convert(Fixture.checkpoint("wrapped_state_dict.pth")).0
    for (name, texts) in [
      (
        "script_schedule.pth",
        ["under model_state_dict", "left out: scheduler_state_dict", "collections.Counter"]
      ),
      ("script_objects.pth", ["under net", "left out: args, device, best", "skipped, not executed: "]),
      ("script_objects.th", ["under net", "left out: args, device, best", "argparse.Namespace"]),
      ("script_imagenet.pth", ["under state_dict", "'module.' taken off the keys", "best_acc1"]),
      ("prefix_all.pth", ["'module.', 'model.', 'module.', '_orig_mod.' taken off the keys"]),
      ("prefix_lightning.pth", ["'model.' taken off"]),
      ("average.pth", ["under ema", "left out: n_averaged"]),
      ("only_student.pth", ["under student.backbone"]),
    ] {
      let (file, note) = try convert(Fixture.checkpoint(name))
      XCTAssertEqual(Set(file.keys), Set(state.keys), name)
      for key in state.keys {
        XCTAssertEqual(
          try file.withBytes(of: key) { Array($0) }, try state.withBytes(of: key) { Array($0) }, name)
      }
      for text in texts { XCTAssertTrue(note.contains(text), "\(name): '\(text)' is not in: \(note)") }
    }
  }

  func testInspectShowsWhatIsBesideTheTensors() throws {
    let path = Fixture.checkpoint("script_objects.pth")
    let shown = try Command.succeed("inspect", path).output
    for text in ["\nunder net\n", "args (an object of argparse.Namespace)", "\nskipped, not executed: 1 × "] {
      XCTAssertTrue(shown.contains(text), shown)
    }
    let json = try XCTUnwrap(Command.run(["inspect", path, "--json"]).json() as? [String: Any])
    XCTAssertEqual(json["under"] as? String, "net")
    XCTAssertEqual((json["skipped"] as? [String: Int])?["torch.device"], 1)
    XCTAssertEqual((json["others"] as? [String: String])?["function"], "torch.nn.functional.relu")
  }

  func testOneOfSeveralIsChosen() throws {
    let path = Fixture.checkpoint("several.pth")
    let output = folder.path("no.safetensors")
    try Command.fail(
      65, "holds 2 state dicts, one of which must be chosen by its key: model, model_ema (--key)",
      arguments: "convert", path, output)
    try Command.fail(
      64, "under mode, only under model, model_ema", arguments: "inspect", path, "--key", "mode")
    XCTAssertFalse(FileManager.default.fileExists(atPath: output))
    let single = try convert(path, "--key", "model").0.tensor("0.weight").scalars
    let (file, note) = try convert(path, "--key", "model_ema")
    XCTAssertEqual(try file.tensor("0.weight").scalars, single.map { 2 * $0 })
    XCTAssertTrue(
      note.contains("under model_ema are read; 'module.' taken off the keys; left out: model, "), note)
    let json = try XCTUnwrap(
      Command.run(["inspect", path, "--key", "model", "--json"]).json() as? [String: Any])
    XCTAssertEqual(json["under"] as? String, "model")
  }

  /// A network's weights in the wrappings of the day, through every command that loads weights.
  func testEveryCommandLoadsThem() throws {
    let (network, other) = (try resnet(), try resnet(seed: 4))
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let batch = try SafetensorsFile(path: input).tensor("input").permuted([0, 2, 3, 1])
    let expected = try network.logits(batch).scalars
    func run(_ weights: String, _ options: String...) throws -> String {
      let outcome = try Command.run(
        [
          "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output",
          folder.path("logits"),
        ]
          + options)
      XCTAssertEqual(outcome.code, 0, outcome.errors)
      XCTAssertEqual(
        try SafetensorsFile(path: folder.path("logits")).tensor("output").scalars, expected, weights)
      return outcome.errors
    }
    let wrapped = TorchFile.data(
      .dict([
        ("args", .object("argparse", "Namespace", .dict([("lr", .integer(1))]))),
        ("model_ema", network.store.stateDict(prefix: "module._orig_mod.")),
        ("model", other.store.stateDict(prefix: "module.")),
      ]))
    let several = try folder.write("several.pth", wrapped)
    let note = try run(several, "--key", "model_ema")
    XCTAssertTrue(
      note.contains(
        "note: \(several): the tensors under model_ema are read; 'module.', '_orig_mod.' taken off the keys; "
          + "left out: args, model; skipped, not executed: argparse.Namespace"), note)
    try Command.fail(
      65, several, "model_ema, model (--key)", arguments: "run", "--network", "resnet20", "--weights",
      several,
      "--input", input, "--output", folder.path("none"))

    // Safetensors of a class around the network, whatever it calls it.
    let lightning = try Samples.weights(of: "resnet20", in: folder) { "backbone." + $0 }
    XCTAssertTrue(try run(lightning).contains("'backbone.' taken off the keys"))
    let fits = try Command.succeed("inspect", lightning).output
    XCTAssertTrue(
      fits.contains("fits resnet20, 10 classes, 3 input channels, without 'backbone.' before its keys"), fits)
    // A student's and a teacher's in one state dict.
    let both = try folder.write(
      "both.pth",
      TorchFile.data(
        .dict([
          ("net", .dict(entries("student.", network) + entries("teacher.", other)))
        ])))
    XCTAssertTrue(try run(both, "--key", "student").contains("the tensors under net.student are read"))

    let picture = try folder.write("a.jpg", Samples.jpeg)
    let classified = try Command.succeed(
      "classify", picture, "--network", "resnet20", "--weights", several, "--key", "model_ema", "--top", "1")
    XCTAssertEqual(classified.output.split(separator: "\n").count, 1)
    XCTAssertEqual(classified.errorLines.count, 1, classified.errors)
    let data = try Samples.photographs(classes: ["cat", "dog"], in: folder)
    let trained = try Command.succeed(
      "train", data, "--network", "resnet20", "--out", folder.path("run"), "--epochs", "1", "--batch", "6",
      "--weights", several, "--key", "model_ema")
    XCTAssertTrue(trained.errors.contains("the tensors under model_ema are read"), trained.errors)
    try Command.fail(
      64, "--key: only --weights has something to choose from", arguments: "train", data, "--network",
      "resnet20",
      "--out", folder.path("other"), "--key", "model_ema")
  }

  private func entries(_ prefix: String, _ network: Network) -> [(String, TorchFile.Value)] {
    guard case .dict(let entries) = network.store.stateDict(prefix: prefix) else { return [] }
    return entries
  }

  /// A part of the keys differs: the message shows which is which.
  func testWhatDoesNotFitIsPaired() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder) {
      $0.hasPrefix("layer1.") ? "stage1." + $0.dropFirst(7) : $0 == "linear.bias" ? "fc.bias" : $0
    }
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    let outcome = try Command.run([
      "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output", folder.path("none"),
    ])
    XCTAssertEqual(outcome.code, 65)
    XCTAssertEqual(outcome.errorLines.count, 1)
    XCTAssertTrue(
      outcome.errors.contains("does not fit the network: 31 missing, 37 not expected: "), outcome.errors)
    XCTAssertTrue(
      outcome.errors.contains(
        "layer1.0.conv1.weight [16, 16, 3, 3] is missing, where the file has stage1.0.conv1.weight [16, 16, 3, 3]"
      ),
      outcome.errors)
    let shown = try Command.succeed("inspect", weights).output
    XCTAssertTrue(
      shown.contains("closest is resnet20") && shown.contains("where the file has stage1.0."), shown)
  }

  // MARK: What is none

  func testOtherFormatsAreNamed() throws {
    let pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 494\n"
    let page = "<!DOCTYPE html><html><body>\(String(repeating: "x", count: 500))</body></html>"
    let picture = try folder.write("a.jpg", Samples.jpeg)
    for (path, text) in [
      (
        Fixture.checkpoint("bad_torchscript.pt"), "is a TorchScript archive, a program with its weights: save"
      ),
      (
        Fixture.checkpoint("bad_module.pth"),
        "is a whole pickled model (torch.nn.modules.container.Sequential)"
      ),
      (
        try folder.write("plain.pth.gz", Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])),
        "by gzip: unpack it first (gunzip)"
      ),
      (
        try folder.write("page.pth", Data(page.utf8)),
        "is a page of HTML or XML, which begins '<!DOCTYPE html>"
      ),
      (
        try folder.write("large.safetensors", Data(pointer.utf8)),
        "is a Git LFS pointer to a file of 494 bytes: "
      ),
      (picture, "is a JPEG picture"), (try folder.write("empty.onnx", Data()), "is empty"),
    ] {
      try Command.fail(65, "\(path): ", text, arguments: "inspect", path)
      try Command.fail(65, "\(path): ", text, arguments: "convert", path, folder.path("none"))
      try Command.fail(
        65, "\(path): ", text, arguments: "classify", picture, "--network", "resnet20", "--weights", path)
    }
    let archive = Fixture.numpy("stored.npz")
    try Command.fail(
      65, "is a NumPy array", arguments: "classify", picture, "--network", "resnet20", "--weights",
      Fixture.numpy("version1.npy"))
    try Command.fail(
      65, "is a NumPy archive (.npz): 'colonnade convert'", arguments: "classify", picture, "--network",
      "resnet20",
      "--weights", archive)
    try Command.fail(64, "no tensors are under a", arguments: "inspect", archive, "--key", "a")
  }

  /// Weights of the other kind: a detector's where a classifier's are wanted, and the reverse.
  func testWeightsOfAnotherKindAreNamed() throws {
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let darknet = try SmallDetector.weights(in: folder)
    let format = "\(darknet): is a darknet weight file, whose numbers have no names: 'colonnade detect'"
    try Command.fail(65, format, arguments: "inspect", darknet)
    try Command.fail(65, format, arguments: "convert", darknet, folder.path("none"))
    try Command.fail(
      65, format, arguments: "classify", picture, "--network", "resnet20", "--weights", darknet)

    func weights(_ name: String, _ network: String, task: String?) throws -> String {
      let card = WeightCard(
        network: network, classNames: ["cat", "dog", "bird"], inputChannels: 3, inputHeight: 32,
        inputWidth: 32, preprocessing: try Registry.card(named: "resnet20").preprocessing, task: task)
      let path = folder.path(name)
      try Safetensors.write([("x", Tensor([1], shape: [1]))], metadata: card.metadata, to: path)
      return path
    }
    let detector = try weights("detector.safetensors", "yolov3-tiny", task: "yolo")
    for options in [[], ["--network", "resnet20"]] {
      let outcome = try Command.run(["classify", picture, "--weights", detector] + options)
      XCTAssertEqual(outcome.code, 65)
      XCTAssertEqual(outcome.errorLines.count, 1, outcome.errors)
      XCTAssertTrue(
        outcome.errors.contains(
          "\(detector): holds the weights of the detector yolov3-tiny, for 'colonnade detect'"),
        outcome.errors)
    }
    let shown = try Command.succeed("inspect", detector).output
    XCTAssertTrue(shown.contains("the weights of the detector yolov3-tiny, as the metadata say"), shown)
    XCTAssertFalse(shown.contains("no known network"), shown)
    let json = try XCTUnwrap(Command.run(["inspect", detector, "--json"]).json() as? [String: Any])
    XCTAssertEqual(json["detector"] as? String, "yolov3-tiny")
    try Command.fail(
      65, "holds the weights of the classifier resnet20, for 'colonnade classify'", arguments: "detect",
      picture, "--weights", weights("classifier.safetensors", "resnet20", task: nil))

    try Command.fail(64, "'yolov3-tiny' is a detector", arguments: "summary", "yolov3-tiny")
    try Command.fail(
      64, "'resnet20' is a classifier", arguments: "detect", picture, "--network", "resnet20", "--weights",
      darknet)
  }

  /// Types that no weights are read from: named with what to do, by both commands.
  func testTypesThatAreNotLoaded() throws {
    let path = folder.path("integers.safetensors")
    let integers = try resnet().store.all.map { parameter in
      let shape = parameter.layout.fileShape(parameter.shape)
      return (name: parameter.name, shape: shape, values: [Int64](repeating: 1, count: shape.count))
    }
    try Safetensors.write([], integers: integers, to: path)
    let picture = try folder.write("a.jpg", Samples.jpeg)
    let advice = "weights are read from tensors of F32, F16, BF16 or F64: in Python, save tensor.float()"
    try Command.fail(
      65, "of another type: conv1.weight holds I64", advice, arguments: "classify", picture, "--network",
      "resnet20", "--weights", path)
    let shown = try Command.succeed("inspect", path).output
    XCTAssertTrue(
      shown.contains("fits no known network; closest is resnet20 (100 % of the keys): "), shown)
    XCTAssertTrue(shown.contains("conv1.weight holds I64") && shown.contains(advice), shown)
  }

  // MARK: Pipes

  func testWeightsAndTensorsThroughPipes() throws {
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let input = try Samples.tensor([1, 3, 32, 32], in: folder)
    try Command.succeed(
      "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output",
      folder.path("plain"))
    let shown = try Command.succeed("inspect", weights).output
    func shell(_ script: String, _ arguments: [String] = []) throws -> String {
      let outcome = try Command.shell(
        script, in: folder,
        environment: ["weights": weights, "input": input, "array": Fixture.numpy("deflated.npz")],
        arguments: arguments)
      XCTAssertEqual(outcome.code, 0, "\(script): \(outcome.errors)")
      return outcome.output
    }
    for script in [
      #""$colonnade" inspect <(cat "$weights")"#, #"cat "$weights" | "$colonnade" inspect -"#,
      #""$colonnade" inspect - < "$weights""#, #"cat "$weights" | "$colonnade" inspect /dev/stdin"#,
    ] {
      XCTAssertEqual(try shell(script), shown, script)
    }
    XCTAssertEqual(
      try shell(#""$colonnade" inspect <(cat "$array")"#), try shell(#""$colonnade" inspect "$array""#))
    _ = try shell(
      #"cat "$input" | "$colonnade" run --network resnet20 --weights <(cat "$weights") "#
        + "--input - --output piped")
    XCTAssertEqual(
      try SafetensorsFile(path: folder.path("piped")).tensor("output").scalars,
      try SafetensorsFile(path: folder.path("plain")).tensor("output").scalars)
    _ = try shell(#""$colonnade" convert <(cat "$weights") converted"#)
    XCTAssertEqual(
      try SafetensorsFile(path: folder.path("converted")).keys, try SafetensorsFile(path: weights).keys)

    let picture = try folder.write("a.png", Samples.png())
    let detector = [
      "--cfg", try SmallDetector.configuration(in: folder), "--score", "0.1", picture,
    ]
    let file = try SmallDetector.weights(in: folder)
    let found = try shell(#""$colonnade" detect "$@""#, ["--weights", file] + detector)
    XCTAssertFalse(found.isEmpty)
    XCTAssertEqual(
      try shell(#""$colonnade" detect --weights <(cat a.weights) "$@""#, detector), found)
    try Command.fail(66, "/dev/null: cannot be read: not a regular file", arguments: "inspect", "/dev/null")
  }

  // MARK: Safetensors

  private func safetensors(_ name: String, _ header: String, _ elements: Int) throws -> String {
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    data += Data(header.utf8) + Data(count: elements)
    return try folder.write(name, data)
  }

  func testKeysThatDifferInNormalizationAndEmptyMetadata() throws {
    let keys = ["caf\u{E9}", "cafe\u{301}"]
    let path = try safetensors(
      "two.safetensors",
      #"{"__metadata__":null,"\#(keys[0])":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#
        + #""\#(keys[1])":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8)
    let (file, _) = try convert(path)
    XCTAssertEqual(file.keys.map { Array($0.utf8) }, keys.map { Array($0.utf8) })
    let shown = try Command.succeed("inspect", path).output
    XCTAssertTrue(shown.contains("safetensors: 2 tensors, 2 elements\nkeys that look alike differ"), shown)
    let json = try XCTUnwrap(Command.run(["inspect", path, "--json"]).json() as? [String: Any])
    XCTAssertEqual((json["tensors"] as? [Any])?.count, 2)
  }

  /// The only tensor is the input, whatever it is called; of several one must be called so.
  func testTheOnlyTensorIsTheInput() throws {
    let network = try resnet()
    let weights = try Samples.weights(of: "resnet20", in: folder)
    let tensor = try SafetensorsFile(path: Samples.tensor([1, 3, 32, 32], in: folder)).tensor("input")
    let expected = try network.logits(tensor.permuted([0, 2, 3, 1])).scalars
    let archive = folder.path("x.safetensors")
    try Safetensors.write([("images\u{1B}[31m", tensor)], to: archive)
    for input in [
      archive,
      try folder.write("dict.pt", TorchFile.data(.dict([("epoch", .integer(1)), ("x", .tensor(tensor))]))),
      try folder.write("tensor.pt", TorchFile.data(.tensor(tensor))),
    ] {
      try Command.succeed(
        "run", "--network", "resnet20", "--weights", weights, "--input", input, "--output",
        folder.path("logits"))
      XCTAssertEqual(
        try SafetensorsFile(path: folder.path("logits")).tensor("output").scalars, expected, input)
    }
    let two = folder.path("two.safetensors")
    try Safetensors.write([("a\u{1B}[31m", tensor), ("b", tensor)], to: two)
    try Command.fail(
      65, #"of its 2 tensors none is called input: a\u{1B}[31m, b"#, arguments: "run", "--network",
      "resnet20",
      "--weights", weights, "--input", two, "--output", folder.path("none"))
  }

  /// What a file calls things cannot move the cursor.
  func testControlCharactersAreEscapedEverywhere() throws {
    let evil = "a\u{1B}[2J\nb"
    let network = try resnet()
    let entries: [(String, TorchFile.Value)] = [
      (evil, network.store.stateDict(prefix: "\(evil).")), ("\(evil)2", .integer(1)),
      ("x", .object("m\u{1B}", "C", .integer(1))),
    ]
    let path = try folder.write("evil.pth", TorchFile.data(.dict(entries)))
    let picture = try folder.write("a.jpg", Samples.jpeg)
    for arguments in [
      ["inspect", path], ["convert", path, folder.path("out")], ["inspect", path, "--key", "\u{1B}"],
      ["classify", picture, "--network", "resnet20", "--weights", path],
      ["classify", picture, "--network", "alexnet", "--weights", path],
    ] {
      let outcome = try Command.run(arguments)
      XCTAssertFalse((outcome.output + outcome.errors).contains("\u{1B}"), outcome.output + outcome.errors)
      XCTAssertLessThanOrEqual(outcome.errorLines.count, 1, outcome.errors)
    }
  }
}
