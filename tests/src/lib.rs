//! tgp-tests.
