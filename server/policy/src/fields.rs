//! Which fields and values may stand where in a rule file, for editors that complete them.

use crate::rule::{block, read, sample};
use crate::scope;

/// The fields of the map below these keys, the outermost key first; empty where there are none of ours. `in_scope` says
/// whether the file is a scope.
pub fn fields_below(keys: &[&str], in_scope: bool) -> &'static [&'static str] {
    match keys {
        [] if in_scope => scope::FIELDS,
        [] => &["version", "rules"],
        ["rules"] => read::FIELDS,
        ["rules", "match" | "except"] => block::FIELDS,
        ["rules", "examples"] => &["match", "not_match"],
        ["rules", "examples", "match" | "not_match"] => sample::FIELDS,
        ["paths"] if in_scope => &["read", "write", "forbidden", "require_approval"],
        ["tools"] if in_scope => &["write", "run", "sync"],
        ["database"] if in_scope => &["read", "write", "schema"],
        ["commands" | "network"] if in_scope => &["allowed", "forbidden", "require_approval"],
        ["tasks"] if in_scope => &["open", "undo"],
        _ => &[],
    }
}

/// The words a field takes, where they are a few.
pub fn values_of(field: &str, in_scope: bool) -> &'static [&'static str] {
    match field {
        "effect" if in_scope => &["allow", "deny", "require_approval"],
        "effect" => &["deny", "require_approval"],
        "risk" => &["low", "medium", "high", "critical"],
        "version" => &["1"],
        "operation" => &["read", "write", "delete", "execute", "network"],
        "undo" => &["none", "own", "any"],
        "sync" | "open" => &["true", "false"],
        _ => &[],
    }
}
