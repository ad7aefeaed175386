//! tgp-conformance.
