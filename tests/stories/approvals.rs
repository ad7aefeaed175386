//! Questions to a person: what an agent may not do without one, and how a yes cannot be stretched.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

const ASKS: &str = "\
version: 1
rules:
  - id: ask-reports
    effect: require_approval
    reason: Customers read what lies in out.
    match: { operation: [write, delete], path: [\"out/**\", \"tools/pay.ts\"] }
  - id: ask-orders
    effect: require_approval
    reason: Orders are money.
    match: { operation: [write], table: [orders] }
  - id: ask-run
    effect: require_approval
    reason: It sends letters.
    match: { capability: [tool.run], tool: [tools/letters.ts] }
  - id: ask-plans
    effect: require_approval
    reason: Plans are not for everybody.
    match: { operation: [read], path: [\"plans/**\"] }
";

const ORDERS: &str =
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, sum REAL, at TEXT DEFAULT CURRENT_TIMESTAMP);
    INSERT INTO orders (id, sum) VALUES (1, 10.0), (2, 20.0), (3, 30.0);
    CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);";

/// A project whose policy asks, where a call waits this long for the answer.
fn asking(wait_ms: u32) -> Project {
    let project = Project::new();
    project.configure(&format!(
        "database: 'sqlite:shop.db', fs: {{ allowedDirs: ['./out', './tmp'] }}, approvals: {{ wait: {wait_ms} }},"
    ));
    project.database().execute_batch(ORDERS).unwrap();
    project.write(".tgp/policy/asks.yaml", ASKS);
    project
}

fn session(project: &Project) -> Session {
    agent_session(project, "coder")
}

fn agent_session(project: &Project, agent: &str) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", agent]));
    session.connect(Era::Legacy);
    session
}

/// What the tool answered: its output, or its refusal.
fn said(session: &mut Session, tool: &str, arguments: Value) -> Value {
    session.call(tool, arguments).raw["structuredContent"].clone()
}

/// The ticket of a call that has to ask.
#[track_caller]
fn ticket(refusal: &Value) -> String {
    assert_eq!(refusal["code"], "policy.requires_approval", "{refusal:#}");
    refusal["details"]["ticket"].as_str().unwrap().to_owned()
}

/// What the person is shown. The agent is not: it may show what the agent may change and not read.
#[track_caller]
fn preview(project: &Project, refusal: &Value) -> String {
    assert!(refusal["details"]["preview"].is_null(), "{refusal:#}");
    project.json(&["approvals", &ticket(refusal)])["preview"].as_str().unwrap().to_owned()
}

#[track_caller]
fn approve(project: &Project, ticket: &str) {
    let said = project.at_a_terminal(&["approve", ticket], "y");
    assert!(said.stdout.contains("Approved."), "{}", said.both());
}

fn report(text: &str) -> Value {
    json!({ "path": "out/report.md", "content": text })
}

#[test]
fn a_write_that_has_to_ask_shows_its_diff_and_happens_once_after_a_yes() {
    let project = asking(0);
    project.write("out/report.md", "Sum: 1\n");
    let mut agent = session(&project);
    let refusal = said(&mut agent, "write_file", report("Sum: 2\n"));
    let number = ticket(&refusal);
    assert!(preview(&project, &refusal).contains("-Sum: 1\n+Sum: 2\n"), "{refusal:#}");
    assert_eq!(project.read("out/report.md"), "Sum: 1\n");
    let listed = project.tgp(&["approvals"]);
    assert!(
        listed.stdout.contains("coder asks for fs.write") && listed.stdout.contains("+Sum: 2"),
        "{}",
        listed.stdout
    );
    assert!(
        listed.stdout.contains("asks.yaml:3") && listed.stdout.contains("Customers read"),
        "{}",
        listed.stdout
    );
    assert_eq!(said(&mut agent, "approval_status", json!({ "ticket": number }))["state"], "pending");
    // Asking again is the same question.
    assert_eq!(ticket(&said(&mut agent, "write_file", report("Sum: 2\n"))), number);

    approve(&project, &number);
    assert_eq!(project.read("out/report.md"), "Sum: 1\n", "approving runs nothing");
    assert_eq!(said(&mut agent, "approval_status", json!({ "ticket": number }))["state"], "approved");
    let done = said(&mut agent, "write_file", report("Sum: 2\n"));
    assert_eq!(done["path"], "out/report.md", "{done:#}");
    assert_eq!(project.read("out/report.md"), "Sum: 2\n");
    let used = project.json(&["approvals", &number]);
    assert_eq!(
        (&used["state"], &used["used_by"], &used["door"]),
        (&json!("used"), &done["action"], &json!("terminal"))
    );
    assert!(!used["by"].as_str().unwrap().is_empty());
}

#[test]
fn arguments_changed_after_approval_are_asked_about_anew() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Good.\n")));
    approve(&project, &number);
    let other = ticket(&said(&mut agent, "write_file", report("Evil.\n")));
    assert_ne!(other, number);
    let elsewhere = json!({ "path": "out/other.md", "content": "Good.\n" });
    assert_ne!(ticket(&said(&mut agent, "write_file", elsewhere)), number);
    assert!(!project.path("out/report.md").exists() && !project.path("out/other.md").exists());
}

