import Engine
import Foundation
import Images
import Models
import TestSupport
import XCTest

/// k-means, principal components, mixtures of normal distributions and what pictures are encoded by, on planted points and against
/// plain loops in Double.
final class VisualWordsTests: XCTestCase {
  /// Points about planted middles, as many of each, one middle after the other in turn.
  private func planted(_ middles: [[Float]], each count: Int, deviation: Float, seed: UInt64 = 1) -> Tensor {
    var generator = RandomStream(seed: seed)
    let values = (0..<count * middles.count).flatMap { row in
      middles[row % middles.count].map { $0 + deviation * generator.normal() }
    }
    return Tensor(values, shape: [count * middles.count, middles[0].count])
  }

  private func rows(_ tensor: Tensor) -> [[Double]] {
    let (width, values) = (tensor.shape[1], tensor.scalars.map { Double($0) })
    return (0..<tensor.shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  private func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  private let corners: [[Float]] = [[0, 0, 0], [9, 0, 0], [0, 9, 1], [9, 9, -1], [4, 4, 12]]

  func testKMeansFindsPlantedClusters() {
    let points = planted(corners, each: 30, deviation: 0.1)
    for seed in 0..<5 as Range<UInt64> {
      let machine = KMeans(points, count: 5, seed: seed)
      let labels = machine.nearest(to: points)
      let first = Array(labels[..<5])
      XCTAssertEqual(Set(first).count, 5, "seed \(seed)")
      XCTAssertEqual(labels, (0..<150).map { first[$0 % 5] }, "seed \(seed)")
      let all = rows(points)
      var distortion = 0.0
      for (corner, label) in first.enumerated() {
        let own = (0..<30).map { all[$0 * 5 + corner] }
        let mean = (0..<3).map { axis in own.reduce(0) { $0 + $1[axis] } / 30 }
        assertClose(
          machine.centres.slice(axis: 0, label..<label + 1).scalars, mean, absolute: 1e-5, relative: 1e-5)
        distortion += own.reduce(0) { $0 + squaredDistance($1, mean) }
      }
      XCTAssertEqual(machine.distortion, distortion / 150, accuracy: 1e-3)
      XCTAssertLessThan(machine.iterations, 20)
    }
  }

  /// Against plain loops, of points where several centres share a cluster; with the same bits on one thread.
  func testNearestCentre() {
    let points = planted(corners, each: 12, deviation: 3)
    let machine = KMeans(points, count: 9, iterations: 7, seed: 4)
    let one = Parallel.withThreads(1) { KMeans(points, count: 9, iterations: 7, seed: 4) }
    XCTAssertEqual(machine.centres.scalars, one.centres.scalars)
    XCTAssertNotEqual(
      machine.centres.scalars, KMeans(points, count: 9, iterations: 7, seed: 5).centres.scalars)
    let centres = rows(machine.centres)
    for (point, label) in zip(rows(points), machine.nearest(to: points)) {
      let distances = centres.map { squaredDistance(point, $0) }
      XCTAssertLessThanOrEqual(distances[label], distances.min()! + 1e-3)
    }
    var earlier = Double.infinity
    for iterations in [0, 1, 2, 4, 8, 30] {
      let distortion = KMeans(points, count: 9, iterations: iterations, seed: 4).distortion
      XCTAssertLessThanOrEqual(distortion, earlier + 1e-4, "\(iterations) iterations")
      earlier = distortion
    }
  }

  /// More centres than different points: every point has a centre of its own, and none is without number.
  func testRepeatedPoints() {
    let points = Tensor([1, 1, 5, 5, 1, 1, 5, 5, 1, 1, 2, 8], shape: [6, 2])
    let machine = KMeans(points, count: 5, seed: 2)
    XCTAssertTrue(machine.centres.scalars.allSatisfy(\.isFinite))
    let labels = machine.nearest(to: points)
    XCTAssertEqual(machine.distortion, 0, accuracy: 1e-6)
    XCTAssertEqual(Set([0, 1, 5].map { labels[$0] }).count, 3)
    XCTAssertEqual(labels[0], labels[2])
  }

  func testPrincipalComponents() throws {
    var generator = RandomStream(seed: 8)
    // Deviations 5, 2 and 0.5 along turned axes.
    let axes: [[Float]] = [[0.6, 0.8, 0], [-0.8, 0.6, 0], [0, 0, 1]]
    let values = (0..<400).flatMap { _ -> [Float] in
      let (a, b, c) = (5 * generator.normal(), 2 * generator.normal(), 0.5 * generator.normal())
      return (0..<3).map { 3 + a * axes[0][$0] + b * axes[1][$0] + c * axes[2][$0] }
    }
    let points = Tensor(values, shape: [400, 3])
    let components = try PrincipalComponents(points, count: 2)
    let directions = rows(components.directions)
    XCTAssertEqual(abs(directions[0][0] * 0.6 + directions[0][1] * 0.8), 1, accuracy: 0.01)
    XCTAssertEqual(directions[0].reduce(0) { $0 + $1 * $1 }, 1, accuracy: 1e-5)
    XCTAssertEqual(zip(directions[0], directions[1]).reduce(0) { $0 + $1.0 * $1.1 }, 0, accuracy: 1e-5)
    let (all, projected) = (rows(points), rows(components(points)))
    let mean = (0..<3).map { axis in all.reduce(0) { $0 + $1[axis] } / 400 }
    assertClose(components.mean.scalars, mean, absolute: 1e-5, relative: 1e-5)
    for (point, found) in zip(all, projected) {
      for (direction, value) in zip(directions, found) {
        let expected = (0..<3).reduce(0.0) { $0 + (point[$1] - mean[$1]) * direction[$1] }
        XCTAssertEqual(value, expected, accuracy: 1e-4)
      }
    }
    for component in 0..<2 {
      let variance = projected.reduce(0) { $0 + $1[component] * $1[component] } / 399
      XCTAssertEqual(Double(components.variances[component]), variance, accuracy: 1e-3 * variance)
    }
    XCTAssertGreaterThan(components.variances[0], components.variances[1])
  }

  // MARK: Mixtures

  private let mixture = GaussianMixture(
    weights: [0.5, 0.2, 0.3], means: Tensor([0, 1, 2, -1, -2, 0.5], shape: [3, 2]),
    variances: Tensor([1, 0.5, 0.25, 2, 0.7, 0.3], shape: [3, 2]))

  /// In Double: each distribution's weighted density at a point.
  private func densities(_ mixture: GaussianMixture, _ point: [Double]) -> [Double] {
    zip(mixture.weights, zip(rows(mixture.means), rows(mixture.variances))).map { weight, parameters in
      point.indices.reduce(Double(weight)) { product, axis in
        let (mean, variance) = (parameters.0[axis], parameters.1[axis])
        return product * exp(-0.5 * pow(point[axis] - mean, 2) / variance) / (2 * .pi * variance).squareRoot()
      }
    }
  }

  func testResponsibilities() {
    let points = planted([[0, 0], [2, -1]], each: 20, deviation: 1.5)
    for (point, found) in zip(rows(points), rows(mixture.responsibilities(points))) {
      let expected = densities(mixture, point)
      let sum = expected.reduce(0, +)
      for (value, density) in zip(found, expected) { XCTAssertEqual(value, density / sum, accuracy: 2e-5) }
    }
  }

  func testMixtureFindsPlantedDistributions() {
    var generator = RandomStream(seed: 5)
    let values = (0..<1200).flatMap { row -> [Float] in
      row % 4 == 0
        ? [-3 + 0.5 * generator.normal(), 2 + generator.normal()]
        : [3 + 1.5 * generator.normal(), -1 + 0.7 * generator.normal()]
    }
    let points = Tensor(values, shape: [1200, 2])
    let found = GaussianMixture(points, count: 2, seed: 1)
    let order = found.weights[0] < found.weights[1] ? [0, 1] : [1, 0]
    let (means, variances) = (rows(found.means), rows(found.variances))
    assertClose(order.map { found.weights[$0] }, [0.25, 0.75], absolute: 0.02, relative: 0)
    for (number, expected) in [(order[0], [-3, 2, 0.25, 1]), (order[1], [3.0, -1, 2.25, 0.49])] {
      for (value, wanted) in zip(means[number] + variances[number], expected) {
        XCTAssertEqual(value, wanted, accuracy: 0.25)
      }
    }
    // The likelihood that it says, by plain loops, of the parameters before the last step, which moved them little.
    let likelihood = rows(points).reduce(0) { $0 + log(densities(found, $1).reduce(0, +)) } / 1200
    XCTAssertEqual(found.logLikelihood, likelihood, accuracy: 1e-3)
    let one = Parallel.withThreads(1) { GaussianMixture(points, count: 2, seed: 1) }
    XCTAssertEqual(found.means.scalars, one.means.scalars)
    XCTAssertEqual(found.weights.reduce(0, +), 1, accuracy: 1e-5)
  }

  /// Every step raises the likelihood; variances do not vanish on points that are all the same along an axis.
  func testStepsOfTheFit() {
    let points = planted([[0, 0, 1], [3, 1, 1], [1, 4, 1]], each: 25, deviation: 1)
    var earlier = -Double.infinity
    for steps in [1, 2, 3, 5, 10] {
      let likelihood = GaussianMixture(points, count: 3, iterations: steps, tolerance: -1, seed: 2)
        .logLikelihood
      XCTAssertGreaterThanOrEqual(likelihood, earlier - 1e-4, "\(steps) steps")
      earlier = likelihood
    }
    let flat = Tensor((0..<40).flatMap { [Float($0 % 7), 3] }, shape: [40, 2])
    let found = GaussianMixture(flat, count: 4, seed: 0)
    XCTAssertTrue(found.variances.scalars.allSatisfy { $0 > 0 })
    XCTAssertTrue((found.means.scalars + found.weights).allSatisfy(\.isFinite))
  }

  /// Perronnin et al. 2010, equations for the gradients, then square roots and the norm.
  func testFisherVectorAgainstPlainLoops() {
    let points = planted([[0.5, 0], [1, 1], [-2, 0]], each: 7, deviation: 0.8)
    let fisher = FisherVector(mixture)
    XCTAssertEqual(fisher.count, 12)
    let all = rows(points)
    let (means, variances) = (rows(mixture.means), rows(mixture.variances))
    var expected = [Double](repeating: 0, count: 12)
    for point in all {
      let density = densities(mixture, point)
      let sum = density.reduce(0, +)
      for number in 0..<3 {
        let (share, weight) = (density[number] / sum, Double(mixture.weights[number]))
        for axis in 0..<2 {
          let z = (point[axis] - means[number][axis]) / variances[number][axis].squareRoot()
          expected[number * 2 + axis] += share * z / (21 * weight.squareRoot())
          expected[6 + number * 2 + axis] += share * (z * z - 1) / (21 * (2 * weight).squareRoot())
        }
      }
    }
    expected = expected.map { $0 < 0 ? -(-$0).squareRoot() : $0.squareRoot() }
    let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    assertClose(fisher(points), expected.map { $0 / norm }, absolute: 1e-4, relative: 1e-4)
    XCTAssertEqual(fisher(Tensor([], shape: [0, 2])), [Float](repeating: 0, count: 12))
  }

  func testBagOfWordsInQuarters() {
    let points = Tensor([0, 0, 0, 10, 10, 10], shape: [6, 1])
    let codebook = KMeans(points, count: 2, seed: 0)
    let low = codebook.nearest(to: points)[0]
    let descriptors = LocalDescriptors(
      values: Tensor([1, 9, 2, 8], shape: [4, 1]),
      places: [SIMD2(0.1, 0.2), SIMD2(0.7, 0.2), SIMD2(0.2, 0.4), SIMD2(0.9, 0.9)])
    let bag = BagOfWords(codebook)
    XCTAssertEqual(bag.count, 10)
    // Two of each word in the whole; two low ones top left, a high one top right, one bottom right.
    let shares: [(low: Double, high: Double)] = [(0.5, 0.5), (1, 0), (0, 1), (0, 0), (0, 1)]
    let expected = shares.flatMap { share -> [Double] in
      let both = [(share.low / 5).squareRoot(), (share.high / 5).squareRoot()]
      return low == 0 ? both : both.reversed()
    }
    assertClose(bag(descriptors), expected, absolute: 1e-6, relative: 1e-6)
    let none = LocalDescriptors(values: Tensor([], shape: [0, 1]), places: [])
    XCTAssertEqual(bag(none), [Float](repeating: 0, count: 10))
  }

  // MARK: Machines

  func testOneAgainstRest() {
    let middles: [[Float]] = [[0, 0], [4, 0], [0, 4]]
    let points = planted(middles, each: 20, deviation: 0.6)
    let labels = (0..<60).map { $0 % 3 }
    let options = LinearSVM.Options(cost: 2, tolerance: 1e-4, seed: 3)
    let classifier = OneAgainstRest(points, labels: labels, classes: 4, options)
    for label in 0..<3 {
      XCTAssertEqual(
        classifier.machines[label], LinearSVM(points, isPositive: labels.map { $0 == label }, options),
        "the machine that R-CNN has")
    }
    let decisions = classifier.decisions(points)
    XCTAssertEqual(decisions.shape, [60, 4])
    for label in 0..<4 {
      assertClose(
        (0..<60).map { decisions.scalars[$0 * 4 + label] },
        classifier.machines[label].decisions(points).map { Double($0) }, absolute: 1e-6, relative: 1e-6)
    }
    XCTAssertEqual(classifier.classes(points), labels)
    let test = planted(middles, each: 10, deviation: 0.6, seed: 9)
    let right = zip(classifier.classes(test), 0...).count { $0 == $1 % 3 }
    XCTAssertGreaterThan(right, 27)
  }

  func testCostIsChosenOnWhatIsHeldOut() {
    let points = planted([[0, 0, 0], [1, 0, 2], [0, 1, -1]], each: 30, deviation: 0.9)
    let labels = (0..<90).map { $0 % 3 }
    let costs: [Float] = [1e-6, 0.1, 1]
    let chosen = OneAgainstRest.choosingCost(points, labels: labels, classes: 3, costs: costs, seed: 2)
    XCTAssertEqual(chosen.trials.map(\.cost), costs)
    let best = chosen.trials.map(\.accuracy).max()!
    XCTAssertEqual(chosen.cost, chosen.trials.first { $0.accuracy == best }?.cost)
    XCTAssertGreaterThan(best, 0.4)
    XCTAssertEqual(
      chosen.classifier,
      OneAgainstRest(points, labels: labels, classes: 3, LinearSVM.Options(cost: chosen.cost)))
    let again = OneAgainstRest.choosingCost(points, labels: labels, classes: 3, costs: costs, seed: 2)
    XCTAssertEqual(again.trials, chosen.trials)
    let single = OneAgainstRest.choosingCost(points, labels: labels, classes: 3, costs: [0.5])
    XCTAssertEqual(single.cost, 0.5)
    XCTAssertEqual(single.trials, [])
    // 18 of 90 are held out, six of each class: accuracies are eighteenths.
    for trial in chosen.trials {
      XCTAssertEqual((trial.accuracy * 18).rounded(), trial.accuracy * 18, accuracy: 1e-9)
    }
  }
}
