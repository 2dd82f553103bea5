import BackendAPI
import Glibc
import Synchronization

/// All plugins of the process, loaded when first asked for.
package final class PluginRegistry: Sendable {
  package static let shared = PluginRegistry()

  fileprivate struct State {
    var plugins: [String: Plugin] = [:]
    var failures: [String: BackplaneError] = [:]
    var devices: [Device: OpenDevice] = [:]
    /// What came of the entry points called so far, by address: each is called once per process [BP-10.1], by
    /// whatever names and links its file is reached.
    var entries: [UInt: Result<Plugin, BackplaneError>] = [:]
  }

  private let state = Lock(State())
  /// The thread that is inside: plugins run there, and may come back.
  private let owner = Atomic<UInt>(0)

  /// Only one thread at a time opens plugins and devices. A plugin that asks for devices meanwhile gets an error: to
  /// wait for itself would be forever.
  private func exclusively<Result>(
    _ body: (inout State) throws(BackplaneError) -> Result
  ) throws(BackplaneError) -> Result {
    let thread = UInt(pthread_self())
    guard owner.load(ordering: .relaxed) != thread else {
      throw BackplaneError(.plugin, "a plugin asked for a device while plugins and devices were being opened")
    }
    return try state.withLock { state throws(BackplaneError) in
      owner.store(thread, ordering: .relaxed)
      defer { owner.store(0, ordering: .relaxed) }
      return try body(&state)
    }
  }

  /// Plugins that are registered or loaded, by name.
  var loaded: [Plugin] {
    (try? exclusively { $0.plugins.values.sorted { $0.name < $1.name } }) ?? []
  }

  /// The plugin of a name, loaded if need be.
  package func plugin(named name: String) throws(BackplaneError) -> Plugin {
    try exclusively { state throws(BackplaneError) in try state.plugin(named: name) }
  }

  /// Loads a file that the caller names.
  func load(_ path: String) throws(BackplaneError) -> Plugin {
    try exclusively { state throws(BackplaneError) in try state.add(try state.open(path)) }
  }

  /// Registers a plugin that is linked into the program.
  func register(_ open: bp_plugin_open_function) throws(BackplaneError) -> Plugin {
    try exclusively { state throws(BackplaneError) in
      try state.add(try state.open(open, source: "registered plugin", file: nil))
    }
  }

  /// A device, opened if need be.
  package func open(_ device: Device) throws(BackplaneError) -> OpenDevice {
    let opened = try exclusively { state throws(BackplaneError) in
      if let opened = state.devices[device] { return opened }
      if let string = device.malformed {
        throw BackplaneError(
          .device,
          "Invalid device string: '\(string)'. A device string is a plugin's name, optionally with an "
            + "index, such as 'cpu' or 'cuda:0'; \(state.knownDevices())")
      }
      let plugin = try state.plugin(named: device.type)
      guard device.index < plugin.deviceCount else {
        throw BackplaneError(.device, state.indexMessage(device, plugin))
      }
      let opened = try OpenDevice(plugin: plugin, index: device.index)
      state.devices[device] = opened
      return opened
    }
    Environment.warnOfUnusableValues()
    return opened
  }

  /// Loads whatever can be found, and tells what could not be loaded.
  func loadAll() -> (plugins: [Plugin], failures: [BackplaneError]) {
    do {
      return try exclusively { state throws(BackplaneError) in
        let failures = state.loadAll()
        return (state.plugins.values.sorted { $0.name < $1.name }, failures)
      }
    } catch {
      return ([], [error])
    }
  }

  func explain(_ device: Device) -> Explanation {
    do {
      let explanation = try exclusively { state throws(BackplaneError) in state.explain(device) }
      Environment.warnOfUnusableValues()
      return explanation
    } catch {
      let step = Explanation.Step(path: device.description, outcome: error.message)
      return Explanation(device: device, plugin: nil, isAvailable: false, steps: [step])
    }
  }
}

extension PluginRegistry.State {
  fileprivate mutating func open(_ path: String) throws(BackplaneError) -> Plugin {
    // A file that is not there, or cannot be loaded, may be so later: only what an entry point said stays.
    try open(try PluginLibrary.entry(of: path), source: path, file: PluginSearch.realPath(path) ?? path)
  }

