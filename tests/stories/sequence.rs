//! `tgp sequence run`: all of it, or what was done is taken back in reverse order.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tgp_tests::Project;

use crate::effects::{REFUNDABLE, Shop, session};

/// What a project holds that a sequence may change.
fn world(project: &Project) -> (Vec<(String, i64)>, Vec<String>, Vec<String>) {
    let database = project.database();
    let mut statement = database.prepare("SELECT id, cents FROM charges ORDER BY rowid").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap);
    let files = tgp_tests::project::walk(&project.path("out"));
    let files =
        files.iter().map(|file| format!("{} {}", file.display(), std::fs::read_to_string(file).unwrap()));
    let tools = project.json(&["tool", "list"])["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["path"].to_string())
        .collect();
    (rows.collect(), files.collect(), tools)
}

fn run(project: &Project, file: &str, more: &[&str]) -> (i32, Value) {
    let ended = project.tgp(&[&["sequence", "run", file, "--json"], more].concat());
    (ended.code.unwrap(), ended.json())
}

fn ends(output: &Value) -> Vec<&str> {
    output["steps"].as_array().unwrap().iter().map(|step| step["end"].as_str().unwrap()).collect()
}

/// Writes a file, a row, and then charges: the third step has a high risk, which nobody wrote down but the tool.
fn release(third: &str) -> String {
    format!(
        "agent: ada\nsteps:\n\
         - capability: fs.write\n  with: {{ path: out/release.txt, content: \"1.0\\n\" }}\n\
         - capability: sql.write\n  with: {{ sql: \"INSERT INTO charges VALUES (?, ?)\", params: [planned, 5] }}\n\
         {third}\n\
         - capability: fs.write\n  with: {{ path: out/after.txt, content: never }}\n"
    )
}

const CHARGE: &str = "- capability: tool.effects:tools/shop/charge.ts\n  with: { cents: 5 }";

/// A shop with both tools in the library, and a file that is there before.
fn shop() -> (Shop, Project) {
    let shop = Shop::open();
    let project = shop.project();
    let mut session = session(&project);
    session.write("tools/shop/charge.ts", &shop.charging(REFUNDABLE));
    session.write("tools/shop/refund.ts", &shop.refunding());
    session.write("out/release.txt", "0.9\n");
    session.stop();
    (shop, project)
}

#[test]
fn a_high_risk_capability_denied_by_policy_in_the_third_step_rolls_the_first_two_back() {
    let (shop, project) = shop();
    project.write(
        ".tgp/policy/risk.yaml",
        "version: 1\nrules:\n  - id: no-high-risk\n    effect: deny\n    reason: Nothing of high risk here.\n    match: { risk: \">= high\" }\n",
    );
    project.write("release.yaml", release(CHARGE));
    let before = world(&project);
    let (code, output) = run(&project, "release.yaml", &[]);
    assert_eq!(code, 1, "{output:#}");
    assert_eq!(ends(&output), ["taken_back", "taken_back", "denied", "not_reached"], "{output:#}");
    assert_eq!(
        (&output["done"], &output["rolled_back"], &output["failed_step"]),
        (&json!(false), &json!(true), &json!(3))
    );
    let error = &output["steps"][2]["error"];
    assert_eq!(error["code"], "policy.denied", "{error:#}");
    // The file says nothing about risk: the judge looked it up in what the tool declares.
    assert_eq!(
        (&error["details"]["rule"], &error["details"]["risk"]),
        (&json!("no-high-risk"), &json!("high"))
    );
    assert_eq!(world(&project), before);
    assert_eq!(shop.asked(), Vec::<String>::new(), "nothing left");
    // Every step, each undo and the sequence itself stand in the timeline.
    let timeline = project.json(&["timeline", "--limit", "50"]);
    let row = |action: &Value| {
        timeline["actions"].as_array().unwrap().iter().find(|row| row["id"] == *action).unwrap().clone()
    };
    for (step, status) in [(0, "undone"), (1, "undone"), (2, "denied")] {
        let step = &output["steps"][step];
        assert_eq!(row(&step["action"])["status"], status, "{step:#}");
        assert_eq!(row(&step["action"])["agent"], "ada");
    }
    assert_eq!(row(&output["steps"][0]["undo"])["type"], "undo");
    assert_eq!(
        (&row(&output["action"])["type"], &row(&output["action"])["status"]),
        (&json!("sequence"), &json!("denied"))
    );
    // Without the rule the same file runs.
    std::fs::remove_file(project.path(".tgp/policy/risk.yaml")).unwrap();
    let (code, output) = run(&project, "release.yaml", &[]);
    assert_eq!(code, 0, "{output:#}");
    assert_eq!(shop.asked(), ["POST /charge 5"]);
}

