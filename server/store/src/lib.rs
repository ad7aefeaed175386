//! tgp-store.
