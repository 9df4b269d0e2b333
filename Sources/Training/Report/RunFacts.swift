import Datasets
import Images

extension RunDescription {
  /// The configuration in words.
  var facts: [(name: String, value: String)] {
    let c = configuration
    var optimizer = c.optimizer.rawValue
    if c.optimizer == .sgd {
      optimizer +=
        ", \(c.nesterov ? "Nesterov's " : "")momentum \(HTML.number(c.momentum)), \(c.momentumRule.rawValue)'s rule"
    } else if c.optimizer == .rmsprop || c.optimizer == .lars {
      optimizer += ", momentum \(HTML.number(c.momentum))"
    }
    let decay = HTML.number(c.weightDecay) + (c.decaysBiasAndNorm ? "" : ", not on biases and batch norm")
    let warmUp =
      c.warmUpEpochs == 0
      ? "none"
      : "for \(HTML.number(c.warmUpEpochs)) of the epochs, from \(HTML.number(c.warmUpStart)) of the rate"
    var facts = [("task", taskWords), ("network", card.network), ("data", data)] + inputFacts
    // What is trained in one go has no steps.
    guard hasEpochs else { return facts + [("seed", String(c.seed))] + settingFacts }
    facts += [
      ("epochs", String(c.epochs)), ("batch", String(c.batchSize)),
      ("optimizer", optimizer), ("learning rate", HTML.number(c.learningRate)), ("schedule", "\(c.schedule)"),
      ("warm-up", warmUp), ("weight decay", decay), ("label smoothing", HTML.number(c.labelSmoothing)),
      ("augmentation", "\(c.augmentation)"), ("seed", String(c.seed)),
    ]
    if let alpha = c.mixup { facts.append(("mixup's α", HTML.number(alpha))) }
    if let alpha = c.cutmix { facts.append(("CutMix's α", HTML.number(alpha))) }
    if c.accumulationSteps > 1 { facts.append(("batches a step", String(c.accumulationSteps))) }
    if let clip = c.gradientClip { facts.append(("gradients' norm at most", HTML.number(clip))) }
    if card.auxiliary { facts.append(("weight of auxiliary heads", HTML.number(c.auxiliaryWeight))) }
    facts += settingFacts
    if !c.frozen.isEmpty { facts.append(("frozen", c.frozen.joined(separator: ", "))) }
    return facts + c.refinementFacts
  }

  /// The task's.
  private var settingFacts: [(name: String, value: String)] {
    (settings ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// What the network sees, and what it began with.
  private var inputFacts: [(name: String, value: String)] {
    let preprocessing = card.preprocessing
    var facts = [("input", inputWords), ("resize", preprocessing.resizeWords)]
    if let crop = preprocessing.crop { facts.append(("crop", "\(crop)×\(crop) from the middle")) }
    facts += [
      ("mean", Self.listed(preprocessing.mean)),
      ("standard deviation", Self.listed(preprocessing.standardDeviation)),
    ]
    facts += dataOptions?.facts ?? []
    if let start { facts.append(("begun with", start.text)) }
    return facts
  }

  private static func listed(_ numbers: [Float]) -> String {
    numbers.map { "\($0)" }.joined(separator: ", ")
  }

  /// The size and the channels of a picture as the network sees it.
  var inputWords: String {
    let size =
      card.detector?.shorterSide.map { "a shorter side of \($0) pixels" }
      ?? "\(card.inputWidth)×\(card.inputHeight) pixels"
    return "\(size), \(card.inputChannels == 1 ? "grey" : "\(card.inputChannels) channels")"
  }

  /// Where the run comes from: the command, and where and when it began and went on.
  var origin: [(name: String, value: String)] {
    let later = (resumptions ?? []).map { one in
      ("gone on with", ([one.date] + (environment.map(one.differences) ?? [])).joined(separator: ", "))
    }
    return (environment?.facts ?? []) + later
  }
}

extension Preprocessing {
  /// In words.
  fileprivate var resizeWords: String {
    let words =
      switch resize {
      case .none: "none"
      case .shorterSide(let side): "the shorter side to \(side)"
      case .exact(let width, let height): "to \(width)×\(height)"
      case .shorterSideUpTo(let side, let longest):
        "the shorter side to \(side), the longer one to at most \(longest)"
      case .letterbox(let width, let height, let fill):
        "into \(width)×\(height), the rest \(fill) of 255"
      }
    return resize == .none ? words : "\(words), \(interpolation.rawValue)"
  }
}

extension DataOptions {
  /// What is not the default, in words.
  fileprivate var facts: [(name: String, value: String)] {
    var facts: [(String, String)] = []
    if scaledDecoding == true { facts.append(("large JPEGs", "decoded at a smaller scale")) }
    if orientation == .upright { facts.append(("orientation", "upright by the EXIF tag")) }
    if acceptsTruncated { facts.append(("pictures that end early", "taken")) }
    if skipsBroken { facts.append(("pictures that cannot be read", "left out")) }
    if let validationShare { facts.append(("validation share", "\(validationShare)")) }
    if let trainPart { facts.append(("training part", trainPart)) }
    if let validationPart { facts.append(("validation part", validationPart)) }
    return facts
  }
}
