//! A tool's declared effects are graded, never believed.

use serde_json::{Value, json};
use tgp_capability::{DeclaredEffects, Operation, Registry, RiskLevel};

fn grade(declared: Value) -> Result<DeclaredEffects, String> {
    DeclaredEffects::grade("tools/shop/pay.ts", &declared).map_err(|problem| problem.to_string())
}

fn level(declared: Value) -> RiskLevel {
    grade(declared).unwrap().capability.risk.level
}

#[test]
fn a_get_changes_nothing_and_is_medium() {
    let graded = grade(
        json!([{ "kind": "api_call", "method": "get", "host": "API.example.com", "description": "Asks." }]),
    )
    .unwrap();
    assert!(graded.capability.side_effects.reversible);
    assert_eq!(graded.capability.risk.level, RiskLevel::Medium);
    assert_eq!(graded.capability.operation, Operation::Network);
    assert!(graded.covers_request("GET", "api.example.com"));
}

#[test]
fn a_changing_method_is_high_with_compensation_and_critical_without() {
    let post = |compensation: Option<&str>| {
        let mut effect = json!({ "kind": "api_call", "method": "POST", "host": "api.example.com", "description": "Pays." });
        if let Some(tool) = compensation {
            effect["compensation"] = json!(tool);
        }
        json!([effect])
    };
    assert_eq!(level(post(Some("tools/shop/refund.ts"))), RiskLevel::High);
    assert_eq!(level(post(None)), RiskLevel::Critical);
}

#[test]
fn a_deploy_is_high_with_a_way_back_and_critical_without() {
    let deploy = json!({ "kind": "deploy", "target": "staging", "description": "Deploys." });
    let mut with = deploy.clone();
    with["compensation"] = json!("tools/ops/roll_back.ts");
    assert_eq!((level(json!([with])), level(json!([deploy]))), (RiskLevel::High, RiskLevel::Critical));
}

#[test]
fn a_message_is_critical_and_cannot_be_compensated() {
    let message = json!({ "kind": "message", "channel": "mail", "description": "Writes to the customer." });
    let graded = grade(json!([message])).unwrap();
    assert_eq!(graded.capability.risk.level, RiskLevel::Critical);
    assert!(graded.sends_messages());
    let mut unsent = message;
    unsent["compensation"] = json!("tools/mail/unsend.ts");
    assert_eq!(
        grade(json!([unsent])).unwrap_err(),
        "`effects/0/compensation`: a message cannot be unsent, so nothing takes it back"
    );
}

#[test]
fn several_effects_are_as_bad_as_the_worst_and_compensated_only_if_all_are() {
    let paid = json!({ "kind": "api_call", "method": "POST", "host": "a.example", "description": "Pays.",
        "compensation": "tools/refund.ts" });
    let told = json!({ "kind": "message", "channel": "mail", "description": "Tells." });
    let both = grade(json!([paid, told])).unwrap();
    assert_eq!(both.capability.risk.level, RiskLevel::Critical);
    assert!(!both.capability.compensation.supported);
    let one = grade(json!([paid])).unwrap();
    assert!(one.capability.compensation.supported);
    assert_eq!(one.capability.compensation.capability.as_deref(), Some("tool.effects:tools/refund.ts"));
    for graded in [both, one, grade(json!([])).unwrap()] {
        graded.register(&mut Registry::empty()).unwrap();
    }
}

#[test]
fn a_risk_stated_too_low_is_refused_with_its_place() {
    let error = grade(json!([
        { "kind": "api_call", "method": "GET", "host": "a.example", "description": "Asks.", "risk": "low" },
        { "kind": "api_call", "method": "PUT", "host": "a.example", "description": "Puts.", "risk": "medium" },
    ]))
    .unwrap_err();
    assert!(error.starts_with("`effects/1/risk`"), "{error}");
    assert!(error.contains("rule 1"), "{error}");
}

#[test]
fn a_tool_that_sends_other_than_it_declared_is_seen() {
    let graded =
        grade(json!({ "kind": "api_call", "method": "POST", "host": "a.example", "description": "Pays." }))
            .unwrap();
    assert!(graded.covers_request("POST", "a.example"));
    for (method, host) in [("POST", "b.example"), ("DELETE", "a.example"), ("post", "a.example")] {
        assert!(!graded.covers_request(method, host), "{method} {host}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (declared, place) in [
        (json!("none"), "`effects`"),
        (json!([1]), "`effects/0`"),
        (json!([{ "kind": "teleport", "description": "x" }]), "`effects/0/kind`"),
        (json!([{ "kind": "deploy", "target": "x" }]), "`effects/0/description`"),
        (json!([{ "kind": "deploy", "target": "x", "description": "x", "hsot": "y" }]), "`effects/0/hsot`"),
        (
            json!([{ "kind": "api_call", "method": "YEET", "host": "a", "description": "x" }]),
            "`effects/0/method`",
        ),
        (
            json!([{ "kind": "api_call", "method": "GET", "host": "http://a/b", "description": "x" }]),
            "`effects/0/host`",
        ),
        (json!([{ "kind": "deploy", "target": 1, "description": "x" }]), "`effects/0/target`"),
        (
            json!([{ "kind": "deploy", "target": "x", "description": "x", "risk": "tiny" }]),
            "`effects/0/risk`",
        ),
        (
            json!([{ "kind": "deploy", "target": "x", "description": "x", "compensation": "../x.ts" }]),
            "`effects/0/compensation`",
        ),
    ] {
        let error = grade(declared.clone()).unwrap_err();
        assert!(error.starts_with(&format!("{place}:")), "{declared}: {error}");
    }
    let many = vec![json!({ "kind": "deploy", "target": "x", "description": "x" }); 33];
    assert!(grade(Value::Array(many)).unwrap_err().contains("at most 32"));
}

#[test]
fn a_compensation_that_is_not_there_lowers_no_risk() {
    let declared = json!([{ "kind": "api_call", "method": "POST", "host": "a.example", "description": "Pays.",
        "compensation": "tools/shop/refund.ts", "risk": "high" }]);
    let graded = grade(declared).unwrap();
    assert_eq!(graded.capability.risk.level, RiskLevel::High);
    let there = graded.where_compensated(&|tool, _| tool == "tools/shop/refund.ts");
    assert_eq!(there, graded);
    let gone = graded.where_compensated(&|_, _| false);
    assert_eq!(gone.capability.risk.level, RiskLevel::Critical);
    assert!(!gone.capability.compensation.supported && gone.capability.asks());
}
