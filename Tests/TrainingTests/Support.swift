import Datasets
import Engine
import Foundation
import Models
import TestSupport
import Training
import XCTest

/// Every parameter and statistic of two networks, bit by bit.
func assertSameBits(
  _ actual: Network, _ expected: Network, file: StaticString = #filePath, line: UInt = #line
) {
  XCTAssertEqual(actual.store.all.map(\.name), expected.store.all.map(\.name), file: file, line: line)
  for (a, e) in zip(actual.store.all, expected.store.all) {
    assertSameBits(a.value, e.value, a.name, file: file, line: line)
  }
}
