//! Runs case files: requests with the decision that has to come out, in the format of `policy-cases.yaml`.
//!
//! A case is judged with its own scope, policy and registry beside the built-in rules and tgp's own capabilities, in
//! the order it is written, reversed, and, where it says `any_order`, in every order.

mod expect;
mod order;
mod read;
mod token;

use std::fmt;

use serde::Serialize;

use crate::file_error::{FileError, Place};
use crate::yaml;

/// The normative cases, which every build of the judge has to pass.
const NORMATIVE: &str = include_str!("../../../conformance/policy-cases.yaml");

/// Whether this build of the judge decides as it must: it runs the normative cases.
pub fn self_check() -> Result<CaseReport, FileError> {
    run_cases("policy-cases.yaml", NORMATIVE)
}

/// What came of a case file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CaseReport {
    /// Cases that came out as expected.
    pub passed: usize,
    /// Cases that did not.
    pub failed: Vec<CaseFailure>,
}

/// A case that did not come out as expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseFailure {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// What came out instead.
    pub what: String,
}

impl CaseReport {
    /// Whether all passed, and there were some.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty() && self.passed > 0
    }
}

impl fmt::Display for CaseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failed {
            let Place { line, column } = failure.place;
            writeln!(f, "{line}:{column}: case {}, {}: {}", failure.number, failure.name, failure.what)?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed.len())
    }
}

/// Runs every case of a file. A file that cannot be read is refused with its place.
pub fn run_cases(file: &str, text: &str) -> Result<CaseReport, FileError> {
    let refused = |located: crate::file_error::Located| located.in_file(file);
    let root = yaml::parse(text).map_err(refused)?;
    let fields = root.fields(&["version", "cases"]).map_err(refused)?;
    crate::policy_file::check_version(&fields).map_err(refused)?;
    let cases = fields.need("cases").and_then(yaml::Node::list).map_err(refused)?;
    let mut report = CaseReport::default();
    for node in cases {
        let case = read::case(node).map_err(refused)?;
        match expect::run(&case) {
            Ok(()) => report.passed += 1,
            Err(what) => report.failed.push(CaseFailure {
                number: case.number,
                name: case.name.clone(),
                place: node.place,
                what,
            }),
        }
    }
    Ok(report)
}
