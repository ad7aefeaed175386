//! What the judge answers.

use serde::Serialize;
use tgp_capability::RiskLevel;
use tgp_model::{Decision, Judgement};

use crate::version::PolicyVersion;
use tgp_capability::Target;

/// A decision and everything it rests on. As JSON it is what `explain` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Allow, ask or deny.
    pub decision: Decision,
    /// The first of the targets that decided; none for a request without targets.
    pub target: Option<Target>,
    /// Every rule with that effect on a target that decided, `default` where none matched. Their order follows from
    /// their names, not from where they stand.
    pub rules: Vec<DeterminingRule>,
    /// For a deny: the rule that comes nearest to allowing it.
    pub nearest: Option<NearestRule>,
    /// The risk that was looked up.
    pub risk: RiskLevel,
    /// Whether the capability is registered; otherwise its risk is assumed.
    pub registered: bool,
    /// Whether a token stood in for an approval; it has to be consumed with the action.
    pub token_used: bool,
    /// The version of the policy that decided.
    pub version: PolicyVersion,
}

/// Whose rule it is. From `Plugin` on they only narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// tgp's own, or what follows from a risk.
    BuiltIn,
    /// An agent's scope.
    Scope,
    /// A policy file that came with a plugin.
    Plugin,
    /// A policy file of the project.
    Workspace,
    /// The person's own, for all projects.
    User,
    /// The administrator's, for all users.
    Admin,
}

impl Level {
    /// The level of a file by the name it is read under: `policy/plugins/acme/rules.yaml`, `user/mine.yaml`.
    pub fn of_file(name: &str) -> Self {
        let begins = |folder: &str| name.starts_with(folder);
        if begins("admin/") {
            Self::Admin
        } else if begins("user/") {
            Self::User
        } else if begins("policy/plugins/") {
            Self::Plugin
        } else if begins("scopes/") || begins("shipped/") {
            Self::Scope
        } else {
            Self::Workspace
        }
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built_in",
            Self::Scope => "scope",
            Self::Plugin => "plugin",
            Self::Workspace => "workspace",
            Self::User => "user",
            Self::Admin => "admin",
        }
    }
}

/// A rule that determined a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DeterminingRule {
    /// Its id.
    pub id: String,
    /// What it says.
    pub effect: Decision,
    /// Why, in a sentence; empty where the rule gives none.
    pub reason: String,
    /// Whose it is.
    pub level: Level,
    /// The file it stands in; none for what is built in.
    pub file: Option<String>,
    /// Its line; 0 for what is built in.
    pub line: usize,
    /// Its column; 0 for what is built in.
    pub column: usize,
}

/// The rule that comes nearest to allowing what was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearestRule {
    /// Its id.
    pub id: String,
    /// The file it stands in.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// Its column.
    pub column: usize,
    /// The globs it allows, where it is about targets of a kind. They stand in the agent's own scope.
    pub allows: Vec<String>,
    /// The fields that do not match, such as `path`; none where a stricter rule stands against it.
    pub missing: Vec<&'static str>,
}

impl Verdict {
    /// The rule to name where there is room for one.
    pub fn rule(&self) -> &str {
        self.rules.first().map_or("default", |rule| rule.id.as_str())
    }

    /// Why, in a sentence for the agent; empty for an allow.
    pub fn reason(&self) -> &str {
        match self.decision {
            Decision::Allow => "",
            _ => self.rules.first().map_or("", |rule| rule.reason.as_str()),
        }
    }

    /// The short form.
    pub fn judgement(&self) -> Judgement {
        Judgement {
            decision: self.decision,
            rule: self.rule().to_owned(),
            reason: self.reason().to_owned(),
            target: self.target.as_ref().map(ToString::to_string),
        }
    }
}

impl DeterminingRule {
    /// A rule that is built in.
    pub(crate) fn built_in(id: &str, effect: Decision, reason: &str) -> Self {
        Self {
            id: id.to_owned(),
            effect,
            reason: reason.to_owned(),
            level: Level::BuiltIn,
            file: None,
            line: 0,
            column: 0,
        }
    }

    /// What is there when nothing matches.
    pub(crate) fn default_deny() -> Self {
        Self::built_in("default", Decision::Deny, "Nothing allows it.")
    }
}
