import Foundation

/// An event as TensorBoard reads it: a protocol buffer (`tensorflow.Event`) of the few fields that scalars need, and the frame
/// that event files put around it (TFRecord).
package struct EventRecord {
  /// What happened.
  package enum Content {
    /// The first event of every file: what follows is of this version.
    case fileVersion
    /// Training begins, or goes on: what was logged of this step or later is no more.
    case start
    /// Values by their tags.
    case scalars([(tag: String, value: Double)])
  }

  /// Seconds since 1970.
  let time: Double
  let step: Int
  let content: Content

  package init(time: Double, step: Int, content: Content) {
    (self.time, self.step, self.content) = (time, step, content)
  }

  /// The frame: the length in eight bytes, little-endian, its masked checksum, the message, its masked checksum.
  package var framed: Data {
    let message = message.data
    let length = Data(littleEndian: UInt64(message.count))
    return length + Data(littleEndian: CRC32C.masked(length)) + message
      + Data(littleEndian: CRC32C.masked(message))
  }

  private var message: ProtocolBuffer {
    var event = ProtocolBuffer()
    event.add(1, double: time)
    if step != 0 { event.add(2, integer: UInt64(step)) }
    switch content {
    case .fileVersion: event.add(3, bytes: Data("brain.Event:2".utf8))
    case .start:
      var log = ProtocolBuffer()
      log.add(1, integer: 1)
      event.add(7, bytes: log.data)
    case .scalars(let scalars):
      var summary = ProtocolBuffer()
      for (tag, value) in scalars {
        var one = ProtocolBuffer()
        one.add(1, bytes: Data(tag.utf8))
        one.add(2, float: Float(value))
        summary.add(1, bytes: one.data)
      }
      event.add(5, bytes: summary.data)
    }
    return event
  }
}

/// A message of protocol buffers in the making: fields in the order in which they are added.
struct ProtocolBuffer {
  private(set) var data = Data()

  mutating func add(_ field: Int, integer value: UInt64) {
    add(varint: UInt64(field << 3))
    add(varint: value)
  }

  mutating func add(_ field: Int, double value: Double) {
    add(varint: UInt64(field << 3 | 1))
    data += Data(littleEndian: value.bitPattern)
  }

  mutating func add(_ field: Int, bytes: Data) {
    add(varint: UInt64(field << 3 | 2))
    add(varint: UInt64(bytes.count))
    data += bytes
  }

  mutating func add(_ field: Int, float value: Float) {
    add(varint: UInt64(field << 3 | 5))
    data += Data(littleEndian: value.bitPattern)
  }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func add(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      data.append(UInt8(rest & 0x7F | 0x80))
      rest >>= 7
    }
    data.append(UInt8(rest))
  }
}

/// The cyclic redundancy check by Castagnoli's polynomial (RFC 3720, appendix B.4), which event files mask.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0x82F6_3B78) }
  }

  package static func checksum(_ data: Data) -> UInt32 {
    ~data.reduce(UInt32.max) { sum, byte in sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
  }

  /// Turned and moved, so that a checksum of data with checksums in them is not of their kind.
  package static func masked(_ data: Data) -> UInt32 {
    let sum = checksum(data)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}

extension Data {
  fileprivate init(littleEndian value: some FixedWidthInteger) {
    self = Swift.withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }
}
