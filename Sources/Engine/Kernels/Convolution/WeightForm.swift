import Synchronization

/// Weights in another form than `[kh, kw, in/groups, out]`.
package enum WeightForm: Hashable, Sendable {
  /// For outputs: ``Panels`` of each group in turn.
  case panels(groups: Int)
  /// For outputs: transformed, ``Panels`` `[in, out]` of each point in turn.
  case winograd(WinogradTile)
  /// For input gradients: turned round and transposed, ``Panels`` `[taps · out of group, in of group]` of each phase of
  /// the stride and each group in turn.
  case turnedPanels(InputPhases)
  /// For input gradients: the same as of ``winograd(_:)``, turned round and transposed.
  case turnedWinograd(WinogradTile)
}

extension ConvolutionPlan {
  /// The form that the kernel reads; nil is the weights as they are.
  package var weightForm: WeightForm? {
    let g = geometry
    switch (task.direction, algorithm) {
    case (.weightGradient, _), (_, .depthwise): return nil
    case (.output, .winograd(let tile)): return .winograd(tile)
    case (.inputGradient, .winograd(let tile)): return .turnedWinograd(tile)
    case (.output, .pointwise), (.output, .im2col), (.output, .sharedIm2col):
      return g.groups == 1 && Panels(inner: 0, columns: g.outPerGroup).isPlain
        ? nil : .panels(groups: g.groups)
    case (.inputGradient, .pointwise), (.inputGradient, .im2col), (.inputGradient, .sharedIm2col):
      return .turnedPanels(InputPhases(g))
    }
  }

  /// The weight `[kh, kw, C/groups, O]` in the form that the kernel reads, which may be its own.
  package func prepare(_ weight: Tensor) -> Storage {
    guard let form = weightForm else { return weight.storage }
    return withExtendedLifetime(weight) { form.prepare(weight.storage.pointer, weight.shape) }
  }
}

extension WeightForm {
  private static let count = Atomic<Int>(0)

  /// How many times weights were prepared in this process, by whomever.
  package static var preparations: Int { count.load(ordering: .relaxed) }

  /// The weights `[kh, kw, C/groups, O]` in this form, worth keeping while they do not change.
  func prepare(_ weight: Source, _ shape: Shape) -> Storage {
    Self.count.add(1, ordering: .relaxed)
    switch self {
    case .panels(let groups):
      let storage = Storage(count: shape.count)
      Panels(weightShape: shape, groups: groups).pack(groups: groups, weight, into: storage.pointer)
      return storage
    case .winograd(let tile): return tile.transformed(weight, shape)
    case .turnedPanels(let phases):
      let storage = Storage(count: shape.count)
      phases.prepare(weight, shape, into: storage.pointer)
      return storage
    case .turnedWinograd(let tile):
      return withWorkspace(shape.count) { turned in
        InputPhases.transpose(weight, shape, groups: 1, taps: nil, into: turned)
        return tile.transformed(turned, [shape[0], shape[1], shape[3], shape[2]])
      }
    }
  }
}

extension WinogradTile {
  /// Weights `[r, r, in, out]` transformed to ``Panels`` of each point in turn.
  fileprivate func transformed(_ weight: Source, _ shape: Shape) -> Storage {
    let storage = Storage(count: points * shape[2] * shape[3], isLasting: true)
    WinogradWeights(tile: self, ins: shape[2], outs: shape[3]).transform(weight, into: storage.pointer)
    return storage
  }
}

/// A value's weights in the forms that kernels asked for: a few, the least recently used dropped for another.
struct PreparedWeights {
  /// As many as a layer's outputs have, for pictures of many sizes, and one for its input gradient.
  static let most = 6

  /// The most recently used last.
  private var kept: [(form: WeightForm, storage: Storage)] = []

  var isEmpty: Bool { kept.isEmpty }

  /// The weights in this form, if they are kept.
  mutating func find(_ form: WeightForm) -> Storage? {
    guard let index = kept.lastIndex(where: { $0.form == form }) else { return nil }
    if index != kept.count - 1 { kept.append(kept.remove(at: index)) }
    return kept[kept.count - 1].storage
  }

  mutating func keep(_ storage: Storage, as form: WeightForm) {
    if kept.count == Self.most { kept.removeFirst() }
    kept.append((form, storage))
  }

  mutating func removeAll() { kept = [] }

  /// As ``removeAll()``, and memory that nobody else holds goes back to the system.
  mutating func discard() {
    while !kept.isEmpty {
      var storage: Storage? = kept.removeLast().storage
      Storage.discard(&storage)
    }
  }

  /// The elements `[kh, kw, C/groups, O]`; nil where no form that is kept tells.
  func unpacked(_ shape: Shape) -> Tensor? {
    for (form, storage) in kept {
      guard case .panels(let groups) = form else { continue }
      let elements = Tensor(uninitialized: shape, isLasting: true)
      Panels(weightShape: shape, groups: groups)
        .unpack(groups: groups, storage.pointer, into: elements.storage.pointer)
      return elements
    }
    return nil
  }
}
