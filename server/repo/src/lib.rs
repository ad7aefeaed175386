//! tgp-repo.
