//! What tgp itself can do is registered.

use tgp_capability::{Capability, Compensation, Operation, RegisterError, RiskLevel, kernel};

#[test]
fn every_kernel_tool_and_trust_command_is_registered_and_consistent() {
    let registry = kernel::registry().unwrap();
    for id in [
        "fs.list",
        "fs.read",
        "fs.write",
        "fs.patch",
        "fs.delete",
        "fs.move",
        "fs.search",
        "tool.check",
        "tool.run",
        "tool.find",
        "sql.read",
        "sql.write",
        "sql.schema",
        "net.fetch",
        "net.send",
        "library.sync",
        "action.list",
        "action.undo",
        "approval.status",
        "approval.answer",
        "delegate",
        "branch.list",
        "branch.merge",
        "branch.discard",
        "branch.restore",
        "branch.reopen",
        "snapshot.list",
        "snapshot.create",
        "snapshot.restore",
        "snapshot.delete",
        "policy.apply",
        "trust",
        "scope.set",
        "token.mint",
        "token.revoke",
        "sequence.run",
        "task.open",
        "task.finish",
        "task.list",
        "task.diff",
        "note.save",
        "audit.verify",
    ] {
        assert!(registry.get(id).is_some(), "{id}");
    }
    assert_eq!(registry.missing_compensations(), Vec::<(&str, &str)>::new());
}

#[test]
fn what_was_not_seen_to_come_back_is_not_registered_as_something_that_does() {
    let registry = kernel::registry().unwrap();
    let claims = registry.iter().filter(|one| one.compensation.supported).map(|one| one.id.as_str());
    assert_eq!(claims.collect::<Vec<_>>(), kernel::PROVEN, "each proof is needed, and each claim has one");
    let write =
        |id| Capability::write(id, "project", "Changes.", Compensation::by("action.undo", "Somehow."));
    assert_eq!(kernel::check_proven(&write("fs.write")), Ok(()));
    for unproven in
        [write("fs.swap"), Capability::write("fs.swap", "project", "Changes.", Compensation::none())]
    {
        let refused = kernel::check_proven(&unproven);
        assert_eq!(refused, Err(RegisterError::Unproven { id: "fs.swap".to_owned() }));
    }
    // What says that it cannot be taken back needs no proof, but asks.
    let honest = Capability::write_irreversible("fs.swap", "project", "Changes.", Compensation::none());
    assert_eq!(kernel::check_proven(&honest), Ok(()));
    assert!(honest.asks());
}

#[test]
fn what_looks_is_low_and_what_cannot_be_had_back_is_critical() {
    let registry = kernel::registry().unwrap();
    for one in registry.iter() {
        if one.operation == Operation::Read {
            assert_eq!(one.risk.level, RiskLevel::Low, "{}", one.id);
        }
    }
    for id in ["sql.schema", "net.send", "approval.answer"] {
        assert_eq!(registry.get(id).unwrap().risk.level, RiskLevel::Critical, "{id}");
    }
}
