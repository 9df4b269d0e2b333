import Engine
import TestSupport
import XCTest

/// Products with panels of weights, whoever computes them, against plain loops.
final class PanelsTests: XCTestCase {
  /// All rests of rows, inner elements and columns, and some shapes that are cut into several slices.
  func testProducts() {
    var shapes: [(rows: Int, inner: Int, columns: Int)] = []
    for rows in 1...13 { shapes.append((rows, 7, 16)) }
    for inner in 1...9 { shapes.append((6, inner, 16)) }
    for columns in 1...34 { shapes.append((11, 5, columns)) }
    shapes += [(100, 700, 40), (1, 1, 1), (7, 257, 64), (300, 33, 130), (2000, 3, 20)]
    var generator = RandomStream(seed: 71)
    for (rows, inner, columns) in shapes {
      // Rows that are further apart than they are long, in both matrices.
      let (lda, ldc) = (inner + 3, columns + 5)
      let a = generator.tensor([rows, lda])
      let b = generator.tensor([inner, columns])
      let panels = Panels(inner: inner, columns: columns)
      var packed = Tensor(zeros: b.shape)
      var c = Tensor(repeating: 4711, shape: [rows, ldc])
      b.withUnsafeBufferPointer { b in
        packed.withUnsafeMutableBufferPointer {
          panels.pack(groups: 1, b.baseAddress!, into: $0.baseAddress!)
        }
      }
      a.withUnsafeBufferPointer { a in
        packed.withUnsafeBufferPointer { packed in
          c.withUnsafeMutableBufferPointer { c in
            panels.multiply(
              rows: rows, a.baseAddress!, lda: lda, packed.baseAddress!, columns: 0..<columns,
              into: c.baseAddress!, ldc: ldc)
          }
        }
      }
      let (x, w, y) = (a.scalars, b.scalars, c.scalars)
      for row in 0..<rows {
        for column in 0..<ldc {
          guard column < columns else {
            XCTAssertEqual(y[row * ldc + column], 4711, "written beyond \(rows), \(inner), \(columns)")
            continue
          }
          let sum = (0..<inner).reduce(0.0) {
            $0 + Double(x[row * lda + $1]) * Double(w[$1 * columns + column])
          }
          let error = abs(Double(y[row * ldc + column]) - sum)
          guard error <= 1e-5 * Double(inner).squareRoot() + 1e-6 * abs(sum) else {
            return XCTFail("\(rows), \(inner), \(columns): off by \(error) at \(row), \(column)")
          }
        }
      }
    }
  }

  /// Epilogues applied to tiles in registers give the bits of the same steps after the product.
  func testEpiloguesHaveTheBitsOfSeparateSteps() {
    var generator = RandomStream(seed: 72)
    let activations: [Activation] = [.none, .relu, .relu6, .leakyReLU(0.1), .hardSwish, .silu]
    for (rows, inner, columns) in [
      (13, 7, 16), (17, 300, 24), (9, 5, 5), (25, 600, 43), (700, 16, 96), (5, 3, 13),
    ] {
      for (index, activation) in activations.enumerated() {
        let (lda, ldc) = (inner + 1, columns + 2)
        let a = generator.tensor([rows, lda])
        var packed = Tensor(zeros: [inner, columns])
        let (b, scale, shift) = (
          generator.tensor([inner, columns]), generator.tensor([columns]), generator.tensor([columns])
        )
        let residual = generator.tensor([rows, ldc])
        let panels = Panels(inner: inner, columns: columns)
        var fused = Tensor(repeating: 4711, shape: [rows, ldc])
        var apart = fused
        withPointers(a, b, scale, shift, residual) { a, b, scale, shift, residual in
          let epilogue = Epilogue(
            scale: index % 3 == 0 ? nil : scale, shift: index % 3 == 1 ? nil : shift,
            residual: index % 2 == 0 ? residual : nil, activation: activation)
          packed.withUnsafeMutableBufferPointer { packed in
            panels.pack(groups: 1, b, into: packed.baseAddress!)
            func product(_ c: inout Tensor, _ epilogue: Epilogue) {
              c.withUnsafeMutableBufferPointer {
                panels.multiply(
                  rows: rows, a, lda: lda, packed.baseAddress!, columns: 0..<columns, into: $0.baseAddress!,
                  ldc: ldc, epilogue: epilogue)
              }
            }
            product(&fused, epilogue)
            product(&apart, Epilogue())
          }
          apart.withUnsafeMutableBufferPointer {
            epilogue.apply(to: $0.baseAddress!, offset: 0, rows: rows, columns: 0..<columns, stride: ldc)
          }
        }
        XCTAssertEqual(
          fused.scalars.map(\.bitPattern), apart.scalars.map(\.bitPattern),
          "\(rows)×\(inner)×\(columns), \(activation)")
      }
    }
  }

  private func withPointers(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor, _ e: Tensor,
    _ body: (Source, Source, Source, Source, Source) -> Void
  ) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        c.withUnsafeBufferPointer { c in
          d.withUnsafeBufferPointer { d in
            e.withUnsafeBufferPointer { e in
              body(a.baseAddress!, b.baseAddress!, c.baseAddress!, d.baseAddress!, e.baseAddress!)
            }
          }
        }
      }
    }
  }
}