  fileprivate mutating func open(
    _ entry: bp_plugin_open_function, source: String, file: String?
  ) throws(BackplaneError) -> Plugin {
    let address = UInt(bitPattern: unsafeBitCast(entry, to: UnsafeRawPointer.self))
    if let known = entries[address] { return try known.get() }
    let result = Result { () throws(BackplaneError) in try Plugin(open: entry, source: source, file: file) }
    entries[address] = result
    return try result.get()
  }

  fileprivate mutating func add(_ plugin: Plugin) throws(BackplaneError) -> Plugin {
    if let other = other(than: plugin) {
      throw BackplaneError(
        .plugin,
        "two plugins are named '\(plugin.name)': \(other) and \(plugin.file ?? "the one being registered") [BP-10.7]")
    }
    guard plugins[plugin.name] == nil else { return plugin }
    plugins[plugin.name] = plugin
    Log.write(.info, "loaded \(plugin)")
    return plugin
  }

  /// The file of the plugin that has another one's name already.
  private func other(than plugin: Plugin) -> String? {
    guard let other = plugins[plugin.name], other !== plugin else { return nil }
    return other.file ?? "the one linked into the program"
  }

  /// The files of a place that may hold the plugin. Those whose names do not tell which plugin they hold come along.
  fileprivate func candidates(for name: String, in place: PluginSearch.Place) -> [String] {
    place.files.filter { file in
      guard let fileName = PluginSearch.pluginName(ofFile: file) else { return true }
      return fileName == name
    }
  }

  fileprivate mutating func open(_ plugin: LinkedPlugin) throws(BackplaneError) -> Plugin {
    let opened = try open(plugin.open, source: "plugin linked into the program", file: nil)
    guard opened.name == plugin.name else {
      throw BackplaneError(
        .plugin, "the plugin that is linked into the program as '\(plugin.name)' calls itself '\(opened.name)'")
    }
    return opened
  }

  fileprivate mutating func plugin(named name: String) throws(BackplaneError) -> Plugin {
    if let plugin = plugins[name] { return plugin }
    let search = PluginSearch()
    if let error = search.unusableEntry { throw error }
    for place in search.places {
      if let linked = place.linked.first(where: { $0.name == name }) { return try add(try open(linked)) }
      var found: [Plugin] = []
      for file in candidates(for: name, in: place) {
        let plugin: Plugin
        do {
          plugin = try open(file)
        } catch {
          // A file of the right name that cannot be used is never passed over for one further down.
          if PluginSearch.pluginName(ofFile: file) == name { throw error }
          continue
        }
        if plugin.name == name {
          if !found.contains(where: { $0 === plugin }) { found.append(plugin) }
        } else if PluginSearch.pluginName(ofFile: file) == name {
          throw BackplaneError(
            .plugin,
            "\(file): the file is named for '\(name)', the plugin in it calls itself '\(plugin.name)'"
              + (other(than: plugin).map { ", as does \($0)" } ?? ""))
        }
      }
      if found.count > 1 {
        throw BackplaneError(
          .plugin, "two plugins are named '\(name)': \(found[0].file ?? "") and \(found[1].file ?? "")")
      }
      if let plugin = found.first { return try add(plugin) }
    }
    throw BackplaneError(.device, unknownMessage(name, search))
  }

  fileprivate mutating func loadAll() -> [BackplaneError] {
    let search = PluginSearch()
    if let error = search.unusableEntry { return [error] }
    var failures: [BackplaneError] = []
    var names: [String] = []
    for place in search.places {
      for plugin in place.linked where !names.contains(plugin.name) { names.append(plugin.name) }
      for file in place.files {
        if let name = PluginSearch.pluginName(ofFile: file) {
          if !names.contains(name) { names.append(name) }
          continue
        }
        do { _ = try add(try open(file)) } catch { failures.append(error) }
      }
    }
    for name in names where plugins[name] == nil { _ = try? plugin(named: name) }
    // Once all that can be loaded is, a message can tell which other file has the name.
    for name in names where plugins[name] == nil {
      do { _ = try plugin(named: name) } catch { failures.append(error) }
    }
    return failures
  }

