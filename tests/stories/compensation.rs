//! Proof of compensation: every capability that says it can be taken back is used, then compensated, and the world
//! after is compared with the world before. What is not proven here cannot be registered as something that comes back.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tgp_tests::walk;
use tgp_tests::{Era, Project, Remote, Session};

/// Uses a capability, takes it back, and shows that the world is as it was; the change has to be seen in between.
type Proof = fn();

/// The proofs, by capability. The registry of the binary has to list exactly these as compensated.
const PROOFS: &[(&str, Proof)] = &[
    ("action.undo", an_undo_is_undone),
    ("action.undo_other", the_undo_of_another_agent_s_action_is_undone),
    ("branch.discard", a_discarded_branch_comes_back),
    ("branch.merge", a_merge_is_taken_back),
    ("branch.reopen", a_branch_that_was_sent_back_is_ready_again),
    ("branch.restore", a_restored_branch_is_put_away_again),
    ("delegate", a_delegation_is_revoked),
    ("fs.delete", a_file_that_was_removed_comes_back),
    ("fs.move", a_move_on_a_branch_is_taken_back),
    ("fs.patch", a_patch_is_taken_back),
    ("fs.write", a_write_is_taken_back),
    ("library.sync", what_was_pushed_is_reverted_at_the_remote),
    ("note.save", a_note_is_forgotten),
    ("policy.apply", the_policy_before_is_applied_again),
    ("scope.set", the_scope_before_is_set_again),
    ("sequence.run", a_sequence_is_taken_back),
    ("snapshot.restore", a_restore_is_taken_back),
    ("sql.write", rows_come_back),
    ("task.finish", a_task_that_was_handed_in_is_active_again),
    ("task.open", a_branch_that_was_opened_is_put_away),
    ("token.mint", a_minted_token_is_revoked),
    ("token.revoke", a_revoked_token_is_minted_again),
    ("tool.run", a_run_is_taken_back),
    ("trust", the_version_before_is_trusted_again),
];

