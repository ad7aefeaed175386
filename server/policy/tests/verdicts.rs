//! What a verdict carries, and the corners of the semantics the cases leave open.

use tgp_capability::{DeclaredEffects, Operation};
use tgp_policy::{AttributeValue, Judge, RiskLevel, Target};

use crate::given::{judge, path, registry, request, said, shipped};

const ALL: &str = "{ id: all, effect: allow, match: { path: [\"**\"] } }";

fn read(judge: &Judge, text: &str) -> String {
    said(&judge.judge(&request("fs.read", vec![path(text)])))
}

#[test]
fn every_determining_rule_comes_with_its_file_and_line() {
    let judge = judge(
        &format!("{ALL}\n{{ id: z, effect: deny, reason: No., match: {{ path: [\"a/**\"] }} }}"),
        "{ id: b, effect: deny, match: { path: [\"a/b\"] } }",
    );
    let verdict = judge.judge(&request("fs.read", vec![path("a/b")]));
    let rules: Vec<(&str, Option<&str>, usize)> =
        verdict.rules.iter().map(|rule| (rule.id.as_str(), rule.file.as_deref(), rule.line)).collect();
    assert_eq!(rules, [("b", Some("policy.yaml"), 3), ("z", Some("scope.yaml"), 4)]);
    assert_eq!((verdict.risk, verdict.registered), (RiskLevel::Low, true));
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["decision"], "deny");
    assert_eq!(json["rules"][1]["reason"], "No.");
    assert_eq!(json["nearest"]["id"], "all");
    assert_eq!(json["target"]["value"], "a/b");
    assert_eq!(json["version"].as_str().unwrap().len(), 64);
}

#[test]
fn the_nearest_rule_says_what_does_not_match() {
    let judge = judge(
        "{ id: src, effect: allow, match: { operation: [write], path: [\"src/**\"] } }\n\
         { id: docs, effect: allow, match: { operation: [write], path: [\"docs/**\"], when: { bytes: \"<= 1KiB\" } } }\n\
         { id: tables, effect: allow, match: { capability: [sql.read], table: [\"*\"] } }",
        "",
    );
    let nearest = |capability, target| {
        let verdict = judge.judge(&request(capability, vec![target]));
        let nearest = verdict.nearest.unwrap();
        (nearest.id, nearest.missing)
    };
    assert_eq!(nearest("fs.write", path("srv/a")), ("src".to_owned(), vec!["path"]));
    assert_eq!(nearest("fs.write", path("docs/a").of_bytes(2_000)), ("docs".to_owned(), vec!["when"]));
    assert_eq!(nearest("fs.read", path("src/a")), ("src".to_owned(), vec!["operation"]));
    assert_eq!(nearest("sql.write", Target::table("users")), ("tables".to_owned(), vec!["capability"]));
    assert_eq!(nearest("fs.write", path(".git/config")).0, "docs");
}

#[test]
fn a_question_of_a_policy_file_does_not_grant_what_no_scope_grants() {
    let asks = "{ id: q, effect: require_approval, match: { path: [\"**\"] } }";
    assert_eq!(read(&judge("", asks), "a"), "deny by default on a");
    assert_eq!(read(&judge(asks, ""), "a"), "require_approval by q on a");
    let unregistered = judge("", "").judge(&request("acme.launch", Vec::new()));
    assert_eq!(said(&unregistered), "deny by default");
}

#[test]
fn an_agent_without_a_scope_has_the_one_called_default_and_no_other() {
    let mut asked = request("fs.write", vec![path("src/a.rs")]);
    let judge = shipped();
    assert_eq!(said(&judge.judge(&asked)), "allow by scope.paths.write on src/a.rs");
    asked.agent = "stranger".parse().unwrap();
    assert_eq!(said(&judge.judge(&asked)), "deny by default on src/a.rs");
}

#[test]
fn without_any_scope_everything_is_denied() {
    let registry = registry();
    let parts = tgp_policy::JudgeParts {
        library: ".tgp".parse().unwrap(),
        guarded: Vec::new(),
        registry,
        scopes: Vec::new(),
        policies: Vec::new(),
    };
    assert_eq!(read(&Judge::new(parts).unwrap(), "a"), "deny by default on a");
}

