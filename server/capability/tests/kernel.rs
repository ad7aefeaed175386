//! What tgp itself can do is registered.

use tgp_capability::{Operation, RiskLevel, kernel};

#[test]
fn every_kernel_tool_and_trust_command_is_registered_and_consistent() {
    let registry = kernel::registry().unwrap();
    for id in [
        "fs.list",
        "fs.read",
        "fs.write",
        "fs.patch",
        "fs.delete",
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
        "policy.apply",
        "trust",
        "scope.set",
        "token.mint",
        "token.revoke",
        "sequence.run",
        "audit.verify",
        "task.open",
    ] {
        assert!(registry.get(id).is_some(), "{id}");
    }
    assert_eq!(registry.missing_compensations(), Vec::<(&str, &str)>::new());
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
