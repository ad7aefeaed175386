//! What a tool imports is judged: it runs only for agents who may read all of it, and others are not told of it.

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

const RULES: &str = "\
version: 1
rules:
  - id: keys-stay
    effect: deny
    reason: Keys are for operations.
    match: { operation: [read, execute], path: [\"tools/keys/**\"] }
    except: [ { agent: [ops] } ]
  - id: keys-run
    effect: deny
    match: { capability: [tool.run], tool: [\"tools/keys/**\"] }
    except: [ { agent: [ops] } ]
  - id: ask-prices
    effect: require_approval
    reason: Prices are looked at.
    match: { capability: [fs.read], path: [\"tools/prices.ts\"] }
";

const KEYS: &str = "/** Gives the vault key of a customer. */\nexport const key = () => 'k-123';\nexport default () => key();\n";

/// A library that `ops` wrote: a tool with a key, and one that uses it.
fn project() -> Project {
    let project = Project::with_settings("approvals: { wait: 0 },");
    project.write(".tgp/policy/rules.yaml", RULES);
    let mut ops = agent(&project, "ops");
    ops.write("tools/keys/vault.ts", KEYS);
    ops.write(
        "tools/bill.ts",
        "/** Bills a customer. */\nimport { key } from './keys/vault.ts';\nexport default () => key();\n",
    );
    ops.write("tools/outer.ts", "export default () => tgp.exec_tool('tools/bill.ts', {});\n");
    ops.stop();
    project
}

fn agent(project: &Project, name: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", name]));
    session.connect(Era::Legacy);
    session
}

fn found(session: &mut Session, query: &str) -> Vec<String> {
    let answer = session.call("find_tool", json!({ "query": query }));
    let tools = answer.done()["tools"].as_array().unwrap().clone();
    tools.iter().map(|tool| tool["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_tool_that_imports_what_its_agent_may_not_read_does_not_run_for_it() {
    let project = project();
    let mut ops = agent(&project, "ops");
    assert_eq!(ops.exec("tools/bill.ts", json!({})).result(), "k-123");
    let mut coder = agent(&project, "coder");
    for _ in 0..2 {
        let refused = coder.exec("tools/bill.ts", json!({})).refused();
        assert_eq!(refused.code, "policy.denied", "{:#}", refused.raw);
        assert!(
            refused.message.contains("`tools/bill.ts` imports") && refused.message.contains("keys-stay"),
            "{}",
            refused.message
        );
        let details = &refused.raw["details"];
        assert_eq!(details["target"]["value"], "tools/keys/vault.ts", "{details:#}");
        assert_eq!(
            (&details["rules"][0]["file"], &details["rules"][0]["line"]),
            (&json!("policy/rules.yaml"), &json!(3))
        );
        assert!(!refused.raw.to_string().contains("k-123"), "{:#}", refused.raw);
    }
    // A tool that runs it gets no further either.
    let nested = coder.exec("tools/outer.ts", json!({})).refused();
    assert!(nested.message.contains("keys-stay"), "{:#}", nested.raw);
    // The timeline says what decided.
    let id = coder.exec("tools/bill.ts", json!({})).refused().raw["action"].clone();
    let actions = project.json(&["timeline"])["actions"].clone();
    let row = actions.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone();
    assert_eq!((&row["status"], &row["rule"]), (&json!("denied"), &json!("keys-stay")), "{row:#}");
}

#[test]
fn at_a_terminal_a_tool_runs_for_an_agent_only_where_the_agent_may_read_its_imports() {
    let project = project();
    // What was compiled for the one who may is no way round for the other.
    let ready = project.tgp(&["tool", "run", "tools/bill.ts", "--agent", "ops"]);
    assert!(ready.stdout.contains("k-123"), "{ready:?}");
    let refused = project.tgp(&["tool", "run", "tools/bill.ts", "--agent", "coder"]);
    assert!(refused.stderr.contains("rule keys-stay (policy/rules.yaml:3:9)"), "{}", refused.stderr);
}

#[test]
fn check_and_write_say_which_import_keeps_a_tool_from_running() {
    let project = project();
    let mut coder = agent(&project, "coder");
    let checked = coder.check("tools/bill.ts");
    assert_eq!(checked["valid"], json!(false), "{checked:#}");
    let finding = &checked["errors"][0];
    assert_eq!((&finding["code"], &finding["line"]), (&json!("policy.denied"), &json!(2)), "{checked:#}");
    assert!(finding["message"].as_str().unwrap().contains("tools/keys/vault.ts"), "{checked:#}");
    assert!(!checked.to_string().contains("k-123"), "{checked:#}");
    let source = "import { key } from './keys/vault.ts';\nexport default () => key();\n";
    let written = coder.write("tools/mine.ts", source);
    let notes = written.done()["notes"].to_string();
    assert!(notes.contains("tools/keys/vault.ts") && notes.contains("will not run for you"), "{notes}");
    // Whether such a file exists is not told: one that does not looks the same.
    let other = coder.write("tools/mine.ts", &source.replace("vault", "nothing"));
    assert_eq!(other.done()["notes"].to_string(), notes.replace("vault", "nothing"));
    let mut ops = agent(&project, "ops");
    assert_eq!(ops.check("tools/bill.ts")["valid"], json!(true));
}

#[test]
fn an_agent_is_told_only_of_tools_it_may_read_or_run() {
    let project = project();
    let mut ops = agent(&project, "ops");
    assert!(found(&mut ops, "vault key of a customer").contains(&"tools/keys/vault.ts".to_owned()));
    let mut coder = agent(&project, "coder");
    let seen = found(&mut coder, "vault key of a customer");
    assert!(!seen.contains(&"tools/keys/vault.ts".to_owned()), "{seen:?}");
    assert!(seen.contains(&"tools/bill.ts".to_owned()), "others move up: {seen:?}");
    let listed = coder.call("list_files", json!({ "dir": "tools" }));
    assert_eq!(listed.done()["files"], json!(["tools/bill.ts", "tools/outer.ts"]));
    let registry = coder.request("resources/read", json!({ "uri": "tgp://registry" })).unwrap().to_string();
    assert!(registry.contains("bill.ts") && !registry.contains("vault"), "{registry}");
    let tools = project.json(&["tool", "list", "--agent", "coder"]).to_string();
    assert!(tools.contains("bill.ts") && !tools.contains("vault"), "{tools}");
}

#[test]
fn an_import_that_asks_is_asked_about_before_the_run() {
    let project = project();
    let mut ops = agent(&project, "ops");
    ops.write("tools/prices.ts", "export const price = 3;\nexport default () => price;\n");
    let source = "import { price } from './prices.ts';\nexport default () => price * 2;\n";
    ops.write("tools/offer.ts", source);
    let refused = ops.exec("tools/offer.ts", json!({})).refused();
    assert_eq!(refused.code, "policy.requires_approval", "{:#}", refused.raw);
    let ticket = refused.raw["details"]["ticket"].as_str().unwrap().to_owned();
    let said = project.at_a_terminal(&["approve", &ticket], "y");
    assert!(said.stdout.contains("tools/prices.ts") && said.stdout.contains("Approved."), "{}", said.both());
    assert_eq!(ops.exec("tools/offer.ts", json!({})).result(), &Value::from(6));
}
