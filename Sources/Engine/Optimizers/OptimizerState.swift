/// What an optimizer keeps for each parameter: a few tensors of its shape, and the count of its steps.
final class OptimizerState {
  /// One parameter's state, changed in place.
  final class Slots {
    fileprivate var tensors: [Tensor]
    fileprivate init(_ tensors: [Tensor]) { self.tensors = tensors }

    /// The elements of a slot, for writing; valid while the slots live and the slot is not given away.
    func pointer(_ slot: Int) -> Destination {
      tensors[slot].makeUnique()
      return tensors[slot].storage.pointer
    }
  }

  private struct Slot {
    let name: String
    /// The steps taken are kept as a scalar, exact up to 2²⁴, far past where bias corrections are 1.
    let isScalar: Bool

    func shape(for parameter: Parameter) -> Shape { isScalar ? [] : parameter.shape }
    func key(for parameter: Parameter) -> String { "\(parameter.name).\(name)" }
  }

  private let parameters: [Parameter]
  private let slots: [Slot]
  private var byParameter: [ObjectIdentifier: Slots] = [:]

  /// - Parameters:
  ///   - slots: the names of the tensors of a parameter's shape; in this order they are slots 0, 1, ….
  ///   - countsSteps: whether one more slot, the last, counts each parameter's steps.
  init(_ groups: [ParameterGroup], slots: [String], countsSteps: Bool = false) {
    parameters = groups.flatMap(\.parameters)
    precondition(
      Set(parameters.map(\.name)).count == parameters.count,
      "Optimizer: a parameter is there twice, or two have one name")
    self.slots =
      slots.map { Slot(name: $0, isScalar: false) }
      + (countsSteps ? [Slot(name: "steps", isScalar: true)] : [])
  }

  /// The parameter's slots, zero before its first step.
  private func slots(of parameter: Parameter) -> Slots {
    if let found = byParameter[ObjectIdentifier(parameter)] { return found }
    let fresh = Slots(slots.map { Tensor(lastingZeros: $0.shape(for: parameter)) })
    byParameter[ObjectIdentifier(parameter)] = fresh
    return fresh
  }

  /// Calls `update` for every trained parameter of the group that has a gradient, with the elements of the
  /// parameter and of its gradient.
  func update(
    _ group: ParameterGroup, _ gradients: Gradients,
    _ update: (_ count: Int, _ parameter: Destination, _ gradient: Source, _ state: Slots) -> Void
  ) {
    for parameter in group.parameters where parameter.isTrainable {
      guard let gradient = gradients[parameter] else { continue }
      precondition(
        gradient.shape == parameter.shape,
        "Optimizer: \(parameter.name) is \(parameter.shape), its gradient \(gradient.shape)")
      let state = slots(of: parameter)
      gradient.withUnsafeBufferPointer { gradient in
        parameter.update { update(gradient.count, $0, gradient.baseAddress!, state) }
      }
    }
  }

  /// Everything kept, parameters in the order of their groups.
  var saved: [(name: String, tensor: Tensor)] {
    parameters.flatMap { parameter in
      guard let kept = byParameter[ObjectIdentifier(parameter)] else { return [(String, Tensor)]() }
      return zip(slots, kept.tensors).map { ($0.key(for: parameter), $1) }
    }
  }

  func restore(_ saved: [(name: String, tensor: Tensor)]) throws {
    var rest: [String: Tensor] = [:]
    for (name, tensor) in saved where rest.updateValue(tensor.detached, forKey: name) != nil {
      throw OptimizerStateError.duplicate(name: name)
    }
    var restored: [ObjectIdentifier: Slots] = [:]
    for parameter in parameters where slots.contains(where: { rest[$0.key(for: parameter)] != nil }) {
      let tensors = try slots.map { slot in
        let (name, shape) = (slot.key(for: parameter), slot.shape(for: parameter))
        guard let tensor = rest.removeValue(forKey: name) else {
          throw OptimizerStateError.missing(name: name, shape: shape)
        }
        guard tensor.shape == shape else {
          throw OptimizerStateError.wrongShape(name: name, found: tensor.shape, expected: shape)
        }
        return tensor
      }
      restored[ObjectIdentifier(parameter)] = Slots(tensors)
    }
    if let (name, tensor) = rest.min(by: { $0.key < $1.key }) {
      throw OptimizerStateError.unknown(name: name, shape: tensor.shape)
    }
    byParameter = restored
  }
}
