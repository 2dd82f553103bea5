# Swift's runtime stays dynamic: the host is a Swift program and has it loaded already, and two copies of a runtime in
# one process would each know only half of its types. swiftc writes the runtime's folder into the library, so that it
# also loads where there is no Swift program. The module's name is the plugin's own: types are told apart by it.
SWIFTC ?= swiftc
SWIFTFLAGS ?= -O
LINKING := -Xlinker -z -Xlinker defs -Xlinker --version-script=exports.map
SOURCES := $(wildcard Sources/*.swift)

$(LIBRARY): $(SOURCES) $(wildcard Header/*) exports.map
	$(SWIFTC) -emit-library -module-name $(subst -,_,mychip)_backend -parse-as-library -wmo $(SWIFTFLAGS) \
	  -I Header $(addprefix -Xcc ,$(CPPFLAGS)) $(LINKING) $(SOURCES) -o $@
