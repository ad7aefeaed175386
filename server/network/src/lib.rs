//! tgp-network.
