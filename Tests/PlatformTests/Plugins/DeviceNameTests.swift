import Backplane
import Foundation
import TestSupport
import Testing

/// What is done on a device does not depend on its name.
@Suite struct DeviceNameTests {
  /// Where the sources know a device by name: `KnownDevices.swift` gives the reasons.
  @Test func namesStandInOnePlace() throws {
    let literal = /"(cpu|cuda|reference|CUDA)(:\d+)?"/
    var places: Set<String> = []
    for (path, text) in Repository().programs() where path.hasSuffix(".swift") {
      guard path.hasPrefix("Sources/Frontend/") || path.hasPrefix("Sources/PluginHost/") else { continue }
      if text.contains(literal) { places.insert(String(path.split(separator: "/").last!)) }
    }
    #expect(places == ["KnownDevices.swift"])
  }

  @Test(arguments: [
    ("cpu", "cpu"), ("cpu:0", "cpu"), ("cpu:1", "cpu:1"), ("reference:0", "reference"), ("cuda", "cuda:0"),
    ("toy", "toy:0"), ("toy:7", "toy:7"), ("a:b", "a:b"),
  ])
  func devicesHaveTheirIndexUnlessThereIsOne(_ string: String, _ description: String) {
    #expect(Device(string).description == description)
    #expect(Device(string) == Device(description))
  }
}
