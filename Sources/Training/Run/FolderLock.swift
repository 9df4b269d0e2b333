import Engine
import Foundation

/// Keeps other runs, of this process and of others, out of a run's folder for as long as the object lives.
///
/// It is a lock of the system's (`flock`) on the folder itself: no file is left behind, and however a process ends, the
/// system lets go of it. Where a file system knows no such locks there is none.
final class FolderLock {
  private let descriptor: Int32

  /// - Throws: ``TrainingError/inUse(folder:)``.
  init(_ folder: String) throws {
    descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TrainingError.output(
        file: folder, reason: "cannot be opened: \(String(cString: strerror(errno)))")
    }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      throw TrainingError.inUse(folder: folder)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

extension TrainingError {
  /// Writes a file of a run.
  /// - Throws: ``TrainingError/output(file:reason:)``.
  static func writing(_ data: Data, to path: String) throws {
    do {
      try OutputFile.write(data, to: path)
    } catch WeightFileError.unwritable(let file, let reason) {
      throw TrainingError.output(file: file, reason: "cannot be written: \(reason)")
    } catch {
      throw TrainingError.output(file: path, reason: "cannot be written: \(error)")
    }
  }
}
