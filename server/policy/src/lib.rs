//! tgp-policy.
