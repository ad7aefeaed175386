//! The rules that are always there and take no exception. There are eight; ten is the most there may be.
//!
//! Paths are compared in any spelling, because the disk may not regard it.

use tgp_capability::Operation;
use tgp_model::{Decision, RepoPath};

use crate::facts::{Cut, Facts};
use crate::verdict::DeterminingRule;
use tgp_capability::TargetKind;
use tgp_pattern::{fold_path, is_short_for};

/// Every built-in rule and its reason.
pub(crate) const ALL: [(&str, &str); 8] = [
    ("builtin.policy", "Policy, scopes and trust are the person's; no agent reads or writes them."),
    ("builtin.config", "Only the person changes the configuration."),
    ("builtin.state", "tgp's own state is not for agents."),
    ("builtin.audit", "The audit is not for agents."),
    ("builtin.binary", "The program itself is not for agents."),
    ("builtin.git", "Git's own files, and those that change what Git does, are not for agents."),
    ("builtin.library", "The library has one name: use its tools' paths instead of its folder."),
    ("builtin.self", "Approving, minting, trusting and changing what is allowed is for persons."),
];

/// Capabilities that change what agents may do.
const SELF: [&str; 6] =
    ["approval.answer", "policy.apply", "scope.set", "trust", "token.mint", "token.revoke"];
/// The configuration, by the names it can have.
const CONFIG: &str = "tgp.config.ts";

/// Files in a working tree that change what Git does (filters, merges, what it ignores, where Git LFS fetches from), and
/// those of a project that is somebody's home.
const READ_BY_GIT: [&str; 6] =
    [".gitattributes", ".gitconfig", ".gitignore", ".gitmodules", ".lfsconfig", ".mailmap"];

/// The folder of the library, folded.
#[derive(Debug, Clone)]
pub(crate) struct BuiltIn {
    library: Vec<String>,
    /// Folders whose files decide too.
    guarded: Vec<Vec<String>>,
}

impl BuiltIn {
    pub(crate) fn new(library: &RepoPath, guarded: &[String]) -> Self {
        let folded = fold_path(library.as_str()).into_owned();
        // An absolute path begins with an empty part, and so differs from the same name in the project.
        let parts = |folder: &String| fold_path(folder).split('/').map(str::to_owned).collect();
        Self {
            library: folded.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            guarded: guarded.iter().map(parts).collect(),
        }
    }

    /// What the built-in rules deny about a request as such.
    pub(crate) fn denies_request(facts: &Facts<'_>) -> Option<DeterminingRule> {
        let capability = facts.request.capability.to_ascii_lowercase();
        if SELF.contains(&capability.as_str()) {
            return Some(rule("builtin.self"));
        }
        let changes = facts.operation() != Operation::Read;
        (capability.starts_with("audit.") && changes).then(|| rule("builtin.audit"))
    }

    /// What the built-in rules deny about one target.
    pub(crate) fn denies_target(&self, facts: &Facts<'_>, cut: &Cut<'_>) -> Option<DeterminingRule> {
        if !matches!(cut.target.kind(), TargetKind::Path | TargetKind::Tool) {
            return None;
        }
        let parts = cut.folded();
        if parts.iter().any(|part| is_same(part, ".git")) {
            return Some(rule("builtin.git"));
        }
        let changes = facts.operation() != Operation::Read;
        if changes && parts.iter().any(|part| READ_BY_GIT.iter().any(|name| is_same(part, name))) {
            return Some(rule("builtin.git"));
        }
        if let [only] = parts.as_slice()
            && changes
            && is_same(only, CONFIG)
        {
            return Some(rule("builtin.config"));
        }
        if self.guarded.iter().any(|folder| begins_with(&parts, folder).is_some()) {
            return Some(rule("builtin.policy"));
        }
        self.inside_library(&parts).map(|rest| rule(Self::of_library(rest)))
    }

    /// The parts below the library's folder; none where the path lies elsewhere.
    fn inside_library<'p>(&self, parts: &'p [&'p str]) -> Option<&'p [&'p str]> {
        begins_with(parts, &self.library)
    }

    fn of_library(rest: &[&str]) -> &'static str {
        let first = rest.first().copied().unwrap_or_default();
        let is = |name: &str| is_same(first, name);
        if is("policy") || is("scopes") || is("trust") {
            "builtin.policy"
        } else if is("state") && rest.get(1).is_some_and(|second| is_same(second, "audit")) {
            "builtin.audit"
        } else if is("state") {
            "builtin.state"
        } else if is("bin") {
            "builtin.binary"
        } else {
            "builtin.library"
        }
    }
}

/// The parts below a folder; none where the path lies elsewhere.
fn begins_with<'p>(parts: &'p [&'p str], folder: &[String]) -> Option<&'p [&'p str]> {
    let (begin, rest) = parts.split_at_checked(folder.len())?;
    let same = !folder.is_empty() && begin.iter().zip(folder).all(|(a, b)| is_same(a, b));
    same.then_some(rest)
}

/// Whether a folded name is, or may be short for, a name.
fn is_same(part: &str, name: &str) -> bool {
    part == name || (part.contains('~') && is_short_for(part, name))
}

fn rule(id: &str) -> DeterminingRule {
    let reason = ALL.iter().find(|(known, _)| *known == id).map_or("", |(_, reason)| reason);
    DeterminingRule::built_in(id, Decision::Deny, reason)
}