#[test]
fn an_approval_used_twice_is_refused_the_second_time() {
    let project = asking(0);
    let mut agent = session(&project);
    let delete = json!({ "sql": "DELETE FROM orders WHERE id = 1" });
    let number = ticket(&said(&mut agent, "exec_sql", delete.clone()));
    approve(&project, &number);
    assert_eq!(said(&mut agent, "exec_sql", delete)["rows_affected"], 1);
    project.database().execute_batch("INSERT INTO orders (id, sum, at) VALUES (1, 10.0, 'then')").unwrap();
    let again = said(&mut agent, "exec_sql", json!({ "sql": "DELETE FROM orders WHERE id = 1" }));
    assert_ne!(ticket(&again), number);
    assert_eq!(again["details"]["earlier"]["ticket"], json!(number), "{again:#}");
    assert_eq!(again["details"]["earlier"]["state"], "used", "{again:#}");
    let left: i64 =
        project.database().query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 3);
}

#[test]
fn two_calls_at_once_use_one_approval_once() {
    let project = asking(0);
    let mut agent = session(&project);
    let insert = json!({ "sql": "INSERT INTO orders (sum) VALUES (1)" });
    let number = ticket(&said(&mut agent, "exec_sql", insert.clone()));
    approve(&project, &number);
    let mut other = session(&project);
    let ids = [agent.ask_call("exec_sql", &insert), other.ask_call("exec_sql", &insert)];
    let answers = [agent.answer_of_call(ids[0]), other.answer_of_call(ids[1])];
    let done = answers.iter().filter(|answer| answer.raw["isError"] != json!(true)).count();
    assert_eq!(done, 1, "{answers:#?}");
    let rows: i64 =
        project.database().query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 4);
}

#[test]
fn approved_and_then_the_file_changed_is_asked_about_anew() {
    let project = asking(0);
    project.write("out/report.md", "One\n");
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Two\n")));
    approve(&project, &number);
    project.write("out/report.md", "The person's own words\n");
    let again = said(&mut agent, "write_file", report("Two\n"));
    assert_ne!(ticket(&again), number);
    assert!(preview(&project, &again).contains("-The person's own words"), "{again:#}");
    assert_eq!(project.read("out/report.md"), "The person's own words\n");
}

#[test]
fn approved_and_then_a_tool_of_the_library_changed_is_asked_about_anew() {
    let project = asking(0);
    let mut agent = session(&project);
    let pay = |text: &str| json!({ "path": "tools/pay.ts", "content": format!("export default () => '{text}';\n") });
    let number = ticket(&said(&mut agent, "write_file", pay("a")));
    approve(&project, &number);
    // Another agent's approved write comes between.
    let mut other = session(&project);
    let between = ticket(&said(&mut other, "write_file", pay("b")));
    approve(&project, &between);
    assert_eq!(said(&mut other, "write_file", pay("b"))["path"], "tools/pay.ts");
    assert_ne!(ticket(&said(&mut agent, "write_file", pay("a"))), number);
}

