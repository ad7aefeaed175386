//! Measures the gate and the audit chain at 1 k, 100 k and 1 M rows of history, and prints the rows as JSON for the
//! benchmark to read.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot measure ends")]
#![allow(clippy::print_stdout, reason = "its output is the result")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use tgp_gate::{Action, Call, Clock, Gate, MachineClock, Rules};
use tgp_model::{ActionId, ActionType, AgentName, RepoPath, SessionId, Timestamp};
use tgp_policy::{JudgeSettings, Target};
use tgp_store::{Intent, Outcome, Store};

/// Rows of history.
const ROWS: [u64; 3] = [1_000, 100_000, 1_000_000];
/// The time of the first row; what is measured comes later.
const PAST: u64 = 1_700_000_000_000;
/// Callers at once, each with an intent of its own.
const CALLERS: u64 = 64;

fn main() {
    let effort: f64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1.0);
    let folder = tempfile::Builder::new().prefix("tgp-test-history-").tempdir().expect("a temporary folder");
    let floor = floor(&folder.path().join("floor.db"), effort);
    let path = folder.path().join("tgp.db");
    let (mut rows, mut filled) = (Vec::new(), 0);
    for full in ROWS {
        let wanted = (times(1_000, effort) as u64) * full / 1_000;
        let store = Store::open(&path).expect("the state database opens");
        fill(&store, filled, wanted);
        filled = wanted;
        rows.extend(history(store, wanted, &floor, effort));
    }
    println!("{}", Value::Array(rows));
}

/// How many runs this much effort means.
fn times(full: u32, effort: f64) -> usize {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let scaled = (f64::from(full) * effort) as usize;
    scaled.max(100)
}

/// Median and 99th percentile of runs after a tenth of that unmeasured, in microseconds.
fn repeat(runs: usize, mut work: impl FnMut()) -> Value {
    (0..runs.div_ceil(10)).for_each(|_| work());
    let timed = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed().as_secs_f64() * 1e6
    };
    let mut samples: Vec<f64> = (0..runs).map(timed).collect();
    samples.sort_by(f64::total_cmp);
    json!({ "p50": samples[runs / 2], "p99": samples[runs * 99 / 100] })
}

fn per_second(count: u64, begun: Instant) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts of rows")]
    let count = count as f64;
    count / begun.elapsed().as_secs_f64()
}

/// The least a synced transaction can cost on this disk: one row in one table.
fn floor(path: &Path, effort: f64) -> Value {
    let connection = rusqlite::Connection::open(path).expect("a database");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)")
        .expect("a table");
    repeat(times(1_000, effort), || {
        connection.execute("INSERT INTO t VALUES (1)", []).expect("a row");
    })
}

/// Fills the history with reads, as agents make most of it.
fn fill(store: &Store, from: u64, to: u64) {
    for number in from..to {
        store.note_read(&intent(number), &outcome(number)).expect("the store works");
    }
    store.flush().expect("the store works");
}

fn intent(number: u64) -> Intent {
    Intent {
        action: ActionId::from_parts(PAST + number, u128::from(number)),
        // A session does a thousand things to a few dozen files, one after the other.
        session: SessionId::from_parts(PAST, u128::from(number / 1_000)),
        client: Some("claude-code 2.1".to_owned()),
        project: "/home/ada/shop".to_owned(),
        kind: ActionType::FileRead,
        description: "Read `tools/reports/downgrade.ts`".to_owned(),
        files: vec![format!("tools/reports/downgrade{}.ts", number / 1_000 * 30 + number % 30)],
        details: json!({ "lines": 512 }),
        clock_ms: (PAST + number).cast_signed(),
        rule: "default.read".to_owned(),
        lock_id: "01KAB0000000000000000000LK".to_owned(),
        at: Timestamp((PAST + number).cast_signed()),
        ..Intent::default()
    }
}

fn outcome(number: u64) -> Outcome {
    Outcome {
        action: ActionId::from_parts(PAST + number, u128::from(number)),
        duration_ms: 1.25,
        at: Timestamp((PAST + number).cast_signed() + 1),
        ..Outcome::default()
    }
}

fn history(store: Store, rows: u64, floor: &Value, effort: f64) -> Vec<Value> {
    let rules = Rules::new(JudgeSettings::default(), [], Box::new(|| None)).expect("the shipped rules hold");
    let gate =
        Gate::new(rules, store, Arc::new(MachineClock), "/home/ada/shop".to_owned(), "lock".to_owned());
    let session = tgp_gate::new_session_id(&MachineClock);
    let call = || gate.call(AgentName::default(), session, Some("bench 1".to_owned()));
    let changing = repeat(times(1_000, effort), || change(&gate, &call()));
    let reading = repeat(times(20_000, effort), || read(&gate, &call()));
    gate.store().flush().expect("the store works");
    let appended = appended(gate.store(), times(20_000, effort) as u64);
    let verified = verified(gate.store());
    vec![
        json!({
            "what": "gate: a change judged and noted, one synced transaction", "rows": rows, "ours": changing,
            "at_most": 300.0, "peer": floor, "beside": "one row in one table, synced",
        }),
        json!({ "what": "gate: a read judged and noted", "rows": rows, "ours": reading, "at_most": 30.0 }),
        json!({
            "what": "audit: intents of 64 callers, each synced before it is answered", "rows": rows,
            "per_second": appended, "at_least": 20e3,
        }),
        json!({ "what": "audit: rows verified", "rows": rows, "per_second": verified, "at_least": 1e6 }),
    ]
}

/// A write of one file, without the writing.
fn change(gate: &Gate, call: &Call) {
    let mut action = Action::begin(gate, call, ActionType::FileModify, "Wrote `tools/notes/n.ts`".to_owned());
    let path: RepoPath = "tools/notes/n.ts".parse().expect("a path");
    action.facts.files = vec![path.clone()];
    action.facts.content = vec![("tools/notes/n.ts".to_owned(), vec![b'x'; 1_024])];
    let judged = action.judge("fs.write", vec![Target::path(&path).of_bytes(1_024)]);
    let noted = judged.and_then(|()| action.note_intent());
    action.end(noted).expect("it is allowed and noted");
}

/// A read of one file, without the reading.
fn read(gate: &Gate, call: &Call) {
    call.skip_line();
    let mut action = Action::begin(gate, call, ActionType::FileRead, "Read `tools/notes/n.ts`".to_owned());
    let path: RepoPath = "tools/notes/n.ts".parse().expect("a path");
    action.facts.files = vec![path.clone()];
    let judged = action.judge("fs.read", vec![Target::path(&path)]);
    action.end(judged).expect("it is allowed and noted");
}

/// Many callers at once, each of whom is answered when its intent is on the disk.
fn appended(store: &Store, count: u64) -> f64 {
    let begun = Instant::now();
    let at = MachineClock.now().0.cast_unsigned();
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let action = ActionId::from_parts(at, u128::from(number) << 20);
                    store.note_intent(&Intent { action, ..intent(number) }).expect("the store works");
                }
            });
        }
    });
    per_second(count, begun)
}

fn verified(store: &Store) -> f64 {
    let begun = Instant::now();
    let report = store.verify_audit().expect("the chain can be read");
    assert_eq!(report.damage, None);
    per_second(report.rows, begun)
}
