//! What lies in the project decides nothing before a person trusted exactly that content on this machine.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;
use tgp_tests::{Finished, Project, Remote};

use crate::sources::HELLO;

/// Runs the binary at a terminal of its own (`script` of bsdutils), typing `answer`.
fn at_a_terminal(project: &Project, arguments: &str, answer: &str) -> Finished {
    let bare = project.command(&[]);
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{} {arguments}", bare.get_program().display()), "/dev/null"]);
    command.current_dir(project.root()).envs(project.trust_variables()).env_remove("TGP_TRUST");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().expect("`script` is installed");
    running.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    Finished::of(&running.wait_with_output().unwrap())
}

#[test]
fn a_changed_configuration_waits_until_a_person_trusted_it() {
    let project = Project::new().trusting_nothing();
    project.configure("database: 'sqlite:shop.db',");
    project.database().execute_batch("CREATE TABLE right (n INTEGER)").unwrap();
    let before = project.tgp(&["sql", "SELECT * FROM right"]);
    assert!(before.stderr.contains("database.missing"), "{}", before.both());
    let doctor = project.tgp(&["doctor"]);
    assert!(
        doctor.stdout.contains("tgp.config.ts") && doctor.stdout.contains("tgp trust"),
        "{}",
        doctor.both()
    );
    let shown = project.json(&["trust", "--show"]);
    assert_eq!(shown["trusted"], json!(false));
    assert_eq!(shown["files"][0]["how"], "changed");
    let said = at_a_terminal(&project, "trust", "n\n");
    assert!(said.both().contains("Nothing was changed"), "{}", said.both());
    let still = project.tgp(&["sql", "SELECT * FROM right"]);
    assert!(still.stderr.contains("database.missing"), "{}", still.both());
    let said = at_a_terminal(&project, "trust", "y\n");
    assert!(said.both().contains("Trusted") && said.both().contains("shop.db"), "{}", said.both());
    project.tgp(&["sql", "SELECT * FROM right"]).succeeded();
    assert_eq!(project.json(&["trust", "--show"])["trusted"], json!(true));
}

#[test]
fn nobody_answers_for_a_person_who_is_not_at_a_terminal() {
    let project = Project::new().trusting_nothing();
    project.configure("strict: true,");
    let mut command = project.command(&["trust"]);
    let mut running =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let said = Finished::of(&running.wait_with_output().unwrap());
    assert_ne!(said.code, Some(0));
    assert!(said.stderr.contains("terminal.required"), "{}", said.both());
    assert_eq!(project.json(&["trust", "--show"])["trusted"], json!(false));
}

#[test]
fn a_project_nobody_trusted_here_serves_no_agent() {
    let project = Project::untouched().trusting_nothing();
    project.write("tgp.config.ts", "export default { fs: { allowedDirs: ['out'] } };\n");
    for arguments in [&["mcp"][..], &["tool", "list"], &["sql", "SELECT 1"]] {
        let said = project.tgp(arguments);
        assert_eq!(said.code, Some(3), "{}", said.both());
        assert!(
            said.stderr.contains("trust.required") && said.stderr.contains("tgp trust"),
            "{}",
            said.both()
        );
    }
    assert!(!project.path(".tgp").exists(), "nothing was made");
    let hash = project.json(&["trust", "--show"])["hash"].as_str().unwrap().to_owned();
    let project = project.environment("TGP_TRUST", &hash);
    project.tgp(&["tool", "list"]).succeeded();
    project.write("tgp.config.ts", "export default { strict: true };\n");
    assert_eq!(project.tgp(&["tool", "list"]).code, Some(3), "a deployment trusts exactly one content");
}

#[test]
fn policy_that_arrives_by_pull_waits_and_is_named() {
    let remote = Remote::holding(&[
        ("tools/hello.ts", HELLO),
        (
            "policy/none.yaml",
            "version: 1\nrules: [ { id: none, effect: deny, reason: Not here., match: { capability: ['*'] } } ]\n",
        ),
    ]);
    let project = Project::with_remote(&remote.url()).trusting_nothing();
    let mut session = project.session();
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
    let doctor = project.tgp(&["doctor"]);
    assert!(doctor.stdout.contains("policy/none.yaml"), "{}", doctor.both());
    let said = at_a_terminal(&project, "trust", "y\n");
    assert!(said.both().contains("policy/none.yaml") && said.both().contains("Not here."), "{}", said.both());
    let mut session = project.session();
    let refused = session.exec("tools/hello.ts", json!({ "name": "Ada" })).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(refused.raw.to_string().contains("none"), "{:#}", refused.raw);
    session.stop();
}

#[test]
fn a_running_session_follows_rules_as_soon_as_they_are_trusted_and_not_before() {
    let project = Project::new().trusting_nothing();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    project.write(
        ".tgp/policy/frozen.yaml",
        "version: 1\nrules: [ { id: frozen, effect: deny, reason: Frozen., match: { operation: [write] } } ]\n",
    );
    session.write("tools/hello.ts", &format!("{HELLO}// still allowed\n"));
    at_a_terminal(&project, "trust", "y\n").succeeded();
    let refused = session.call("write_file", json!({ "path": "tools/more.ts", "content": HELLO })).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(refused.raw.to_string().contains("frozen"), "{:#}", refused.raw);
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
}

#[test]
fn a_bad_policy_file_cannot_be_trusted_and_is_named_with_its_place() {
    let project = Project::new().trusting_nothing();
    project.write(
        ".tgp/policy/bad.yaml",
        "version: 1\nrules:\n  - id: wide\n    effect: allow\n    match: { path: ['**'] }\n",
    );
    let said = project.tgp(&["trust", "--show"]);
    assert_ne!(said.code, Some(0));
    assert!(
        said.stderr.contains("policy/bad.yaml:4") && said.stderr.contains("policy.invalid"),
        "{}",
        said.both()
    );
    project.tgp(&["tool", "list"]).succeeded();
}

#[test]
fn agents_can_neither_write_nor_read_what_decides_about_them() {
    let project = Project::with_database("CREATE TABLE users (name TEXT)");
    let mut session = project.session();
    for path in [
        "tgp.config.ts",
        ".tgp/policy/x.yaml",
        ".tgp/scopes/coder.yaml",
        ".TGP/policy/x.yaml",
        ".tgp/state/tgp.db",
    ] {
        let refused = session.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert_eq!(refused.code, "policy.denied", "{path}");
    }
    let source = "export default () => tgp.write_file('.tgp/policy/x.yaml', 'x');\n";
    session.write("tools/widen.ts", source);
    assert_eq!(session.exec("tools/widen.ts", json!({})).refused().code, "policy.denied");
    session.stop();
    assert!(!project.path(".tgp/policy/x.yaml").exists());
    let state = project.above().join("state");
    let held: Vec<_> = fs::read_dir(state.join("projects")).unwrap().collect();
    assert_eq!(held.len(), 1, "what was trusted lies outside the project");
}
