import Synchronization

/// Colonnade's own worker threads: the one way work is split.
///
/// Work is cut into tasks by shape alone, never by the number of threads, and each task is computed by one thread:
/// results have the same bits on any number of threads. Every thread begins with a share of its own, the same one in
/// each call, so that what it wrote in one layer it reads again in the next; whoever is done takes from the end of
/// another's share.
///
/// Calls from several threads at once share the processors, and a call from inside a task computes where it is.
public enum Parallel {
  private static let requested = Atomic<Int>(0)

  /// How many threads compute, the caller's included. The default is ``processors``.
  public static var threads: Int {
    get {
      let count = requested.load(ordering: .relaxed)
      return count > 0 ? count : processors
    }
    set {
      precondition(newValue >= 1, "Parallel.threads: \(newValue) is not a number of threads")
      requested.store(newValue, ordering: .relaxed)
    }
  }

  /// The number of processors this process may use: those online, less what affinity or a control group's quota
  /// withholds. As found when first asked for.
  public static let processors = ProcessorAllowance.current.count

  /// What ``withThreads(_:_:)-(_,()->R)`` allows here; nil is all of ``threads``.
  @TaskLocal private static var limit: Int?

  /// How many threads may compute what is called here.
  static var threadsHere: Int { min(threads, limit ?? .max) }

  /// Runs `body`, whose computations take at most `count` threads, its own included; other callers are not concerned.
  ///
  /// The limit is task-local: it holds in child tasks too.
  public static func withThreads<R>(_ count: Int, _ body: () throws -> R) rethrows -> R {
    precondition(count >= 1, "Parallel.withThreads: \(count) is not a number of threads")
    return try $limit.withValue(count, operation: body)
  }

  /// As ``withThreads(_:_:)-(_,()->R)``, for a body that waits.
  public static func withThreads<R>(
    _ count: Int, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
  ) async rethrows -> R {
    precondition(count >= 1, "Parallel.withThreads: \(count) is not a number of threads")
    return try await $limit.withValue(count, operation: body)
  }

  /// What becomes of tasks. Not asked inside a task, which runs where it is.
  private enum Mode: Sendable {
    case computing, shapesAlone
    case timing(TaskTimes)
  }
  @TaskLocal private static var mode = Mode.computing

  /// Whether kernels compute, see ``withoutComputing(_:)``.
  package static var isComputing: Bool {
    if case .shapesAlone = mode { false } else { true }
  }

  /// Runs `body`, in which kernels compute nothing: operations give tensors of the right shapes whose elements are not
  /// written, and whose memory is not touched. For what follows from shapes alone, such as the layers of a network.
  package static func withoutComputing<R>(_ body: () throws -> R) rethrows -> R {
    let mark = TaskMark.isSet
    TaskMark.isSet = false
    defer { TaskMark.isSet = mark }
    return try $mode.withValue(.shapesAlone, operation: body)
  }

  /// Runs `body` with all tasks on the calling thread, and times each: what a simulation needs of the waiting that any number
  /// of threads would do.
  /// - Returns: what `body` returned, and for each of its calls of ``forEach(_:_:)`` in turn the seconds of its tasks.
  public static func timingTasks<R>(_ body: () throws -> R) rethrows -> (result: R, seconds: [[Double]]) {
    let times = TaskTimes()
    let result = try $mode.withValue(.timing(times), operation: body)
    return (result, times.all)
  }

  /// Calls `body` once for each of `0..<count`, on all threads, and returns when all are done.
  public static func forEach(_ count: Int, _ body: (Int) -> Void) {
    if !TaskMark.isSet {
      switch mode {
      case .computing: break
      case .shapesAlone: return
      case .timing(let times): return time(count, times, body)
      }
    }
    guard count > 1, !TaskMark.isSet else {
      for index in 0..<max(count, 0) { body(index) }
      return
    }
    let threads = threadsHere
    let callers = max(Crowd.shared.enter(), Admission.passes)
    defer { Crowd.shared.leave() }
    TaskMark.isSet = true
    defer { TaskMark.isSet = false }
    // Several callers have the processors among them: as many helpers as are left for each.
    let wanted = min(threads / callers, count) - 1
    let helpers = Team.shared.claim(wanted > 0 && Neighbours.areBusy ? wanted - 1 : wanted)
    if helpers.isEmpty {
      for index in 0..<count { body(index) }
      return
    }
    withoutActuallyEscaping(body) { body in
      Team.run(Job(count: count, participants: helpers.count + 1, body: body), helpers)
    }
  }

  /// Calls `body` with consecutive ranges that cover `0..<count`, at most `grain` long and in fours (`balancedPiece`);
  /// long ones begin at whole vectors.
  public static func forEachRange(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard count > 0, TaskMark.isSet || isComputing else { return }
    var length = count.balancedPiece(atMost: grain)
    if length >= 128 { length = length.dividedUp(by: 16) * 16 }
    if length >= count { return body(0..<count) }
    forEach(count.dividedUp(by: length)) { index in
      body(index * length..<min(count, (index + 1) * length))
    }
  }

  private static func time(_ count: Int, _ times: TaskTimes, _ body: (Int) -> Void) {
    TaskMark.isSet = true
    defer { TaskMark.isSet = false }
    let clock = ContinuousClock()
    times.append((0..<max(count, 0)).map { index in clock.measure { body(index) } / .seconds(1) })
  }
}

/// The seconds of the tasks of each call, see ``Parallel/timingTasks(_:)``.
private final class TaskTimes: Sendable {
  private let calls = Mutex<[[Double]]>([])

  func append(_ seconds: [Double]) { calls.withLock { $0.append(seconds) } }

  var all: [[Double]] { calls.withLock { $0 } }
}