#[test]
fn approved_and_then_the_rows_changed_is_asked_about_anew() {
    let project = asking(0);
    let mut agent = session(&project);
    let update = json!({ "sql": "UPDATE orders SET sum = sum * 2 WHERE sum > ?", "params": [15] });
    let refusal = said(&mut agent, "exec_sql", update.clone());
    let shown = preview(&project, &refusal);
    assert!(shown.contains("orders: 0 inserted, 2 updated, 0 deleted"), "{shown}");
    assert!(shown.contains("- orders: id=2 sum=20") && shown.contains("+ orders: id=2 sum=40"), "{shown}");
    approve(&project, &ticket(&refusal));
    project.database().execute_batch("UPDATE orders SET sum = 99 WHERE id = 1").unwrap();
    let again = said(&mut agent, "exec_sql", update);
    assert!(preview(&project, &again).contains("3 updated"), "{again:#}");
}

#[test]
fn rows_with_a_time_of_their_own_can_be_approved() {
    let project = asking(0);
    let mut agent = session(&project);
    let insert = json!({ "sql": "INSERT INTO orders (sum) VALUES (5)" });
    approve(&project, &ticket(&said(&mut agent, "exec_sql", insert.clone())));
    assert_eq!(said(&mut agent, "exec_sql", insert)["rows_affected"], 1);
}

#[test]
fn approved_under_another_policy_version_is_asked_about_anew() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    approve(&project, &number);
    agent.stop();
    project.write(
        ".tgp/policy/more.yaml",
        "version: 1\nrules:\n  - { id: more, effect: deny, match: { path: [\"secret/**\"] } }\n",
    );
    let mut agent = session(&project);
    let again = said(&mut agent, "write_file", report("Text\n"));
    assert_ne!(ticket(&again), number);
    assert!(again["details"]["earlier"]["why"].as_str().unwrap().contains("policy"), "{again:#}");
}

#[test]
fn a_no_is_told_with_its_reason_and_holds() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    let answer = project.at_a_terminal(&["deny", &number, "--reason", "write it into tmp"], "");
    assert!(answer.stdout.contains("Denied."), "{}", answer.both());
    for _ in 0..2 {
        let refusal = said(&mut agent, "write_file", report("Text\n"));
        assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
        assert!(refusal["message"].as_str().unwrap().contains("write it into tmp"), "{refusal:#}");
    }
    let status = said(&mut agent, "approval_status", json!({ "ticket": number }));
    assert_eq!((&status["state"], &status["reason"]), (&json!("denied"), &json!("write it into tmp")));
}

#[test]
fn the_first_answer_wins() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    project.at_a_terminal(&["deny", &number], "");
    let late = project.at_a_terminal(&["approve", &number], "y");
    assert!(late.stdout.contains("approval.closed") && late.code == Some(1), "{}", late.both());
    assert_eq!(project.json(&["approvals", &number])["state"], "denied");
}

#[test]
fn a_call_goes_on_when_a_person_says_yes_while_it_waits() {
    let project = asking(60_000);
    let mut agent = session(&project);
    let asked = agent.ask_call("write_file", &report("Text\n"));
    let number = first_question(&project);
    // Others are not held up meanwhile: the call gave up its turn.
    let mut other = session(&project);
    let free = said(&mut other, "write_file", json!({ "path": "tmp/free.md", "content": "free" }));
    assert_eq!(free["path"], "tmp/free.md", "{free:#}");
    approve(&project, &number);
    let done = agent.answer_of_call(asked).raw["structuredContent"].clone();
    assert_eq!(done["path"], "out/report.md", "{done:#}");
    assert_eq!(project.read("out/report.md"), "Text\n");
    let action = project.json(&["timeline"])["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["id"] == done["action"])
        .unwrap()
        .clone();
    assert_eq!(action["status"], "executed", "{action:#}");
}

#[test]
fn a_call_that_waits_is_told_no_at_once() {
    let project = asking(60_000);
    let mut agent = session(&project);
    let asked = agent.ask_call("exec_sql", &json!({ "sql": "DELETE FROM orders" }));
    let number = first_question(&project);
    project.at_a_terminal(&["deny", &number, "--reason", "no"], "");
    let refusal = agent.answer_of_call(asked).raw["structuredContent"].clone();
    assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    let left: i64 =
        project.database().query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 3);
}

