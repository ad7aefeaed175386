//! tgp-database.
