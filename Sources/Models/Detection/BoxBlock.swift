import Images

/// Four boxes side by side, so that another one is held against all at once.
struct BoxBlock {
  /// Places without a box: nothing overlaps them.
  private var left = SIMD4<Float>(repeating: .infinity)
  private var top = SIMD4<Float>(repeating: .infinity)
  private var right = SIMD4<Float>(repeating: -.infinity)
  private var bottom = SIMD4<Float>(repeating: -.infinity)
  private var area = SIMD4<Float>(repeating: 1)

  static let count = 4

  init() {}

  /// - Parameter boxes: at most four.
  @inline(__always)
  init(_ boxes: ArraySlice<BoundingBox>) {
    for (place, box) in boxes.enumerated() { set(place, box) }
  }

  /// Puts a box in one of the four places.
  @inline(__always)
  mutating func set(_ place: Int, _ box: BoundingBox) {
    left[place] = box.left
    top[place] = box.top
    right[place] = box.right
    bottom[place] = box.bottom
    area[place] = Self.area(box)
  }

  /// The IoU of each with a box, as ``BoundingBox/intersectionOverUnion(_:)``.
  @inline(__always)
  func intersectionOverUnion(_ box: BoundingBox) -> SIMD4<Float> {
    let (common, union) = overlap(box, area: Self.area(box))
    let zero = SIMD4<Float>(repeating: 0)
    return zero.replacing(with: common / union, where: union .> zero)
  }

  /// What each has in common with a box, and what they cover together, in square pixels.
  /// - Parameters:
  ///   - box: in continuous pixels.
  ///   - boxArea: ``area(_:)`` of it.
  @inline(__always)
  func overlap(_ box: BoundingBox, area boxArea: Float) -> (common: SIMD4<Float>, union: SIMD4<Float>) {
    let zero = SIMD4<Float>(repeating: 0)
    let (otherLeft, otherTop) = (SIMD4<Float>(repeating: box.left), SIMD4<Float>(repeating: box.top))
    let (otherRight, otherBottom) = (SIMD4<Float>(repeating: box.right), SIMD4<Float>(repeating: box.bottom))
    var width =
      otherRight.replacing(with: right, where: right .< otherRight)
      - otherLeft.replacing(with: left, where: left .> otherLeft)
    var height =
      otherBottom.replacing(with: bottom, where: bottom .< otherBottom)
      - otherTop.replacing(with: top, where: top .> otherTop)
    width.replace(with: zero, where: width .< zero)
    height.replace(with: zero, where: height .< zero)
    let common = width * height
    return (common, SIMD4(repeating: boxArea) + area - common)
  }

  /// As ``BoundingBox/area``; here, so that loops have it inlined.
  @inline(__always)
  static func area(_ box: BoundingBox) -> Float {
    max(box.right - box.left, 0) * max(box.bottom - box.top, 0)
  }
}
