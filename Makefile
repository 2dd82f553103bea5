# make help lists the targets.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# The device of the demo and the benchmarks; empty: BACKPLANE_DEVICE, else cpu.
DEVICE ?=
# The Python and the peers of bench-compare.
PYTHON ?= python3
PEERS ?= torch,torchcompile,jax
# Further arguments of the demo and the benchmarks, such as ARGS='--epochs 5'.
ARGS ?=

# One configuration for the tests, the benchmarks and what is installed, so that they share what is built.
# Tests use the public interface only; testable imports would build everything a second time.
# Without debug information, which costs time: swift build makes programs to be debugged.
FLAGS := -c release -debug-info-format none
BUILD := $(SWIFT) build $(FLAGS)
TEST := $(SWIFT) test $(FLAGS) --disable-testable-imports --disable-xctest
PRODUCTS := .build/release
SOURCES := Package.swift Sources Plugins conformance Tests Examples Benchmarks

plugins := cpu reference cuda
programs := backplane conformance
include_dir := $(DESTDIR)$(PREFIX)/include
plugin_dir := $(DESTDIR)$(PREFIX)/lib/backplane
pkgconfig_dir := $(DESTDIR)$(PREFIX)/lib/pkgconfig
bin_dir := $(DESTDIR)$(PREFIX)/bin
device_option = $(if $(strip $(DEVICE)),--device '$(strip $(DEVICE))')
# The header's version, "1.0".
abi_version = $(shell awk '$$2 ~ /^BP_ABI_(MAJOR|MINOR)$$/ { v = v d $$3; d = "." } END { print v }' \
  Sources/BackendAPI/include/backplane_backend.h)

.PHONY: help demo test test-package test-threads release-abi build bench bench-compare install uninstall lint format clean dependencies

help:
	@echo 'make demo       train a digit classifier (DEVICE=reference, ARGS="--epochs 5")'
	@echo 'make test       run every test'
	@echo 'make test-package  the README'"'"'s first program, as a package of its own'
	@echo 'make test-threads  the frontend under the thread sanitizer'
	@echo 'make build      build everything in release configuration'
	@echo 'make bench      measure, as JSON lines (DEVICE=cpu, ARGS="--only add_16M,exp_128K")'
	@echo 'make bench-compare  measure beside PyTorch and JAX, into docs/benchmarks.md (PYTHON=, PEERS=torch,jax)'
	@echo 'make install    header, plugins and programs into PREFIX=/usr/local (DESTDIR=)'
	@echo 'make uninstall  remove what install put there'
	@echo 'make lint       check the style; make format puts it right'
	@echo 'make clean      remove what was built'

dependencies:
	@SWIFT='$(SWIFT)' scripts/install-dependencies

build: dependencies
	@$(if $(wildcard $(PRODUCTS)/conformance),,echo 'Building everything: some fifteen minutes of two cores, the first time.')
	@$(BUILD)

# Built as swift run builds a program, kernels optimized and the rest for debugging: in less than half the time of a release
# build, which is used where there is one. The program brings cpu and reference along; another device is a file.
demo_build = $(if $(wildcard $(PRODUCTS)/digits),$(BUILD),$(SWIFT) build -debug-info-format none)
demo_products = $(if $(wildcard $(PRODUCTS)/digits),$(PRODUCTS),.build/debug)
demo: dependencies
	@$(if $(wildcard .build/*/digits),,echo 'Building the framework, its devices and the demo: one to two minutes, the first time.')
	@$(demo_build) --product digits
	@$(if $(findstring cuda,$(DEVICE) $(BACKPLANE_DEVICE)),$(demo_build) --product backplane-cuda)
	@$(demo_products)/digits --data Examples/Digits/Data $(device_option) $(ARGS)

test: build
	@echo 'Building and running the tests: about eleven minutes the first time, then eight.'
	@$(TEST)

test-package: dependencies
	@scripts/package-check

test-threads:
	@scripts/thread-sanitizer

release-abi:
	@scripts/abi-golden --release

# OpenBLAS reads these when it is loaded; a pinned kernel would halve a matrix product.
bench: build
	@unset $$(env | sed -n 's/^\(OPENBLAS_[A-Z_]*\)=.*/\1/p'); $(PRODUCTS)/benchmarks $(device_option) $(ARGS)

# Some three quarters of an hour of two cores; ARGS="--rounds 1" takes a third of it.
bench-compare: build
	@$(PYTHON) Benchmarks/compare.py --peers '$(PEERS)' --scaling --memory --report docs/benchmarks.md $(ARGS)

install:
	@test -x $(PRODUCTS)/backplane || $(MAKE) build
	install -d '$(include_dir)' '$(plugin_dir)' '$(pkgconfig_dir)' '$(bin_dir)'
	install -m 644 Sources/BackendAPI/include/backplane_backend.h '$(include_dir)'
	install -m 755 $(plugins:%=$(PRODUCTS)/libbackplane-%.so) '$(plugin_dir)'
	install -m 755 $(programs:%=$(PRODUCTS)/%) '$(bin_dir)'
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(abi_version)|' scripts/backplane-backend.pc.in > '$(pkgconfig_dir)/backplane-backend.pc'

uninstall:
	rm -f '$(include_dir)/backplane_backend.h' '$(pkgconfig_dir)/backplane-backend.pc'
	rm -f $(plugins:%='$(plugin_dir)/libbackplane-%.so') $(programs:%='$(bin_dir)/%')
	rmdir '$(plugin_dir)' 2>/dev/null || true

lint:
	@$(SWIFT) format lint --strict --parallel --recursive $(wildcard $(SOURCES))

format:
	@$(SWIFT) format --in-place --parallel --recursive $(wildcard $(SOURCES))

clean:
	rm -rf .build