#[test]
fn sums_are_exact_and_unknown_parts_fail_closed() {
    let judge =
        judge(&format!("{ALL}\n{{ id: big, effect: deny, match: {{ when: {{ bytes: \"> 1KiB\" }} }} }}"), "");
    let said_for = |sizes: &[Option<u64>]| {
        let targets = sizes.iter().map(|size| size.map_or(path("a"), |size| path("a").of_bytes(size)));
        said(&judge.judge(&request("fs.write", targets.collect())))
    };
    assert_eq!(said_for(&[Some(1_000), Some(24)]), "allow by all on a");
    assert_eq!(said_for(&[Some(1_000), Some(25)]), "deny by big on a");
    assert_eq!(said_for(&[Some(1), None]), "deny by big on a");
    assert_eq!(said_for(&[Some(u64::MAX), Some(u64::MAX)]), "deny by big on a");
    let mut stated = request("fs.write", vec![path("a"), path("b").of_bytes(24)]);
    stated.attributes.insert("bytes".to_owned(), AttributeValue::Whole(1_000));
    assert_eq!(said(&judge.judge(&stated)), "allow by all on a");
    stated.attributes.insert("bytes".to_owned(), AttributeValue::Decimal(1_000.5));
    assert_eq!(said(&judge.judge(&stated)), "deny by big on a");
    stated.attributes.insert("bytes".to_owned(), AttributeValue::Text("1".to_owned()));
    assert_eq!(said(&judge.judge(&stated)), "deny by big on a");
}

#[test]
fn an_exception_that_cannot_be_evaluated_fails_closed() {
    let judge = judge(
        "{ id: a, effect: allow, match: { path: [\"**\"] }, except: [ { when: { bytes: \"> 1KiB\" } } ] }",
        "{ id: d, effect: deny, match: { path: [\"x/**\"] }, except: [ { when: { bytes: \"< 1KiB\" } } ] }",
    );
    assert_eq!(read(&judge, "a"), "deny by default on a");
    assert_eq!(said(&judge.judge(&request("fs.read", vec![path("a").of_bytes(1)]))), "allow by a on a");
    assert_eq!(read(&judge, "x/a"), "deny by d on x/a");
    assert_eq!(said(&judge.judge(&request("fs.read", vec![path("x/a").of_bytes(1)]))), "allow by a on x/a");
}

#[test]
fn the_version_changes_with_a_word_and_not_with_comments_or_order() {
    let version = |scope: &str| judge(scope, "").version().clone();
    let (a, b) =
        ("{ id: a, effect: allow, match: { path: [x] } }", "{ id: b, effect: deny, match: { path: [y] } }");
    assert_eq!(version(&format!("{a}\n{b}")), version(&format!("{b}   # later\n{a}")));
    assert_ne!(version(a), version(&a.replace("[x]", "[z]")));
    assert_ne!(version(a), version(&a.replace("allow", "deny")));
    assert_ne!(version(a), judge(a, b).version().clone());
}

#[test]
fn a_capability_graded_while_tgp_runs_is_judged_by_that_grade() {
    let message = serde_json::json!([{ "kind": "message", "channel": "mail", "description": "Writes." }]);
    let graded = DeclaredEffects::grade("tools/mail.ts", &message).unwrap().capability;
    let judge = judge("{ id: all, effect: allow, match: { capability: [\"*\"] } }", "");
    let asked = request(&graded.id, Vec::new());
    assert_eq!(said(&judge.judge(&asked)), "require_approval by risk.unregistered");
    let verdict = judge.judge_graded(&asked, &graded);
    assert_eq!(said(&verdict), "require_approval by risk.critical");
    assert_eq!(graded.operation, Operation::Network);
}

#[test]
fn a_high_risk_capability_is_denied_by_the_risk_that_was_looked_up() {
    let judge = judge(
        "{ id: all, effect: allow, match: {} }",
        "{ id: high, effect: deny, match: { risk: \">= high\" } }",
    );
    assert_eq!(said(&judge.judge(&request("fs.delete", vec![path("a")]))), "deny by high on a");
    assert_eq!(said(&judge.judge(&request("acme.launch", Vec::new()))), "deny by high");
    assert_eq!(said(&judge.judge(&request("fs.write", vec![path("a")]))), "allow by all on a");
}

#[test]
fn only_persons_approve_mint_trust_and_change_what_is_allowed() {
    let judge = judge("{ id: all, effect: allow, match: {} }", "");
    for id in ["approval.answer", "token.mint", "token.revoke", "trust", "scope.set", "policy.apply"] {
        assert_eq!(said(&judge.judge(&request(id, Vec::new()))), "deny by builtin.self");
    }
    assert_eq!(said(&judge.judge(&request("audit.archive", Vec::new()))), "deny by builtin.audit");
    assert_eq!(said(&judge.judge(&request("audit.verify", Vec::new()))), "allow by all");
    assert!(Judge::built_in_rules().len() <= 10);
}