#[test]
fn an_approval_that_arrives_after_the_client_went_away_runs_nothing() {
    let project = asking(60_000);
    let mut agent = session(&project);
    agent.ask_call("write_file", &report("Text\n"));
    let number = first_question(&project);
    agent.kill();
    approve(&project, &number);
    assert!(!project.path("out/report.md").exists());
    // The next session of the agent repeats the call, and the yes is good for that.
    let mut agent = session(&project);
    assert_eq!(said(&mut agent, "write_file", report("Text\n"))["path"], "out/report.md");
    assert_eq!(project.read("out/report.md"), "Text\n");
}

#[test]
fn a_call_that_is_cancelled_while_it_waits_ends_and_leaves_the_question() {
    let project = asking(60_000);
    let mut agent = session(&project);
    let asked = agent.ask_call("write_file", &report("Text\n"));
    let number = first_question(&project);
    let begun = Instant::now();
    agent.notify("notifications/cancelled", &json!({ "requestId": asked }));
    assert_eq!(said(&mut agent, "approval_status", json!({ "ticket": number }))["state"], "pending");
    // The turn is free: nothing waits for the sixty seconds.
    let free = json!({ "path": "tmp/free.md", "content": "free" });
    assert_eq!(said(&mut agent, "write_file", free)["path"], "tmp/free.md");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_question_expires() {
    let project = Project::new();
    project.configure("fs: { allowedDirs: ['./out'] }, approvals: { wait: 0, lasts: 1000 },");
    project.write(".tgp/policy/asks.yaml", ASKS);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    let until = Instant::now() + Duration::from_secs(20);
    while said(&mut agent, "approval_status", json!({ "ticket": number }))["state"] != "expired" {
        assert!(Instant::now() < until, "it never expires");
    }
    let late = project.at_a_terminal(&["approve", &number], "y");
    assert!(late.stdout.contains("approval.closed"), "{}", late.both());
    assert_ne!(ticket(&said(&mut agent, "write_file", report("Text\n"))), number);
}

#[test]
fn an_agent_cannot_approve_itself_by_a_tool_call() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    let names = agent.request("tools/list", json!({})).unwrap();
    let names: Vec<&str> =
        names["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("approve") || name.contains("answer") || name.contains("mint")),
        "{names:?}"
    );
    for tool in ["approve", "answer_question", "approval.answer", "tgp_approve"] {
        assert!(
            agent.request("tools/call", json!({ "name": tool, "arguments": { "ticket": number } })).is_err(),
            "{tool}"
        );
    }
    let explained =
        project.json(&["policy", "explain", "--agent", "coder", "--capability", "approval.answer"]);
    assert_eq!(
        (&explained["decision"], &explained["rules"][0]["id"]),
        (&json!("deny"), &json!("builtin.self"))
    );
    assert_eq!(project.json(&["approvals", &number])["state"], "pending");
}

#[test]
fn an_agent_cannot_approve_itself_by_writing_a_file_or_from_a_tool() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    for path in [".tgp/state/tgp.db", ".tgp/policy/asks.yaml", ".tgp/scopes/coder.yaml", ".TGP/state/tgp.db"]
    {
        let refusal = said(&mut agent, "write_file", json!({ "path": path, "content": "x" }));
        assert!(
            ["policy.denied", "file.read_only", "path.invalid"].contains(&refusal["code"].as_str().unwrap()),
            "{path}: {refusal:#}"
        );
    }
    let source = "export default () => { tgp.write_file('.tgp/state/tgp.db', 'x'); };\n";
    said(&mut agent, "write_file", json!({ "path": "tools/break.ts", "content": source }));
    let refusal = said(&mut agent, "exec_tool", json!({ "path": "tools/break.ts" }));
    assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    assert_eq!(project.json(&["approvals", &number])["state"], "pending");
}

#[test]
fn an_agent_cannot_approve_itself_by_sql() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    for sql in [
        "UPDATE approvals SET state = 'approved'".to_owned(),
        format!("ATTACH '{}' AS state", project.path(".tgp/state/tgp.db").display()),
        format!("SELECT writefile('{}', 'x')", project.path(".tgp/state/tgp.db").display()),
    ] {
        let refusal = said(&mut agent, "exec_sql", json!({ "sql": sql }));
        assert!(refusal["code"].as_str().is_some_and(|code| code.starts_with("sql.")), "{sql}: {refusal:#}");
    }
    // A project whose database is tgp's own does not open at all.
    let own = project
        .command(&["sql", "UPDATE approvals SET state = 'approved'"])
        .env("DATABASE_URL", "sqlite:.tgp/state/tgp.db")
        .output()
        .unwrap();
    assert!(!own.status.success());
    assert_eq!(project.json(&["approvals", &number])["state"], "pending");
}

