# A product and a sum are rounded each, as the header wants. No -ffast-math either: NaN and -0 matter here.
# exports.map makes local what templates would export as unique symbols [BP-10.4].
CXXFLAGS ?= -O3 -Wall -Wextra
OPTIONS := -std=c++17 -fPIC -fvisibility=hidden -ffp-contract=off
LINKING := -shared -Wl,-z,defs -Wl,-z,noexecstack -Wl,--version-script=exports.map

$(LIBRARY): backend.cpp operators.hpp mathematics.h random.h exports.map
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) $(OPTIONS) $(LDFLAGS) $(LINKING) backend.cpp -o $@
