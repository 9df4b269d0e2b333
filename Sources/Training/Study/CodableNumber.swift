/// A number in a file: one that is no number is a word there, for JSON has none.
struct CodableNumber: Codable {
  let value: Double

  init(_ value: Double) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
      return
    }
    switch try container.decode(String.self) {
    case "NaN": value = .nan
    case "Infinity": value = .infinity
    case "-Infinity": value = -.infinity
    default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    guard !value.isFinite else { return try container.encode(value) }
    try container.encode(value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity")
  }
}

extension StudyTable.Cell {
  private enum CodingKeys: String, CodingKey { case number, mean, deviation }

  /// A text, a number, null, or an object: `mean` with `deviation`, or `number` where it is infinite or none.
  public init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: CodingKeys.self) {
      if let number = try container.decodeIfPresent(CodableNumber.self, forKey: .number) {
        self = .number(number.value)
        return
      }
      self = .spread(
        mean: try container.decode(CodableNumber.self, forKey: .mean).value,
        deviation: try container.decode(CodableNumber.self, forKey: .deviation).value)
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .none
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .number(let value) where !value.isFinite:
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(CodableNumber(value), forKey: .number)
    case .spread(let mean, let deviation):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(CodableNumber(mean), forKey: .mean)
      try container.encode(CodableNumber(deviation), forKey: .deviation)
    case .text(let text):
      var container = encoder.singleValueContainer()
      try container.encode(text)
    case .number(let value):
      var container = encoder.singleValueContainer()
      try container.encode(value)
    case .none:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    }
  }
}

extension StudyFigure.Point {
  private enum CodingKeys: String, CodingKey { case x, y, low, high }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    x = try values.decode(CodableNumber.self, forKey: .x).value
    y = try values.decode(CodableNumber.self, forKey: .y).value
    low = try values.decodeIfPresent(CodableNumber.self, forKey: .low)?.value
    high = try values.decodeIfPresent(CodableNumber.self, forKey: .high)?.value
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(CodableNumber(x), forKey: .x)
    try values.encode(CodableNumber(y), forKey: .y)
    try values.encodeIfPresent(low.map(CodableNumber.init), forKey: .low)
    try values.encodeIfPresent(high.map(CodableNumber.init), forKey: .high)
  }
}