#[test]
fn a_step_that_fails_late_refunds_what_an_earlier_one_charged() {
    let (shop, project) = shop();
    let before = world(&project);
    let steps =
        format!("{CHARGE}\n- capability: sql.write\n  with: {{ sql: \"INSERT INTO nowhere VALUES (1)\" }}");
    project.write("release.json", serde_json::to_string(&json!({
        "agent": "ada",
        "steps": [
            { "capability": "fs.write", "with": { "path": "out/release.txt", "content": "1.0\n" } },
            { "capability": "tool.run", "with": { "path": "tools/shop/charge.ts", "args": { "cents": 5 } } },
            { "capability": "sql.write", "with": { "sql": "INSERT INTO nowhere VALUES (1)" } },
        ],
    })).unwrap());
    let (code, output) = run(&project, "release.json", &[]);
    assert_eq!(code, 1, "{output:#}");
    assert_eq!(ends(&output), ["taken_back", "taken_back", "failed"], "{output:#}");
    assert_eq!(shop.asked(), ["POST /charge 5", "POST /refund n1 5"], "{steps}");
    let after = world(&project);
    assert_eq!((&after.1, &after.2), (&before.1, &before.2));
    assert_eq!(after.0, [("refund".to_owned(), -5)], "the refund's own row stays: it happened");
}

