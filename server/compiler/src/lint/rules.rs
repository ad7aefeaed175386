//! The list of rules.

use super::{Check, Rule};

/// All rules with their checks, in the order of the standards.
pub(super) const CHECKS: &[Check] = &[];

/// All rules, in the order of the standards.
pub fn rules() -> &'static [Rule] {
    static RULES: std::sync::OnceLock<Vec<Rule>> = std::sync::OnceLock::new();
    RULES.get_or_init(|| CHECKS.iter().map(|check| check.rule).collect())
}
