//! What tools do to the world: declared, judged before it leaves, held to, and made up for when it is taken back.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::{Era, Project, Session};

/// A shop that remembers what it was asked: `POST /charge 5`. It answers with a number of its own.
pub(crate) struct Shop {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut hanging = Vec::new();
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { break };
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut first = String::new();
                reader.read_line(&mut first).unwrap();
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let line = first.split(' ').take(2).collect::<Vec<_>>().join(" ");
                let body = String::from_utf8(body).unwrap();
                let number = {
                    let mut noted = noted.lock().unwrap();
                    noted.push(format!("{line} {body}").trim().to_owned());
                    noted.len()
                };
                if line.ends_with("/hang") {
                    hanging.push(stream);
                    continue;
                }
                let answer = if line.ends_with("/off") {
                    format!(
                        "HTTP/1.1 302 Found\r\nLocation: http://localhost:{port}/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                } else if line.ends_with("/away") {
                    "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned()
                } else {
                    let text = format!("n{number}");
                    format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
                        text.len()
                    )
                };
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Self { port, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Waits until it was asked this often; a request that never comes fails here.
    fn wait_for(&self, requests: usize) {
        let until = Instant::now() + Duration::from_secs(30);
        while self.asked().len() < requests {
            assert!(Instant::now() < until, "asked only {:?}", self.asked());
            std::thread::yield_now();
        }
    }

    /// A project whose tools may reach the shop, by its address and by its name, and write rows and files.
    pub(crate) fn project(&self) -> Project {
        let port = self.port;
        let project = Project::with_settings(&format!(
            "database: 'sqlite:shop.db', fs: {{ allowedDirs: ['./out'] }}, \
             allowedFetchUrls: ['http://127.0.0.1:{port}/', 'http://localhost:{port}/'], approvals: {{ wait: 0 }},",
        ));
        std::fs::create_dir_all(project.path("out")).unwrap();
        project.database().execute_batch("CREATE TABLE charges (id TEXT, cents INTEGER)").unwrap();
        project.write(
            ".tgp/scopes/ada.yaml",
            "agent: ada\npaths: { read: [\"**\"], write: [\"tools/**\", \"out/**\"] }\n\
             tools: { write: [\"tools/**\"], run: [\"tools/**\"] }\n\
             database: { read: [\"*\"], write: [\"*\"], schema: [] }\n\
             network: { allowed: [\"@allowedFetchUrls\"] }\ntasks: { undo: own }\n",
        );
        project
    }

    /// A tool that posts, with this declaration; it also writes a row.
    pub(crate) fn charging(&self, declaration: &str) -> String {
        format!(
            "{declaration}\n/** Charges a customer. */\n\
             export default async ({{ cents }}: {{ cents: number }}) => {{\n\
             \x20 const answer = await fetch(\"http://127.0.0.1:{}/charge\", {{ method: \"POST\", body: String(cents) }});\n\
             \x20 const id = await answer.text();\n\
             \x20 tgp.exec_sql(\"INSERT INTO charges VALUES (?, ?)\", [id, cents]);\n\
             \x20 return {{ id }};\n}};\n",
            self.port
        )
    }

    /// A tool that takes a charge back: it is given the arguments and the result of the charge.
    pub(crate) fn refunding(&self) -> String {
        format!(
            "export const effects = [{{ kind: \"api_call\", method: \"POST\", host: \"127.0.0.1\", \
             description: \"Gives the money back.\", compensation: \"tools/shop/charge.ts\" }}];\n\
             /** Refunds a charge. */\n\
             export default async (given: {{ args: {{ cents: number }}, result: {{ id: string }} }}) => {{\n\
             \x20 const body = `${{given.result.id}} ${{given.args.cents}}`;\n\
             \x20 const answer = await fetch(\"http://127.0.0.1:{}/refund\", {{ method: \"POST\", body }});\n\
             \x20 tgp.exec_sql(\"INSERT INTO charges VALUES (?, ?)\", [\"refund\", -given.args.cents]);\n\
             \x20 return answer.status;\n}};\n",
            self.port
        )
    }
}

pub(crate) const REFUNDABLE: &str = "export const effects = [{ kind: \"api_call\", method: \"POST\", host: \"127.0.0.1\", \
     description: \"Charges the customer.\", compensation: \"tools/shop/refund.ts\" }];";
const FOR_GOOD: &str = "export const effects = [{ kind: \"api_call\", method: \"POST\", host: \"127.0.0.1\", \
     description: \"Charges the customer.\" }];";

pub(crate) fn session(project: &Project) -> Session {
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", "ada"]));
    session.connect(Era::Legacy);
    session
}

fn rows(project: &Project) -> Vec<(String, i64)> {
    let database = project.database();
    let mut statement = database.prepare("SELECT id, cents FROM charges ORDER BY rowid").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn row(project: &Project, action: &Value) -> Value {
    let timeline = project.json(&["timeline", "--limit", "100"]);
    timeline["actions"].as_array().unwrap().iter().find(|row| row["id"] == *action).unwrap().clone()
}

#[test]
fn a_changing_request_that_was_not_declared_is_stopped_before_it_leaves() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/charge.ts", &shop.charging(""));
    let refused = session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).refused();
    assert_eq!(refused.code, "tool.effects_undeclared", "{:#}", refused.raw);
    assert!(refused.message.contains("POST") && refused.message.contains("127.0.0.1"), "{}", refused.message);
    // A tool that catches the refusal goes on for nothing: what it writes is not kept.
    let catching = format!(
        "/** Catches. */\nexport default async (): Promise<number> => {{\n  try {{ await fetch(\"http://127.0.0.1:{}/charge\", {{ method: \"DELETE\" }}); }} catch {{ }}\n  tgp.exec_sql(\"INSERT INTO charges VALUES ('x', 1)\");\n  tgp.write_file(\"out/a.txt\", \"a\");\n  return 1;\n}};\n",
        shop.port
    );
    session.write("tools/shop/catching.ts", &catching);
    assert_eq!(session.exec("tools/shop/catching.ts", json!({})).refused().code, "tool.effects_undeclared");
    session.stop();
    assert_eq!(shop.asked(), Vec::<String>::new());
    assert_eq!(rows(&project), []);
    assert!(!project.path("out/a.txt").exists());
}

