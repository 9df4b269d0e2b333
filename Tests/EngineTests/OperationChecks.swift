import Engine
import TestSupport
import XCTest

/// Holds an operation's forward result and gradient against its plain reference, and checks what every operation
/// owes: arguments the caller still holds are unchanged, working in place gives the same bits as working beside, and
/// so does any number of threads.
func checkOperation(
  _ inputs: [Tensor], absolute: Double = 1e-6, relative: Double = 1e-5, elements: Int = 64,
  gradient: Bool = true, _ message: @autoclosure () -> String = "",
  file: StaticString = #filePath, line: UInt = #line,
  reference: ([DTensor]) -> DTensor, operation: ([Tensor]) -> Tensor
) {
  let message = "\(inputs.map(\.shape)) \(message())"
  let before = inputs.map(\.scalars)
  let result = operation(inputs)
  assertClose(
    result, reference(inputs.map(DTensor.init)), absolute: absolute, relative: relative, message,
    file: file, line: line)
  XCTAssertEqual(inputs.map(\.scalars), before, "an argument changed \(message)", file: file, line: line)
  let inPlace = operation(zip(before, inputs).map { Tensor($0, shape: $1.shape) })
  assertSameBits(inPlace, result, "in place \(message)", file: file, line: line)
  for threads in threadCounts {
    withThreads(threads) {
      assertSameBits(operation(inputs), result, "\(threads) threads \(message)", file: file, line: line)
    }
  }
  guard gradient else { return }
  withoutActuallyEscaping(reference) {
    checkGradient(
      of: inputs, elements: elements, reference: $0, message, file: file, line: line, function: operation)
  }
  let leaves = inputs.map { $0.requiringGradient() }
  _ = operation(leaves).backward(seed: Tensor(repeating: 0.5, shape: result.shape))
  XCTAssertEqual(
    leaves.map(\.scalars), before, "the backward pass changed an argument \(message)", file: file, line: line)
}

/// Shapes with counts around the vector width and beyond one task.
let awkwardShapes: [Shape] = [[1], [15], [16], [17], [2, 3, 5, 7], [1, 1, 1, 33], [3, 1]]
let manyTasks: Shape = [3, 211, 163]
