import Engine

/// A parameter in the order of a darknet weight file.
struct DarknetWeight: Sendable {
  /// How the numbers in a file are to those in memory, beside the parameter's layout.
  enum Form: Hashable, Sendable {
    /// The same.
    case same
    /// A variance v. Darknet divides by √v + 10⁻⁶, batch norm here by √(v + ε): kept is (√v + 10⁻⁶)² − ε, with which
    /// both are the same.
    case variance(epsilon: Float)
    /// Transposed in some versions.
    case connected
  }

  let parameter: Parameter
  let form: Form
  /// The place of its layer.
  let layer: Int
}

extension DarknetNetwork {
  /// Puts a darknet weight file's numbers into the parameters: of a convolution β, γ, mean and variance, or the bias,
  /// then the weights `[out, in, kh, kw]`; of a connected layer β or the bias, the weights `[out, in]`, then γ, mean,
  /// variance.
  ///
  /// Nothing is changed where the numbers are too few, or too many for the whole network.
  /// - Parameters:
  ///   - file: the numbers.
  ///   - count: takes the numbers of so many layers, those before the place, and leaves the rest of the file unused:
  ///     for training with other classes, and for files that have a trunk alone. Nil is all, and the file must end
  ///     there.
  /// - Returns: how many of the file's numbers are not used.
  /// - Throws: `WeightFileError.wrongCount`.
  @discardableResult
  public func load(_ file: DarknetWeightFile, layers count: Int? = nil) throws -> Int {
    let wanted = weights.filter { $0.layer < count ?? .max }
    let total = wanted.reduce(0) { $0 + $1.parameter.shape.count }
    guard count == nil ? file.count == total : file.count >= total else {
      throw WeightFileError.wrongCount(file: file.path, elements: file.count, network: total)
    }
    var offset = 0
    for weight in wanted {
      weight.parameter.value = value(of: weight, in: file, at: offset)
      offset += weight.parameter.shape.count
    }
    return file.count - total
  }

  /// Puts what fits of a darknet weight file into the parameters: of a network for other classes all but the layers before the
  /// heads, of a file that has a trunk alone its first layers.
  /// - Parameter file: of this network for any number of classes, or of its first layers.
  /// - Returns: the parameters that keep their values; none where the file is for as many classes.
  /// - Throws: `WeightFileError.wrongCount` where it is neither.
  @discardableResult
  public func loadFitting(_ file: DarknetWeightFile) throws -> [String] {
    var layers: [String: ClassLayer] = [:]
    for layer in classLayers { for name in layer.names { layers[name] = layer } }
    let own = heads.first?.classes ?? 0
    func count(_ weight: DarknetWeight, _ classes: Int) -> Int {
      let count = weight.parameter.shape.count
      guard let layer = layers[weight.parameter.name] else { return count }
      return count / layer.rows(classes: own) * layer.rows(classes: classes)
    }
    func total(_ classes: Int) -> Int { weights.reduce(0) { $0 + count($1, classes) } }
    let (fixed, perClass) = (total(0), total(1) - total(0))
    let rest = file.count - fixed
    if perClass > 0, rest > 0, rest % perClass == 0 {
      let classes = rest / perClass
      if classes == own {
        try load(file)
        return []
      }
      var offset = 0
      for weight in weights {
        if layers[weight.parameter.name] == nil {
          weight.parameter.value = value(of: weight, in: file, at: offset)
        }
        offset += count(weight, classes)
      }
      return weights.map(\.parameter.name).filter { layers[$0] != nil }
    }
    for layer in architecture.layers.indices.dropFirst() {
      let first = weights.filter { $0.layer < layer }
      guard first.reduce(0, { $0 + $1.parameter.shape.count }) == file.count, !first.isEmpty else { continue }
      try load(file, layers: layer)
      return weights.filter { $0.layer >= layer }.map(\.parameter.name)
    }
    throw WeightFileError.wrongCount(file: file.path, elements: file.count, network: total(own))
  }

  private func value(of weight: DarknetWeight, in file: DarknetWeightFile, at offset: Int) -> Tensor {
    let layout = weight.parameter.layout
    let shape = layout.fileShape(weight.parameter.shape)
    switch weight.form {
    case .connected where file.transposesConnected:
      return layout.fromFile(file.tensor(at: offset, [shape[1], shape[0]]).transposed())
    case .same, .connected: return layout.fromFile(file.tensor(at: offset, shape))
    case .variance(let epsilon):
      let variances = file.tensor(at: offset, shape).scalars
      return Tensor(
        variances.map { variance in
          let deviation = Double(variance).squareRoot() + 1e-6
          return Float(deviation * deviation - Double(epsilon))
        }, shape: shape)
    }
  }
}
