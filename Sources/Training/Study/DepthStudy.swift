import Datasets
import Models

/// Table 2, and figure 1 of He et al.: what depth costs in time, and what it brings with and without shortcuts.
///
/// Published numbers are of He et al. 2015, "Deep Residual Learning for Image Recognition": table 2 (top-1 errors of 18 and 34 layers
/// on ImageNet, ten crops), table 6 (CIFAR-10, on the cards), section 4.2 (64,000 steps of 128 pictures: 164 epochs of 50,000).
struct DepthStudy: Study {
  let name = "depth"
  let question = "What does depth cost, and what does it bring with and without shortcuts?"

  func run(_ context: StudyContext) throws -> StudyResult {
    let pictures = try StudyPictures(context.data)
    let ladder = try DepthLadder(context, pictures)
    let degradation = try Degradation(context, pictures)
    var result = StudyResult(of: self)
    ladder.add(to: &result)
    try degradation.add(to: &result)
    return result
  }
}
