//! The agent's own window: what a client may ask the person there, and how nothing else can pose as the answer.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

const ASKS: &str = "\
version: 1
rules:
  - id: ask-reports
    effect: require_approval
    reason: Customers read what lies in out.
    match: { operation: [write, delete], path: [\"out/**\"] }
  - id: ask-orders
    effect: require_approval
    reason: Orders are money.
    match: { operation: [write], table: [orders] }
  - id: ask-plans
    effect: require_approval
    reason: Plans are not for everybody.
    match: { operation: [read], path: [\"plans/**\"] }
";

/// A project whose policy asks, with these settings of `approvals`.
fn asking(approvals: &str) -> Project {
    let project = Project::new();
    project.configure(&format!(
        "database: 'sqlite:shop.db', fs: {{ allowedDirs: ['./out', './tmp'] }}, approvals: {{ {approvals} }},"
    ));
    let orders =
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, sum REAL); INSERT INTO orders VALUES (1, 10.0);
        CREATE VIRTUAL TABLE words USING fts5(text);";
    project.database().execute_batch(orders).unwrap();
    project.write(".tgp/policy/asks.yaml", ASKS);
    project.write("plans/next.md", "Next.\n");
    project
}

/// A project whose calls wait for a minute, and whose person lets the client ask.
fn patient() -> Project {
    asking("wait: 60_000, elicit: 'medium'")
}

/// A client that shows forms.
fn client(project: &Project, era: Era) -> Session {
    client_with(project, era, json!({ "elicitation": { "form": {} } }))
}

fn client_with(project: &Project, era: Era, capabilities: Value) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp"])).declaring(capabilities);
    session.connect(era);
    session
}

fn report(text: &str) -> Value {
    json!({ "path": "out/report.md", "content": text })
}

fn said(session: &mut Session, tool: &str, arguments: Value) -> Value {
    session.call(tool, arguments).raw["structuredContent"].clone()
}

#[track_caller]
fn ticket(refusal: &Value) -> String {
    assert_eq!(refusal["code"], "policy.requires_approval", "{refusal:#}");
    refusal["details"]["ticket"].as_str().unwrap().to_owned()
}

#[track_caller]
fn approve(project: &Project, ticket: &str) {
    let said = project.at_a_terminal(&["approve", ticket], "y");
    assert!(said.stdout.contains("Approved."), "{}", said.both());
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

fn state(project: &Project, ticket: &str) -> Value {
    project.json(&["approvals", ticket])["state"].clone()
}

fn yes() -> Value {
    json!({ "action": "accept", "content": { "approve": true, "reason": "as agreed" } })
}

/// The parameters of a call that brings an answer back, as a client of the newer era repeats it.
fn repeated(tool: &str, arguments: &Value, state: &Value, reply: &Value) -> Value {
    json!({
        "name": tool, "arguments": arguments, "requestState": state, "inputResponses": { "approval": reply },
    })
}

/// A call of the newer era that is answered with a question.
#[track_caller]
fn asked(session: &mut Session, tool: &str, arguments: &Value) -> Value {
    let result = session.request("tools/call", json!({ "name": tool, "arguments": arguments })).unwrap();
    assert_eq!(result["resultType"], "input_required", "{result:#}");
    result
}

/// Repeats a call with an answer and gives what the tool said.
fn repeat(session: &mut Session, tool: &str, arguments: &Value, state: &Value, reply: &Value) -> Value {
    let result = session.request("tools/call", repeated(tool, arguments, state, reply)).unwrap();
    assert_ne!(result["resultType"], "input_required", "{result:#}");
    result["structuredContent"].clone()
}

/// A call that has to ask is not asked about in the client's window: it ends with a ticket and nothing else.
#[track_caller]
fn is_for_the_terminal(session: &mut Session, tool: &str, arguments: &Value) {
    let result = session.request("tools/call", json!({ "name": tool, "arguments": arguments })).unwrap();
    assert!(result["resultType"].is_null() || result["resultType"] == "complete", "{result:#}");
    ticket(&result["structuredContent"]);
    let sent: Vec<&Value> = session.kept().filter(|message| message.get("method").is_some()).collect();
    assert!(sent.is_empty(), "{sent:#?}");
}

#[test]
fn by_default_the_client_s_window_asks_nobody() {
    let project = asking("wait: 200");
    for era in Era::BOTH {
        is_for_the_terminal(&mut client(&project, era), "write_file", &report("Text\n"));
    }
}

#[test]
fn a_client_that_declares_no_forms_is_not_asked() {
    let project = asking("wait: 200, elicit: 'high'");
    for era in Era::BOTH {
        for capabilities in [json!({}), json!({ "elicitation": { "url": {} } }), json!({ "sampling": {} })] {
            let mut agent = client_with(&project, era, capabilities);
            is_for_the_terminal(&mut agent, "write_file", &report("Text\n"));
        }
    }
}

#[test]
fn a_risk_above_the_setting_and_a_critical_one_are_for_the_terminal() {
    let low = asking("wait: 200, elicit: 'low'");
    let high = asking("wait: 200, elicit: 'high'");
    for era in Era::BOTH {
        is_for_the_terminal(&mut client(&low, era), "write_file", &report("Text\n"));
        let mut agent = client(&high, era);
        // What no changeset holds cannot be taken back.
        is_for_the_terminal(&mut agent, "exec_sql", &json!({ "sql": "INSERT INTO words VALUES ('found')" }));
        let question = high.json(&["approvals"])["approvals"][0].clone();
        let (risk, rule) = (&question["risk"], &question["rule"]);
        assert_eq!((risk, rule), (&json!("critical"), &json!("risk.irreversible")), "{question:#}");
    }
    // A read is of low risk, and asked.
    let mut agent = client(&low, Era::Modern);
    asked(&mut agent, "read_file", &json!({ "path": "plans/next.md" }));
}

#[test]
fn a_preview_that_is_too_long_for_a_window_is_for_the_terminal() {
    let project = asking("wait: 200, elicit: 'high'");
    for era in Era::BOTH {
        is_for_the_terminal(&mut client(&project, era), "write_file", &report(&"long line\n".repeat(500)));
    }
}

#[test]
fn a_yes_in_the_window_lets_the_waiting_call_go_on() {
    let project = patient();
    project.write("out/report.md", "Sum: 1\n");
    let mut agent = client(&project, Era::Legacy);
    let call = agent.ask_call("write_file", &report("Sum: 2\n"));
    let request = agent.message_of("elicitation/create");
    let params = &request["params"];
    let number = first_question(&project);
    let message = params["message"].as_str().unwrap();
    for shown in [
        "agent coder",
        "Capability: fs.write",
        "Risk: medium",
        "Rule: ask-reports",
        &number,
        "Customers read",
        "asks.yaml:3",
        "    -Sum: 1\n    +Sum: 2\n",
        "tgp approve",
    ] {
        assert!(message.contains(shown), "{shown}: {message}");
    }
    assert_eq!(params["requestedSchema"]["properties"]["approve"]["type"], "boolean", "{params:#}");
    assert!(params["requestedSchema"]["properties"]["approve"].get("default").is_none(), "{params:#}");
    assert_eq!(params["requestedSchema"]["properties"]["reason"]["type"], "string", "{params:#}");
    assert_eq!(params["requestedSchema"]["required"], json!(["approve"]));
    assert_eq!(project.read("out/report.md"), "Sum: 1\n");
    agent.reply(&request, &yes());
    let done = agent.answer_of_call(call).raw["structuredContent"].clone();
    assert_eq!(done["path"], "out/report.md", "{done:#}");
    assert_eq!(project.read("out/report.md"), "Sum: 2\n");
    let row = project.json(&["approvals", &number]);
    assert_eq!(
        (&row["state"], &row["door"], &row["reason"], &row["used_by"]),
        (&json!("used"), &json!("elicitation"), &json!("as agreed"), &done["action"])
    );
    assert!(row["by"].as_str().unwrap().contains("uid"), "{row:#}");
    // The first answer won: the terminal is too late.
    let late = project.at_a_terminal(&["deny", &number], "");
    assert!(late.stdout.contains("approval.closed"), "{}", late.both());
    agent.stop();
    project.tgp(&["audit", "verify"]).succeeded();
}

#[test]
fn a_no_in_the_window_denies_with_its_reason() {
    let project = patient();
    let mut agent = client(&project, Era::Legacy);
    let no = json!({ "action": "accept", "content": { "approve": false, "reason": "write it into tmp" } });
    for (text, reply) in [("One\n", no), ("Two\n", json!({ "action": "decline" }))] {
        let call = agent.ask_call("write_file", &report(text));
        let request = agent.message_of("elicitation/create");
        agent.reply(&request, &reply);
        let refusal = agent.answer_of_call(call).raw["structuredContent"].clone();
        assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
        let number = refusal["details"]["ticket"].as_str().unwrap();
        assert_eq!(project.json(&["approvals", number])["door"], "elicitation");
        assert_eq!(refusal["details"]["reason"], reply["content"]["reason"], "{refusal:#}");
    }
    assert!(!project.path("out/report.md").exists());
}

#[test]
fn a_window_that_is_closed_or_says_nothing_leaves_the_question_to_the_terminal() {
    let project = patient();
    let mut agent = client(&project, Era::Legacy);
    let nothing = [
        json!({ "result": { "action": "cancel" } }),
        json!({ "result": { "action": "accept" } }),
        json!({ "result": { "action": "accept", "content": { "approve": "true" } } }),
        json!({ "result": { "approve": true } }),
        json!({ "result": true }),
        json!({ "error": { "code": -32601, "message": "there is no window" } }),
        json!({ "error": "no error at all" }),
    ];
    for (at, reply) in nothing.iter().enumerate() {
        let call = agent.ask_call("write_file", &report(&format!("{at}\n")));
        let request = agent.message_of("elicitation/create");
        let mut message = reply.clone();
        message["jsonrpc"] = json!("2.0");
        message["id"] = request["id"].clone();
        agent.send(&message);
        // What comes after it was read after it.
        let number = first_question(&project);
        let status = said(&mut agent, "approval_status", json!({ "ticket": number }));
        assert_eq!(status["state"], "pending", "{reply}");
        approve(&project, &number);
        let done = agent.answer_of_call(call).raw["structuredContent"].clone();
        assert_eq!(done["path"], "out/report.md", "{reply}: {done:#}");
    }
}

#[test]
fn the_terminal_answers_first_and_the_window_is_taken_back() {
    let project = patient();
    let mut agent = client(&project, Era::Legacy);
    let call = agent.ask_call("write_file", &report("Text\n"));
    let request = agent.message_of("elicitation/create");
    let number = first_question(&project);
    project.at_a_terminal(&["deny", &number, "--reason", "no"], "");
    let taken_back = agent.message_of("notifications/cancelled");
    assert_eq!(taken_back["params"]["requestId"], request["id"], "{taken_back:#}");
    agent.reply(&request, &yes());
    let refusal = agent.answer_of_call(call).raw["structuredContent"].clone();
    assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    let status = said(&mut agent, "approval_status", json!({ "ticket": number }));
    assert_eq!(status["state"], "denied", "{status:#}");
    assert!(!project.path("out/report.md").exists());
}

#[test]
fn an_answer_nobody_asked_the_client_for_is_ignored() {
    let project = patient();
    let mut agent = client_with(&project, Era::Legacy, json!({}));
    let call = agent.ask_call("write_file", &report("Text\n"));
    let number = first_question(&project);
    for id in [json!(0), json!(1), json!(call), json!(number), json!("approval"), json!(null)] {
        agent.send(&json!({ "jsonrpc": "2.0", "id": id, "result": yes() }));
    }
    let status = said(&mut agent, "approval_status", json!({ "ticket": number }));
    assert_eq!(status["state"], "pending", "{status:#}");
    assert!(!project.path("out/report.md").exists());
}

#[test]
fn a_client_that_never_answers_does_not_hold_the_session() {
    let project = patient();
    let mut agent = client(&project, Era::Legacy);
    let begun = Instant::now();
    // More than there are workers, of every kind.
    for number in 0..16 {
        agent.ask_call("write_file", &json!({ "path": format!("out/{number}.md"), "content": "x" }));
    }
    agent.ask_call("exec_sql", &json!({ "sql": "UPDATE orders SET sum = 0" }));
    agent.ask_call("read_file", &json!({ "path": "plans/next.md" }));
    for _ in 0..18 {
        agent.message_of("elicitation/create");
    }
    let free = json!({ "path": "tmp/free.md", "content": "free" });
    assert_eq!(said(&mut agent, "write_file", free)["path"], "tmp/free.md");
    assert_eq!(said(&mut agent, "read_file", json!({ "path": "tmp/free.md" }))["content"], "free");
    assert_eq!(
        said(&mut agent, "exec_sql", json!({ "sql": "SELECT sum FROM orders" }))["rows"],
        json!([[10.0]])
    );
    agent.write("tools/one.ts", "export default () => 1;\n");
    assert_eq!(agent.exec("tools/one.ts", json!({})).raw["structuredContent"]["result"], 1);
    agent.stop();
    assert!(begun.elapsed() < Duration::from_secs(50), "it waited for the person");
    assert_eq!(project.json(&["approvals"])["approvals"].as_array().unwrap().len(), 18);
}

#[test]
fn when_the_call_stops_waiting_the_window_is_taken_back_and_the_ticket_told() {
    let project = asking("wait: 1_000, elicit: 'medium'");
    let mut agent = client(&project, Era::Legacy);
    let call = agent.ask_call("write_file", &report("Text\n"));
    let request = agent.message_of("elicitation/create");
    let taken_back = agent.message_of("notifications/cancelled");
    assert_eq!(taken_back["params"]["requestId"], request["id"], "{taken_back:#}");
    let number = ticket(&agent.answer_of_call(call).raw["structuredContent"]);
    agent.reply(&request, &yes());
    let status = said(&mut agent, "approval_status", json!({ "ticket": number }));
    assert_eq!(status["state"], "pending", "{status:#}");
}

#[test]
fn in_the_newer_era_the_answer_comes_back_with_the_repeated_call() {
    let project = patient();
    let mut agent = client(&project, Era::Modern);
    let begun = Instant::now();
    let result = asked(&mut agent, "write_file", &report("Text\n"));
    assert!(begun.elapsed() < Duration::from_secs(30), "it does not wait");
    let number = first_question(&project);
    let request = &result["inputRequests"]["approval"];
    assert_eq!(request["method"], "elicitation/create", "{result:#}");
    let message = request["params"]["message"].as_str().unwrap();
    assert!(message.contains(&number) && message.contains("    +Text\n"), "{message}");
    // The same call, its fields in another order.
    let arguments = json!({ "content": "Text\n", "path": "out/report.md" });
    let done = repeat(&mut agent, "write_file", &arguments, &result["requestState"], &yes());
    assert_eq!(done["path"], "out/report.md", "{done:#}");
    assert_eq!(project.read("out/report.md"), "Text\n");
    let row = project.json(&["approvals", &number]);
    assert_eq!(
        (&row["state"], &row["door"], &row["used_by"]),
        (&json!("used"), &json!("elicitation"), &done["action"])
    );
    assert!(agent.kept().all(|message| message.get("method").is_none()), "the server asked the client");
}

#[test]
fn in_the_newer_era_a_no_denies_and_a_closed_window_leaves_the_question_open() {
    let project = asking("wait: 200, elicit: 'medium'");
    let mut agent = client(&project, Era::Modern);
    let result = asked(&mut agent, "write_file", &report("One\n"));
    let refusal = repeat(
        &mut agent,
        "write_file",
        &report("One\n"),
        &result["requestState"],
        &json!({ "action": "decline" }),
    );
    assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    for reply in [json!({ "action": "cancel" }), json!({ "approve": true }), json!(true), json!(null)] {
        let result = asked(&mut agent, "write_file", &report("Two\n"));
        let number =
            ticket(&repeat(&mut agent, "write_file", &report("Two\n"), &result["requestState"], &reply));
        assert_eq!(state(&project, &number), "pending", "{reply}");
    }
    // The terminal answers it, and the next call goes through.
    approve(&project, &first_question(&project));
    assert_eq!(said(&mut agent, "write_file", report("Two\n"))["path"], "out/report.md");
}

#[test]
fn in_the_newer_era_the_terminal_may_answer_first() {
    let project = patient();
    let mut agent = client(&project, Era::Modern);
    let result = asked(&mut agent, "write_file", &report("One\n"));
    project.at_a_terminal(&["deny", &first_question(&project)], "");
    let refusal = repeat(&mut agent, "write_file", &report("One\n"), &result["requestState"], &yes());
    assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    let result = asked(&mut agent, "write_file", &report("Two\n"));
    approve(&project, &first_question(&project));
    let no = json!({ "action": "decline" });
    let done = repeat(&mut agent, "write_file", &report("Two\n"), &result["requestState"], &no);
    assert_eq!(done["path"], "out/report.md", "the first answer won: {done:#}");
}

/// Repeats a call with a yes, and is told that the state does not count.
#[track_caller]
fn refused(session: &mut Session, tool: &str, arguments: &Value, state: &Value, why: &str) {
    let refusal = repeat(session, tool, arguments, state, &yes());
    let told = (&refusal["code"], &refusal["details"]["why"]);
    assert_eq!(told, (&json!("approval.state"), &json!(why)), "{refusal:#}");
}

#[test]
fn a_state_that_was_altered_or_is_another_call_s_or_was_used_answers_nothing() {
    let project = patient();
    let mut agent = client(&project, Era::Modern);
    let (good, evil) = (report("Good.\n"), report("Evil.\n"));
    let sealed = asked(&mut agent, "write_file", &good)["requestState"].clone();
    let text = sealed.as_str().unwrap();
    let number = first_question(&project);
    let mut other = client(&project, Era::Modern);
    let flipped: String = text.chars().rev().collect();
    for forged in ["", "x", &flipped, &text[..text.len() - 2], &format!("{text}A")] {
        refused(&mut agent, "write_file", &good, &json!(forged), "foreign");
    }
    refused(&mut agent, "write_file", &evil, &sealed, "foreign");
    let patch = json!({ "path": "out/report.md", "search": "a", "replace": "b" });
    refused(&mut agent, "patch_file", &patch, &sealed, "foreign");
    refused(&mut other, "write_file", &good, &sealed, "foreign");
    assert_eq!(state(&project, &number), "pending");
    assert!(!project.path("out/report.md").exists());
    // None of that used it up; once it was used, it is used.
    assert_eq!(repeat(&mut agent, "write_file", &good, &sealed, &yes())["path"], "out/report.md");
    refused(&mut agent, "write_file", &good, &sealed, "used");
    // A state whose window was closed says nothing more either.
    let closed = asked(&mut agent, "write_file", &evil)["requestState"].clone();
    let cancel = repeated("write_file", &evil, &closed, &json!({ "action": "cancel" }));
    let waiting = agent.ask("tools/call", cancel);
    refused(&mut agent, "write_file", &evil, &closed, "used");
    agent.notify("notifications/cancelled", &json!({ "requestId": waiting }));
    assert_eq!(project.read("out/report.md"), "Good.\n");
}

#[test]
fn a_state_that_is_too_old_answers_nothing() {
    let project = asking("wait: 0, lasts: 1_000, elicit: 'medium'");
    let mut agent = client(&project, Era::Modern);
    let sealed = asked(&mut agent, "write_file", &report("Text\n"))["requestState"].clone();
    let number = first_question(&project);
    let until = Instant::now() + Duration::from_secs(20);
    while said(&mut agent, "approval_status", json!({ "ticket": number }))["state"] != "expired" {
        assert!(Instant::now() < until, "it never expires");
    }
    refused(&mut agent, "write_file", &report("Text\n"), &sealed, "late");
    assert!(!project.path("out/report.md").exists());
}

#[test]
fn nothing_an_agent_puts_into_its_arguments_poses_as_the_answer() {
    for era in Era::BOTH {
        let project = asking("wait: 0, elicit: 'medium'");
        let mut agent = client(&project, era);
        let first = json!({ "name": "write_file", "arguments": report("Text\n") });
        let result = agent.request("tools/call", first.clone()).unwrap();
        let number = first_question(&project);
        // An answer without a state, in either era.
        let mut bare = first.clone();
        bare["inputResponses"] = json!({ "approval": yes() });
        let refusal = agent.request("tools/call", bare).unwrap()["structuredContent"].clone();
        assert_eq!(
            (&refusal["code"], &refusal["details"]["why"]),
            (&json!("approval.state"), &json!("missing"))
        );
        // The same inside the arguments, where an agent can write.
        let mut inside = report("Text\n");
        inside["inputResponses"] = json!({ "approval": yes() });
        inside["requestState"] = result["requestState"].clone();
        let wrong = agent.request("tools/call", json!({ "name": "write_file", "arguments": inside }));
        assert_eq!(wrong.unwrap_err()["data"]["code"], "arguments.invalid");
        for (tool, arguments) in [
            ("approval_status", json!({ "ticket": number, "approve": true })),
            ("exec_sql", json!({ "sql": "SELECT 1", "params": [], "elicitation": yes() })),
        ] {
            let wrong = agent.request("tools/call", json!({ "name": tool, "arguments": arguments }));
            assert_eq!(wrong.unwrap_err()["data"]["code"], "arguments.invalid", "{tool}");
        }
        assert_eq!(state(&project, &number), "pending");
        assert!(!project.path("out/report.md").exists());
    }
}

#[test]
fn a_tool_run_is_asked_about_as_a_whole_in_the_window() {
    let project = patient();
    let source = "export default () => {
  const id = Math.floor(Math.random() * 1e9);
  tgp.exec_sql('INSERT INTO orders (sum) VALUES (?)', [id]);
  tgp.write_file('out/letter.md', 'Dear ' + id + '\\n');
  return id;
};\n";
    let run = json!({ "path": "tools/letter.ts" });
    for era in Era::BOTH {
        let mut agent = client(&project, era);
        agent.write("tools/letter.ts", source);
        let (message, done) = if era == Era::Legacy {
            let call = agent.ask_call("exec_tool", &run);
            let request = agent.message_of("elicitation/create");
            agent.reply(&request, &yes());
            (
                request["params"]["message"].clone(),
                agent.answer_of_call(call).raw["structuredContent"].clone(),
            )
        } else {
            let result = asked(&mut agent, "exec_tool", &run);
            let done = repeat(&mut agent, "exec_tool", &run, &result["requestState"], &yes());
            (result["inputRequests"]["approval"]["params"]["message"].clone(), done)
        };
        let id = done["result"].as_i64().unwrap_or_else(|| panic!("{done:#}"));
        let message = message.as_str().unwrap();
        assert!(message.contains(&format!("+Dear {id}")), "what was shown is what ran: {message}");
        assert_eq!(project.read("out/letter.md"), format!("Dear {id}\n"));
    }
}

#[test]
fn a_call_that_waits_for_a_person_says_so_to_a_client_with_a_progress_token() {
    for era in Era::BOTH {
        let project = asking("wait: 60_000");
        for (tool, arguments) in [
            ("write_file", report("Text\n")),
            ("exec_sql", json!({ "sql": "DELETE FROM orders" })),
            ("read_file", json!({ "path": "plans/next.md" })),
        ] {
            let mut agent = client_with(&project, era, json!({}));
            let params =
                json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": "waits" } });
            let call = agent.ask("tools/call", params);
            let notice = agent.message_of("notifications/progress")["params"].clone();
            let number = first_question(&project);
            assert_eq!(notice["progressToken"], "waits", "{notice:#}");
            let told = format!("waiting for a person: ticket {number}, `tgp approve {number}`");
            assert_eq!(notice["message"], told.as_str(), "{tool}");
            // It is told again, with more progress each time.
            let later = agent.message_of("notifications/progress")["params"].clone();
            assert!(later["progress"].as_f64() > notice["progress"].as_f64(), "{later:#}");
            project.at_a_terminal(&["deny", &number], "");
            let refusal = agent.answer_of_call(call).raw["structuredContent"].clone();
            assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
        }
    }
}

#[test]
fn a_call_that_meets_a_second_question_asks_it_in_the_window_as_well() {
    let project = patient();
    let source = "export default () => {
  const plan = tgp.read_file('plans/next.md');
  tgp.write_file('out/copy.md', plan);
};\n";
    let run = json!({ "path": "tools/copy.ts" });
    for era in Era::BOTH {
        let mut agent = client(&project, era);
        agent.write("tools/copy.ts", source);
        let done = if era == Era::Legacy {
            let call = agent.ask_call("exec_tool", &run);
            for shown in ["fs.read plans/next.md", "+Next."] {
                let request = agent.message_of("elicitation/create");
                let message = request["params"]["message"].as_str().unwrap();
                assert!(message.contains(shown), "{shown}: {message}");
                agent.reply(&request, &yes());
            }
            agent.answer_of_call(call).raw["structuredContent"].clone()
        } else {
            let first = asked(&mut agent, "exec_tool", &run);
            let again = repeated("exec_tool", &run, &first["requestState"], &yes());
            let second = agent.request("tools/call", again).unwrap();
            assert_eq!(second["resultType"], "input_required", "{second:#}");
            repeat(&mut agent, "exec_tool", &run, &second["requestState"], &yes())
        };
        assert!(done["action"].is_string(), "{done:#}");
        assert_eq!(project.read("out/copy.md"), "Next.\n");
    }
}
