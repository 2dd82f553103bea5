# make            build libbackplane-mychip.so
# make check      what the loader and the host would find fault with, then the conformance suite
# make conform    the conformance suite alone; LEVEL=full runs what goes beyond the core operators too
#
# PREFIX: where Backplane is installed, if pkg-config does not know. CPPFLAGS=-I... names the header's folder.

PREFIX ?= /usr/local
LEVEL ?= core
LIBRARY := libbackplane-mychip.so
PKG_CONFIG := PKG_CONFIG_PATH="$$PKG_CONFIG_PATH:$(PREFIX)/lib/pkgconfig" pkg-config
CPPFLAGS ?= $(shell $(PKG_CONFIG) --cflags backplane-backend || echo -I$(PREFIX)/include)
# The programs backplane and conformance: those of the installation, else those in PATH.
PROGRAMS = $(shell $(PKG_CONFIG) --variable=bindir backplane-backend || echo $(PREFIX)/bin)

