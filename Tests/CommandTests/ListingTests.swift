import Colonnade
import Foundation
import XCTest

/// How often files are looked at while a data folder is listed: counted, by a library that stands before the system's.
final class ListingTests: XCTestCase {
  #if os(Linux)
    private static let counter = """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <stdatomic.h>
      #include <stdlib.h>
      #include <sys/mman.h>
      #include <unistd.h>
      struct stat;
      struct statx;
      static _Atomic long none;
      // In a file, for the process ends without ceremony.
      static _Atomic long *calls = &none;
      #define COUNT(NAME, PARAMETERS, ARGUMENTS) \\
        int NAME PARAMETERS { \\
          int(*next) PARAMETERS = dlsym(RTLD_NEXT, #NAME); \\
          ++*calls; \\
          return next ARGUMENTS; \\
        }
      #define COUNT_ALL(SUFFIX) \\
        COUNT(stat##SUFFIX, (const char *path, struct stat *status), (path, status)) \\
        COUNT(lstat##SUFFIX, (const char *path, struct stat *status), (path, status)) \\
        COUNT(fstat##SUFFIX, (int file, struct stat *status), (file, status)) \\
        COUNT(fstatat##SUFFIX, (int file, const char *path, struct stat *status, int flags), (file, path, status, flags))
      COUNT_ALL()
      COUNT_ALL(64)
      COUNT(statx, (int file, const char *path, int flags, unsigned mask, struct statx *status), \\
            (file, path, flags, mask, status))
      COUNT(access, (const char *path, int mode), (path, mode))
      __attribute__((constructor)) static void start(void) {
        int file = open(getenv("CALLS"), O_RDWR | O_CREAT | O_TRUNC, 0600);
        if (ftruncate(file, sizeof *calls) == 0) calls = mmap(0, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
      }
      """

    private var folder: WorkFolder!

    override func setUpWithError() throws {
      folder = try WorkFolder()
      try folder.write("counter.c", Data(Self.counter.utf8))
      let built = try Command.shell(
        "$(command -v clang || command -v cc) -shared -fPIC -o counter.so counter.c -ldl", in: folder)
      if built.code != 0 { throw XCTSkip("no C compiler: \(built.errors)") }
      let network = try Network("resnet20", classes: 2, seed: 4)
      let card = WeightCard(
        network: "resnet20", classNames: ["x", "y"], inputChannels: 3, inputHeight: 32, inputWidth: 32,
        preprocessing: network.card.preprocessing)
      try network.store.save(to: folder.path("two.safetensors"), metadata: card.metadata)
    }

    override func tearDown() { folder = nil }

    /// Calls that look at a file, until it is found that the network does not know the classes.
    private func calls(_ data: String, _ options: String = "") throws -> Int {
      let outcome = try Command.shell(
        #"CALLS="$PWD/calls" LD_PRELOAD="$PWD/counter.so" "$colonnade" evaluate \#(data) --weights two.safetensors \#(options)"#,
        in: folder)
      XCTAssertEqual(outcome.code, 65, outcome.errors)
      XCTAssertTrue(outcome.errors.contains("does not know the class"), outcome.errors)
      let count = try Data(contentsOf: URL(fileURLWithPath: folder.path("calls")))
      return count.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    }

    func testAFileIsLookedAtOnceAtMost() throws {
      let made = try Command.shell(
        """
        for class in a b c d; do
          mkdir -p many/$class/deep few/$class/deep
          (cd many/$class && touch {1..200}.jpg deep/{1..200}.png)
          (cd few/$class && touch {1..5}.jpg deep/{1..5}.png)
        done
        """, in: folder)
      XCTAssertEqual(made.code, 0, made.errors)
      let more = 4 * (400 - 10)
      for options in ["", "--validation-share 0.2"] {
        let (most, least) = (try calls("many", options), try calls("few", options))
        if least == 0 { throw XCTSkip("this system's library has these functions under other names") }
        XCTAssertLessThanOrEqual(most - least, more, options)
      }
    }

    /// No more than are read at the moment.
    func testFewFilesAreOpenAtOnce() throws {
      let made = try Command.shell(
        "mkdir -p data/{x,y}; cp \"$picture\" data/x/0.png; for i in {1..60}; do ln data/x/0.png data/y/$i.png; done",
        in: folder,
        environment: ["picture": try folder.write("one.png", Samples.png(8))])
      XCTAssertEqual(made.code, 0, made.errors)
      let outcome = try Command.shell(
        #"ulimit -n 24; "$colonnade" evaluate data --weights two.safetensors --json"#, in: folder)
      XCTAssertEqual((try outcome.json() as? [String: Any])?["count"] as? Int, 61)
    }
  #endif
}
