//! Tokens: what a person granted answers the questions of the policy, for one agent, until it is spent or too old.

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

/// A scope that asks about one folder and about every new table.
const SCOPE: &str = "agent: ada
paths: { read: [\"**\"], write: [\"tools/**\", \"out/**\"], require_approval: [\"out/asked/**\"] }
tools: { write: [\"tools/**\"], run: [\"tools/**\"] }
database: { read: [\"*\"], write: [\"*\"], schema: [] }
tasks: { undo: own }
can_delegate: [bob]
rules:
  - { id: rows, effect: require_approval, reason: Rows are asked about., match: { capability: [sql.write] } }
  - { id: secret, effect: deny, reason: Never., match: { path: [\"out/asked/secret/**\"] } }
  - { id: look, effect: require_approval, reason: Looking is asked about., match: { capability: [sql.read] } }
";

/// What a token lets the agent do without being asked.
const GRANT: &str = "fs.write path:out/asked/**";

fn project() -> Project {
    let project = Project::with_settings(
        "database: 'sqlite:shop.db', fs: { allowedDirs: ['./out'] }, approvals: { wait: 0 },",
    );
    std::fs::create_dir_all(project.path("out/asked/secret")).unwrap();
    project
        .database()
        .execute_batch("CREATE TABLE notes (n INTEGER); INSERT INTO notes VALUES (1), (2), (3)")
        .unwrap();
    project.write(".tgp/scopes/ada.yaml", SCOPE);
    project
        .write(".tgp/scopes/bob.yaml", SCOPE.replace("agent: ada", "agent: bob").replace("[bob]", "[ada]"));
    project
}

/// Mints at a terminal; gives the text, none for a standing token.
fn mint(project: &Project, agent: &str, grants: &[&str], more: &[&str]) -> String {
    let mut arguments = vec!["token", "mint", agent];
    for grant in grants {
        arguments.extend(["--grant", grant]);
    }
    arguments.extend(more);
    let said = project.at_a_terminal(&arguments, "y");
    assert_eq!(said.code, Some(0), "{}", said.both());
    let text = said.stdout.lines().map(str::trim).find(|line| line.starts_with("tgp1."));
    text.unwrap_or_default().to_owned()
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

fn write(session: &mut Session, path: &str) -> tgp_tests::Answer {
    session.call("write_file", json!({ "path": path, "content": "12345" }))
}

/// The refusal names the token's problem.
#[track_caller]
fn assert_problem(answer: &tgp_tests::Answer, problem: &str) {
    let refused = answer.refused();
    assert_eq!(refused.code, "policy.denied", "{:#}", refused.raw);
    assert!(refused.raw.to_string().contains(problem), "{problem}: {:#}", refused.raw);
}

fn tokens(project: &Project) -> Vec<Value> {
    project.json(&["token", "list"])["tokens"].as_array().unwrap().clone()
}

#[test]
fn a_presented_token_answers_the_question_and_the_timeline_names_it() {
    let project = project();
    let mut asked = session(&project, "ada", None);
    assert_eq!(write(&mut asked, "out/asked/a.txt").refused().code, "policy.requires_approval");
    asked.stop();
    let text = mint(&project, "ada", &[GRANT], &["--actions", "5"]);
    let mut session = session(&project, "ada", Some(&text));
    let action = write(&mut session, "out/asked/a.txt").done()["action"].clone();
    write(&mut session, "out/free.txt").done();
    // No token turns a deny into anything, and it covers only what it grants.
    assert_problem(&write(&mut session, "out/asked/secret/a.txt"), "secret");
    let rows = session.call("exec_sql", json!({ "sql": "DELETE FROM notes" })).refused();
    assert_eq!(rows.code, "policy.requires_approval", "{:#}", rows.raw);
    session.stop();
    let listed = &tokens(&project)[0];
    assert_eq!((&listed["spent"]["actions"], &listed["spent"]["bytes"]), (&json!(1), &json!(5)), "{listed}");
    let timeline = project.json(&["timeline"]);
    let row = timeline["actions"].as_array().unwrap().iter().find(|row| row["id"] == action).unwrap();
    assert_eq!(row["token"], listed["id"], "{row}");
}

#[test]
fn a_budget_is_spent_by_actions_bytes_and_rows_and_then_the_token_is_refused() {
    let project = project();
    let text = mint(&project, "ada", &[GRANT], &["--actions", "2"]);
    let mut two = session(&project, "ada", Some(&text));
    write(&mut two, "out/asked/1.txt").done();
    write(&mut two, "out/asked/2.txt").done();
    assert_problem(&write(&mut two, "out/asked/3.txt"), "token.spent");
    two.stop();
    let text = mint(&project, "ada", &[GRANT], &["--bytes", "12"]);
    let mut bytes = session(&project, "ada", Some(&text));
    write(&mut bytes, "out/asked/1.txt").done();
    write(&mut bytes, "out/asked/2.txt").done();
    assert_problem(&write(&mut bytes, "out/asked/3.txt"), "token.spent");
    assert!(!project.path("out/asked/3.txt").exists());
    bytes.stop();
    let text = mint(&project, "ada", &["sql.write table:notes", "sql.read table:notes"], &["--rows", "2"]);
    let mut rows = session(&project, "ada", Some(&text));
    let all = rows.call("exec_sql", json!({ "sql": "DELETE FROM notes" }));
    assert_problem(&all, "token.spent");
    let left: i64 = project.database().query_row("SELECT count(*) FROM notes", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 3, "nothing of the statement stays");
    rows.call("exec_sql", json!({ "sql": "DELETE FROM notes WHERE n < 3" })).done();
    rows.stop();
}

#[test]
fn reads_consume_as_well_and_a_token_for_one_action_is_no_token_after_it() {
    let project = project();
    let text = mint(&project, "ada", &["sql.read table:notes"], &["--actions", "1"]);
    let mut session = session(&project, "ada", Some(&text));
    session.call("exec_sql", json!({ "sql": "SELECT n FROM notes" })).done();
    let again = session.call("exec_sql", json!({ "sql": "SELECT n FROM notes" }));
    assert_problem(&again, "token.replayed");
    session.stop();
    assert_eq!(tokens(&project)[0]["spent"]["actions"], 1);
}

#[test]
fn a_token_that_is_too_old_another_agent_s_revoked_or_changed_is_refused_whatever_it_is_used_for() {
    let project = project();
    let text = mint(&project, "ada", &[GRANT], &["--for", "1ms"]);
    let mut old = session(&project, "ada", Some(&text));
    assert_problem(&write(&mut old, "out/free.txt"), "token.expired");
    old.stop();
    let text = mint(&project, "ada", &[GRANT], &[]);
    let mut other = session(&project, "bob", Some(&text));
    assert_problem(&write(&mut other, "out/asked/a.txt"), "token.agent");
    other.stop();
    let mut changed = text.clone();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'B' } else { 'A' });
    let mut forged = session(&project, "ada", Some(&changed));
    assert_problem(&write(&mut forged, "out/asked/a.txt"), "token.invalid");
    forged.stop();
    let mut running = session(&project, "ada", Some(&text));
    write(&mut running, "out/asked/a.txt").done();
    let id = tokens(&project)[1]["id"].as_str().unwrap().to_owned();
    let said = project.at_a_terminal(&["token", "revoke", &id], "y");
    assert_eq!(said.code, Some(0), "{}", said.both());
    assert_problem(&write(&mut running, "out/asked/b.txt"), "token.invalid");
    running.stop();
}

#[test]
fn a_token_for_a_session_is_for_no_other() {
    let project = project();
    let other = "01KAJ3V8T5W0ZJ8Q1M5N2X7R4B";
    let text = mint(&project, "ada", &[GRANT], &["--session", other]);
    let mut session = session(&project, "ada", Some(&text));
    assert_problem(&write(&mut session, "out/asked/a.txt"), "token.agent");
    session.stop();
}

#[test]
fn a_standing_token_counts_without_being_presented_until_it_is_revoked() {
    let project = project();
    let mut running = session(&project, "ada", None);
    assert_eq!(write(&mut running, "out/asked/a.txt").refused().code, "policy.requires_approval");
    let shown = mint(&project, "ada", &[GRANT], &["--standing", "--actions", "9"]);
    assert_eq!(shown, "", "nobody sees the text of a standing token");
    write(&mut running, "out/asked/a.txt").done();
    let mut bob = session(&project, "bob", None);
    assert_eq!(write(&mut bob, "out/asked/a.txt").refused().code, "policy.requires_approval");
    bob.stop();
    let action = project.json(&["timeline"])["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["description"] == "Minted a token for `ada`")
        .unwrap()["id"]
        .clone();
    project.tgp(&["undo", action.as_str().unwrap()]).succeeded();
    assert_eq!(write(&mut running, "out/asked/b.txt").refused().code, "policy.requires_approval");
    running.stop();
    assert!(tokens(&project)[0]["revoked_at"].is_string());
}

#[test]
fn an_agent_hands_a_narrower_token_on_and_never_more_than_it_may_do_itself() {
    let project = project();
    // What one agent may do freely, another has to ask about.
    project.write(
        ".tgp/scopes/bob.yaml",
        "agent: bob\npaths: { read: [\"**\"], write: [\"out/**\"], require_approval: [\"out/**\"] }\n",
    );
    let mut ada = session(&project, "ada", None);
    let grants = json!(["fs.write path:out/reports/**"]);
    let input =
        json!({ "agent": "bob", "task": "write the reports", "grants": grants, "budget": { "actions": 2 } });
    let given = ada.call("delegate", input).done().clone();
    let text = given["token"].as_str().unwrap().to_owned();
    let mut bob = session(&project, "bob", Some(&text));
    write(&mut bob, "out/reports/a.txt").done();
    assert_eq!(write(&mut bob, "out/other.txt").refused().code, "policy.requires_approval");
    // More than the giver has: it would be asked itself, is denied, or the agent is not on its list.
    for (agent, grant) in [
        ("bob", "fs.write path:out/asked/**"),
        ("bob", "fs.write path:src/**"),
        ("bob", "fs.write path:**"),
        ("bob", "* path:out/reports/**"),
        ("reviewer", "fs.write path:out/reports/**"),
        ("ada", "fs.write path:out/reports/**"),
        ("person", "fs.write path:out/reports/**"),
    ] {
        let input = json!({ "agent": agent, "task": "more", "grants": [grant] });
        let refused = ada.call("delegate", input).refused();
        assert!(["policy.denied", "arguments.invalid"].contains(&refused.code.as_str()), "{:#}", refused.raw);
    }
    // What the giver loses later, the receiver loses with it.
    project.write(".tgp/scopes/ada.yaml", SCOPE.replace("\"out/**\"]", "\"out/mine/**\"]"));
    let mut later = session(&project, "bob", Some(&text));
    assert_eq!(write(&mut later, "out/reports/b.txt").refused().code, "policy.requires_approval");
    later.stop();
    bob.stop();
    ada.stop();
    let rows = tokens(&project);
    assert_eq!((&rows[0]["created_by"], &rows[0]["created_door"]), (&json!("ada"), &json!("delegate")));
}

#[test]
fn a_token_is_handed_on_narrowed_and_ends_with_its_parent() {
    let project = project();
    let parent = mint(&project, "ada", &[GRANT], &["--actions", "3"]);
    let mut ada = session(&project, "ada", Some(&parent));
    let grant = |grant: &str| json!({ "agent": "bob", "task": "help", "grants": [grant] });
    let wider = ada.call("delegate", json!({ "agent": "bob", "task": "help", "grants": ["fs.write path:out/asked/a/**"], "budget": { "actions": 4 } }));
    assert!(wider.refused().message.contains("may spend more actions"), "{:#}", wider.raw);
    assert_problem(&ada.call("delegate", grant("sql.write table:notes")), "more than");
    let given = ada.call("delegate", grant("fs.write path:out/asked/a/**")).done().clone();
    let mut bob = session(&project, "bob", given["token"].as_str());
    write(&mut bob, "out/asked/a/1.txt").done();
    assert_eq!(write(&mut bob, "out/asked/b.txt").refused().code, "policy.requires_approval");
    write(&mut ada, "out/asked/2.txt").done();
    write(&mut ada, "out/asked/3.txt").done();
    // The parent paid for all three.
    assert_problem(&write(&mut bob, "out/asked/a/4.txt"), "token.spent");
    ada.stop();
    bob.stop();
    let rows = tokens(&project);
    assert_eq!(rows[1]["parent"], rows[0]["id"]);
    assert_eq!((&rows[0]["spent"]["actions"], &rows[1]["spent"]["actions"]), (&json!(3), &json!(1)));
}

#[test]
fn a_token_made_from_a_revoked_one_is_none_and_undoing_a_delegation_revokes_it() {
    let project = project();
    let parent = mint(&project, "ada", &[GRANT], &[]);
    let mut ada = session(&project, "ada", Some(&parent));
    let input = json!({ "agent": "bob", "task": "help", "grants": ["fs.write path:out/asked/a/**"] });
    let first = ada.call("delegate", input.clone()).done().clone();
    let second = ada.call("delegate", input).done().clone();
    let mut bob = session(&project, "bob", first["token"].as_str());
    write(&mut bob, "out/asked/a/1.txt").done();
    ada.call("undo_action", json!({ "action": first["action"] })).done();
    assert_problem(&write(&mut bob, "out/asked/a/2.txt"), "token.invalid");
    bob.stop();
    let mut bob = session(&project, "bob", second["token"].as_str());
    write(&mut bob, "out/asked/a/3.txt").done();
    let id = tokens(&project)[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(project.at_a_terminal(&["token", "revoke", &id], "y").code, Some(0));
    assert_problem(&write(&mut bob, "out/asked/a/4.txt"), "token.invalid");
    bob.stop();
    ada.stop();
}

#[test]
fn nobody_mints_who_is_no_person_at_a_terminal() {
    let project = project();
    let mut ada = session(&project, "ada", None);
    // By tool call: there is no such tool, and delegating to oneself is refused.
    let asked = ada.request("tools/call", json!({ "name": "mint_token", "arguments": {} }));
    assert!(asked.is_err(), "{asked:?}");
    // By file: the state and the keys are not for agents, by whatever path.
    let home = project.above().join("state");
    for path in [".tgp/state/tgp.db".to_owned(), home.join("projects").display().to_string()] {
        assert!(write(&mut ada, &path).is_error(), "{path}");
        assert!(ada.call("read_file", json!({ "path": path })).is_error(), "{path}");
    }
    // By SQL: the state is not the project's database.
    let state = project.path(".tgp/state/tgp.db").display().to_string();
    let attached = ada.call("exec_sql", json!({ "sql": format!("ATTACH '{state}' AS state") }));
    assert!(attached.is_error(), "{:#}", attached.raw);
    ada.stop();
    // By the command line, as an agent with a shell would try it: without a terminal nobody is asked.
    for arguments in
        [&["token", "mint", "ada", "--grant", GRANT][..], &["token", "revoke", "01KAJ3V8T5W0ZJ8Q1M5N2X7R4B"]]
    {
        let said = project.tgp(arguments);
        assert!(said.stderr.contains("terminal.required"), "{}", said.both());
    }
    assert_eq!(tokens(&project), Vec::<Value>::new());
    let said = project.at_a_terminal(&["token", "mint", "ada", "--grant", GRANT], "n");
    assert!(said.stdout.contains("Nothing was minted"), "{}", said.both());
    assert_eq!(tokens(&project), Vec::<Value>::new());
}

#[test]
fn the_text_of_a_token_stands_in_no_record_and_no_log() {
    let project = project();
    let text = mint(&project, "ada", &[GRANT], &[]);
    let standing = mint(&project, "ada", &["sql.write table:notes", "sql.read table:notes"], &["--standing"]);
    assert_eq!(standing, "");
    let mut command = project.command(&["mcp", "--agent", "ada"]);
    command.env("TGP_TOKEN", &text).env("TGP_LOG", "trace");
    let mut session = Session::start(&mut command);
    session.connect(Era::Legacy);
    write(&mut session, "out/asked/a.txt").done();
    session.write(
        "tools/echo.ts",
        "/** Echoes. */\nexport default (args: { text: string }): number => args.text.length;\n",
    );
    session.exec("tools/echo.ts", json!({ "text": text })).done();
    let given = session.call(
        "delegate",
        json!({ "agent": "bob", "task": text, "grants": ["fs.write path:out/asked/a/**"] }),
    );
    let handed_on = given.done()["token"].as_str().unwrap().to_owned();
    session.close_stdin();
    session.wait();
    let log = session.complaints();
    let exported = project.tgp(&["audit", "export"]).stdout;
    let record = project.state_text();
    for text in [&text, &handed_on] {
        // The signature is what nobody may learn; it is the last part.
        let signature = text.rsplit('.').next().unwrap();
        for (what, kept) in [("log", &log), ("record", &record), ("export", &exported)] {
            assert!(!kept.contains(signature), "the {what} has the token");
        }
    }
    let database = std::fs::read(project.path(".tgp/state/tgp.db")).unwrap();
    let signature = text.rsplit('.').next().unwrap().as_bytes();
    assert!(!database.windows(signature.len()).any(|window| window == signature), "the state has the token");
}

#[test]
fn two_sessions_at_once_never_spend_more_than_the_budget() {
    const BUDGET: usize = 12;
    const EACH: usize = 10;
    let project = project();
    let text = mint(&project, "ada", &[GRANT], &["--actions", &BUDGET.to_string()]);
    let done: usize = std::thread::scope(|scope| {
        let running: Vec<_> = ["one", "two"]
            .map(|name| {
                let mut session = session(&project, "ada", Some(&text));
                scope.spawn(move || {
                    let writes = (0..EACH).map(|n| write(&mut session, &format!("out/asked/{name}-{n}.txt")));
                    let done = writes.filter(|answer| !answer.is_error()).count();
                    session.stop();
                    done
                })
            })
            .into_iter()
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(done, BUDGET);
    assert_eq!(tokens(&project)[0]["spent"]["actions"], BUDGET);
    let written = tgp_tests::project::walk(&project.path("out/asked")).len();
    assert_eq!(written, BUDGET, "what was refused was not written");
}

#[test]
fn a_token_answers_what_a_running_tool_would_have_to_ask_and_pays_once_for_the_run() {
    let project = project();
    let text = mint(
        &project,
        "ada",
        &["fs.write path:out/asked/**", "sql.write table:notes", "sql.read table:notes"],
        &["--actions", "1", "--rows", "3", "--time", "5min"],
    );
    let mut session = session(&project, "ada", Some(&text));
    session.write(
        "tools/many.ts",
        "/** Writes. */\nexport default (): number => {\n  tgp.exec_sql(\"DELETE FROM notes WHERE n = 1\");\n  tgp.write_file(\"out/asked/a.txt\", \"ab\");\n  tgp.write_file(\"out/asked/b.txt\", \"cd\");\n  tgp.exec_sql(\"DELETE FROM notes WHERE n = 2\");\n  return 1;\n};\n",
    );
    session.exec("tools/many.ts", json!({})).done();
    session.stop();
    let spent = &tokens(&project)[0]["spent"];
    assert_eq!(
        (&spent["actions"], &spent["bytes"], &spent["rows"]),
        (&json!(1), &json!(4), &json!(2)),
        "{spent}"
    );
    assert!(spent["milliseconds"].as_u64().unwrap() >= 1, "{spent}");
}

#[test]
fn a_run_that_used_more_than_its_token_pays_for_keeps_nothing() {
    let project = project();
    project.database().execute_batch("CREATE TABLE vip (n INTEGER)").unwrap();
    let count =
        || -> i64 { project.database().query_row("SELECT count(*) FROM vip", [], |row| row.get(0)).unwrap() };
    let tool = "/** Fills. */\nexport default ({ rows }: { rows: number }): number => {\n\
         \x20 for (let n = 0; n < rows; n++) tgp.exec_sql(\"INSERT INTO vip VALUES (?)\", [n]);\n\
         \x20 tgp.write_file(\"out/filled.txt\", \"12345\");\n  return rows;\n};\n";
    for (budget, amount, most) in [("--rows", "3", 3), ("--bytes", "4", 0), ("--time", "2ms", 0)] {
        let text = mint(&project, "ada", &["sql.write table:vip"], &[budget, amount]);
        let mut session = session(&project, "ada", Some(&text));
        session.write("tools/fill.ts", tool);
        assert_problem(&session.exec("tools/fill.ts", json!({ "rows": 500 })), "token.spent");
        assert_eq!(count(), 0, "{budget}: nothing of the run stays");
        assert!(!project.path("out/filled.txt").exists(), "{budget}");
        if most > 0 {
            session.exec("tools/fill.ts", json!({ "rows": most })).done();
            assert_eq!(count(), most);
            assert_eq!(tokens(&project)[0]["spent"]["rows"], most);
            project.database().execute_batch("DELETE FROM vip").unwrap();
            std::fs::remove_file(project.path("out/filled.txt")).unwrap();
        }
        session.stop();
    }
}
