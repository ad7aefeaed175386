//! The same rules and the same requests for the judge and for cedar-policy.
//!
//! Half of the rules allow writing below a folder, up to a size; half deny a kind of file below another folder. Each
//! request is about one file; the folders are taken in turn.

use std::fmt::Write;

use serde_json::Value;
use tgp_policy::{Judge, JudgeParts, JudgeSettings, PolicyFile, Request, Scope, Target};

use crate::cedar::Cedar;
use crate::figure::row;

/// Requests that are taken in turn.
const REQUESTS: usize = 256;

/// A decision that allows.
pub(crate) fn measure(rules: usize, effort: f64) -> Value {
    side_by_side("decision, allowed", rules, effort, |folder| format!("src/module_{folder}/deep/file.rs"))
}

/// A decision that refuses: the judge also finds the rule that comes nearest.
pub(crate) fn measure_refusals(rules: usize, effort: f64) -> Value {
    side_by_side("decision, refused", rules, effort, |folder| format!("elsewhere/module_{folder}/file.rs"))
}

fn side_by_side(what: &str, rules: usize, effort: f64, path: impl Fn(usize) -> String) -> Value {
    let half = rules / 2;
    let judge = judge(half);
    let paths: Vec<String> = (0..REQUESTS).map(|number| path(number % half)).collect();
    let ours: Vec<Request> = paths.iter().map(|path| request(path)).collect();
    let cedar = Cedar::new(half, &paths);
    let runs = times(effort);
    row(
        what,
        "cedar-policy 4.14",
        Some(rules),
        (runs, runs / 10),
        |number| judge.judge(&ours[number % REQUESTS]),
        |number| cedar.decide(number % REQUESTS),
    )
}

fn times(effort: f64) -> usize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let runs = (40_000.0 * effort) as usize;
    runs.max(200)
}

fn request(path: &str) -> Request {
    let target = Target::path(&path.parse().unwrap()).of_bytes(4_096);
    Request::new("coder".parse().unwrap(), "fs.write", vec![target])
}

fn judge(half: usize) -> Judge {
    let registry = JudgeSettings::registry().unwrap();
    let (mut scope, mut policy) =
        (String::from("agent: coder\nrules:\n"), String::from("version: 1\nrules:\n"));
    for number in 0..half {
        writeln!(
            scope,
            "  - {{ id: a{number}, effect: allow, match: {{ operation: [write], path: [\"src/module_{number}/**\"], \
             when: {{ bytes: \"<= 1MiB\" }} }} }}"
        )
        .unwrap();
        writeln!(
            policy,
            "  - {{ id: d{number}, effect: deny, match: {{ operation: [write], path: [\"vendor_{number}/**/*.lock\"] }} }}"
        )
        .unwrap();
    }
    let settings = JudgeSettings::default();
    let scopes = vec![Scope::parse("coder.yaml", &scope, &settings.scopes, &registry).unwrap()];
    let policies = vec![PolicyFile::parse("policy.yaml", &policy, &registry).unwrap()];
    Judge::new(JudgeParts {
        library: ".tgp".parse().unwrap(),
        guarded: Vec::new(),
        registry,
        scopes,
        policies,
    })
    .unwrap()
}