#[test]
fn another_agent_can_neither_see_nor_use_nor_give_an_approval() {
    let project = asking(0);
    let mut coder = session(&project);
    let number = ticket(&said(&mut coder, "write_file", report("Text\n")));
    let mut ops = agent_session(&project, "ops");
    let refusal = said(&mut ops, "approval_status", json!({ "ticket": number }));
    assert_eq!(refusal["code"], "approval.unknown", "{refusal:#}");
    approve(&project, &number);
    let other = said(&mut ops, "write_file", report("Text\n"));
    assert_ne!(other["path"], "out/report.md", "{other:#}");
    assert!(!project.path("out/report.md").exists());
    assert_eq!(said(&mut coder, "write_file", report("Text\n"))["path"], "out/report.md");
}

#[test]
fn nobody_answers_without_a_terminal() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    for command in ["approve", "deny"] {
        let refused = project.tgp(&[command, &number]);
        assert!(
            refused.stderr.contains("terminal.required") && refused.code == Some(1),
            "{}",
            refused.both()
        );
    }
    assert_eq!(project.json(&["approvals", &number])["state"], "pending");
}

#[test]
fn what_the_person_sees_is_what_runs() {
    let project = asking(0);
    let mut agent = session(&project);
    let tricky = "harmless\n\u{1b}[1A\u{1b}[2Kevil\u{202e}txt\u{200b}\n";
    let number = ticket(&said(&mut agent, "write_file", report(tricky)));
    let shown = project.at_a_terminal(&["approve", &number], "n");
    assert!(!shown.stdout.contains("\u{1b}[1A") && !shown.stdout.contains('\u{202e}'), "{}", shown.stdout);
    assert!(shown.stdout.contains("evil") && shown.stdout.contains("u{202e}"), "{}", shown.stdout);
    assert!(shown.stdout.contains("stays open"), "{}", shown.both());
    // What is stored is changed behind tgp's back: the answer counts for what was shown only.
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    state.execute("UPDATE approvals SET preview = 'something else'", []).unwrap();
    drop(state);
    let late = project.at_a_terminal(&["approve", &number], "y");
    assert!(late.stdout.contains("approval.closed"), "{}", late.both());
}

const LETTERS: &str = "export default (args: { name: string }) => {
  const id = Math.floor(Math.random() * 1e9);
  tgp.write_file('out/letter-' + args.name + '.md', 'Dear ' + args.name + ' ' + id + '\\n');
  tgp.exec_sql('INSERT INTO orders (sum) VALUES (?)', [id]);
  tgp.write_file('tmp/log.txt', String(Date.now()));
  return id;
};
";

#[test]
fn a_tool_run_that_meets_a_question_is_rolled_back_and_run_again_with_the_same_seed_and_clock() {
    let project = asking(0);
    let mut agent = session(&project);
    said(&mut agent, "write_file", json!({ "path": "tools/letter.ts", "content": LETTERS }));
    let run = json!({ "path": "tools/letter.ts", "args": { "name": "Ada" } });
    let refusal = said(&mut agent, "exec_tool", run.clone());
    let number = ticket(&refusal);
    // One question shows the whole run: what asks, and what would happen besides.
    let preview = preview(&project, &refusal);
    for part in ["run tools/letter.ts {\"name\":\"Ada\"}", "+Dear Ada", "INSERT INTO orders", "tmp/log.txt"] {
        assert!(preview.contains(part), "{part}: {preview}");
    }
    assert!(!project.path("out/letter-Ada.md").exists() && !project.path("tmp/log.txt").exists());
    let rows = || -> i64 {
        project.database().query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(), 3);
    assert_eq!(
        ticket(&said(&mut agent, "exec_tool", run.clone())),
        number,
        "the same run is the same question"
    );
    approve(&project, &number);
    let done = said(&mut agent, "exec_tool", run.clone());
    let id = done["result"].as_i64().unwrap_or_else(|| panic!("{done:#}"));
    assert!(preview.contains(&id.to_string()), "{preview} has not {id}");
    assert_eq!(project.read("out/letter-Ada.md"), format!("Dear Ada {id}\n"));
    assert!(preview.contains(&project.read("tmp/log.txt")), "the clock is the one that was shown");
    assert_eq!(rows(), 4);
    assert_ne!(ticket(&said(&mut agent, "exec_tool", run)), number, "a yes is for one run");
}

