/// For how long loops do with a thread less because other programs are on the process's processors.
///
/// Where a program beside this one keeps a processor busy, the system may put a loop's helper on its caller's: they take turns
/// there, one spins while the other could compute, and a loop takes several times as long as on one thread. So after a loop
/// whose helper shared its caller's processor the next ones have a thread less for a pause, short at first, since on a
/// quiet machine this happens too, and twice as long each time that it is found again soon.
package struct Contention: Sendable {
  /// In microseconds.
  private static let (shortest, longest): (UInt64, UInt64) = (2_000, 64_000)

  /// Until when loops have a thread less, in microseconds.
  package private(set) var end: UInt64 = 0
  private var pause: UInt64 = 0

  package init() {}

  /// A loop's threads shared a processor.
  /// - Parameter now: in microseconds, of a clock that does not go back.
  package mutating func note(at now: UInt64) {
    pause = now < end + Self.longest ? min(2 * pause, Self.longest) : Self.shortest
    end = now + pause
  }
}