#[test]
fn a_finished_sequence_is_taken_back_as_one() {
    let (shop, project) = shop();
    project.write(
        "release.yaml",
        release("- capability: sql.read\n  with: { sql: \"SELECT count(*) FROM charges\" }"),
    );
    let before = world(&project);
    let (code, output) = run(&project, "release.yaml", &[]);
    assert_eq!(code, 0, "{output:#}");
    assert_eq!(ends(&output), ["executed"; 4]);
    assert_eq!(output["steps"][2]["output"]["rows"], json!([[1]]));
    project.tgp(&["undo", output["action"].as_str().unwrap()]).succeeded();
    assert_eq!(world(&project), before);
    let again = project.tgp(&["undo", output["action"].as_str().unwrap()]);
    assert_ne!(again.code, Some(0), "{}", again.both());
    assert_eq!(shop.asked(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_taken_back_is_named_and_has_an_exit_code_of_its_own() {
    let (_shop, project) = shop();
    // The refund is gone, so the charge stays; what came before it comes back all the same.
    let mut session = session(&project);
    session.write("tools/shop/refund.ts", "export const effects = [{ kind: \"api_call\", method: \"POST\", host: \"127.0.0.1\", description: \"Refunds.\", compensation: \"tools/shop/charge.ts\" }];\n/** Fails. */\nexport default (given: { args: unknown; result: unknown }): number => {\n  throw new Error(`closed ${JSON.stringify(given).length}`);\n};\n");
    session.stop();
    project.write(
        "release.yaml",
        release(&format!("{CHARGE}\n- capability: tool.run\n  with: {{ path: tools/none.ts }}")),
    );
    let (code, output) = run(&project, "release.yaml", &[]);
    assert_eq!(code, 20, "{output:#}");
    assert_eq!(ends(&output), ["taken_back", "taken_back", "stays", "failed", "not_reached"]);
    assert!(output["steps"][2]["error"]["message"].as_str().unwrap().contains("closed"), "{output:#}");
    assert_eq!(output["rolled_back"], false);
    assert_eq!(project.read("out/release.txt"), "0.9\n");
}

#[test]
fn a_file_with_a_mistake_runs_nothing_and_is_named_with_its_place() {
    let (_shop, project) = shop();
    let before = world(&project);
    for (text, says) in [
        ("- capability: fs.write\n  wiht: {}\n", "bad.yaml:2:"),
        (
            "- capability: fs.write\n  with: { path: out/a.txt, content: a }\n- capability: fs.erase\n",
            "line 3",
        ),
        (
            "- capability: fs.write\n  with: { path: out/a.txt, content: a }\n- capability: fs.write\n  with: { path: out/b.txt, contents: b }\n",
            "contents",
        ),
        ("- capability: approval.answer\n", "cannot be a step"),
        ("- capability: token.mint\n  with: { agent: ada }\n", "cannot be a step"),
    ] {
        project.write("bad.yaml", text);
        let ended = project.tgp(&["sequence", "run", "bad.yaml", "--agent", "ada"]);
        assert_eq!(ended.code, Some(1), "{}", ended.both());
        assert!(ended.stderr.contains(says), "{says}: {}", ended.both());
    }
    assert_eq!(world(&project), before);
    let missing = project.tgp(&["sequence", "run", "none.yaml"]);
    assert!(missing.stderr.contains("file.not_found"), "{}", missing.both());
}

#[test]
fn an_agent_that_may_not_run_sequences_is_denied_before_the_first_step() {
    let (_shop, project) = shop();
    project.write(".tgp/scopes/bob.yaml", "agent: bob\npaths: { read: [\"**\"], write: [\"out/**\"] }\n");
    project.write("release.yaml", release(CHARGE));
    let before = world(&project);
    let ended = project.tgp(&["sequence", "run", "release.yaml", "--agent", "bob"]);
    assert!(ended.stderr.contains("policy.denied"), "{}", ended.both());
    assert_eq!(world(&project), before);
}

#[test]
fn a_sequence_that_was_killed_in_the_middle_is_taken_back_by_the_next_start() {
    let (_shop, project) = shop();
    let mut session = session(&project);
    session.write(
        "tools/wait.ts",
        "/** Waits. */\nexport default async ({ url }: { url: string }) => (await fetch(url)).status;\n",
    );
    session.stop();
    let before = world(&project);
    // A server that takes the connection and never answers: the step lasts until the process is killed in it.
    let (port, connected) = silent();
    let scope = project.read(".tgp/scopes/ada.yaml");
    project.write(".tgp/scopes/ada.yaml", scope.replace("[\"@allowedFetchUrls\"]", "[\"127.0.0.1\"]"));
    let config = project.read("tgp.config.ts");
    project.write(
        "tgp.config.ts",
        config.replace("allowedFetchUrls: [", &format!("allowedFetchUrls: ['http://127.0.0.1:{port}/', ")),
    );
    project.write("release.yaml", release(&format!("- capability: tool.run\n  with: {{ path: tools/wait.ts, args: {{ url: \"http://127.0.0.1:{port}/\" }} }}")));
    let mut child: Child = command(&project, &["sequence", "run", "release.yaml"]).spawn().unwrap();
    connected.recv().unwrap();
    assert_eq!(project.read("out/release.txt"), "1.0\n", "the first step is done");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world(&project), before);
    let timeline = project.json(&["timeline", "--limit", "50", "--type", "sequence"]);
    let row = &timeline["actions"][0];
    assert_eq!(row["status"], "abandoned", "{row:#}");
    assert!(row["description"].as_str().unwrap().contains("was taken back"), "{row:#}");
}

fn command(project: &Project, arguments: &[&str]) -> Command {
    let mut command = project.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A port that takes connections and says nothing; each connection is told.
fn silent() -> (u16, std::sync::mpsc::Receiver<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().flatten() {
            (&stream).flush().ok();
            held.push(stream);
            if sender.send(()).is_err() {
                break;
            }
        }
    });
    (port, receiver)
}
