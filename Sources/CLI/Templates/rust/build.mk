# No crate and no network: rustc alone. It makes a version script of its own for a cdylib, which exports
# bp_plugin_open_v1 and nothing else. Rust never contracts a product and a sum into one rounding.
RUSTC ?= rustc
RUSTFLAGS ?= -C opt-level=3

$(LIBRARY): $(wildcard src/*.rs)
	$(RUSTC) --edition 2021 --crate-type cdylib --crate-name $(subst -,_,mychip)_backend \
	  $(RUSTFLAGS) src/lib.rs -o $@