const SCOPE: &str = "agent: ada
paths: { read: [\"**\"], write: [\"tools/**\", \"out/**\"], require_approval: [\"out/asked/**\"] }
tools: { write: [\"tools/**\"], run: [\"tools/**\"], sync: true }
database: { read: [\"*\"], write: [\"*\"], schema: [] }
tasks: { undo: own }
can_delegate: [bob]
";

#[test]
fn every_capability_that_says_it_can_be_taken_back_is_proven_here() {
    let listed = Project::new().json(&["capability", "list"]);
    let claims: Vec<&str> = listed["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["compensation"]["supported"] == true)
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    let proven: Vec<&str> = PROOFS.iter().map(|(id, _)| *id).collect();
    assert_eq!(claims, proven);
}

#[test]
fn each_capability_and_its_compensation_leave_the_world_as_it_was() {
    for (id, proof) in PROOFS {
        println!("{id}");
        proof();
    }
}

fn project() -> Project {
    let project = Project::with_settings(
        "database: 'sqlite:shop.db', fs: { allowedDirs: ['./out'] }, approvals: { wait: 0 },",
    );
    std::fs::create_dir_all(project.path("out/asked")).unwrap();
    project.write("out/a.txt", "one\ntwo\n");
    project
        .database()
        .execute_batch(
            "CREATE TABLE notes (n INTEGER, text TEXT); INSERT INTO notes VALUES (1, 'a'), (2, 'b')",
        )
        .unwrap();
    project.write(".tgp/scopes/ada.yaml", SCOPE);
    project
        .write(".tgp/scopes/bob.yaml", SCOPE.replace("agent: ada", "agent: bob").replace("[bob]", "[ada]"));
    project
}

fn session(project: &Project, agent: &str, token: Option<&str>) -> Session {
    let mut command = project.command(&["mcp", "--agent", agent]);
    if let Some(token) = token {
        command.env("TGP_TOKEN", token);
    }
    let mut session = Session::start(&mut command);
    session.connect(Era::Legacy);
    session
}

/// Files, rows and tools: everything an agent can change here.
fn world(project: &Project) -> Value {
    let database = project.database();
    let mut statement = database.prepare("SELECT rowid, n, text FROM notes ORDER BY rowid").unwrap();
    let rows = statement.query_map([], |row| {
        Ok(json!([row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?]))
    });
    let rows: Vec<Value> = rows.unwrap().map(Result::unwrap).collect();
    let files: BTreeMap<String, String> = walk(&project.path("out"))
        .into_iter()
        .map(|file| (file.display().to_string(), std::fs::read_to_string(&file).unwrap()))
        .collect();
    let tree = tgp_tests::remote::git(&project.path(".tgp"), &["rev-parse", "HEAD:tools"]).stdout;
    json!({ "rows": rows, "files": files, "tools": tree })
}

/// Does something as an agent, takes it back by its number, and compares.
fn comes_back(act: impl FnOnce(&mut Session) -> Value) {
    let project = project();
    let mut ada = session(&project, "ada", None);
    ada.write("tools/kept.ts", "/** Kept. */\nexport default (): number => 1;\n");
    let before = world(&project);
    let action = act(&mut ada);
    assert_ne!(world(&project), before, "it changed something");
    ada.call("undo_action", json!({ "action": action })).done();
    ada.stop();
    assert_eq!(world(&project), before);
}

fn number(answer: &tgp_tests::Answer) -> Value {
    answer.done()["action"].clone()
}

/// Branches with what they hold, files, and what is remembered of the agent's branch.
fn decided_world(project: &Project, branch: &str) -> String {
    let git =
        |arguments: &[&str]| tgp_tests::remote::git(&project.root(), arguments).succeeded().stdout.clone();
    let heads = git(&["for-each-ref", "--format=%(refname) %(tree)", "refs/heads"]);
    let shown = project.json(&["branch", "show", branch])["branch"].clone();
    let files: Vec<String> = walk(&project.root())
        .into_iter()
        .filter(|file| !file.display().to_string().contains("/."))
        .map(|file| format!("{} {:?}", file.display(), std::fs::read_to_string(&file).unwrap()))
        .collect();
    format!("{heads} {} {} {} {files:?}", git(&["status", "--porcelain"]), shown["status"], shown["note"])
}

/// A person decides over a branch that was handed in, and takes that back.
fn decision_comes_back(before: &[&[&str]], decide: &[&str]) {
    use crate::branches::{asking::hand_in, branch, done, repository};
    let project = repository(&[("a.txt", "a\n")]);
    let name = branch(&project, "coder/login-1", &[&[("b.txt", Some("b\n"))]]);
    hand_in(&project, &name, "ready");
    for arguments in before {
        done(&project, arguments);
    }
    let world = decided_world(&project, &name);
    let decided = done(&project, decide);
    assert_ne!(decided_world(&project, &name), world, "it changed something");
    done(&project, &["undo", decided["action"].as_str().unwrap()]);
    assert_eq!(decided_world(&project, &name), world);
}

fn a_merge_is_taken_back() {
    decision_comes_back(&[], &["branch", "merge", "login", "--yes"]);
}

fn a_discarded_branch_comes_back() {
    decision_comes_back(&[], &["branch", "discard", "login", "--yes"]);
}

fn a_restored_branch_is_put_away_again() {
    decision_comes_back(&[&["branch", "discard", "login", "--yes"]], &["branch", "restore", "login"]);
}

fn a_branch_that_was_sent_back_is_ready_again() {
    decision_comes_back(&[], &["branch", "reopen", "login", "--note", "a test is missing"]);
}

fn a_restore_is_taken_back() {
    let project = crate::branches::repository(&[("a.txt", "a\n")]);
    let name = crate::branches::branch(&project, "coder/login-1", &[]);
    let taken = project.json(&["snapshot", "create"]);
    project.write("a.txt", "b\n");
    let world = decided_world(&project, &name);
    let id = taken["snapshot"]["id"].as_str().unwrap();
    let restored = project.json(&["snapshot", "restore", id, "--yes"]);
    assert_ne!(decided_world(&project, &name), world);
    project.tgp(&["undo", restored["action"].as_str().unwrap()]).succeeded();
    assert_eq!(decided_world(&project, &name), world);
}

fn a_write_is_taken_back() {
    comes_back_on_a_branch(true, |coder| number(&coder.write("src/a.txt", "three\n")));
    comes_back(|ada| number(&ada.write("out/a.txt", "three\n")));
    comes_back(|ada| number(&ada.write("tools/new.ts", "/** New. */\nexport default (): number => 2;\n")));
}

fn a_patch_is_taken_back() {
    comes_back(|ada| {
        number(&ada.call("patch_file", json!({ "path": "out/a.txt", "search": "two", "replace": "2" })))
    });
}

/// A project in a repository, with what an agent can change there: its branches, and what is remembered of them.
fn repository() -> (Project, Session) {
    let project = Project::in_git(&[("src/a.txt", "one\n"), ("src/b/c.txt", "two\n")]);
    let coder = project.session();
    (project, coder)
}

fn branches(project: &Project) -> Value {
    let trees: Vec<String> = project
        .agent_branches()
        .iter()
        .map(|name| project.git(&["rev-parse", &format!("{name}^{{tree}}")]))
        .collect();
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    let text = |sql: &str| -> Option<String> { state.query_row(sql, [], |row| row.get(0)).unwrap() };
    json!({
        "trees": trees,
        "open": text("SELECT group_concat(status) FROM agent_branches WHERE status IN ('active', 'ready')"),
        "notes": text("SELECT group_concat(note) FROM session_notes"),
    })
}

/// Does something on a branch, takes it back by its number, and compares.
fn comes_back_on_a_branch(with_task: bool, act: impl FnOnce(&mut Session) -> Value) {
    let (project, mut coder) = repository();
    if with_task {
        coder.call("start_task", json!({ "description": "proof" })).done();
    }
    let before = branches(&project);
    let action = act(&mut coder);
    assert_ne!(branches(&project), before, "it changed something");
    coder.call("undo_action", json!({ "action": action })).done();
    coder.stop();
    assert_eq!(branches(&project), before);
}

fn a_move_on_a_branch_is_taken_back() {
    comes_back_on_a_branch(true, |coder| {
        number(&coder.call("move_file", json!({ "from": "src/b", "to": "src/d" })))
    });
}

fn a_note_is_forgotten() {
    comes_back_on_a_branch(false, |coder| number(&coder.call("save_note", json!({ "note": "remember" }))));
}

fn a_task_that_was_handed_in_is_active_again() {
    comes_back_on_a_branch(true, |coder| number(&coder.call("finish_task", json!({ "summary": "done" }))));
}

fn a_branch_that_was_opened_is_put_away() {
    comes_back_on_a_branch(false, |coder| {
        number(&coder.call("start_task", json!({ "description": "in vain" })))
    });
}

fn rows_come_back() {
    comes_back(|ada| number(&ada.call("exec_sql", json!({ "sql": "DELETE FROM notes WHERE n = 1" }))));
    comes_back(|ada| number(&ada.call("exec_sql", json!({ "sql": "UPDATE notes SET text = 'c', n = 9" }))));
}

fn a_run_is_taken_back() {
    let project = project();
    let mut ada = session(&project, "ada", None);
    let source = "/** Writes. */\nexport default (): number => {\n  tgp.exec_sql(\"DELETE FROM notes\");\n  tgp.write_file(\"out/a.txt\", \"b\");\n  return 1;\n};\n";
    ada.write("tools/writer.ts", source);
    let before = world(&project);
    let run = number(&ada.exec("tools/writer.ts", json!({})));
    assert_ne!(world(&project), before);
    ada.call("undo_action", json!({ "action": run })).done();
    assert_eq!(world(&project), before);
}

fn a_file_that_was_removed_comes_back() {
    comes_back_on_a_branch(true, |coder| number(&coder.call("delete_file", json!({ "path": "src/a.txt" }))));
    let project = project();
    let mut ada = session(&project, "ada", None);
    let made = number(&ada.write("out/made.txt", "made\n"));
    let before = world(&project);
    // Taking its creation back removes the file; taking that back brings it again.
    let removed = number(&ada.call("undo_action", json!({ "action": made })));
    assert!(!project.path("out/made.txt").exists());
    ada.call("undo_action", json!({ "action": removed })).done();
    assert_eq!(world(&project), before);
}

fn an_undo_is_undone() {
    let project = project();
    let mut ada = session(&project, "ada", None);
    let written = number(&ada.call("exec_sql", json!({ "sql": "DELETE FROM notes" })));
    let before = world(&project);
    let undone = number(&ada.call("undo_action", json!({ "action": written })));
    assert_ne!(world(&project), before);
    ada.call("undo_action", json!({ "action": undone })).done();
    assert_eq!(world(&project), before);
}

fn the_undo_of_another_agent_s_action_is_undone() {
    let project = project();
    let mut ada = session(&project, "ada", None);
    let written = number(&ada.write("out/a.txt", "three\n"));
    ada.stop();
    let before = world(&project);
    project.tgp(&["undo", written.as_str().unwrap()]).succeeded();
    assert_ne!(world(&project), before);
    project.tgp(&["redo"]).succeeded();
    assert_eq!(world(&project), before);
}

fn a_sequence_is_taken_back() {
    let project = project();
    project.write(
        "steps.yaml",
        "- capability: fs.write\n  with: { path: out/a.txt, content: x }\n- capability: sql.write\n  with: { sql: DELETE FROM notes }\n- capability: fs.write\n  with: { path: out/a.txt, content: y }\n",
    );
    let before = world(&project);
    let done = project.json(&["sequence", "run", "steps.yaml", "--agent", "ada"]);
    assert_ne!(world(&project), before);
    project.tgp(&["undo", done["action"].as_str().unwrap()]).succeeded();
    assert_eq!(world(&project), before);
}

fn what_was_pushed_is_reverted_at_the_remote() {
    let remote = Remote::holding(&[("tools/old.ts", "/** Old. */\nexport default (): number => 1;\n")]);
    let project = Project::with_remote(&remote.url());
    let tree = || tgp_tests::remote::git(&remote.path(), &["rev-parse", "main:tools"]).stdout;
    let mut coder = project.session();
    let before = tree();
    let written = number(&coder.write("tools/new.ts", "/** New. */\nexport default (): number => 2;\n"));
    coder.stop();
    project.tgp(&["sync"]).succeeded();
    assert_ne!(tree(), before);
    project.tgp(&["undo", written.as_str().unwrap()]).succeeded();
    project.tgp(&["sync"]).succeeded();
    assert_eq!(tree(), before);
}

/// What an agent may do where it is asked about: the world a token changes.
fn may(project: &Project, agent: &str, token: Option<&str>) -> String {
    let mut session = session(project, agent, token);
    let answer = session.call("write_file", json!({ "path": "out/asked/a.txt", "content": "x" }));
    session.stop();
    if answer.is_error() { answer.refused().code } else { "done".to_owned() }
}

fn mint(project: &Project) -> (String, String) {
    let said = project.at_a_terminal(&["token", "mint", "ada", "--grant", "fs.write path:out/asked/**"], "y");
    let text = said.stdout.lines().map(str::trim).find(|line| line.starts_with("tgp1.")).unwrap().to_owned();
    let tokens = project.json(&["token", "list"]);
    (tokens["tokens"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned(), text)
}

fn a_minted_token_is_revoked() {
    let project = project();
    let before = may(&project, "ada", None);
    let said = project
        .at_a_terminal(&["token", "mint", "ada", "--grant", "fs.write path:out/asked/**", "--standing"], "y");
    assert_eq!(said.code, Some(0), "{}", said.both());
    assert_eq!(may(&project, "ada", None), "done");
    let id = project.json(&["token", "list"])["tokens"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(project.at_a_terminal(&["token", "revoke", &id], "y").code, Some(0));
    assert_eq!(may(&project, "ada", None), before);
}

fn a_revoked_token_is_minted_again() {
    let project = project();
    let (id, text) = mint(&project);
    let before = may(&project, "ada", Some(&text));
    assert_eq!(project.at_a_terminal(&["token", "revoke", &id], "y").code, Some(0));
    assert_ne!(may(&project, "ada", Some(&text)), before);
    let (_, text) = mint(&project);
    assert_eq!(may(&project, "ada", Some(&text)), before);
}

fn a_delegation_is_revoked() {
    let project = project();
    project.write(".tgp/scopes/ada.yaml", SCOPE.replace(", require_approval: [\"out/asked/**\"]", ""));
    let before = may(&project, "bob", None);
    let mut ada = session(&project, "ada", None);
    let input = json!({ "agent": "bob", "task": "help", "grants": ["fs.write path:out/asked/**"] });
    let given = ada.call("delegate", input).done().clone();
    assert_eq!(may(&project, "bob", given["token"].as_str()), "done");
    ada.call("undo_action", json!({ "action": given["action"] })).done();
    ada.stop();
    assert_ne!(may(&project, "bob", given["token"].as_str()), "done");
    assert_eq!(may(&project, "bob", None), before);
}

/// What decides about agents, as it is trusted.
fn decides(project: &Project) -> Value {
    project.json(&[
        "policy",
        "explain",
        "--agent",
        "coder",
        "--capability",
        "fs.write",
        "--path",
        "tools/a.ts",
    ])
}

const DENIES: &str =
    "version: 1\nrules: [ { id: frozen, effect: deny, reason: Frozen., match: { operation: [write] } } ]\n";
const NOTHING: &str = "version: 1\nrules: []\n";

/// Puts a file in force, then what was there before, and compares what decides.
fn is_put_back(arguments: &[&str], name: &str, first: &str, second: &str) {
    let project = Project::new().trusting_nothing();
    project.write(name, first);
    let put = |text: &str| {
        project.write(name, text);
        let said = project.at_a_terminal(arguments, "y");
        assert_eq!(said.code, Some(0), "{}", said.both());
    };
    put(first);
    let before = decides(&project);
    put(second);
    assert_ne!(decides(&project)["decision"], before["decision"]);
    put(first);
    assert_eq!(decides(&project), before);
}

fn the_policy_before_is_applied_again() {
    is_put_back(&["policy", "apply", "frozen.yaml"], "frozen.yaml", NOTHING, DENIES);
}

fn the_scope_before_is_set_again() {
    let scope = "agent: coder\npaths: { read: [\"**\"] }\ntools: { write: [\"tools/**\"] }\n";
    is_put_back(
        &["scope", "set", "coder", "coder.yaml"],
        "coder.yaml",
        scope,
        "agent: coder\npaths: { read: [\"**\"] }\n",
    );
}

fn the_version_before_is_trusted_again() {
    is_put_back(&["trust"], ".tgp/policy/frozen.yaml", NOTHING, DENIES);
}
