import Engine
import Foundation
import XCTest

/// Schedules against PyTorch's schedulers (scripts/goldens/topics/optimizers.py).
final class ScheduleTests: XCTestCase {
  private struct Goldens: Decodable {
    struct Options: Decodable {
      let mode: String
      let factor: Double
      let patience: Int
      let threshold: Double?
      let threshold_mode: String?
      let cooldown: Int?
      let min_lr: Double?
    }
    struct Plateau: Decodable {
      let options: Options
      let metrics: [Double]
      let factors: [Double]
    }
    let plain: [String: [Double]]
    let warmedUp: [String: [Double]]
    let plateau: [Plateau]
  }

  private func goldens() throws -> Goldens {
    let url = try XCTUnwrap(
      Bundle.module.url(forResource: "schedules", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
  }

  private let schedules: [String: Schedule] = [
    "constant": .constant,
    "step": .step(every: 3, gamma: 0.5),
    "multiStep": .multiStep(at: [2, 5, 5, 9], gamma: 0.1),
    "cosine": .cosine(over: 8, minimum: 0.05),
    "polynomial": .polynomial(over: 8, power: 0.9),
  ]

  func testCourses() throws {
    let goldens = try goldens()
    XCTAssertEqual(goldens.plain.count, schedules.count)
    for (name, schedule) in schedules {
      for (t, expected) in try XCTUnwrap(goldens.plain[name]).enumerated() {
        XCTAssertEqual(schedule.factor(at: t), expected, accuracy: 1e-12, "\(name) at \(t)")
      }
      let warmedUp = schedule.warmedUp(over: 4, from: 0.01)
      for (t, expected) in try XCTUnwrap(goldens.warmedUp[name]).enumerated() {
        XCTAssertEqual(warmedUp.factor(at: t), expected, accuracy: 1e-12, "\(name), warmed up, at \(t)")
      }
    }
  }

  func testPlateau() throws {
    for golden in try goldens().plateau {
      let o = golden.options
      let margin = o.threshold ?? 1e-4
      var schedule = PlateauSchedule(
        goal: o.mode == "min" ? .minimum : .maximum, gamma: o.factor, patience: o.patience,
        threshold: o.threshold_mode == "abs" ? .absolute(margin) : .relative(margin),
        cooldown: o.cooldown ?? 0, minimum: o.min_lr ?? 0)
      for (t, (metric, expected)) in zip(golden.metrics, golden.factors).enumerated() {
        // A checkpoint between any two observations changes nothing.
        schedule = try JSONDecoder().decode(
          PlateauSchedule.self, from: JSONEncoder().encode(schedule))
        XCTAssertEqual(schedule.observe(metric), expected, accuracy: 1e-12, "\(o) at \(t)")
      }
    }
  }

  func testPlateauTakesNaNForNoImprovement() {
    var schedule = PlateauSchedule(gamma: 0.5, patience: 1)
    XCTAssertEqual(schedule.observe(.nan), 1)
    XCTAssertNil(schedule.best)
    XCTAssertEqual(schedule.observe(.nan), 0.5)
    XCTAssertEqual(schedule.observe(3), 0.5)
    XCTAssertEqual(schedule.best, 3)
  }
}