#[test]
fn a_tool_run_with_other_effects_than_the_approved_ones_is_refused() {
    let project = asking(0);
    project.write("tmp/name.txt", "Ada");
    let mut agent = session(&project);
    let source = "export default () => { const name = tgp.read_file('tmp/name.txt'); tgp.write_file('out/x.md', name); };\n";
    said(&mut agent, "write_file", json!({ "path": "tools/x.ts", "content": source }));
    let run = json!({ "path": "tools/x.ts" });
    let number = ticket(&said(&mut agent, "exec_tool", run.clone()));
    approve(&project, &number);
    project.write("tmp/name.txt", "Eve");
    let again = said(&mut agent, "exec_tool", run.clone());
    assert_ne!(ticket(&again), number);
    assert!(preview(&project, &again).contains("+Eve"), "{again:#}");
    assert!(!project.path("out/x.md").exists());
    // As it was shown, it runs.
    project.write("tmp/name.txt", "Ada");
    assert!(said(&mut agent, "exec_tool", run)["action"].is_string());
    assert_eq!(project.read("out/x.md"), "Ada");
}

#[test]
fn a_tool_that_catches_the_question_gets_no_further() {
    let project = asking(0);
    project.write("plans/next.md", "Next.\n");
    let mut agent = session(&project);
    let source = "export default () => {
  let seen = 'nothing';
  try { seen = tgp.read_file('plans/next.md'); } catch (e) { seen = 'caught'; }
  try { tgp.write_file('tmp/seen.md', seen); } catch (e) {}
  return seen;
};\n";
    said(&mut agent, "write_file", json!({ "path": "tools/peek.ts", "content": source }));
    let run = json!({ "path": "tools/peek.ts" });
    let refusal = said(&mut agent, "exec_tool", run.clone());
    let number = ticket(&refusal);
    assert!(preview(&project, &refusal).contains("fs.read plans/next.md"), "{refusal:#}");
    assert!(!project.path("tmp/seen.md").exists());
    approve(&project, &number);
    let done = said(&mut agent, "exec_tool", run);
    assert_eq!(done["result"], "Next.\n", "{done:#}");
    assert_eq!(project.read("tmp/seen.md"), "Next.\n");
}

#[test]
fn a_run_with_three_questions_one_after_another_keeps_every_yes_until_it_is_whole() {
    let project = asking(0);
    for name in ["one", "two", "three"] {
        project.write(&format!("plans/{name}.md"), format!("{name}\n"));
    }
    let mut agent = session(&project);
    let source = "export default () => {
  const seen = [];
  for (const name of ['one', 'two', 'three']) seen.push(tgp.read_file('plans/' + name + '.md'));
  tgp.write_file('tmp/seen.md', seen.join('') + Math.random());
  return seen.join('');
};\n";
    said(&mut agent, "write_file", json!({ "path": "tools/plans.ts", "content": source }));
    let run = json!({ "path": "tools/plans.ts" });
    let mut tickets = Vec::new();
    for name in ["one", "two", "three"] {
        let refusal = said(&mut agent, "exec_tool", run.clone());
        assert!(preview(&project, &refusal).contains(&format!("fs.read plans/{name}.md")), "{refusal:#}");
        approve(&project, &ticket(&refusal));
        tickets.push(ticket(&refusal));
    }
    assert!(!project.path("tmp/seen.md").exists());
    let done = said(&mut agent, "exec_tool", run.clone());
    assert_eq!(done["result"], "one\ntwo\nthree\n", "{done:#}");
    assert!(project.read("tmp/seen.md").starts_with("one\ntwo\nthree\n"));
    // Each yes is used up by this one run.
    for number in &tickets {
        let used = project.json(&["approvals", number]);
        assert_eq!((&used["state"], &used["used_by"]), (&json!("used"), &done["action"]), "{used:#}");
    }
    assert!(!tickets.contains(&ticket(&said(&mut agent, "exec_tool", run))), "a yes is for one run");
    agent.stop();
    project.tgp(&["audit", "verify"]).succeeded();
}

