//! The normative cases, from their file.

use tgp_policy::run_cases;

const CASES: &str = include_str!("../../../conformance/policy-cases.yaml");

#[test]
fn all_normative_cases_pass() {
    let report = run_cases("policy-cases.yaml", CASES).unwrap();
    assert_eq!(report.to_string(), "37 passed, 0 failed");
}
