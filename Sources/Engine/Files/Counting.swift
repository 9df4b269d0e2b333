// Numbers of things as people read them.

/// Digits in threes: 25,557,032.
package func grouped(_ value: Int) -> String {
  var text = ""
  for (index, digit) in String(value.magnitude).reversed().enumerated() {
    if index > 0 && index % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return (value < 0 ? "-" : "") + String(text.reversed())
}

/// The noun as it follows the number: class, classes; batch, batches; but epoch, epochs; tensor, tensors; tensor of a head, tensors of a head.
package func plural(_ noun: String, _ count: Int) -> String {
  guard count != 1 else { return noun }
  let end = noun.firstRange(of: " of ")?.lowerBound ?? noun.endIndex
  let head = noun[..<end]
  let ending = ["s", "x", "tch", "sh"].contains { head.hasSuffix($0) } ? "es" : "s"
  return "\(head)\(ending)\(noun[end...])"
}

/// A number of things: 1 tensor, 2,048 tensors, 0 classes.
package func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(plural(noun, count))" }
