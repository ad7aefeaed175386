//! tgp-engine.
