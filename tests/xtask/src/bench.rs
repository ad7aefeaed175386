//! `cargo xtask bench`: measures tgp beside its peers, in one run, and writes `docs/benchmarks.md`.

use crate::run::{Failure, build_tgp, cargo, openly};
use crate::setup;
use crate::tools::{FOR_BENCHMARKS, PEERS};

/// True when the measuring went through (an aim that is not met is printed, not a failure).
pub(crate) fn bench(arguments: &[String]) -> Result<bool, Failure> {
    setup::install(FOR_BENCHMARKS)?;
    let tgp = build_tgp()?;
    let mut command = cargo(&["run", "--release", "--package", "tgp-conformance", "--bin", "bench", "--"]);
    command
        .args(arguments)
        .env("TGP_BIN", tgp)
        .env("TGP_TEST_CACHE", setup::cache())
        .env("TGP_TEST_NODE", setup::node())
        .env("TGP_PEERS", setup::cache().join("npm").join(PEERS.name));
    openly(&mut command)
}
