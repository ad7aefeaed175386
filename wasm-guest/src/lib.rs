//! tgp-wasm-guest.
