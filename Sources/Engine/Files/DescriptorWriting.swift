import Foundation

/// Writing to descriptors, all of it: through interruptions, pieces, and pipes that are full and do not wait.
package enum DescriptorWriting {
  /// - Returns: 0, or the code of the error.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Foundation.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
        continue
      }
      let code = count == 0 ? EIO : errno
      guard code == EINTR || wait(descriptor, after: code) else { return code }
    }
    return 0
  }

  /// Waits until a descriptor that does not wait by itself takes more.
  private static func wait(_ descriptor: Int32, after code: Int32) -> Bool {
    guard code == EAGAIN || code == EWOULDBLOCK else { return false }
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&request, 1, -1) >= 0 || errno == EINTR
  }

  /// Copies bytes of one file to the same place in another.
  /// - Returns: 0, or the code of the error.
  static func copy(_ range: Range<Int>, from source: Int32, to target: Int32) -> Int32 {
    var buffer = [UInt8](repeating: 0, count: min(1 << 20, max(range.count, 1)))
    var place = range.lowerBound
    while place < range.upperBound {
      let count = pread(source, &buffer, min(buffer.count, range.upperBound - place), off_t(place))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? EIO : errno }
      guard lseek(target, off_t(place), SEEK_SET) >= 0 else { return errno }
      let code = buffer.withUnsafeBytes {
        write(UnsafeRawBufferPointer(rebasing: $0[..<count]), to: target)
      }
      guard code == 0 else { return code }
      place += count
    }
    return 0
  }
}
