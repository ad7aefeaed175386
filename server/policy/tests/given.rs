//! What tests give the judge: a scope as rules, a policy as rules, requests.

use tgp_policy::{
    Judge, JudgeParts, JudgeSettings, PolicyFile, Registry, Request, Scope, ScopeSettings, Target, Verdict,
};

pub(crate) fn registry() -> Registry {
    JudgeSettings::registry().unwrap()
}

/// A judge over rules in flow style, one a line: those of the scope of `coder`, and those of a policy file.
pub(crate) fn judge(scope: &str, policy: &str) -> Judge {
    let registry = registry();
    let scopes =
        vec![Scope::of_rules("scope.yaml", &file(scope), &"coder".parse().unwrap(), &registry).unwrap()];
    let policies = vec![PolicyFile::parse("policy.yaml", &file(policy), &registry).unwrap()];
    Judge::new(JudgeParts {
        library: ".tgp".parse().unwrap(),
        guarded: Vec::new(),
        registry,
        scopes,
        policies,
    })
    .unwrap()
}

pub(crate) fn file(rules: &str) -> String {
    let lines: Vec<String> =
        rules.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("  - {line}")).collect();
    if lines.is_empty() {
        "version: 1\nrules: []\n".to_owned()
    } else {
        format!("version: 1\nrules:\n{}\n", lines.join("\n"))
    }
}

/// A judge with the shipped scopes of a project with an allowed folder and an allowed host.
pub(crate) fn shipped() -> Judge {
    let scopes = ScopeSettings {
        mount: "tools".parse().unwrap(),
        allowed_dirs: vec!["public/exports".parse().unwrap()],
        host_dirs: vec!["/srv/exports".to_owned()],
        fetch_hosts: vec!["api.example.com".to_owned()],
    };
    JudgeSettings { library: ".tgp".parse().unwrap(), guarded: Vec::new(), scopes }
        .judge(Vec::new(), Vec::new())
        .unwrap()
}

pub(crate) fn request(capability: &str, targets: Vec<Target>) -> Request {
    Request::new("coder".parse().unwrap(), capability, targets)
}

pub(crate) fn path(text: &str) -> Target {
    Target::path(&text.parse().unwrap())
}

/// `allow by a`, `deny by d, e on x`.
pub(crate) fn said(verdict: &Verdict) -> String {
    let decision = serde_json::to_value(verdict.decision).unwrap();
    let rules: Vec<&str> = verdict.rules.iter().map(|rule| rule.id.as_str()).collect();
    let target = verdict.target.as_ref().map_or_else(String::new, |target| format!(" on {target}"));
    format!("{} by {}{target}", decision.as_str().unwrap(), rules.join(", "))
}