#[test]
fn another_method_or_host_than_declared_is_stopped_also_in_a_nested_tool() {
    let shop = Shop::open();
    let project = shop.project();
    let scope = project.read(".tgp/scopes/ada.yaml");
    project.write(
        ".tgp/scopes/ada.yaml",
        scope.replace("[\"@allowedFetchUrls\"]", "[\"127.0.0.1\", localhost]"),
    );
    let mut session = session(&project);
    for declaration in [
        REFUNDABLE.replace("POST", "PUT"),
        REFUNDABLE.replace("127.0.0.1", "localhost"),
        "export const effects = [];".to_owned(),
    ] {
        let host =
            if declaration.contains("localhost") { "host: \"localhost\"" } else { "host: \"127.0.0.1\"" };
        let refund = shop.refunding().replace("host: \"127.0.0.1\"", host);
        session.write("tools/shop/refund.ts", &refund);
        session.write("tools/shop/charge.ts", &shop.charging(&declaration));
        let refused = session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).refused();
        assert_eq!(refused.code, "tool.effects_undeclared", "{declaration}: {:#}", refused.raw);
    }
    // What the outer tool declares is not the inner one's to use.
    session.write("tools/shop/charge.ts", &shop.charging(""));
    let outer = format!(
        "{REFUNDABLE}\n/** Charges twice. */\nexport default async (): Promise<number> => {{\n  await tgp.exec_tool(\"tools/shop/charge.ts\", {{ cents: 1 }});\n  return 1;\n}};\n"
    );
    session.write("tools/shop/outer.ts", &outer);
    assert_eq!(session.exec("tools/shop/outer.ts", json!({})).refused().code, "tool.effects_undeclared");
    session.stop();
    assert_eq!(shop.asked(), Vec::<String>::new());
}

