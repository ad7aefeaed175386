//! `cargo xtask bench`: measures tgp beside its peers, in one run, and writes `docs/benchmarks.md`.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failure, build, cargo, openly, release};
use crate::setup;
use crate::tools::FOR_BENCHMARKS;

/// True when the measuring went through (an aim that is not met is printed, not a failure).
pub(crate) fn bench(arguments: &[String]) -> Result<bool, Failure> {
    setup::install(FOR_BENCHMARKS)?;
    let tgp = build("tgp")?;
    let judge = build_judge()?;
    let mut command = Command::new(build("bench")?);
    command.args(arguments).env("TGP_BIN", tgp).env("TGP_TEST_CACHE", setup::cache());
    command.env("TGP_JUDGE_BENCH", judge).env("TGP_HISTORY_BENCH", build("history-bench")?);
    openly(&mut command)
}

/// The judge beside its peers: they cost minutes to build, so nothing else asks for them, and they share no features
/// with the workspace.
fn build_judge() -> Result<PathBuf, Failure> {
    let arguments = ["build", "--release", "--package", "tgp-judge-bench", "--features", "peers"];
    if !openly(&mut cargo(&arguments))? {
        return Err(Failure::said("the benchmark of the judge does not build"));
    }
    Ok(release("judge-bench"))
}
