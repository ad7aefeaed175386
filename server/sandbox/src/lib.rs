//! tgp-sandbox.