#[test]
fn a_redirect_of_a_changing_request_is_not_followed() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/refund.ts", &shop.refunding());
    let away = shop
        .charging(REFUNDABLE)
        .replace("/charge\"", "/away\"")
        .replace("const id = await answer.text();", "const id = String(answer.status);");
    session.write("tools/shop/charge.ts", &away);
    let done = session.exec("tools/shop/charge.ts", json!({ "cents": 5 }));
    assert_eq!(*done.result(), json!({ "id": "307" }));
    session.stop();
    assert_eq!(shop.asked(), ["POST /away 5"]);
}

#[test]
fn a_bad_declaration_is_named_with_its_place() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    for (declaration, line, says) in [
        (
            "export const effects = [\n  { kind: \"api_call\", method: \"POST\", host: \"a.example\", description: \"x\", risk: \"low\" },\n];",
            2,
            "risk",
        ),
        (
            "export const effects = [\n  { kind: \"api_call\", method: \"FETCH\",\n    host: \"a.example\", description: \"x\" },\n];",
            2,
            "no method",
        ),
        (
            "export const effects = [\n  {\n    kind: \"message\",\n    channel: \"mail\", description: \"x\", compensation: \"tools/a.ts\" },\n];",
            4,
            "unsent",
        ),
        (
            "export const effects = [{ kind: \"wish\", description: \"x\" }];",
            1,
            "api_call, deploy or message",
        ),
        ("export const effects = [{ kind: \"deploy\", description: \"x\" }];", 1, "missing"),
        ("export const effects = make();\nfunction make() { return []; }", 1, "literal"),
        ("export const effects = \"POST\";", 1, "list"),
    ] {
        session.write("tools/shop/charge.ts", &shop.charging(declaration));
        let checked = session.check("tools/shop/charge.ts");
        assert_eq!(checked["valid"], false, "{declaration}");
        let error = checked["errors"].as_array().unwrap().iter().find(|one| one["code"] == "compile.effects");
        let error = error.unwrap_or_else(|| panic!("{declaration}: {checked:#}"));
        assert_eq!(error["line"], line, "{error:#}");
        assert!(error["message"].as_str().unwrap().contains(says), "{error:#}");
        let refused = session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).refused();
        assert_eq!(refused.code, "compile.effects", "{:#}", refused.raw);
    }
    session.stop();
    assert_eq!(shop.asked(), Vec::<String>::new());
}

#[test]
fn undoing_a_charge_refunds_it_with_the_original_arguments_and_result_and_takes_its_rows_back() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/charge.ts", &shop.charging(REFUNDABLE));
    session.write("tools/shop/refund.ts", &shop.refunding());
    let done = session.exec("tools/shop/charge.ts", json!({ "cents": 500 }));
    assert_eq!(*done.result(), json!({ "id": "n1" }));
    let charge = done.done()["action"].clone();
    let shown = session.call("undo_action", json!({ "action": charge, "dry_run": true })).done().clone();
    assert_eq!(shown["compensated"][0]["by"], "tool.effects:tools/shop/refund.ts", "{shown:#}");
    assert_eq!(shop.asked(), ["POST /charge 500"], "looking refunds nothing");
    let undone = session.call("undo_action", json!({ "action": charge })).done().clone();
    assert_eq!(shop.asked(), ["POST /charge 500", "POST /refund n1 500"]);
    assert_eq!(rows(&project), [("refund".to_owned(), -500)], "the row of the charge is gone");
    let refund = undone["compensated"][0]["run"].clone();
    assert_eq!(row(&project, &refund)["type"], "tool_run", "an action of its own");
    assert_eq!(row(&project, &charge)["status"], "undone");
    // Nobody is paid twice: not by undoing again, not by undoing the session, not by doing it again.
    assert_eq!(session.call("undo_action", json!({ "action": charge })).refused().code, "undo.impossible");
    let number = row(&project, &charge)["session"].as_str().unwrap().to_owned();
    session.stop();
    project.tgp(&["undo", "--session", &number, "--yes"]).succeeded();
    assert_eq!(rows(&project), [], "charge and refund cancel out; the rows of both are gone");
    project.tgp(&["redo"]);
    assert_eq!(
        shop.asked().iter().filter(|line| line.contains("refund n1")).count(),
        1,
        "{:?}",
        shop.asked()
    );
}

