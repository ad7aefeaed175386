//! `cargo xtask test`: everything that has to hold, and one line at the end that counts it.

use std::path::Path;

use crate::run::{Failure, cargo, openly, release, watched};
use crate::setup;
use crate::tools::FOR_TESTS;
use crate::vscode;

/// What was counted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn note(&mut self, passed: bool) {
        if passed { self.passed += 1 } else { self.failed += 1 }
    }

    /// Adds what a line of the test harness says; a test that was left out counts as failed.
    fn add(&mut self, line: &str) {
        let Some(rest) = line.trim().strip_prefix("test result: ") else { return };
        for part in rest.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else { continue };
            let number: u64 = number.parse().unwrap_or(0);
            match what {
                "passed" => self.passed += number,
                "failed" | "ignored" => self.failed += number,
                _ => {}
            }
        }
    }
}

/// Runs all tests; `arguments` go to `cargo test` (a filter, for instance).
pub(crate) fn test(arguments: &[String]) -> Result<bool, Failure> {
    setup::install(FOR_TESTS)?;
    let mut count = Count::default();
    count.note(openly(&mut cargo(&["fmt", "--all", "--check"]))?);
    // Building the tests builds the program too, with the same features of every library: nothing is built twice.
    if !openly(&mut cargo(&["test", "--release", "--workspace", "--no-run"]))? {
        return Err(Failure::said("the tests do not build".to_owned()));
    }
    let tgp = release("tgp");
    run_tests(&tgp, arguments, &mut count)?;
    if arguments.is_empty() {
        let before = count.failed;
        if !vscode::test(&tgp, |line| count.add(line))? && count.failed == before {
            count.failed += 1;
        }
    }
    let clippy = ["clippy", "--release", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    count.note(openly(&mut cargo(&clippy))?);
    println!("{} passed, {} failed", count.passed, count.failed);
    Ok(count.failed == 0)
}

fn run_tests(tgp: &Path, arguments: &[String], count: &mut Count) -> Result<(), Failure> {
    let mut command = cargo(&["test", "--release", "--workspace", "--no-fail-fast"]);
    command.args(arguments).env("TGP_BIN", tgp).env("TGP_TEST_CACHE", setup::cache());
    let before = count.failed;
    let succeeded = watched(&mut command, |line| count.add(line))?;
    if !succeeded && count.failed == before {
        // Something did not compile, or a test program died: no line of the harness says so.
        count.failed += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn the_lines_of_the_harness_are_counted_and_left_out_tests_are_failures() {
        let mut count = Count::default();
        count.add(
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.02s",
        );
        count.add("test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        count.add("running 3 tests");
        assert_eq!(count, Count { passed: 13, failed: 3 });
    }
}
