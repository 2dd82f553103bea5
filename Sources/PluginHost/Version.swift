/// The version of Backplane.
public let backplaneVersion = "0.1.0"
