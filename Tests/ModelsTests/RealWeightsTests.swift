import Engine
import Foundation
import Models
import TestSupport
import XCTest

/// Published weights: `../shared/data/weights`, or the folder of `COLONNADE_DATA`.
final class RealWeightsTests: XCTestCase {
  static func path(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    let data =
      ProcessInfo.processInfo.environment["COLONNADE_DATA"].map { URL(filePath: $0) }
      ?? root.appending(path: "../shared/data").standardized
    let path = data.appending(path: "weights/\(name)").path
    guard FileManager.default.fileExists(atPath: path) else { throw XCTSkip("\(path) is not there") }
    return path
  }

  /// The ONNX model zoo's own three vectors; torchvision reproduces them within 1.4·10⁻⁴ on outputs of about 290.
  func testSqueezeNetReproducesTheModelZoosVectors() throws {
    let network = try Network("squeezenet1_1", initializes: false)
    try network.store.load(from: Self.path("squeezenet1_1.safetensors"))
    for index in 0..<3 {
      let input = try readNPY(Self.path("squeezenet1_1_vectors/input_\(index).npy"))
      let expected = try readNPY(Self.path("squeezenet1_1_vectors/output_\(index).npy"))
      let logits = try network.logits(input.permuted([0, 2, 3, 1]))
      let scale = expected.scalars.map { Double(abs($0)) }.max()!
      assertClose(logits, expected, absolute: 1e-5 * scale, relative: 0, "vector \(index)")
    }
  }

  /// torchvision's file under its own name, and the first logits of its network with it, in float64, on the pictures
  /// of `scripts/goldens/topics/models.py`.
  func testMobileNetV2LoadsItsPublishedWeights() throws {
    let network = try Network("mobilenet_v2", initializes: false)
    let path = try Self.path("mobilenet_v2/mobilenet_v2-b0353104.pth")
    XCTAssertEqual(PublishedWeights.named(by: path), network.card.publishedWeights)
    try PublishedWeights.check(path)
    try network.store.load(from: path)
    let logits = try network.logits(Golden.all["mobilenet_v2"]!.pictures())
    let expected = [
      -1.655901, 3.532349, -7.664081, -5.847734, -2.276889, 0.7493336, 1.336669, -0.5678364, -2.665634,
      -4.198301, -1.711874, 4.984856, -8.97167, -5.791637, -2.701041, 1.754859, 1.817759, -0.504443,
      -2.110389,
      -3.694702,
    ]
    assertClose(
      logits.slice(axis: 1, 0..<10), DTensor(shape: [2, 10], values: expected), absolute: 1e-4, relative: 0)
  }

  /// The keys load strictly, and the logits are those of `CIFARResNet` in `scripts/goldens/topics/models.py` with the
  /// same weights, in float64.
  func testResNet20LoadsItsPublishedWeights() throws {
    let network = try Network("resnet20", initializes: false)
    try network.store.load(from: Self.path("resnet20_cifar10.safetensors"))
    let logits = try network.logits(Golden.all["resnet20"]!.pictures())
    let expected = [
      4.338901, -5.476024, 1.801059, 6.591, -3.584808, -1.786013, -5.977787, -2.892343, 2.013064, 4.895841,
      0.9958702, -2.82775, 1.442064, 7.545872, -5.361036, 1.634894, -7.132439, -1.671572, 2.138517, 3.140693,
    ]
    assertClose(logits, DTensor(shape: [2, 10], values: expected), absolute: 1e-4, relative: 0)
  }

  /// Little-endian float32 in C order, NumPy's format 1.0.
  private func readNPY(_ path: String) throws -> Tensor {
    let bytes = try Data(contentsOf: URL(filePath: path))
    let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<start], as: UTF8.self)
    precondition(header.contains("'<f4'") && header.contains("'fortran_order': False"), header)
    let extents = header.split(separator: "(")[1].split(separator: ")")[0]
      .split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    return bytes[start...].withUnsafeBytes { raw in
      Tensor(shape: Shape(extents)) { elements in
        for index in elements.indices {
          elements[index] = raw.loadUnaligned(fromByteOffset: index * 4, as: Float.self)
        }
      }
    }
  }
}
