/// What of a convolution decides which taps the phases of its input see.
///
/// With stride s there are s² phases of input pixels, `(s·y + phase.y, s·x + phase.x)`; those of one phase see the same
/// kernel taps, and each tap belongs to one phase. The input gradient of a phase is a stride-1 convolution of dy with
/// those taps, turned round and transposed.
package struct InputPhases: Hashable, Sendable {
  let stride, dilation: Size2D
  /// Above and left.
  let padding: Size2D
  let groups: Int

  init(_ g: ConvolutionGeometry) {
    (stride, padding, dilation, groups) = (g.stride, g.padding.origin, g.dilation, g.groups)
  }

  struct Tap {
    let tap: Int
    /// o − i/stride, for the input pixel i and the output o that the tap connects.
    let offset: Int
  }

  /// One phase, with where its prepared weights begin.
  struct Phase {
    let y, x: Int
    let tapsY, tapsX: [Tap]
    let start: Int

    var hasTaps: Bool { !tapsY.isEmpty && !tapsX.isEmpty }
  }

  /// All phases, the weights of each of their taps `perTap` floats.
  func all(_ kernelHeight: Int, _ kernelWidth: Int, perTap: Int) -> [Phase] {
    var start = 0
    return (0..<stride.y).flatMap { y in
      (0..<stride.x).map { x in
        let phase = Phase(
          y: y, x: x, tapsY: Self.taps(y, kernelHeight, stride.y, padding.y, dilation.y),
          tapsX: Self.taps(x, kernelWidth, stride.x, padding.x, dilation.x), start: start)
        start += phase.tapsY.count * phase.tapsX.count * perTap
        return phase
      }
    }
  }

  /// The taps k with o·stride = i + padding − k·dilation for some o, for i = phase.
  /// In ascending order of offsets, so that neighbours are neighbours in memory.
  private static func taps(
    _ phase: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ dilation: Int
  ) -> [Tap] {
    (0..<kernel).reversed().compactMap { tap in
      let distance = phase + padding - tap * dilation
      return distance % stride == 0 ? Tap(tap: tap, offset: distance / stride) : nil
    }
  }

  /// The products' panels of each phase in turn, from weights `[kh, kw, in/groups, out]`.
  func prepare(_ weight: Source, _ shape: Shape, into target: Destination) {
    let (ins, outs) = (shape[2], shape[3] / groups)
    for phase in all(shape[0], shape[1], perTap: shape[2] * shape[3]) where phase.hasTaps {
      let taps = (phase.tapsY.map(\.tap), phase.tapsX.map(\.tap))
      let panels = Panels(inner: taps.0.count * taps.1.count * outs, columns: ins)
      if groups == 1 && panels.isPlain {
        Self.transpose(weight, shape, groups: 1, taps: taps, into: target + phase.start)
        continue
      }
      withWorkspace(panels.inner * ins * groups) { transposed in
        Self.transpose(weight, shape, groups: groups, taps: taps, into: transposed)
        panels.pack(groups: groups, transposed, into: target + phase.start)
      }
    }
  }

  /// `[tap, out of group, in]` from `[kh, kw, in of group, out]`.
  /// - Parameter taps: down and across; nil is all of them turned round.
  static func transpose(
    _ weight: Source, _ shape: Shape, groups: Int, taps: ([Int], [Int])?, into target: Destination
  ) {
    let taps = taps ?? ((0..<shape[0]).reversed(), (0..<shape[1]).reversed())
    let (kernelWidth, ins, outChannels) = (shape[1], shape[2], shape[3])
    let (outs, inChannels) = (outChannels / groups, ins * groups)
    let block = 32
    let blocks = outs.dividedUp(by: block)
    Parallel.forEach(taps.0.count * taps.1.count * groups * blocks) { task in
      let first = task % blocks * block
      let group = task / blocks % groups
      let tap = task / blocks / groups
      let (ky, kx) = (taps.0[tap / taps.1.count], taps.1[tap % taps.1.count])
      let source = weight + (ky * kernelWidth + kx) * ins * outChannels + group * outs
      let lines = target + tap * outs * inChannels + group * ins
      let end = min(outs, first + block)
      for i in 0..<ins {
        let row = source + i &* outChannels
        for o in first..<end { lines[o &* inChannels &+ i] = row[o] }
      }
    }
  }
}
