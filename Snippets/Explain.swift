import Colonnade

// Which pixels made a network see a class in a picture, by every method, and how that looks over the picture.
let network = try Network("resnet20", inputChannels: 1, seed: 1)
let picture = try Digits.load().test.example(at: 0).image
let explainer = Explainer(network, preprocessing: Digits.preprocessing)
for method in ExplanationMethod.all {
  let explanation = try explainer.explain(picture, class: 3, by: method)
  let overlay = explanation.overlay(on: explainer.preprocessing.prepared(picture)).magnified(by: 24)
  let (x, y) = explanation.peak
  print("\(method.name): most at \(x), \(y); an overlay of \(overlay.size), \(overlay.pngData().count) bytes")
}

// The pixels add up to what the class's logit is above that of a picture of the mean colour.
let explanation = try explainer.explain(picture, class: 3, by: .integratedGradients(steps: 100))
print("\(explanation.map.sum().scalar) of \(explanation.logit - explanation.baselineLogit!)")
