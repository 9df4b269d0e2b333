import Engine
import TestSupport
import XCTest

/// The tests' own tools must be able to fail.
final class TestSupportTests: XCTestCase {
  private func failures(
    reference: (([DTensor]) -> DTensor)?, _ function: @escaping ([Tensor]) -> Tensor
  ) -> [String] {
    var generator = RandomStream(seed: 80)
    return gradientFailures(
      of: [generator.tensor([3, 7])], seed: 1, step: reference == nil ? 1e-2 : 1e-6, absolute: 5e-3,
      relative: 2e-2, elements: 100, reference: reference, function: function)
  }

  /// The doubled value with a gradient of which one element is off by a tenth.
  private func doubledWrongly(_ x: Tensor) -> Tensor {
    (x.detached * 2).recorded("wrong", from: x.node) { _ in
      { gradient in
        var wrong = gradient * 2
        wrong.withUnsafeMutableBufferPointer { $0[11] *= 1.1 }
        return [wrong]
      }
    }
  }

  func testGradientCheckerAcceptsTheRightGradient() {
    XCTAssertEqual(failures(reference: nil) { $0[0] * 2 }, [])
    XCTAssertEqual(failures(reference: { $0[0].map { $0 * 2 } }) { $0[0] * 2 }, [])
  }

  func testGradientCheckerFindsOneWrongElement() {
    for reference in [nil, { $0[0].map { $0 * 2 } }] as [(([DTensor]) -> DTensor)?] {
      let failures = failures(reference: reference) { self.doubledWrongly($0[0]) }
      XCTAssertEqual(failures.count, 1)
      XCTAssertTrue(failures.first?.contains("at [1, 4]") ?? false, "\(failures)")
    }
  }

  func testGradientCheckerLeavesOutKinksButNotAll() {
    XCTAssertEqual(failures(reference: Reference.testRamp) { relu($0[0]) }, [])
    let atKinks = gradientFailures(
      of: [Tensor(zeros: [4])], seed: 1, step: 1e-6, absolute: 1e-4, relative: 1e-3, elements: 4,
      reference: Reference.testRamp
    ) { relu($0[0]) }
    XCTAssertEqual(atKinks, ["4 of 4 elements of input 0 lie at kinks"])
  }

  func testComparisonFindsWhatDiffers() {
    let expected = DTensor(shape: [2, 2], values: [1, 2, 3, .nan])
    func compare(_ values: [Float], _ shape: Shape = [2, 2]) -> String? {
      mismatch(Tensor(values, shape: shape), expected, absolute: 1e-3, relative: 1e-3)
    }
    XCTAssertNil(compare([1, 2.0029, 3, .nan]))
    XCTAssertTrue(
      compare([1, 2.0031, 3, .nan])?.contains("1 of 4 elements differ; worst at [0, 1]") ?? false)
    XCTAssertNotNil(compare([1, 2, 3, 4]))
    XCTAssertNotNil(compare([1, .nan, 3, .nan]))
    XCTAssertNotNil(compare([1, 2, .infinity, .nan]))
    XCTAssertNotNil(compare([1, 2, 3, .nan], [4]))
  }
}

extension Reference {
  fileprivate static func testRamp(_ inputs: [DTensor]) -> DTensor { relu(inputs[0]) }
}