#[test]
fn a_tool_may_need_a_yes_to_run_at_all_and_a_change_of_it_takes_the_yes_away() {
    let project = asking(0);
    let mut agent = session(&project);
    let source = |text: &str| json!({ "path": "tools/letters.ts", "content": format!("export default () => '{text}';\n") });
    said(&mut agent, "write_file", source("one"));
    let run = json!({ "path": "tools/letters.ts" });
    let number = ticket(&said(&mut agent, "exec_tool", run.clone()));
    approve(&project, &number);
    said(&mut agent, "write_file", source("two"));
    let other = ticket(&said(&mut agent, "exec_tool", run.clone()));
    assert_ne!(other, number);
    approve(&project, &other);
    assert_eq!(said(&mut agent, "exec_tool", run)["result"], "two");
}

#[test]
fn a_read_that_has_to_ask_is_read_once() {
    let project = asking(0);
    project.write("plans/next.md", "Next.\n");
    let mut agent = session(&project);
    let read = json!({ "path": "plans/next.md" });
    let refusal = said(&mut agent, "read_file", read.clone());
    assert!(!refusal.to_string().contains("Next."), "{refusal:#}");
    approve(&project, &ticket(&refusal));
    assert_eq!(said(&mut agent, "read_file", read.clone())["content"], "Next.\n");
    ticket(&said(&mut agent, "read_file", read));
}

#[test]
fn approving_always_mints_a_standing_token_the_person_sees_and_can_revoke() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("One\n")));
    let no = project.at_a_terminal(&["approve", &number, "--always", "--for", "2h"], "n");
    assert!(no.stdout.contains("grants fs.write") && no.stdout.contains("out/report.md"), "{}", no.both());
    assert_eq!(project.json(&["token", "list"])["tokens"], json!([]));
    let yes = project.at_a_terminal(&["approve", &number, "--always", "--for", "2h"], "y");
    assert!(yes.stdout.contains("counts from now on"), "{}", yes.both());
    for text in ["One\n", "Two\n", "Three\n"] {
        assert_eq!(said(&mut agent, "write_file", report(text))["path"], "out/report.md");
    }
    // It is for this agent and this file.
    ticket(&said(&mut agent, "write_file", json!({ "path": "out/other.md", "content": "x" })));
    let mut ops = agent_session(&project, "ops");
    assert_ne!(said(&mut ops, "write_file", report("Four\n"))["path"], "out/report.md");
    let tokens = project.json(&["token", "list"]);
    let token = tokens["tokens"][0]["id"].as_str().unwrap();
    project.at_a_terminal(&["token", "revoke", token], "y");
    ticket(&said(&mut agent, "write_file", report("Five\n")));
    assert_eq!(project.read("out/report.md"), "Three\n");
}

#[test]
fn approving_a_tool_run_always_covers_what_it_asked_for() {
    let project = asking(0);
    let mut agent = session(&project);
    said(&mut agent, "write_file", json!({ "path": "tools/letter.ts", "content": LETTERS }));
    let run = json!({ "path": "tools/letter.ts", "args": { "name": "Ada" } });
    let number = ticket(&said(&mut agent, "exec_tool", run.clone()));
    let yes = project.at_a_terminal(&["approve", &number, "--always"], "y");
    assert!(yes.stdout.contains("sql.write") && yes.stdout.contains("counts from now on"), "{}", yes.both());
    for _ in 0..3 {
        assert!(said(&mut agent, "exec_tool", run.clone())["action"].is_string());
    }
}