#[test]
fn a_person_takes_a_charge_back_as_well_and_a_refund_that_fails_leaves_everything() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/charge.ts", &shop.charging(REFUNDABLE));
    // A compensation that is only a name lowers no risk.
    let asked = session.exec("tools/shop/charge.ts", json!({ "cents": 7 })).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{:#}", asked.raw);
    let made = session.write("tools/shop/refund.ts", &shop.refunding()).done()["action"].clone();
    let charge = session.exec("tools/shop/charge.ts", json!({ "cents": 7 })).done()["action"]
        .as_str()
        .unwrap()
        .to_owned();
    session.call("undo_action", json!({ "action": made })).done();
    let missing = project.tgp(&["undo", &charge, "--json"]);
    assert!(missing.both().contains("tool.not_found"), "{}", missing.both());
    assert_eq!(rows(&project), [("n1".to_owned(), 7)], "nothing was taken back");
    session.write("tools/shop/refund.ts", "/** Refuses. */\nexport default (given: { args: unknown; result: unknown }): number => {\n  throw new Error(`the shop is closed ${JSON.stringify(given)}`);\n};\n");
    let failed = project.tgp(&["undo", &charge, "--json"]);
    assert!(failed.both().contains("the shop is closed"), "{}", failed.both());
    assert_eq!(rows(&project), [("n1".to_owned(), 7)]);
    session.write("tools/shop/refund.ts", &shop.refunding());
    session.stop();
    project.tgp(&["undo", &charge]).succeeded();
    assert_eq!(shop.asked(), ["POST /charge 7", "POST /refund n1 7"]);
    assert_eq!(rows(&project), [("refund".to_owned(), -7)]);
}

#[test]
fn what_nothing_takes_back_asks_first_and_says_so_afterwards() {
    let shop = Shop::open();
    let project = shop.project();
    let mut agent = session(&project);
    let message = FOR_GOOD.replace(
        "}];",
        "}, { kind: \"message\", channel: \"mail\", description: \"Tells the customer.\" }];",
    );
    agent.write("tools/shop/charge.ts", &shop.charging(FOR_GOOD));
    agent.write("tools/shop/tell.ts", &shop.charging(&message));
    let asked = agent.exec("tools/shop/charge.ts", json!({ "cents": 5 })).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{:#}", asked.raw);
    let asked = agent.exec("tools/shop/tell.ts", json!({ "cents": 5 })).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{:#}", asked.raw);
    assert_eq!(shop.asked(), Vec::<String>::new(), "nothing left before the answer");
    agent.stop();
    // The person does it, and learns afterwards what cannot be had back.
    let done = project.json(&["tool", "run", "tools/shop/tell.ts", "--args", "{\"cents\":5}"]);
    let action = done["action"].as_str().unwrap();
    let refused = project.tgp(&["undo", action, "--json"]);
    assert!(refused.both().contains("cannot be unsent"), "{}", refused.both());
    assert_eq!(shop.asked().len(), 1);
}

#[test]
fn a_run_that_failed_after_it_had_sent_something_does_not_say_that_nothing_stayed() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/refund.ts", &shop.refunding());
    session.write(
        "tools/shop/charge.ts",
        &shop.charging(REFUNDABLE).replace("return { id };", "throw new Error(id);"),
    );
    let failed = session.exec("tools/shop/charge.ts", json!({ "cents": 9 })).refused();
    let action = failed.raw["action"].as_str().unwrap().to_owned();
    let refused = session.call("undo_action", json!({ "action": action })).refused();
    assert_eq!(refused.code, "undo.impossible");
    assert!(refused.message.contains("had sent POST"), "{}", refused.message);
    session.stop();
}

#[test]
fn arguments_and_result_of_a_charge_are_kept_for_the_undo_and_stand_in_no_record() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    let secret = shop
        .charging(REFUNDABLE)
        .replace("{ cents }: { cents: number }", "{ cents, password }: { cents: number; password: string }")
        .replace("return { id };", "return { id, password };");
    session.write("tools/shop/charge.ts", &secret);
    let refund = shop
        .refunding()
        .replace("args: { cents: number }", "args: { cents: number, password: string }")
        .replace("result: { id: string }", "result: { id: string, password: string }")
        .replace("${given.args.cents}`", "${given.args.password}`");
    session.write("tools/shop/refund.ts", &refund);
    let args = json!({ "cents": 5, "password": "hunter2-of-the-shop" });
    let charge = session.exec("tools/shop/charge.ts", args).done()["action"].clone();
    assert!(!project.state_text().contains("hunter2-of-the-shop"));
    session.call("undo_action", json!({ "action": charge })).done();
    session.stop();
    assert_eq!(shop.asked()[1], "POST /refund n1 hunter2-of-the-shop");
    // The refund's own arguments are the charge's, and redacted like them.
    assert!(!project.state_text().contains("hunter2-of-the-shop"));
}

