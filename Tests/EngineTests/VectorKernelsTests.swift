import Engine
import TestSupport
import XCTest

/// What processors with AVX2 compute in C beside what others compute in Swift.
final class VectorKernelsTests: XCTestCase {
  override func setUpWithError() throws {
    try XCTSkipUnless(VectorKernels.areHere, "this processor has no AVX2")
  }

  private func both(_ g: ConvolutionGeometry, _ generator: inout RandomStream, _ label: String) {
    let (x, weight) = (generator.tensor(g.inputShape), generator.tensor(g.weightShape, scale: 0.5))
    let (scale, shift) = (generator.tensor([g.outChannels]), generator.tensor([g.outChannels]))
    let residual = generator.tensor(g.outputShape)
    let adds = generator.bool()
    for plan in ConvolutionTask(g).candidates {
      let prepared = plan.prepare(weight)
      let results = [true, false].map { usesVectorKernels in
        var y = Tensor(repeating: 4711, shape: g.outputShape)
        x.withUnsafeBufferPointer { x in
          scale.withUnsafeBufferPointer { scale in
            shift.withUnsafeBufferPointer { shift in
              residual.withUnsafeBufferPointer { residual in
                y.withUnsafeMutableBufferPointer { y in
                  Kernels.convolution(
                    plan, x: x.baseAddress!, weights: prepared.pointer, y: y.baseAddress!,
                    epilogue: Epilogue(
                      scale: adds ? scale.baseAddress! : nil, shift: shift.baseAddress!,
                      residual: adds ? residual.baseAddress! : nil, activation: adds ? .relu6 : .relu),
                    usesVectorKernels: usesVectorKernels)
                }
              }
            }
          }
        }
        return y
      }
      if plan.algorithm == .depthwise {
        assertClose(results[0], DTensor(results[1]), absolute: 1e-5, relative: 1e-5, "\(g) \(label)")
      } else {
        assertSameBits(results[0], results[1], "\(plan.algorithm) \(g) \(label)")
      }
    }
  }

  /// Transforms have the same bits; sizes leave every rest of a tile.
  func testWinograd() {
    fuzz(40, seed: 91) { generator, label in
      let (ins, outs) = (16 * generator.int(1...9), 16 * generator.int(1...9))
      let padding = generator.int(0...2)
      let g = ConvolutionGeometry(
        input: [generator.int(1...2), generator.int(3...19), generator.int(3...19), ins],
        weight: [3, 3, ins, outs],
        padding: .init(padding))
      both(g, &generator, label)
    }
  }

  /// Products are fused in one and not in the other.
  func testDepthwise() {
    fuzz(60, seed: 92) { generator, label in
      let channels = generator.int(16...150)
      let kernel = generator.element([3, 5])
      let g = ConvolutionGeometry(
        input: [2, generator.int(5...12), generator.int(5...23), channels],
        weight: [kernel, kernel, 1, channels],
        stride: .init(generator.int(1...2)), padding: .init(generator.int(0...3)), groups: channels)
      both(g, &generator, label)
    }
  }
}