  fileprivate mutating func knownDevices() -> String {
    _ = loadAll()
    let names = plugins.values.sorted { $0.name < $1.name }.flatMap { plugin in
      (0..<plugin.deviceCount).map { Device(type: plugin.name, index: $0).description }
    }
    return names.isEmpty ? "no devices are known" : "known devices: \(names.joined(separator: ", "))"
  }

  fileprivate mutating func unknownMessage(_ name: String, _ search: PluginSearch) -> String {
    let known = knownDevices()
    let places = search.places.map { place in
      "\n  \(place.path) (\(place.origin))" + (place.problem.map { ": \($0)" } ?? "")
    }
    return "no plugin for device '\(name)': \(known). Looked for libbackplane-\(name).so in:" + places.joined()
      + "\n(`make install` puts the plugins in place; BACKPLANE_PLUGIN_PATH names a folder or file to look in first)"
  }

  fileprivate func indexMessage(_ device: Device, _ plugin: Plugin) -> String {
    let wanted = "\(device.type):\(device.index)"
    guard plugin.deviceCount > 0 else {
      return "device '\(wanted)' is not available: \(plugin.unavailableReason ?? "the plugin found no device")"
    }
    let last = plugin.deviceCount - 1
    let range = last == 0 ? "\(device.type):0" : "\(device.type):0 to \(device.type):\(last)"
    return "device index out of range: '\(wanted)'; the plugin \(plugin.name) has \(range)"
  }

  fileprivate mutating func explain(_ device: Device) -> Explanation {
    var steps: [Explanation.Step] = []
    if let string = device.malformed {
      steps.append(.init(path: string, outcome: "not a device string: name or name:index is needed"))
      return Explanation(device: device, plugin: nil, isAvailable: false, steps: steps)
    }
    var chosen = plugins[device.type]
    if let chosen, chosen.file == nil {
      steps.append(.init(path: "(registered)", outcome: "'\(chosen.name)' is linked into the program"))
    }
    var isSettled = chosen != nil && chosen?.file == nil
    for place in PluginSearch().places {
      if let problem = place.problem {
        steps.append(.init(path: place.path, outcome: "\(place.origin): \(problem)"))
        continue
      }
      for linked in place.linked where !isSettled && linked.name == device.type {
        do {
          let plugin = try open(linked)
          steps.append(.init(path: place.path, outcome: "\(plugin.name) \(plugin.version) is \(place.origin)"))
          chosen = try self.plugin(named: device.type)
        } catch {
          steps.append(.init(path: place.path, outcome: error.message))
        }
        isSettled = true
      }
      for file in place.files {
        if let fileName = PluginSearch.pluginName(ofFile: file), fileName != device.type {
          steps.append(.init(path: file, outcome: "\(place.origin): another plugin, '\(fileName)'"))
          continue
        }
        if isSettled {
          steps.append(.init(path: file, outcome: "\(place.origin): not needed, an earlier place has the plugin"))
          continue
        }
        do {
          let plugin = try open(file)
          if plugin.name == device.type {
            steps.append(
              .init(path: file, outcome: "\(place.origin): \(plugin.name) \(plugin.version) opened"))
            isSettled = true
            chosen = try self.plugin(named: device.type)
          } else {
            steps.append(.init(path: file, outcome: "\(place.origin): it holds '\(plugin.name)'"))
          }
        } catch {
          let reason =
            error.message.hasPrefix(file + ": ")
            ? String(error.message.dropFirst(file.utf8.count + 2)) : error.message
          steps.append(.init(path: file, outcome: "\(place.origin): \(reason)"))
          isSettled = PluginSearch.pluginName(ofFile: file) == device.type
        }
      }
    }
    guard let chosen else {
      return Explanation(device: device, plugin: nil, isAvailable: false, steps: steps)
    }
    let isAvailable = device.index < chosen.deviceCount
    if !isAvailable {
      steps.append(.init(path: chosen.file ?? "(registered)", outcome: indexMessage(device, chosen)))
    }
    return Explanation(device: device, plugin: chosen, isAvailable: isAvailable, steps: steps)
  }
}