#[test]
fn a_yes_is_in_the_timeline_and_in_the_audit_chain_with_who_gave_it() {
    let project = asking(0);
    let mut agent = session(&project);
    let number = ticket(&said(&mut agent, "write_file", report("Text\n")));
    approve(&project, &number);
    let done = said(&mut agent, "write_file", report("Text\n"));
    agent.stop();
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    let row: (String, String, bool) = state
        .query_row(
            "SELECT approval_id, approved_by, requires_approval FROM agent_actions WHERE id = ?1",
            [done["action"].as_str().unwrap()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!((row.0, row.1.is_empty(), row.2), (number.clone(), false, true));
    let events: i64 = state
        .query_row(
            "SELECT count(*) FROM audit WHERE kind = 'approval' AND instr(CAST(payload AS TEXT), ?1) > 0",
            [&number],
            |row| row.get(0),
        )
        .unwrap();
    assert!(events >= 2, "asked and answered: {events}");
    project.tgp(&["audit", "verify"]).succeeded();
}

#[test]
fn secrets_of_the_arguments_are_not_in_the_question() {
    let project = asking(0);
    let mut agent = session(&project);
    let sql = json!({ "sql": "UPDATE orders SET sum = :sum WHERE :password IS NOT NULL", "params": { "sum": 1, "password": "hunter2secret" } });
    ticket(&said(&mut agent, "exec_sql", sql));
    agent.stop();
    let bytes = std::fs::read(project.path(".tgp/state/tgp.db")).unwrap();
    let wal = std::fs::read(project.path(".tgp/state/tgp.db-wal")).unwrap_or_default();
    let has = |bytes: &[u8]| bytes.windows(13).any(|part| part == b"hunter2secret");
    assert!(!has(&bytes) && !has(&wal));
}

#[test]
fn a_yes_to_a_run_binds_what_the_tool_imports() {
    let project = asking(0);
    let mut agent = session(&project);
    let lib = |text: &str| json!({ "path": "tools/lib.ts", "content": format!("export const text = '{text}';\nexport default () => text;\n") });
    said(&mut agent, "write_file", lib("good"));
    said(
        &mut agent,
        "write_file",
        json!({ "path": "tools/letters.ts", "content": "import { text } from './lib.ts';\nexport default () => text;\n" }),
    );
    let run = json!({ "path": "tools/letters.ts" });
    let number = ticket(&said(&mut agent, "exec_tool", run.clone()));
    approve(&project, &number);
    said(&mut agent, "write_file", lib("EVIL"));
    assert_ne!(ticket(&said(&mut agent, "exec_tool", run)), number);
}

#[test]
fn a_no_to_a_run_holds_for_every_seed() {
    let project = asking(0);
    let mut agent = session(&project);
    said(&mut agent, "write_file", json!({ "path": "tools/letter.ts", "content": LETTERS }));
    let run = |seed: u64| json!({ "path": "tools/letter.ts", "args": { "name": "Ada" }, "seed": seed });
    let number = ticket(&said(&mut agent, "exec_tool", run(1)));
    project.at_a_terminal(&["deny", &number], "");
    for seed in [1, 2, 3] {
        let refusal = said(&mut agent, "exec_tool", run(seed));
        assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    }
}

#[test]
fn a_question_shows_the_agent_no_rows_and_the_person_no_passwords() {
    let project = asking(0);
    project
        .database()
        .execute_batch(
            "ALTER TABLE orders ADD COLUMN password TEXT; UPDATE orders SET password = 'hunter2secret'",
        )
        .unwrap();
    let mut agent = session(&project);
    let refusal = said(&mut agent, "exec_sql", json!({ "sql": "UPDATE orders SET sum = sum + 1" }));
    assert!(!refusal.to_string().contains("hunter2"), "{refusal:#}");
    let shown = preview(&project, &refusal);
    assert!(shown.contains("orders: 0 inserted, 3 updated") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn an_agent_cannot_flood_a_person_with_questions() {
    let project = asking(0);
    let mut agent = session(&project);
    let mut refusals = 0;
    for number in 0..60 {
        let refusal =
            said(&mut agent, "write_file", json!({ "path": format!("out/{number}.md"), "content": "x" }));
        refusals += usize::from(refusal["code"] == "policy.denied");
    }
    assert_eq!(refusals, 10);
    assert_eq!(project.json(&["approvals"])["approvals"].as_array().unwrap().len(), 50);
}

/// The ticket of the only question, as soon as it is there.
fn first_question(project: &Project) -> String {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let listed = project.json(&["approvals"]);
        if let Some(question) = listed["approvals"].as_array().and_then(|all| all.first()) {
            return question["ticket"].as_str().unwrap().to_owned();
        }
        assert!(Instant::now() < until, "nothing was asked");
    }
}
