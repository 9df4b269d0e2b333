extension Reference {
  /// A convolution's geometry in both directions, for the plain loops.
  public struct Window: Sendable {
    public var kernel: (h: Int, w: Int)
    public var stride: (h: Int, w: Int)
    /// Before the first row and column.
    public var padding: (h: Int, w: Int)
    /// Behind the last ones.
    public var paddingAfter: (h: Int, w: Int)
    public var dilation: (h: Int, w: Int)

    public init(
      kernel: (h: Int, w: Int), stride: (h: Int, w: Int) = (1, 1), padding: (h: Int, w: Int) = (0, 0),
      paddingAfter: (h: Int, w: Int)? = nil, dilation: (h: Int, w: Int) = (1, 1)
    ) {
      self.kernel = kernel
      self.stride = stride
      self.padding = padding
      self.paddingAfter = paddingAfter ?? padding
      self.dilation = dilation
    }

    /// The output's height and width.
    public func output(_ h: Int, _ w: Int) -> (h: Int, w: Int) {
      (
        (h + padding.h + paddingAfter.h - dilation.h * (kernel.h - 1) - 1) / stride.h + 1,
        (w + padding.w + paddingAfter.w - dilation.w * (kernel.w - 1) - 1) / stride.w + 1
      )
    }
  }

  /// y[n, i, j, o] = bias[o] + Σ x[n, i·s + m·d − p, j·s + k·d − p, c] · w[m, k, c, o], by seven loops.
  ///
  /// - Parameters:
  ///   - x: `[N, H, W, C]`.
  ///   - weight: `[kh, kw, C / groups, O]`; outputs of group g are the g-th O / groups.
  ///   - bias: `[O]` or nil.
  public static func conv2d(
    _ x: DTensor, _ weight: DTensor, bias: DTensor? = nil, _ window: Window, groups: Int = 1
  ) -> DTensor {
    let (h, w) = window.output(x.shape[1], x.shape[2])
    var y = DTensor(zeros: [x.shape[0], h, w, weight.shape[3]])
    if let bias {
      for i in 0..<y.count { y.values[i] = bias.values[i % bias.count] }
    }
    forEachTerm(x, weight, y, window, groups) { xi, wi, yi in
      y.values[yi] += x.values[xi] * weight.values[wi]
    }
    return y
  }

  /// The gradients of ``conv2d(_:_:bias:_:groups:)``, by the same loops.
  public static func conv2dGradient(
    _ x: DTensor, _ weight: DTensor, gradient: DTensor, _ window: Window, groups: Int = 1
  ) -> (input: DTensor, weight: DTensor, bias: DTensor) {
    var (dx, dw) = (DTensor(zeros: x.shape), DTensor(zeros: weight.shape))
    var db = DTensor(zeros: [weight.shape[3]])
    forEachTerm(x, weight, gradient, window, groups) { xi, wi, yi in
      dx.values[xi] += gradient.values[yi] * weight.values[wi]
      dw.values[wi] += gradient.values[yi] * x.values[xi]
    }
    for i in 0..<gradient.count { db.values[i % db.count] += gradient.values[i] }
    return (dx, dw, db)
  }

  /// y[n, i·s + m·d − p, j·s + k·d − p, o] = bias[o] + Σ x[n, i, j, c] · w[m, k, o, c]: each input element is spread over
  /// what lies within the output.
  ///
  /// - Parameters:
  ///   - x: `[N, h, w, C]`.
  ///   - weight: `[kh, kw, O / groups, C]`; inputs of group g are the g-th C / groups.
  ///   - size: the output's height and width.
  public static func convTranspose2d(
    _ x: DTensor, _ weight: DTensor, bias: DTensor? = nil, _ window: Window, size: (h: Int, w: Int),
    groups: Int = 1
  ) -> DTensor {
    let (channels, perGroup) = (x.shape[3], weight.shape[2])
    let outputs = perGroup * groups
    var y = DTensor(zeros: [x.shape[0], size.h, size.w, outputs])
    if let bias {
      for i in 0..<y.count { y.values[i] = bias.values[i % bias.count] }
    }
    for offset in 0..<x.count {
      let at = DTensor.index(of: offset, in: x.shape)
      let first = at[3] / (channels / groups) * perGroup
      for m in 0..<window.kernel.h {
        let row = at[1] * window.stride.h + m * window.dilation.h - window.padding.h
        guard (0..<size.h).contains(row) else { continue }
        for k in 0..<window.kernel.w {
          let column = at[2] * window.stride.w + k * window.dilation.w - window.padding.w
          guard (0..<size.w).contains(column) else { continue }
          for o in 0..<perGroup {
            y.values[((at[0] * size.h + row) * size.w + column) * outputs + first + o] +=
              x.values[offset]
              * weight.values[((m * window.kernel.w + k) * perGroup + o) * channels + at[3]]
          }
        }
      }
    }
    return y
  }

  /// Calls `body` with the offsets into input, weight and output of each product of the convolution.
  private static func forEachTerm(
    _ x: DTensor, _ weight: DTensor, _ y: DTensor, _ window: Window, _ groups: Int,
    _ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void
  ) {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let (inGroup, outputs) = (weight.shape[2], weight.shape[3])
    precondition(inGroup * groups == channels && outputs % groups == 0, "Reference.conv2d: groups")
    for n in 0..<y.shape[0] {
      for i in 0..<y.shape[1] {
        for j in 0..<y.shape[2] {
          for m in 0..<window.kernel.h {
            let row = i * window.stride.h + m * window.dilation.h - window.padding.h
            guard (0..<height).contains(row) else { continue }
            for k in 0..<window.kernel.w {
              let column = j * window.stride.w + k * window.dilation.w - window.padding.w
              guard (0..<width).contains(column) else { continue }
              for o in 0..<outputs {
                let first = o / (outputs / groups) * inGroup
                for c in 0..<inGroup {
                  body(
                    ((n * height + row) * width + column) * channels + first + c,
                    ((m * window.kernel.w + k) * inGroup + c) * outputs + o,
                    ((n * y.shape[1] + i) * y.shape[2] + j) * outputs + o)
                }
              }
            }
          }
        }
      }
    }
  }

  /// y[n, o] = bias[o] + Σ x[n, i] · w[o, i]; `weight` is `[O, I]`.
  public static func linear(_ x: DTensor, _ weight: DTensor, bias: DTensor? = nil) -> DTensor {
    let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
    var y = DTensor(zeros: [rows, outputs])
    for n in 0..<rows {
      for o in 0..<outputs {
        var sum = bias?.values[o] ?? 0
        for i in 0..<inputs { sum += x.values[n * inputs + i] * weight.values[o * inputs + i] }
        y.values[n * outputs + o] = sum
      }
    }
    return y
  }

  /// The gradients of ``linear(_:_:bias:)``.
  public static func linearGradient(
    _ x: DTensor, _ weight: DTensor, gradient: DTensor
  ) -> (input: DTensor, weight: DTensor, bias: DTensor) {
    let (rows, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[0])
    var (dx, dw) = (DTensor(zeros: x.shape), DTensor(zeros: weight.shape))
    var db = DTensor(zeros: [outputs])
    for n in 0..<rows {
      for o in 0..<outputs {
        let g = gradient.values[n * outputs + o]
        db.values[o] += g
        for i in 0..<inputs {
          dx.values[n * inputs + i] += g * weight.values[o * inputs + i]
          dw.values[o * inputs + i] += g * x.values[n * inputs + i]
        }
      }
    }
    return (dx, dw, db)
  }
}
