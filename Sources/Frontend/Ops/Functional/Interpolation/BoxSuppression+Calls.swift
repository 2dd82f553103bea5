// Selection of boxes by name.

extension OperatorRegistry {
  mutating func addBoxSuppression() {
    for name in ["torchvision.ops.nms", "ops.torchvision.nms"] {
      add("\(name)(Tensor boxes, Tensor scores, float iou_threshold)") {
        try Ops.nonMaximumSuppression($0.tensor("boxes"), $0.tensor("scores"), $0.double("iou_threshold"))
      }
    }
  }
}
