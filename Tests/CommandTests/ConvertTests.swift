import Colonnade
import Foundation
import XCTest

/// `convert`: every format in, every precision out, and what is said of it.
final class ConvertTests: XCTestCase {
  private var folder: WorkFolder!

  override func setUpWithError() throws { folder = try WorkFolder() }
  override func tearDown() { folder = nil }

  /// The command's outcome, and the tensors that it wrote.
  private func convert(_ input: String, _ options: String...) throws -> (Command.Outcome, SafetensorsFile) {
    let output = folder.path("out.safetensors")
    let outcome = try Command.run(["convert", input, output] + options)
    XCTAssertEqual(outcome.code, 0, outcome.errors)
    return (outcome, try SafetensorsFile(path: output))
  }

  private func bytes(_ file: some TensorFile, _ key: String) throws -> [UInt8] {
    try file.withBytes(of: key) { Array($0) }
  }

  func testEveryFormatKeepsItsTensors() throws {
    for (path, count) in [
      (Fixture.checkpoint("views.pt"), 13), (Fixture.checkpoint("views_legacy.th"), 13),
      (Fixture.checkpoint("types.pth"), 10), (Fixture.numpy("stored.npz"), 27),
      (Fixture.numpy("deflated.npz"), 27), (Fixture.numpy("version1.npy"), 1), (Fixture.safetensors, 11),
    ] {
      let source = try openTensorFile(path)
      let (outcome, result) = try convert(path)
      XCTAssertEqual(
        outcome.output,
        "\(count) tensor\(count == 1 ? "" : "s") written to \(folder.path("out.safetensors"))\n")
      XCTAssertEqual(outcome.errors, "", path)
      XCTAssertEqual(Set(result.keys), Set(source.keys), path)
      for key in source.keys {
        XCTAssertEqual(result.shape(of: key), source.shape(of: key), "\(path): \(key)")
        XCTAssertEqual(result.type(of: key), source.type(of: key), "\(path): \(key)")
        XCTAssertEqual(try bytes(result, key), try bytes(source, key), "\(path): \(key)")
      }
    }
  }

  /// The elements that the fixtures' scripts say, through both of PyTorch's formats and both of NumPy's.
  func testElementsAreTheScripts() throws {
    for name in ["views.pt", "views_legacy.th"] {
      let (_, result) = try convert(Fixture.checkpoint(name))
      XCTAssertEqual(result.shape(of: "transposed"), [5, 12])
      XCTAssertEqual(
        try result.tensor("transposed").scalars,
        (0..<5).flatMap { column in (0..<12).map { Float($0 * 5 + column) } })
      XCTAssertEqual(
        try result.tensor("every_third").scalars, stride(from: 4, to: 100, by: 3).map { Float($0) })
    }
    for name in ["stored.npz", "deflated.npz"] {
      let (_, result) = try convert(Fixture.numpy(name))
      for key in ["f2", "f4", "f8", "f2_fortran", "f4_fortran", "f8_fortran"] {
        XCTAssertEqual(try result.tensor(key).scalars, (0..<24).map { Float(3 * $0 - 20) }, key)
      }
      XCTAssertEqual(try result.integers("i8"), (0..<24).map { 3 * $0 - 20 })
    }
  }

  /// `scripts/goldens/topics/torch_files.py` let torch round the numbers.
  func testPrecisionsRoundAsTorchDoes() throws {
    let path = Fixture.checkpoint("rounding.pth")
    let source = try WeightFile(path: path)
    let floats = source.keys.count {
      [.float64, .float32, .float16, .bfloat16].contains(source.type(of: $0))
    }
    for (option, type, name) in [
      ("f16", ElementType.float16, "half"), ("bf16", .bfloat16, "brain"), ("f32", .float32, "single"),
    ] {
      let (outcome, result) = try convert(path, "--to", option, "--json")
      for key in ["single", "double"] {
        XCTAssertEqual(result.type(of: key), type, option)
        XCTAssertEqual(try bytes(result, key), try bytes(source, "\(key)_to_\(name)"), "\(key) to \(option)")
      }
      XCTAssertEqual(result.type(of: "count"), .int64)
      XCTAssertEqual(try result.integers("count"), [7])

      let report = try XCTUnwrap(outcome.json() as? [String: Any])
      let already = source.keys.count { source.type(of: $0) == type }
      XCTAssertEqual(report["tensors"] as? Int, source.keys.count)
      XCTAssertEqual(report["converted"] as? Int, floats - already)
      let overflows = Int(try source.integers("overflows_\(name)")[0])
      XCTAssertEqual(report["overflows"] as? Int, overflows)
      XCTAssertEqual(report["output"] as? String, folder.path("out.safetensors"))
      XCTAssertEqual(outcome.errorLines.count, 1)
      XCTAssertTrue(
        outcome.errors.contains("warning: ")
          && outcome.errors.contains("too large for \(option) became infinite"),
        outcome.errors)
    }
  }

  func testPeopleReadHowManyWereConverted() throws {
    let (outcome, _) = try convert(Fixture.checkpoint("state.pth"), "--to", "bf16")
    XCTAssertEqual(
      outcome.output,
      "9 tensors written to \(folder.path("out.safetensors")), 8 of them converted to BF16\n")
    XCTAssertEqual(outcome.errors, "")
  }

  func testWhatIsNoTensorIsNamed() throws {
    let (outcome, result) = try convert(Fixture.checkpoint("wrapped_state_dict.pth"))
    XCTAssertEqual(result.keys.count, 9)
    XCTAssertEqual(outcome.errorLines.count, 1)
    XCTAssertTrue(
      outcome.errors.contains(
        "the tensors under state_dict are read; left out: epoch, best, lr, done, note, none, shape, type and 1 more"
      ),
      outcome.errors)
  }

  /// A trained network's card goes along: the half-sized file says of which network it is.
  func testTheCardIsKept() throws {
    let network = try Network("resnet20", classes: 2, seed: 1)
    let card = WeightCard(
      network: "resnet20", classNames: ["cat", "dog"], inputChannels: 3, inputHeight: 32, inputWidth: 32,
      preprocessing: .torchvision)
    let whole = folder.path("whole.safetensors")
    try network.store.save(to: whole, metadata: card.metadata)
    let half = folder.path("half.safetensors")
    try Command.succeed("convert", whole, half, "--to", "f16")
    XCTAssertEqual(try WeightCard.read(from: half)?.classNames, ["cat", "dog"])
    let picture = try folder.write("a.png", Samples.png())
    let shown = try Command.succeed("classify", picture, "--weights", half, "--top", "2").output
    XCTAssertTrue(shown.contains("cat") && shown.contains("dog"), shown)
  }

  /// The file that is read may be the one that is replaced.
  func testAFileConvertsInPlace() throws {
    let path = try Samples.weights(of: "resnet20", in: folder)
    let beside = folder.path("beside.safetensors")
    try Command.succeed("convert", path, beside, "--to", "f16")
    try Command.succeed("convert", path, path, "--to", "f16")
    XCTAssertEqual(try SafetensorsFile(path: path).type(of: "conv1.weight"), .float16)
    XCTAssertEqual(
      try Data(contentsOf: URL(filePath: path)), try Data(contentsOf: URL(filePath: beside)))
  }
}
