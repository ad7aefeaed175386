//! The list of rules, in the order of the standards.

mod lift;
mod loops;
mod numbers;
mod parameters;
mod results;
mod size;
mod sql;
mod state;
mod values;

use crate::rule::{Check, Rule};

/// All rules with the code that looks.
pub(crate) const CHECKS: &[Check] = &[
    numbers::NO_MAGIC_NUMBERS,
    results::RETURNS_RESULT,
    size::ONE_THING,
    loops::PREFER_HIGHER_ORDER,
    state::NO_MUTABLE_MODULE_STATE,
    state::NO_GLOBAL_WRITES,
    parameters::DOCUMENTED,
    parameters::TYPED_PARAMETERS,
    parameters::GENERAL_BY_PARAMS,
    sql::SQL_VALUES_AS_PARAMS,
    sql::NO_SQL_INTERPOLATION,
    values::NO_HARDCODED_VALUES,
    state::NO_WORK_AT_IMPORT,
];

/// All rules, in the order of the standards.
pub fn rules() -> &'static [Rule] {
    static RULES: std::sync::LazyLock<Vec<Rule>> =
        std::sync::LazyLock::new(|| CHECKS.iter().map(|check| check.rule).collect());
    &RULES
}
