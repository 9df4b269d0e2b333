extension Reference {
  /// The output extent of a pooling window: with `ceil`, a last window may hang over the far edge, but must start
  /// inside the input or the near padding (as in PyTorch).
  public static func pooledExtent(
    _ input: Int, kernel: Int, stride: Int, padding: Int, after: Int, dilation: Int = 1, ceil: Bool
  ) -> Int {
    let span = input + padding + after - dilation * (kernel - 1) - 1
    var output = (span + (ceil ? stride - 1 : 0)) / stride + 1
    if ceil, (output - 1) * stride >= input + padding { output -= 1 }
    return output
  }

  /// The maximum of each window; padding never wins.
  public static func maxPool(_ x: DTensor, _ window: Window, ceil: Bool = false) -> DTensor {
    var y = DTensor(zeros: pooledShape(x, window, ceil))
    forEachWindow(x, y.shape, window) { yi, inputs, _ in
      y.values[yi] = inputs.map { x.values[$0] }.max()!
    }
    return y
  }

  /// Each window's gradient goes to its first maximum in row-major order.
  public static func maxPoolGradient(
    _ x: DTensor, gradient: DTensor, _ window: Window, ceil: Bool = false
  ) -> DTensor {
    var dx = DTensor(zeros: x.shape)
    forEachWindow(x, gradient.shape, window) { yi, inputs, _ in
      var best = inputs[0]
      for xi in inputs where x.values[xi] > x.values[best] { best = xi }
      dx.values[best] += gradient.values[yi]
    }
    return dx
  }

  /// The mean of each window, over its elements inside the input, or, with `countIncludePad`, inside the padded input.
  public static func averagePool(
    _ x: DTensor, _ window: Window, ceil: Bool = false, countIncludePad: Bool = true
  ) -> DTensor {
    var y = DTensor(zeros: pooledShape(x, window, ceil))
    forEachWindow(x, y.shape, window) { yi, inputs, padded in
      let sum = inputs.reduce(0) { $0 + x.values[$1] }
      y.values[yi] = sum / Double(countIncludePad ? padded : inputs.count)
    }
    return y
  }

  public static func averagePoolGradient(
    inputShape: [Int], gradient: DTensor, _ window: Window, ceil: Bool = false, countIncludePad: Bool = true
  ) -> DTensor {
    var dx = DTensor(zeros: inputShape)
    forEachWindow(dx, gradient.shape, window) { yi, inputs, padded in
      for xi in inputs {
        dx.values[xi] += gradient.values[yi] / Double(countIncludePad ? padded : inputs.count)
      }
    }
    return dx
  }

  /// The mean over windows from ⌊i·H/out⌋ to ⌈(i+1)·H/out⌉, as in PyTorch.
  public static func adaptiveAveragePool(_ x: DTensor, height: Int, width: Int) -> DTensor {
    var y = DTensor(zeros: [x.shape[0], height, width, x.shape[3]])
    forEachAdaptiveWindow(x.shape, height, width) { yi, inputs in
      y.values[yi] = inputs.reduce(0) { $0 + x.values[$1] } / Double(inputs.count)
    }
    return y
  }

  public static func adaptiveAveragePoolGradient(inputShape: [Int], gradient: DTensor) -> DTensor {
    var dx = DTensor(zeros: inputShape)
    forEachAdaptiveWindow(inputShape, gradient.shape[1], gradient.shape[2]) { yi, inputs in
      for xi in inputs { dx.values[xi] += gradient.values[yi] / Double(inputs.count) }
    }
    return dx
  }

  /// The maximum over the windows of ``adaptiveAveragePool(_:height:width:)``.
  public static func adaptiveMaxPool(_ x: DTensor, height: Int, width: Int) -> DTensor {
    var y = DTensor(zeros: [x.shape[0], height, width, x.shape[3]])
    forEachAdaptiveWindow(x.shape, height, width) { yi, inputs in
      y.values[yi] = inputs.map { x.values[$0] }.max()!
    }
    return y
  }

  /// The mean over height and width: `[N, H, W, C]` to `[N, 1, 1, C]`.
  public static func globalAveragePool(_ x: DTensor) -> DTensor {
    adaptiveAveragePool(x, height: 1, width: 1)
  }

  private static func pooledShape(_ x: DTensor, _ window: Window, _ ceil: Bool) -> [Int] {
    [
      x.shape[0],
      pooledExtent(
        x.shape[1], kernel: window.kernel.h, stride: window.stride.h, padding: window.padding.h,
        after: window.paddingAfter.h, dilation: window.dilation.h, ceil: ceil),
      pooledExtent(
        x.shape[2], kernel: window.kernel.w, stride: window.stride.w, padding: window.padding.w,
        after: window.paddingAfter.w, dilation: window.dilation.w, ceil: ceil),
      x.shape[3],
    ]
  }

  /// Calls `body` with the output's offset, the offsets of the window's elements inside the input, and how many lie
  /// inside the padded input (a window hanging over the padding counts only up to its edge).
  private static func forEachWindow(
    _ x: DTensor, _ output: [Int], _ window: Window,
    _ body: (_ y: Int, _ inputs: [Int], _ padded: Int) -> Void
  ) {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    for offset in 0..<output.reduce(1, *) {
      let index = DTensor.index(of: offset, in: output)
      var inputs: [Int] = []
      var padded = 0
      for m in 0..<window.kernel.h {
        for k in 0..<window.kernel.w {
          let row = index[1] * window.stride.h + m * window.dilation.h - window.padding.h
          let column = index[2] * window.stride.w + k * window.dilation.w - window.padding.w
          if row < height + window.paddingAfter.h, column < width + window.paddingAfter.w { padded += 1 }
          if (0..<height).contains(row), (0..<width).contains(column) {
            inputs.append(((index[0] * height + row) * width + column) * channels + index[3])
          }
        }
      }
      body(offset, inputs, padded)
    }
  }

  private static func forEachAdaptiveWindow(
    _ input: [Int], _ height: Int, _ width: Int, _ body: (_ y: Int, _ inputs: [Int]) -> Void
  ) {
    let output = [input[0], height, width, input[3]]
    for offset in 0..<output.reduce(1, *) {
      let index = DTensor.index(of: offset, in: output)
      let rows = index[1] * input[1] / height..<((index[1] + 1) * input[1] + height - 1) / height
      let columns = index[2] * input[2] / width..<((index[2] + 1) * input[2] + width - 1) / width
      body(
        offset,
        rows.flatMap { row in
          columns.map { ((index[0] * input[1] + row) * input[2] + $0) * input[3] + index[3] }
        })
    }
  }
}