#[test]
fn a_message_is_sent_once_after_a_person_was_told_that_it_cannot_be_unsent() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    let message = FOR_GOOD.replace(
        "}];",
        "}, { kind: \"message\", channel: \"mail\", description: \"Tells the customer.\" }];",
    );
    session.write("tools/shop/tell.ts", &shop.charging(&message));
    let asked = session.exec("tools/shop/tell.ts", json!({ "cents": 5 })).refused();
    let ticket = asked.raw["details"]["ticket"].as_str().unwrap().to_owned();
    let question = project.json(&["approvals", &ticket]);
    let preview = question["preview"].as_str().unwrap();
    assert!(preview.contains("Tells the customer.") && preview.contains("cannot be unsent"), "{preview}");
    let said = project.at_a_terminal(&["approve", &ticket], "y");
    assert_eq!(said.code, Some(0), "{}", said.both());
    assert!(said.stdout.contains("cannot be unsent"), "{}", said.both());
    assert_eq!(shop.asked(), Vec::<String>::new(), "approving runs nothing");
    session.exec("tools/shop/tell.ts", json!({ "cents": 5 })).done();
    assert_eq!(shop.asked(), ["POST /charge 5"]);
    let again = session.exec("tools/shop/tell.ts", json!({ "cents": 5 })).refused();
    assert_eq!(again.code, "policy.requires_approval", "a yes is used once");
    session.stop();
    assert_eq!(shop.asked().len(), 1);
}

#[test]
fn what_a_run_has_to_ask_about_is_asked_before_it_sends_and_otherwise_it_says_what_it_sent() {
    let shop = Shop::open();
    let project = shop.project();
    let scope = project.read(".tgp/scopes/ada.yaml");
    let asks = scope.replace("\"out/**\"] }", "\"out/**\"], require_approval: [\"out/asked/**\"] }");
    project.write(".tgp/scopes/ada.yaml", asks);
    let mut session = session(&project);
    session.write("tools/shop/refund.ts", &shop.refunding());
    let charge = shop.charging(REFUNDABLE);
    let note = "tgp.write_file(\"out/asked/note.txt\", \"charged\");";
    session.write(
        "tools/shop/charge.ts",
        &charge.replace("  const answer", &format!("  {note}\n  const answer")),
    );
    let asked = session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{:#}", asked.raw);
    assert_eq!(shop.asked(), Vec::<String>::new(), "asked first");
    let ticket = asked.raw["details"]["ticket"].as_str().unwrap().to_owned();
    assert_eq!(project.at_a_terminal(&["approve", &ticket], "y").code, Some(0));
    session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).done();
    assert_eq!(shop.asked(), ["POST /charge 5"], "charged once");
    assert_eq!(project.read("out/asked/note.txt"), "charged");
    session.write("tools/shop/charge.ts", &charge.replace("  return", &format!("  {note}\n  return")));
    let late = session.exec("tools/shop/charge.ts", json!({ "cents": 6 })).refused();
    assert_eq!(late.code, "policy.requires_approval", "{:#}", late.raw);
    assert!(
        late.message.contains("had sent POST")
            && late.raw["hint"].as_str().unwrap().contains("sends that again"),
        "{:#}",
        late.raw
    );
    session.stop();
    assert_eq!(rows(&project), [("n1".to_owned(), 5)], "nothing of the second run is kept");
}

