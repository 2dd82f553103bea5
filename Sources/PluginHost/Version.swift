/// The version of Backplane.
public let backplaneVersion = "0.2.0"
