import Engine
import Foundation
import XCTest

final class ProcessorAllowanceTests: XCTestCase {
  func testCount() {
    func count(_ online: Int, _ affinity: Int?, _ quota: Double?) -> Int {
      ProcessorAllowance(online: online, affinity: affinity, quota: quota).count
    }
    XCTAssertEqual(count(8, nil, nil), 8)
    XCTAssertEqual(count(8, 3, nil), 3)
    XCTAssertEqual(count(8, 3, 2), 2)
    XCTAssertEqual(count(8, 8, 2.5), 3, "a fraction counts as a whole one")
    XCTAssertEqual(count(8, 8, 0.2), 1)
    XCTAssertEqual(count(2, 4, 16), 2)
  }

  func testAffinity() {
    func affinity(_ mask: String) -> Int? {
      ProcessorAllowance.affinity(status: "Name:\tx\nCpus_allowed:\t\(mask)\nCpus_allowed_list:\t0-63\n")
    }
    XCTAssertEqual(affinity("3"), 2)
    XCTAssertEqual(affinity("ff,ffffffff,00000001"), 41)
    XCTAssertNil(affinity(""))
    XCTAssertNil(ProcessorAllowance.affinity(status: "Name:\tx\n"))
  }

  /// Control groups of both versions, in a folder that looks like the system's.
  func testQuota() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("groups-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    func write(_ path: String, _ text: String) throws {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    func quota(_ membership: String) -> Double? {
      ControlGroups.quota(root: root.path, membership: membership)
    }
    XCTAssertNil(quota(""))
    XCTAssertNil(quota("0::/a/b\n"), "nothing is mounted")
    try write("a/b/cpu.max", "max 100000\n")
    XCTAssertNil(quota("0::/a/b\n"))
    try write("a/cpu.max", "150000 100000\n")
    XCTAssertEqual(quota("0::/a/b\n"), 1.5, "a parent's")
    try write("a/b/cpu.max", "50000 100000\n")
    XCTAssertEqual(quota("0::/a/b\n"), 0.5, "the least")
    try write("cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n")
    try write("cpu,cpuacct/box/cpu.cfs_period_us", "100000\n")
    XCTAssertNil(quota("4:cpu,cpuacct:/box\n"))
    try write("cpu,cpuacct/box/cpu.cfs_quota_us", "300000\n")
    XCTAssertEqual(quota("4:cpu,cpuacct:/box\n3:cpuset:/\n"), 3)
    // A container's own group is the root, whatever path of the host's it is told.
    try write("cpu,cpuacct/cpu.cfs_quota_us", "200000\n")
    try write("cpu,cpuacct/cpu.cfs_period_us", "100000\n")
    XCTAssertEqual(quota("4:cpu,cpuacct:/docker/4711\n"), 2)
  }
}
