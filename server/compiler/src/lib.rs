//! tgp-compiler.
