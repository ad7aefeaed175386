//! Scopes, policy files, trust and `explain`, as a person at the terminal and an agent behind MCP meet them.

use serde_json::{Value, json};
use tgp_tests::walk;
use tgp_tests::{Project, Session, places};

const NO_SECRETS: &str = "\
version: 1
rules:
  - id: no-plans
    effect: deny
    reason: Plans stay here.
    match: { operation: [read, write], path: [\"plans/**\"] }
    examples:
      match: [ { capability: fs.read, path: plans/next.md } ]
      not_match: [ { capability: fs.read, path: docs/next.md } ]
";

const BAD: &str = "version: 1\nrules:\n  - id: b\n    effect: permit\n    match: { path: ['**'] }\n";

/// A project whose person trusts nothing but what they are asked about, with a file to read.
fn careful() -> Project {
    let project = Project::new().trusting_nothing();
    project.write("plans/next.md", "Next.\n");
    project
}

fn may_read(session: &mut Session, path: &str) -> bool {
    let answer = session.call("read_file", json!({ "path": path }));
    let denied = answer.raw["structuredContent"]["code"] == json!("policy.denied");
    assert!(denied || answer.raw["isError"] != json!(true), "{:#}", answer.raw);
    !denied
}

fn rules(verdict: &Value) -> Vec<&str> {
    verdict["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect()
}

#[test]
fn every_normative_case_passes_through_the_program() {
    let file = places::repository().join("conformance/policy-cases.yaml");
    let cases = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .filter(|line| line.trim().starts_with("- { n:"))
        .count();
    assert!(cases >= 37, "{cases} cases");
    let said = Project::new().tgp(&["policy", "test", file.to_str().unwrap()]);
    said.succeeded();
    assert_eq!(said.stdout.lines().last(), Some(format!("{cases} passed, 0 failed").as_str()));
}

#[test]
fn a_case_that_comes_out_otherwise_is_named_with_its_place() {
    let project = Project::new();
    project.write(
        "cases.yaml",
        "version: 1\ncases:\n  - { n: 1, name: nothing allows it, rules: [], request: { agent: coder, capability: fs.read, path: a }, expect: { decision: allow } }\n",
    );
    let said = project.tgp(&["policy", "test", "cases.yaml"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stdout.contains("cases.yaml:3:5: case 1, nothing allows it: "), "{}", said.stdout);
    assert!(said.stdout.ends_with("0 passed, 1 failed\n"), "{}", said.stdout);
}

#[test]
fn explain_names_the_rules_their_place_and_the_nearest_one() {
    let project = Project::with_database("CREATE TABLE orders (id INTEGER PRIMARY KEY, sum REAL);");
    let ask = |more: &[&str]| project.json(&[&["policy", "explain"], more].concat());
    let allowed = ask(&["--agent", "coder", "--capability", "fs.write", "--path", "src/a.ts"]);
    assert_eq!((&allowed["decision"], &allowed["risk"]), (&json!("allow"), &json!("medium")), "{allowed:#}");
    assert_eq!(allowed["rules"][0]["file"], "shipped/coder.yaml");
    assert!(allowed["rules"][0]["line"].as_u64().unwrap() > 0, "{allowed:#}");
    let denied = ask(&["--agent", "reviewer", "--capability", "fs.write", "--path", "src/a.ts"]);
    assert_eq!((&denied["decision"], rules(&denied)), (&json!("deny"), vec!["default"]), "{denied:#}");
    let outside = ask(&["--capability", "fs.write", "--path", "elsewhere/a.ts"]);
    assert!(outside["nearest"]["missing"].as_array().unwrap().contains(&json!("path")), "{outside:#}");
    let own = ask(&["--capability", "fs.write", "--path", ".tgp/scopes/coder.yaml"]);
    assert_eq!(rules(&own), ["builtin.policy"], "{own:#}");
    let sql = ask(&["--agent", "default", "--sql", "DELETE FROM orders"]);
    assert_eq!((&sql["decision"], &sql["target"]["value"]), (&json!("deny"), &json!("orders")), "{sql:#}");
    let unknown = ask(&["--capability", "acme.launch"]);
    assert_eq!((&unknown["risk"], &unknown["registered"]), (&json!("high"), &json!(false)), "{unknown:#}");
    let page =
        project.tgp(&["policy", "explain", "--agent", "reviewer", "--capability", "fs.write", "--path", "a"]);
    assert!(page.succeeded().stdout.starts_with("deny on `a`\n  rule default: "), "{}", page.stdout);
    assert_eq!(project.json(&["timeline"])["actions"], json!([]), "asking is no action");
}

#[cfg(unix)]
#[test]
fn explain_judges_a_link_where_it_leads() {
    let project = Project::new();
    project.write(".env.local", "KEY=1\n");
    std::os::unix::fs::symlink("../.env.local", {
        std::fs::create_dir_all(project.path("src")).unwrap();
        project.path("src/settings")
    })
    .unwrap();
    let verdict = project.json(&["policy", "explain", "--capability", "fs.read", "--path", "src/settings"]);
    assert_eq!(verdict["decision"], "deny", "{verdict:#}");
    assert_eq!(verdict["target"]["value"], ".env.local", "{verdict:#}");
}

#[test]
fn figures_are_compared_with_their_units() {
    let project = Project::new();
    let big = "version: 1\nrules:\n  - { id: big, effect: deny, match: { operation: [write], when: { bytes: '> 1MiB' } } }\n";
    project.write(".tgp/policy/big.yaml", big);
    for (bytes, decision) in [("bytes=1MiB", "allow"), ("bytes=1048577", "deny"), ("bytes=2MB", "deny")] {
        let arguments =
            ["policy", "explain", "--capability", "fs.write", "--path", "src/a", "--attribute", bytes];
        assert_eq!(project.json(&arguments)["decision"], decision, "{bytes}");
    }
}

#[test]
fn a_policy_file_counts_in_a_running_session_once_a_person_trusted_it() {
    let project = careful();
    let mut session = project.session();
    assert!(may_read(&mut session, "plans/next.md"));
    project.write(".tgp/policy/plans.yaml", NO_SECRETS);
    assert!(may_read(&mut session, "plans/next.md"), "nobody trusted it");
    let unattended = project.tgp(&["trust"]);
    assert_eq!(unattended.code, Some(1));
    assert!(unattended.stderr.contains("terminal.required"), "{}", unattended.stderr);
    let said = project.at_a_terminal(&["trust"], "n");
    assert!(said.stdout.contains("policy/plans.yaml added"), "{}", said.stdout);
    assert!(may_read(&mut session, "plans/next.md"), "the person said no");
    let said = project.at_a_terminal(&["trust"], "y");
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(!may_read(&mut session, "plans/next.md"), "it is in force");
    session.stop();
    let log = project.json(&["timeline", "--type", "policy_change"]);
    let action = &log["actions"][0];
    assert_eq!((&action["agent"], &action["status"]), (&json!("person"), &json!("executed")), "{log:#}");
    assert_eq!(action["files"], json!([".tgp/policy/plans.yaml"]));
    assert_eq!(log["actions"].as_array().unwrap().len(), 1, "{log:#}");
    assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0));
}

#[test]
fn a_bad_policy_file_is_named_and_the_last_version_stays_in_force() {
    let project = careful();
    let mut session = project.session();
    project.write("plans.yaml", NO_SECRETS);
    assert_eq!(project.at_a_terminal(&["policy", "apply", "plans.yaml"], "y").code, Some(0));
    assert!(!may_read(&mut session, "plans/next.md"));
    project.write(".tgp/policy/plans.yaml", BAD);
    project.write(".tgp/scopes/coder.yaml", "agent: coder\npathz: {}\n");
    let said = project.tgp(&["policy", "check"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stdout.contains(".tgp/policy/plans.yaml:4:13: "), "{}", said.stdout);
    assert!(said.stdout.contains(".tgp/scopes/coder.yaml:2:1: "), "{}", said.stdout);
    let mistakes = project.json(&["policy", "check"]);
    assert_eq!(mistakes["mistakes"].as_array().unwrap().len(), 2, "{mistakes:#}");
    let said = project.at_a_terminal(&["trust"], "y");
    assert_eq!(said.code, Some(3), "{}", said.stdout);
    assert!(said.stdout.contains("policy/plans.yaml:4:13"), "{}", said.stdout);
    assert!(!may_read(&mut session, "plans/next.md"), "the running session keeps its version");
    let mut other = project.session();
    assert!(!may_read(&mut other, "plans/next.md"), "a new one has the version in force");
    assert!(may_read(&mut other, "tgp.config.ts"));
}

#[test]
fn apply_puts_exactly_one_file_in_force() {
    let project = careful();
    project.write(".tgp/policy/other.yaml", NO_SECRETS.replace("plans", "docs"));
    project.write("docs/a.md", "A.\n");
    project.write("plans.yaml", NO_SECRETS);
    let unattended = project.tgp(&["policy", "apply", "plans.yaml"]);
    assert_eq!((unattended.code, unattended.stderr.contains("terminal.required")), (Some(1), true));
    assert_eq!(project.at_a_terminal(&["policy", "apply", "plans.yaml"], "").code, Some(0));
    assert!(!project.path(".tgp/policy/plans.yaml").exists(), "the person did not say yes");
    let said = project.at_a_terminal(&["policy", "apply", "plans.yaml"], "y");
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert_eq!(project.read(".tgp/policy/plans.yaml"), NO_SECRETS);
    let mut session = project.session();
    assert!(!may_read(&mut session, "plans/next.md"));
    assert!(may_read(&mut session, "docs/a.md"), "what else lies there goes on waiting");
    session.stop();
    let log = project.json(&["timeline", "--type", "policy_change"]);
    assert_eq!(log["actions"][0]["description"], "Applied the policy file `plans.yaml`");
    let id = log["actions"][0]["id"].as_str().unwrap();
    let undone = project.tgp(&["undo", id]);
    assert_eq!(undone.code, Some(1), "{}", undone.stdout);
    assert!(undone.stderr.contains("apply the earlier content again"), "{}", undone.stderr);
    let again = project.tgp(&["policy", "apply", "plans.yaml"]);
    assert!(again.succeeded().stdout.contains("in force already"), "{}", again.stdout);
}

#[test]
fn a_policy_file_whose_examples_fail_or_that_allows_is_not_applied() {
    let project = careful();
    for (text, place) in [
        (NO_SECRETS.replace("docs/next.md", "plans/next.md"), "policy/plans.yaml:9:"),
        (NO_SECRETS.replace("effect: deny", "effect: allow"), "policy/plans.yaml:4:"),
        (BAD.to_owned(), "policy/plans.yaml:4:13"),
    ] {
        project.write("plans.yaml", text);
        let said = project.at_a_terminal(&["policy", "apply", "plans.yaml"], "y");
        assert_eq!(said.code, Some(3), "{}", said.stdout);
        assert!(said.stdout.contains(place), "{}", said.stdout);
        assert!(!project.path(".tgp/policy/plans.yaml").exists());
    }
}

#[test]
fn diff_shows_which_real_actions_would_be_decided_otherwise() {
    let project = careful();
    project.write("docs/a.md", "A.\n");
    let mut session = project.session();
    assert!(may_read(&mut session, "plans/next.md"));
    assert!(may_read(&mut session, "docs/a.md"));
    session.stop();
    let same = project.json(&["policy", "diff"]);
    assert_eq!((&same["judged"], &same["changed"]), (&json!(2), &json!([])), "{same:#}");
    project.write(".tgp/policy/plans.yaml", NO_SECRETS);
    let changed = project.json(&["policy", "diff"]);
    let list = changed["changed"].as_array().unwrap();
    assert_eq!(list.len(), 1, "{changed:#}");
    assert_eq!(
        (&list[0]["before"]["decision"], &list[0]["after"]["decision"]),
        (&json!("allow"), &json!("deny"))
    );
    assert_eq!(rules(&list[0]["after"]), ["no-plans"]);
    assert_ne!(changed["before"], changed["after"]);
    let page = project.tgp(&["policy", "diff", "--last", "2"]);
    assert!(
        page.succeeded().stdout.ends_with("1 of 2 actions would be decided otherwise\n"),
        "{}",
        page.stdout
    );
}

#[test]
fn diff_judges_sql_inside_runs_undo_and_the_person_s_own_actions_and_names_what_it_cannot() {
    let project = Project::with_settings("database: 'sqlite:shop.db',");
    project.database().execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, text TEXT);").unwrap();
    let mut session = project.session();
    let run = session.run_source(
        "tools/order.ts",
        "export default () => { tgp.exec_sql(\"INSERT INTO orders (text) VALUES ('a;\\nb')\"); tgp.exec_sql('DELETE FROM orders WHERE id = 7'); };\n",
        json!({}),
    );
    let run = run.done()["action"].as_str().unwrap().to_owned();
    let undo =
        session.call("undo_action", json!({ "action": run })).done()["action"].as_str().unwrap().to_owned();
    session.call("exec_sql", json!({ "sql": "CREATE TABLE gone (id INTEGER)" }));
    session.stop();
    let own = project.json(&["sql", "INSERT INTO orders (text) VALUES ('mine')"]);
    let own = own["action"].as_str().unwrap().to_owned();
    project.json(&["sql", "CREATE TABLE passing (id INTEGER)"]);
    project
        .database()
        .execute_batch("DROP TABLE IF EXISTS passing; CREATE TABLE passing (id INTEGER)")
        .unwrap();
    let rule = "version: 1\nrules:\n  - { id: no-orders, effect: deny, match: { operation: [write], table: [orders] } }\n";
    let present = project.trusting_nothing();
    present.at_a_terminal(&["trust"], "y");
    present.write(".tgp/policy/orders.yaml", rule);
    let diff = present.json(&["policy", "diff"]);
    let changed: Vec<&str> =
        diff["changed"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    for (action, what) in [(&run, "the run"), (&undo, "the undo"), (&own, "the person's own")] {
        assert!(changed.contains(&action.as_str()), "{what}: {diff:#}");
    }
    // A statement that makes a table that is there cannot be prepared again: it is named.
    let left = diff["left"].as_array().unwrap();
    assert!(
        left.iter().any(|one| one["why"].as_str().unwrap().contains("SQL") && one["in_part"] == json!(false)),
        "{diff:#}"
    );
    assert_eq!(diff["left_out"], json!(left.len()), "{diff:#}");
    let page = present.tgp(&["policy", "diff"]);
    assert!(page.stdout.contains("not judged again, its SQL"), "{}", page.stdout);
}

#[test]
fn scopes_are_listed_shown_checked_and_set() {
    let project = careful();
    let listed = project.json(&["scope", "list"]);
    let names: Vec<&str> =
        listed["scopes"].as_array().unwrap().iter().map(|scope| scope["agent"].as_str().unwrap()).collect();
    assert_eq!(names, ["coder", "default", "ops", "researcher", "reviewer"]);
    let shown = project.tgp(&["scope", "show", "@coder"]);
    assert!(shown.succeeded().stdout.contains("agent: coder"), "{}", shown.stdout);
    assert_eq!(project.json(&["scope", "show", "stranger"])["agent"], "default");
    project
        .write("own.yaml", shown.stdout.replace(r#"read: ["**"]"#, r#"read: ["docs/**", "tgp.config.ts"]"#));
    project.tgp(&["scope", "check", "own.yaml"]).succeeded();
    project.write("bad.yaml", "agent: coder\npathz: {}\n");
    let bad = project.tgp(&["scope", "check", "bad.yaml"]);
    assert_eq!((bad.code, bad.stdout.starts_with("bad.yaml:2:1: ")), (Some(1), true), "{}", bad.stdout);
    let other = project.tgp(&["scope", "set", "ops", "own.yaml"]);
    assert_eq!(other.code, Some(2), "{}", other.stderr);
    let mut session = project.session();
    assert!(may_read(&mut session, "plans/next.md"));
    let said = project.at_a_terminal(&["scope", "set", "coder", "own.yaml"], "y");
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    assert!(!may_read(&mut session, "plans/next.md"), "running sessions take it");
    assert!(may_read(&mut session, "tgp.config.ts"));
    assert_eq!(project.json(&["scope", "show", "coder"])["file"], "scopes/coder.yaml");
}

#[test]
fn no_agent_can_change_what_decides_about_it() {
    let project = careful();
    let mut session = project.session();
    for path in [".tgp/policy/mine.yaml", ".tgp/scopes/coder.yaml", ".TGP/Policy/mine.yaml", "tgp.config.ts"]
    {
        let answer =
            session.call("write_file", json!({ "path": path, "content": "version: 1\nrules: []\n" }));
        assert_eq!(answer.raw["isError"], true, "{path}");
    }
    session.stop();
    assert!(walk(&project.path(".tgp/policy")).is_empty() && walk(&project.path(".tgp/scopes")).is_empty());
    let log = project.json(&["timeline", "--type", "policy_change"]);
    assert_eq!(log["actions"], json!([]), "{log:#}");
}

#[test]
fn what_a_clone_brings_waits_for_a_person() {
    let project = Project::untouched().trusting_nothing();
    project.write(
        "tgp.config.ts",
        "import { defineTGPConfig } from '@tgp/core';\n\nexport default defineTGPConfig({});\n",
    );
    let said = project.tgp(&["tool", "list"]);
    assert_eq!((said.code, said.stderr.contains("trust.required")), (Some(3), true), "{}", said.stderr);
    let said = project.at_a_terminal(&["trust"], "y");
    assert_eq!(said.code, Some(0), "{}", said.stdout);
    project.tgp(&["tool", "list"]).succeeded();
    let log = project.json(&["timeline", "--type", "policy_change"]);
    assert_eq!(log["actions"].as_array().unwrap().len(), 1, "the first trust is noted too: {log:#}");
}

#[test]
fn capabilities_are_listed_with_their_risk() {
    let project = Project::new();
    let listed = project.json(&["capability", "list"]);
    let all = listed["capabilities"].as_array().unwrap();
    let write = all.iter().find(|one| one["id"] == "fs.write").unwrap();
    assert_eq!(write["risk"]["level"], "medium", "{write:#}");
    assert_eq!(write["compensation"]["capability"], "action.undo", "{write:#}");
    assert!(all.iter().all(|one| !one["risk"]["justification"].as_str().unwrap().is_empty()));
    let page = project.tgp(&["capability", "list"]);
    let schema = page.succeeded().stdout.lines().find(|line| line.starts_with("sql.schema")).unwrap();
    let words: Vec<&str> = schema.split_whitespace().take(5).collect();
    assert_eq!(words, ["sql.schema", "write", "critical", "no", "yes"]);
}

#[test]
fn the_timeline_is_filtered_by_session_path_branch_and_time() {
    let project = Project::with_settings("fs: { allowedDirs: ['./out'] },");
    let mut first = project.session();
    first.write("out/a/one.md", "1");
    first.write("out/b/two.md", "2");
    first.stop();
    let mut second = project.session();
    second.write("out/a/three.md", "3");
    second.stop();
    let listed = |more: &[&str]| -> Vec<Value> {
        let all = project.json(&[&["timeline", "--type", "file_create"], more].concat());
        all["actions"].as_array().unwrap().clone()
    };
    let all = listed(&[]);
    assert_eq!(all.len(), 3, "{all:#?}");
    let session = all[2]["session"].as_str().unwrap();
    assert_eq!(listed(&["--session", session]), all[2..].to_vec());
    assert_eq!(listed(&["--path", "out/a"]).len(), 2);
    assert_eq!(listed(&["--branch", "feat/none"]).len(), 0);
    assert_eq!(listed(&["--until", "1h"]).len(), 0);
    assert_eq!(listed(&["--since", "1h"]).len(), 3);
    assert_eq!((&all[0]["decision"], &all[0]["reversible"]), (&json!("allow"), &json!(true)), "{:#}", all[0]);
    assert!(project.tgp(&["timeline"]).stdout.contains(session));
    let wrong = project.tgp(&["timeline", "--session", "yesterday"]);
    assert!(wrong.stderr.contains("arguments.invalid") && wrong.code == Some(1), "{}", wrong.both());
}

/// A project whose agent `clerk` may write one table and one folder and read no other.
fn clerk() -> Project {
    let project = Project::with_settings("database: 'sqlite:shop.db', fs: { allowedDirs: ['./out'] },");
    project
        .database()
        .execute_batch("CREATE TABLE users (name TEXT, secret TEXT); INSERT INTO users VALUES ('ann', 'TOPSECRET'); CREATE TABLE scratch (text TEXT);")
        .unwrap();
    project.write(
        ".tgp/scopes/clerk.yaml",
        "agent: clerk\npaths: { read: [\"out/**\", \"docs/**\"], write: [\"out/**\"], forbidden: [\"docs/secrets/**\"] }\ndatabase: { read: [scratch], write: [scratch] }\ntasks: { undo: own }\n",
    );
    project
}

fn as_clerk(project: &Project) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", "clerk"]));
    session.connect(tgp_tests::Era::Legacy);
    session
}

#[test]
fn a_statement_that_writes_is_judged_by_what_it_reads_as_well() {
    let project = clerk();
    let mut session = as_clerk(&project);
    for sql in [
        "INSERT INTO scratch SELECT name || secret FROM users",
        "INSERT INTO scratch VALUES ('x') RETURNING (SELECT group_concat(secret) FROM users)",
        "UPDATE scratch SET text = (SELECT secret FROM users)",
        "DELETE FROM scratch WHERE EXISTS (SELECT 1 FROM users WHERE secret LIKE 'T%')",
    ] {
        let refused = session.call("exec_sql", json!({ "sql": sql })).refused();
        assert_eq!(refused.code, "policy.denied", "{sql}: {refused:?}");
    }
    session.call("exec_sql", json!({ "sql": "INSERT INTO scratch VALUES ('mine')" })).done();
    let explained = project.json(&[
        "policy",
        "explain",
        "--agent",
        "clerk",
        "--sql",
        "INSERT INTO scratch SELECT secret FROM users",
    ]);
    assert_eq!(explained["decision"], "deny", "{explained:#}");
}

#[test]
fn a_listing_does_not_walk_into_a_forbidden_folder() {
    let project = clerk();
    project.write("docs/open.md", "open");
    project.write("docs/secrets/plan.md", "secret");
    let mut session = as_clerk(&project);
    let listed = session.call("list_files", json!({ "dir": "docs" })).done().to_string();
    assert!(listed.contains("open.md") && !listed.contains("plan.md"), "{listed}");
}

#[test]
fn a_patch_is_judged_as_a_patch_and_a_limit_on_bytes_sees_them() {
    let project = Project::with_settings("fs: { allowedDirs: ['./out'] },");
    project.write(
        ".tgp/policy/narrow.yaml",
        "version: 1\nrules:\n  - { id: no-patch, effect: deny, match: { capability: [fs.patch] } }\n  - { id: small, effect: deny, match: { operation: [write], when: { bytes: \"> 1KiB\" } } }\n",
    );
    let mut session = project.session();
    session.write("out/a.txt", "small").done();
    let large =
        session.call("write_file", json!({ "path": "out/b.txt", "content": "x".repeat(2_000) })).refused();
    assert!(large.code == "policy.denied" && large.message.contains("small"), "{large:?}");
    let patched =
        session.call("patch_file", json!({ "path": "out/a.txt", "search": "small", "replace": "tiny" }));
    assert_eq!(patched.refused().code, "policy.denied");
}

#[test]
fn an_undo_shows_an_agent_no_content_it_may_not_read() {
    let project = clerk();
    project.write(".tgp/policy/drop.yaml", "version: 1\nrules:\n  - { id: drop, effect: deny, match: { operation: [read], path: [\"out/drop/**\"] } }\n");
    project.write("out/drop/salary.txt", "Ann earns 100");
    let mut session = as_clerk(&project);
    let written =
        session.call("write_file", json!({ "path": "out/drop/salary.txt", "content": "x" })).done().clone();
    let action = written["action"].as_str().unwrap();
    let shown = session.call("undo_action", json!({ "action": action, "dry_run": true })).done().to_string();
    assert!(shown.contains("salary.txt") && !shown.contains("earns"), "{shown}");
    session.call("undo_action", json!({ "action": action })).done();
    assert_eq!(project.read("out/drop/salary.txt"), "Ann earns 100");
}
