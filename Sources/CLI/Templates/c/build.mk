# A product and a sum are rounded each, as the header wants. No -ffast-math either: NaN and -0 matter here.
CFLAGS ?= -O3 -Wall -Wextra
OPTIONS := -std=c11 -D_DEFAULT_SOURCE -fPIC -ffp-contract=off
LINKING := -shared -Wl,-z,defs -Wl,-z,noexecstack -Wl,--version-script=exports.map

$(LIBRARY): backend.c exports.map
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OPTIONS) $(LDFLAGS) $(LINKING) backend.c -o $@ -lm
