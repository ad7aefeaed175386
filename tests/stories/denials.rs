//! What a denial says: every rule with its place, the policy's version, and the way to something that is allowed.

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

const RULES: &str = "\
version: 1
rules:
  - id: no-plans
    effect: deny
    reason: Plans stay here.
    match: { operation: [read, write], path: [\"plans/**\"] }
  - id: no-drafts
    effect: deny
    reason: Drafts are nobody's business.
    match: { path: [\"plans/drafts/**\"] }
  - id: ask-reports
    effect: require_approval
    reason: Customers read them.
    match: { operation: [write], path: [\"out/**\"] }
  - id: no-orders
    effect: deny
    reason: Orders are closed.
    match: { operation: [write], table: [orders] }
";

fn project() -> Project {
    let project = Project::with_settings(
        "database: 'sqlite:shop.db', fs: { allowedDirs: ['./out'] }, approvals: { wait: 0 },",
    );
    project.database().execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY);").unwrap();
    project.write(".tgp/policy/rules.yaml", RULES);
    project
}

fn agent(project: &Project, name: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", name]));
    session.connect(Era::Legacy);
    session
}

fn refused(session: &mut Session, tool: &str, arguments: Value) -> Value {
    session.call(tool, arguments).refused().raw
}

/// Rules as `file:line:column id`.
fn places(refusal: &Value) -> Vec<String> {
    let rules = refusal["details"]["rules"].as_array().unwrap_or_else(|| panic!("{refusal:#}"));
    let place = |rule: &Value| {
        let file = rule["file"].as_str().unwrap_or("built in");
        format!("{file}:{}:{} {}", rule["line"], rule["column"], rule["id"].as_str().unwrap())
    };
    rules.iter().map(place).collect()
}

#[test]
fn a_denial_names_every_rule_with_its_place_and_the_version_that_decided() {
    let project = project();
    let mut session = agent(&project, "coder");
    let refusal = refused(&mut session, "read_file", json!({ "path": "plans/drafts/a.md" }));
    assert_eq!(refusal["code"], "policy.denied");
    assert_eq!(
        places(&refusal),
        ["policy/rules.yaml:7:9 no-drafts", "policy/rules.yaml:3:9 no-plans"],
        "{refusal:#}"
    );
    let details = &refusal["details"];
    assert_eq!(details["rules"][0]["reason"], "Drafts are nobody's business.");
    assert_eq!(
        (&details["decision"], &details["target"]["value"]),
        (&json!("deny"), &json!("plans/drafts/a.md"))
    );
    let ask = ["policy", "explain", "--capability", "fs.read", "--path", "plans/drafts/a.md"];
    let explained = project.json(&ask);
    for field in ["rules", "nearest", "version", "risk", "target", "decision"] {
        assert_eq!(details[field], explained[field], "{field} is what `policy explain` says");
    }
    // Reading is allowed, and a stricter rule stands against it.
    assert_eq!(details["nearest"]["missing"], json!([]), "{refusal:#}");
    let hint = refusal["hint"].as_str().unwrap();
    assert!(hint.contains("stands against it") && hint.contains("ask the person"), "{hint}");
}

#[test]
fn a_write_outside_of_the_scope_is_told_where_writes_go() {
    let project = project();
    let mut session = agent(&project, "coder");
    let refusal =
        refused(&mut session, "write_file", json!({ "path": "elsewhere/a.ts", "content": "secret text" }));
    assert_eq!(refusal["code"], "file.read_only");
    assert_eq!(places(&refusal), ["built in:0:0 default"], "{refusal:#}");
    let nearest = &refusal["details"]["nearest"];
    assert_eq!(nearest["file"], "shipped/coder.yaml", "{refusal:#}");
    assert!(nearest["line"].as_u64().unwrap() > 0 && nearest["column"].as_u64().unwrap() > 0, "{refusal:#}");
    assert!(nearest["allows"].as_array().unwrap().contains(&json!("src/**")), "{refusal:#}");
    let hint = refusal["hint"].as_str().unwrap();
    assert!(hint.contains("not for this path") && hint.contains("`src/**`"), "{hint}");
    assert!(!refusal.to_string().contains("secret text"), "{refusal:#}");
    // An agent whose scope allows no write at all is not sent anywhere.
    let mut session = agent(&project, "reviewer");
    let refusal = refused(&mut session, "write_file", json!({ "path": "src/a.ts", "content": "x" }));
    let hint = refusal["hint"].as_str().unwrap();
    assert!(hint.contains("capability") || hint.contains("operation"), "{hint}");
    assert!(!hint.contains("; it allows"), "{hint}");
}

#[test]
fn what_no_scope_can_allow_says_so() {
    let project = project();
    let mut session = agent(&project, "coder");
    let refusal = refused(&mut session, "read_file", json!({ "path": ".tgp/policy/rules.yaml" }));
    assert_eq!(refusal["details"]["rule"], "builtin.policy", "{refusal:#}");
    assert!(refusal["hint"].as_str().unwrap().contains("No scope can allow"), "{refusal:#}");
    assert!(!refusal.to_string().contains("plans/**"), "the rules themselves stay unread: {refusal:#}");
}

#[test]
fn a_question_names_every_rule_that_asks() {
    let project = project();
    let mut session = agent(&project, "coder");
    let refusal = refused(&mut session, "write_file", json!({ "path": "out/a.md", "content": "x" }));
    assert_eq!(refusal["code"], "policy.requires_approval");
    assert_eq!(places(&refusal), ["policy/rules.yaml:11:9 ask-reports"], "{refusal:#}");
    assert_eq!(refusal["details"]["decision"], "require_approval");
    let version = project.json(&["policy", "explain", "--capability", "fs.read", "--path", "a"]);
    assert_eq!(refusal["details"]["version"], version["version"], "{refusal:#}");
    // So does the question of a run.
    session.write("tools/report.ts", "export default () => { tgp.write_file('out/b.md', 'x'); };\n");
    let refusal = refused(&mut session, "exec_tool", json!({ "path": "tools/report.ts" }));
    assert_eq!(places(&refusal), ["policy/rules.yaml:11:9 ask-reports"], "{refusal:#}");
}

#[test]
fn the_terminal_shows_a_denial_with_a_line_for_each_rule() {
    let project = project();
    let said = project.tgp(&["sql", "DELETE FROM orders"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let lines: Vec<&str> = said.stderr.lines().collect();
    assert!(lines[0].contains("is denied by rule `no-orders`"), "{}", said.stderr);
    assert_eq!(lines[1], "  rule no-orders (policy/rules.yaml:15:9): Orders are closed.", "{}", said.stderr);
    assert!(said.stderr.contains("  nearest to allowing it: person"), "{}", said.stderr);
    assert!(said.stderr.contains("  policy version "), "{}", said.stderr);
    assert!(said.stderr.contains("hint: Do without, or change the rule"), "{}", said.stderr);
    let json = project.json(&["sql", "DELETE FROM orders"]);
    assert_eq!(json["error"]["details"]["rules"][0]["line"], 15, "{json:#}");
}
