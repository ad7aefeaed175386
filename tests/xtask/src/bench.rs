//! `cargo xtask bench`: measures tgp beside its peers, in one run, and writes `docs/benchmarks.md`.

use std::process::Command;

use crate::run::{Failure, build, openly};
use crate::setup;
use crate::tools::FOR_BENCHMARKS;

/// True when the measuring went through (an aim that is not met is printed, not a failure).
pub(crate) fn bench(arguments: &[String]) -> Result<bool, Failure> {
    setup::install(FOR_BENCHMARKS)?;
    let tgp = build("tgp")?;
    let mut command = Command::new(build("bench")?);
    command.args(arguments).env("TGP_BIN", tgp).env("TGP_TEST_CACHE", setup::cache());

    openly(&mut command)
}
