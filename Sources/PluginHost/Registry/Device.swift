/// The name of a device: `"cpu"`, `"cuda:1"`, or what a third party's plugin calls itself.
///
/// A device string is a plugin's name and, after a colon, an index; without one, index 0 is meant.
///
/// ```swift
/// let x = Tensor.zeros([2, 3], device: "cuda:0")
/// x.device == Device("cuda")  // true
/// ```
///
/// Making a `Device` loads nothing and cannot fail; a string that names nothing is an error of kind
/// ``BackplaneError/Kind/device`` where the device is used.
public struct Device: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The plugin's name, such as `cuda`.
  public let type: String
  /// Which of the plugin's devices.
  public let index: Int
  /// The string as given, where it is not of the form `name` or `name:index`.
  let malformed: String?

  /// Makes the name of a device from a device string. A string that names nothing is an error where the device is used.
  public init(_ string: String) {
    let parts = string.split(separator: ":", omittingEmptySubsequences: false)
    let name = parts.first.map(String.init) ?? ""
    let number = parts.count == 2 ? Device.index(parts[1]) : (parts.count == 1 ? 0 : nil)
    let isSound = PluginName.isValid(name) && number != nil
    type = isSound ? name : string
    index = isSound ? number! : 0
    malformed = isSound ? nil : string
  }

  /// Makes the name of a plugin's device.
  public init(type: String, index: Int) {
    self.type = type
    self.index = index
    malformed = PluginName.isValid(type) && index >= 0 ? nil : "\(type):\(index)"
  }

  public init(stringLiteral value: String) { self.init(value) }

  /// The plugin's name and the index, such as `cuda:0`; the name alone where the plugin has one device by definition.
  public var description: String {
    if let malformed { return malformed }
    return index == 0 && Device.pluginsOfOneDevice.contains(type) ? type : "\(type):\(index)"
  }

  private static func index(_ digits: Substring) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(digits)
  }
}

/// What the ABI allows as a plugin's name: it stands in device strings and in file names.
enum PluginName {
  static func isValid(_ name: String) -> Bool {
    guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 32 else {
      return false
    }
    return name.utf8.allSatisfy {
      (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95
    }
  }
}
