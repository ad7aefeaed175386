//! Signals: every command ends cleanly, and leaves nothing behind.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::Place;

const ENDLESS: &str =
    "limits: { cpuMs: 600000, wallMs: 600000, fuel: 9000000000000000 }, database: 'sqlite:app.db'";
const BUSY: &str = "\
/** Writes without end. */
export default () => {
  while (true) tgp.exec_sql('INSERT INTO t VALUES (1)');
};
";

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits for the end, and fails when it takes longer than a host would wait.
fn end(mut child: Child) -> Option<i32> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(Instant::now() < deadline, "it does not end");
        std::thread::yield_now();
    }
}

/// A project with a tool that writes until it is stopped.
fn busy() -> Place {
    let place = Place::with_config(ENDLESS);
    place.write("app.db", "");
    place.tgp(&["sql", "CREATE TABLE t (n INTEGER)"]).done();
    place.forge("tools/busy.ts", BUSY);
    place
}

/// No lock of Git's, no temporary file, no row of the interrupted run, and nothing that keeps the next one waiting. (The
/// lock files in `state` stay: what locks is the operating system's lock on them.)
fn assert_clean(place: &Place) {
    assert_eq!(place.json(&["sql", "SELECT count(*) FROM t"])["rows"][0][0], 0);
    place.tgp(&["sql", "INSERT INTO t VALUES (2)"]).done();
    let mut open = vec![place.root()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert!(!name.contains(".lock") && !name.contains(".tgp-"), "{}", entry.path().display());
            if entry.file_type().unwrap().is_dir() && name != "state" {
                open.push(entry.path());
            }
        }
    }
}

/// The run has begun when it has written: its transaction holds the database.
fn wait_until_it_writes(place: &Place) {
    let journal = [place.root().join("app.db-journal"), place.root().join("app.db-wal")];
    let deadline = Instant::now() + Duration::from_mins(1);
    while !journal.iter().any(|file| file.metadata().is_ok_and(|found| found.len() > 0)) {
        assert!(Instant::now() < deadline, "the tool did not begin");
        std::thread::yield_now();
    }
}

#[test]
fn a_running_tool_ends_with_the_signal_and_is_rolled_back() {
    for (name, code) in [("-TERM", 143), ("-INT", 130)] {
        let place = busy();
        let child = place.command(&["tool", "run", "tools/busy.ts"]).stderr(Stdio::null()).spawn().unwrap();
        wait_until_it_writes(&place);
        signal(&child, name);
        assert_eq!(end(child), Some(code), "{name}");
        assert_clean(&place);
    }
}

#[test]
fn a_session_ends_with_sigterm_and_leaves_nothing() {
    let place = busy();
    let mut child = place.command(&["mcp"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(
        input,
        r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"protocolVersion":"2025-11-25","capabilities":{{}},"clientInfo":{{"name":"t","version":"1"}}}}}}"#
    )
    .unwrap();
    output.next().unwrap().unwrap();
    writeln!(input, r#"{{"jsonrpc":"2.0","method":"notifications/initialized"}}"#).unwrap();
    writeln!(
        input,
        r#"{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{{"name":"exec_tool","arguments":{{"path":"tools/busy.ts","args":{{}}}}}}}}"#
    )
    .unwrap();
    wait_until_it_writes(&place);
    signal(&child, "-TERM");
    assert_eq!(end(child), Some(0));
    assert_clean(&place);
}

#[test]
fn a_session_ends_with_its_input() {
    let place = Place::project();
    let said = place.command(&["mcp"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(said.stdout.is_empty());
}
