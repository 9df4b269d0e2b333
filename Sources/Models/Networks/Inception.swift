import Engine

/// GoogLeNet's module: four branches side by side, their channels joined.
package final class Inception: Module {
  /// Channels of the 1×1 branch; of the 3×3 branch before and in it; of the 5×5 branch; behind the pooling.
  package struct Widths {
    let pointwise: Int
    let reduction3, branch3: Int
    let reduction5, branch5: Int
    let pooled: Int

    package init(_ a: Int, _ b: Int, _ c: Int, _ d: Int, _ e: Int, _ f: Int) {
      (pointwise, reduction3, branch3, reduction5, branch5, pooled) = (a, b, c, d, e, f)
    }

    var total: Int { pointwise + branch3 + branch5 + pooled }
  }

  package let path: String
  private let branches: Branches
  package var children: [any Module] { [branches] }

  package init(_ scope: Scope, from: Int, _ widths: Widths, _ style: GoogLeNet.Style) {
    path = scope.path
    let unit = style.unit
    let (second, third, fourth) = (scope["branch2"], scope["branch3"], scope["branch4"])
    branches = Branches(branches: [
      [unit(scope["branch1"], from, widths.pointwise, 1, 1)],
      [
        unit(second[0], from, widths.reduction3, 1, 1),
        unit(second[1], widths.reduction3, widths.branch3, 3, 1),
      ],
      [
        unit(third[0], from, widths.reduction5, 1, 1),
        unit(third[1], widths.reduction5, widths.branch5, style.largeKernel, 1),
      ],
      [
        MaxPool2d(fourth[0], kernel: 3, stride: 1, padding: 1, ceilMode: true),
        unit(fourth[1], from, widths.pooled, 1, 1),
      ],
    ])
  }

  package func forward(_ x: consuming Tensor, _ pass: Pass) -> Tensor {
    branches(x, pass)
  }
}
