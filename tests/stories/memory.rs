//! Ten thousand runs that throw, loop or allocate leave the server's memory where it was.

use serde_json::json;
use tgp_tests::{Project, Session};

/// How far resident memory may drift, in bytes.
const DRIFT: u64 = 10_000_000;
/// Runs of each kind before the first measurement: caches and pools reach their size.
const WARM_UP: usize = 300;
/// Runs of all kinds together.
const RUNS: usize = 10_000;

const KINDS: [(&str, &str, &str); 3] = [
    ("tools/throwing.ts", "export default () => { throw new Error('Boom'); };\n", "tool.threw"),
    ("tools/looping.ts", "export default () => { for (;;); };\n", "sandbox.timeout"),
    (
        "tools/allocating.ts",
        "export default () => new ArrayBuffer(104857600).byteLength;\n",
        "sandbox.memory",
    ),
];

fn run(session: &mut Session, number: usize) {
    let (path, _, code) = KINDS[number % KINDS.len()];
    assert_eq!(session.exec(path, json!({})).refused().code, code, "{path}");
}

#[test]
fn ten_thousand_throwing_looping_and_allocating_runs_leave_memory_within_ten_megabytes() {
    let project = Project::with_settings("tools: { 'tools/looping.ts': { limits: { cpuMs: 2 } } },");
    let mut session = project.session();
    for (path, source, _) in KINDS {
        session.write(path, source);
    }
    (0..WARM_UP).for_each(|number| run(&mut session, number));
    let before = session.resident();
    (0..RUNS).for_each(|number| run(&mut session, number));
    let after = session.resident();
    assert!(after <= before + DRIFT, "{before} bytes before, {after} bytes after");
    session.stop();
}