/// The requests that the timeline has of an action.
fn fetched(project: &Project, action: &Value) -> Value {
    let state = rusqlite::Connection::open(project.path(".tgp/state/tgp.db")).unwrap();
    let sql = "SELECT json_extract(details, '$.fetched') FROM agent_actions WHERE id = ?1";
    let text: String = state.query_row(sql, [action.as_str().unwrap()], |row| row.get(0)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_request_of_a_run_is_noted_before_it_leaves_and_a_start_after_a_kill_says_what_may_have_left() {
    let shop = Shop::open();
    let project = shop.project();
    let mut running = session(&project);
    running.write("tools/shop/refund.ts", &shop.refunding()).done();
    let port = shop.port;
    let tool = format!(
        "{REFUNDABLE}\n/** Looks, writes and sends. */\nexport default async (): Promise<number> => {{\n\
         \x20 tgp.exec_sql(\"INSERT INTO charges VALUES ('a', 1)\");\n\
         \x20 await fetch(\"http://127.0.0.1:{port}/look\");\n\
         \x20 await fetch(\"http://127.0.0.1:{port}/hang\", {{ method: \"POST\", body: \"secret\" }});\n\
         \x20 return 1;\n}};\n"
    );
    running.write("tools/shop/charge.ts", &tool).done();
    running.ask_call("exec_tool", &json!({ "path": "tools/shop/charge.ts", "args": {} }));
    shop.wait_for(2);
    running.kill();
    let timeline = project.json(&["timeline", "--type", "tool_run"]);
    let row = &timeline["actions"][0];
    let requests =
        [format!("GET http://127.0.0.1:{port}/look"), format!("POST http://127.0.0.1:{port}/hang")];
    assert_eq!(fetched(&project, &row["id"]), json!(requests), "{row:#}");
    assert_eq!(row["status"], "failed", "{row:#}");
    let description = row["description"].as_str().unwrap();
    assert!(description.contains(&format!("it may have sent {}", requests[1])), "{description}");
    let refused = project.tgp(&["undo", row["id"].as_str().unwrap(), "--json"]);
    assert!(refused.both().contains("it had sent POST"), "{}", refused.both());
    assert_eq!(rows(&project), [], "its row was never committed");
    let exported = project.tgp(&["audit", "export"]).stdout;
    assert_eq!(exported.lines().filter(|line| line.contains("\"sent\"")).count(), 2, "{exported}");
}

#[test]
fn what_left_before_a_kill_keeps_what_its_undo_needs_and_the_undo_runs_it() {
    let shop = Shop::open();
    let project = shop.project();
    let port = shop.port;
    let mut running = session(&project);
    // It finds out by the order's own number what came of it, because nobody knows the result.
    let refund = format!(
        "export const effects = [{{ kind: \"api_call\", method: \"POST\", host: \"127.0.0.1\", \
         description: \"Cancels.\", compensation: \"tools/shop/charge.ts\" }}];\n/** Cancels an order. */\n\
         export default async (given: {{ args: {{ order: string; end: string }}, result: number | null }}): Promise<number> => {{\n\
         \x20 const body = `${{given.args.order}} ${{given.result}}`;\n\
         \x20 const answer = await fetch(\"http://127.0.0.1:{port}/cancel\", {{ method: \"POST\", body }});\n\
         \x20 return answer.status;\n}};\n"
    );
    running.write("tools/shop/refund.ts", &refund).done();
    let tool = format!(
        "{REFUNDABLE}\n/** Orders. */\nexport default async (args: {{ order: string; end: string }}): Promise<number> => {{\n\
         \x20 await fetch(\"http://127.0.0.1:{port}/order\", {{ method: \"POST\", body: args.order }});\n\
         \x20 if (args.end === \"throw\") throw new Error(\"lost\");\n\
         \x20 if (args.end === \"hang\") await fetch(\"http://127.0.0.1:{port}/hang\");\n\
         \x20 return 1;\n}};\n"
    );
    running.write("tools/shop/charge.ts", &tool).done();
    // One that ends well is made up for with its result, once.
    let well =
        running.exec("tools/shop/charge.ts", json!({ "order": "o1", "end": "" })).done()["action"].clone();
    let undone = project.json(&["undo", well.as_str().unwrap(), "--yes"]);
    assert!(undone["error"].is_null(), "{undone:#}");
    assert_eq!(shop.asked(), ["POST /order o1", "POST /cancel o1 1"]);
    // One that failed by itself, and one that was killed, with the arguments as they were.
    let thrown = running.exec("tools/shop/charge.ts", json!({ "order": "o2", "end": "throw" })).refused();
    running.ask_call(
        "exec_tool",
        &json!({ "path": "tools/shop/charge.ts", "args": { "order": "o3", "end": "hang" } }),
    );
    shop.wait_for(5);
    running.kill();
    let runs = project.json(&["timeline", "--type", "tool_run"])["actions"].clone();
    let killed = runs.as_array().unwrap().last().unwrap().clone();
    assert_eq!(killed["status"], "failed", "{killed:#}");
    // Taking back all of an agent leaves them, and says what is possible.
    let all = project.json(&["undo", "--agent", "ada", "--dry-run"]);
    let left = all["left"].to_string();
    assert!(left.contains("it had sent POST") && left.contains("runs `tools/shop/refund.ts`"), "{all:#}");
    for (action, order) in [(thrown.raw["action"].clone(), "o2"), (killed["id"].clone(), "o3")] {
        let id = action.as_str().unwrap();
        let plan = project.json(&["undo", id, "--dry-run"]);
        assert_eq!(plan["compensated"][0]["by"], "tool.effects:tools/shop/refund.ts", "{plan:#}");
        let done = project.json(&["undo", id, "--yes"]);
        assert!(done["compensated"][0]["run"].is_string(), "{done:#}");
        assert_eq!(shop.asked().last().unwrap(), &format!("POST /cancel {order} null"));
        assert_eq!(row(&project, &action)["status"], "undone");
        let again = project.tgp(&["undo", id, "--yes"]);
        assert!(again.both().contains("was taken back before"), "{}", again.both());
    }
    project.tgp(&["audit", "verify"]).succeeded();
}

#[test]
fn where_a_redirect_leads_is_judged_and_noted_like_what_was_asked_for() {
    let shop = Shop::open();
    let project = shop.project();
    let port = shop.port;
    let scope = project.read(".tgp/scopes/ada.yaml");
    let hosts = |list: &str| {
        project.write(".tgp/scopes/ada.yaml", scope.replace("[\"@allowedFetchUrls\"]", list));
    };
    hosts("[\"127.0.0.1\"]");
    let mut session = session(&project);
    let tool = format!(
        "/** Looks. */\nexport default async (): Promise<string> => {{\n\
         \x20 const answer = await fetch(\"http://127.0.0.1:{port}/off\");\n  return answer.url;\n}};\n"
    );
    session.write("tools/look.ts", &tool).done();
    let refused = session.exec("tools/look.ts", json!({})).refused();
    assert_eq!(refused.code, "policy.denied", "{:#}", refused.raw);
    assert!(refused.message.contains("localhost"), "{}", refused.message);
    assert_eq!(shop.asked(), ["GET /off"], "the redirect was not followed");
    session.stop();
    hosts("[\"127.0.0.1\", localhost]");
    let mut session = self::session(&project);
    let done = session.exec("tools/look.ts", json!({}));
    assert_eq!(*done.result(), json!(format!("http://localhost:{port}/elsewhere")));
    let action = done.done()["action"].clone();
    session.stop();
    let steps =
        [format!("GET http://127.0.0.1:{port}/off"), format!("GET http://localhost:{port}/elsewhere")];
    assert_eq!(fetched(&project, &action), json!(steps));
}

#[test]
fn a_yes_to_a_nested_tool_shows_what_leaves_and_is_for_that_source_and_those_arguments_only() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/inner.ts", &shop.charging(FOR_GOOD)).done();
    let outer = "/** Calls. */\nexport default async ({ cents }: { cents: number }): Promise<number> => {\n\
         \x20 await tgp.exec_tool(\"tools/shop/inner.ts\", { cents });\n  return 1;\n};\n";
    session.write("tools/shop/outer.ts", outer).done();
    let asked = session.exec("tools/shop/outer.ts", json!({ "cents": 5 })).refused();
    assert_eq!(asked.code, "policy.requires_approval", "{:#}", asked.raw);
    let question = project.json(&["approvals", asked.raw["details"]["ticket"].as_str().unwrap()]);
    let preview = question["preview"].as_str().unwrap();
    for shown in ["POST to 127.0.0.1", "Charges the customer.", "nothing takes it back", "\"cents\":5"] {
        assert!(preview.contains(shown), "{shown}: {preview}");
    }
    let ticket = asked.raw["details"]["ticket"].as_str().unwrap().to_owned();
    assert_eq!(project.at_a_terminal(&["approve", &ticket], "y").code, Some(0));
    let other = shop.charging(FOR_GOOD).replace("/charge\"", "/other\"");
    session.write("tools/shop/inner.ts", &other).done();
    let again = session.exec("tools/shop/outer.ts", json!({ "cents": 5 })).refused();
    assert_eq!(again.code, "policy.requires_approval", "{:#}", again.raw);
    assert_eq!(shop.asked(), Vec::<String>::new(), "the yes was for another source");
    session.write("tools/shop/inner.ts", &shop.charging(FOR_GOOD)).done();
    session.exec("tools/shop/outer.ts", json!({ "cents": 5 })).done();
    assert_eq!(shop.asked(), ["POST /charge 5"]);
    session.stop();
}

#[test]
fn a_compensation_that_reaches_nothing_where_the_effect_was_lowers_no_risk() {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/charge.ts", &shop.charging(REFUNDABLE)).done();
    let idle = "/** Does nothing. */\nexport default (given: { args: unknown; result: unknown }): number => {\n\
         \x20 return given === undefined ? 0 : 1;\n};\n";
    let declares = |what: &str| shop.refunding().replace("method: \"POST\", host: \"127.0.0.1\"", what);
    for refund in [
        idle.to_owned(),
        declares("method: \"GET\", host: \"127.0.0.1\""),
        declares("method: \"POST\", host: \"localhost\""),
    ] {
        session.write("tools/shop/refund.ts", &refund).done();
        let asked = session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).refused();
        assert_eq!(asked.code, "policy.requires_approval", "{refund}: {:#}", asked.raw);
        assert_eq!(asked.raw["details"]["risk"], "critical", "{:#}", asked.raw);
    }
    assert_eq!(shop.asked(), Vec::<String>::new(), "nothing left without a question");
    session.write("tools/shop/refund.ts", &shop.refunding()).done();
    session.exec("tools/shop/charge.ts", json!({ "cents": 5 })).done();
    session.stop();
}
