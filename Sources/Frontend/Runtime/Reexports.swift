// Devices, plugins, their layers and errors are a part of this module's interface, whoever declares them.
@_exported import PluginHost
