//! The seed's fifteen risk consistency tests, and what follows from them.

use tgp_capability::{
    Capability, Compensation, ConsistencyRule, Operation, RegisterError, Registry, Risk, RiskLevel,
    SideEffects,
};

/// A capability of any shape, however wrong.
fn shaped(operation: Operation, level: RiskLevel, reversible: bool, compensated: bool) -> Capability {
    let compensation =
        if compensated { Compensation::by("x.undo", "put back") } else { Compensation::none() };
    Capability::new(
        "x.do",
        operation,
        Risk { level, justification: "because".to_owned() },
        SideEffects { reversible, scope: "project".to_owned(), description: "does x".to_owned() },
        compensation,
    )
}

fn broken(capability: Capability) -> Option<ConsistencyRule> {
    match Registry::empty().register(capability) {
        Ok(()) => None,
        Err(RegisterError::Inconsistent(error)) => Some(error.rule),
        Err(other) => unreachable!("{other}"),
    }
}

#[test]
fn irreversible_with_low_risk_is_refused() {
    let capability = shaped(Operation::Write, RiskLevel::Low, false, true);
    assert_eq!(broken(capability), Some(ConsistencyRule::Irreversible));
}

#[test]
fn irreversible_with_medium_risk_is_refused() {
    let capability = shaped(Operation::Write, RiskLevel::Medium, false, true);
    assert_eq!(broken(capability), Some(ConsistencyRule::Irreversible));
}

#[test]
fn irreversible_with_compensation_and_high_risk_is_registered() {
    assert_eq!(broken(shaped(Operation::Write, RiskLevel::High, false, true)), None);
}

#[test]
fn irreversible_with_compensation_and_critical_risk_is_registered() {
    assert_eq!(broken(shaped(Operation::Write, RiskLevel::Critical, false, true)), None);
}

#[test]
fn delete_with_low_risk_is_refused() {
    assert_eq!(broken(shaped(Operation::Delete, RiskLevel::Low, true, true)), Some(ConsistencyRule::Delete));
}

#[test]
fn delete_with_medium_risk_is_refused() {
    assert_eq!(
        broken(shaped(Operation::Delete, RiskLevel::Medium, true, true)),
        Some(ConsistencyRule::Delete)
    );
}

#[test]
fn delete_with_high_risk_is_registered() {
    assert_eq!(broken(shaped(Operation::Delete, RiskLevel::High, true, true)), None);
}

#[test]
fn irreversible_without_compensation_and_high_risk_is_refused() {
    let capability = shaped(Operation::Execute, RiskLevel::High, false, false);
    assert_eq!(broken(capability), Some(ConsistencyRule::Uncompensated));
}

#[test]
fn irreversible_without_compensation_and_critical_risk_is_registered() {
    assert_eq!(broken(shaped(Operation::Execute, RiskLevel::Critical, false, false)), None);
}

#[test]
fn the_first_broken_rule_is_the_one_named() {
    let capability = shaped(Operation::Delete, RiskLevel::Low, false, false);
    let error = Registry::empty().register(capability).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`x.do` says risk low, but it needs at least high: rule 1, irreversible side effects need risk high or critical"
    );
}

#[test]
fn a_refused_registration_leaves_the_registry_as_it_was() {
    let mut registry = Registry::empty();
    registry.register(shaped(Operation::Write, RiskLevel::Low, false, false)).unwrap_err();
    assert_eq!(registry, Registry::empty());
}

#[test]
fn the_constructor_of_reads_grades_low() {
    let capability = Capability::read("x.do", "project", "looks");
    assert_eq!((capability.risk.level, capability.operation), (RiskLevel::Low, Operation::Read));
    assert_eq!(broken(capability), None);
}

#[test]
fn the_constructor_of_writes_grades_medium() {
    let capability = Capability::write("x.do", "project", "writes", Compensation::by("x.undo", "put back"));
    assert_eq!(capability.risk.level, RiskLevel::Medium);
    assert_eq!(broken(capability), None);
}

#[test]
fn the_constructor_of_irreversible_writes_grades_high_or_critical() {
    let make = |compensation| Capability::write_irreversible("x.do", "project", "sends", compensation);
    let compensated = make(Compensation::by("x.undo", "made good"));
    let uncompensated = make(Compensation::none());
    assert_eq!(compensated.risk.level, RiskLevel::High);
    assert_eq!(uncompensated.risk.level, RiskLevel::Critical);
    assert_eq!((broken(compensated), broken(uncompensated)), (None, None));
}

#[test]
fn the_constructor_of_deletes_grades_high_and_is_compensated() {
    let capability = Capability::delete("x.do", "project", "removes", Compensation::by("x.undo", "put back"));
    assert_eq!(capability.risk.level, RiskLevel::High);
    assert!(capability.compensation.supported);
    assert_eq!(broken(capability), None);
}

#[test]
fn reads_executions_and_requests_that_come_back_may_have_any_risk() {
    for operation in [Operation::Read, Operation::Write, Operation::Execute, Operation::Network] {
        for level in RiskLevel::ALL {
            assert_eq!(broken(shaped(operation, level, true, false)), None, "{operation} {level}");
        }
    }
}

#[test]
fn all_shapes_are_accepted_exactly_where_the_three_rules_say() {
    for operation in Operation::ALL {
        for level in RiskLevel::ALL {
            for (reversible, compensated) in [(true, true), (true, false), (false, true), (false, false)] {
                let high = level >= RiskLevel::High;
                let first = reversible || high;
                let second = operation != Operation::Delete || high;
                let third = reversible || compensated || level == RiskLevel::Critical;
                let fits = first && second && third;
                let accepted = broken(shaped(operation, level, reversible, compensated)).is_none();
                assert_eq!(accepted, fits, "{operation} {level} {reversible} {compensated}");
            }
        }
    }
}

#[test]
fn a_name_is_registered_once_and_is_a_name() {
    let mut registry = Registry::empty();
    registry.register(Capability::read("x.do", "project", "looks")).unwrap();
    let again = registry.register(Capability::read("x.do", "project", "looks"));
    assert!(matches!(again, Err(RegisterError::Duplicate { .. })));
    for name in ["", "Fs.read", "fs..read", ".fs", "fs.*", "fs read", "9fs", "x:"] {
        let refused = registry.register(Capability::read(name, "project", "looks"));
        assert!(matches!(refused, Err(RegisterError::Name { .. })), "{name}");
    }
}

#[test]
fn a_risk_without_reason_and_a_compensation_without_way_are_refused() {
    let mut silent = shaped(Operation::Read, RiskLevel::Low, true, false);
    silent.risk.justification = " ".to_owned();
    assert!(matches!(Registry::empty().register(silent), Err(RegisterError::Unjustified { .. })));
    let mut empty = shaped(Operation::Write, RiskLevel::High, false, true);
    empty.compensation.strategy.clear();
    assert!(matches!(Registry::empty().register(empty), Err(RegisterError::NoStrategy { .. })));
}
