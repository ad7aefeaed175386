//! Prints what noting, searching and verifying cost: `cargo run --release -p tgp-store --example measure_store`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for whoever wants the figures")]

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tgp_model::{ActionId, ActionStatus, ActionType, Decision, SessionId, Timestamp};
use tgp_store::{ActionFilter, Intent, Outcome, Store, ToolEntry};

const NOW: i64 = 1_795_251_600_000;

fn main() {
    if let Some(path) = std::env::var_os("MEASURE_STORE_APPEND") {
        let first = u64::from(std::process::id()) * 10_000_000;
        append_in_threads(&Store::open(Path::new(&path)).unwrap(), first, 8, 1_000);
        return;
    }
    if let Some(path) = std::env::var_os("MEASURE_STORE_VERIFY") {
        let begun = Instant::now();
        let report = Store::open(Path::new(&path)).unwrap().verify_audit().unwrap();
        println!("verify {} rows: {:.0} k/s", report.rows, rate(report.rows, begun.elapsed()));
        return;
    }
    let folder = tempfile::tempdir_in(".").unwrap();
    floor(&folder.path().join("floor.db"));
    let rows: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    for rows in if rows.is_empty() { vec![1_000, 1_000_000] } else { rows } {
        timeline(&folder.path().join(format!("{rows}.db")), rows);
    }
    for tools in [10, 1_000, 10_000] {
        search(&folder.path().join(format!("tools-{tools}.db")), tools);
    }
}

/// The least a synced transaction can cost here: one row in one table.
fn floor(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)")
        .unwrap();
    measure("one row in one table, synced", 1_000, || {
        connection.execute("INSERT INTO t VALUES (1)", []).unwrap();
    });
    connection.execute_batch("PRAGMA synchronous = NORMAL").unwrap();
    measure("one row in one table, not synced", 1_000, || {
        connection.execute("INSERT INTO t VALUES (1)", []).unwrap();
    });
}

fn timeline(path: &Path, rows: u64) {
    let store = Store::open(path).unwrap();
    let begun = Instant::now();
    for number in 0..rows {
        store.note_read(&intent(number), &outcome(number)).unwrap();
    }
    store.flush().unwrap();
    println!("{rows} rows: filled with reads at {:.0} k/s", rate(rows, begun.elapsed()));
    let mut next = rows;
    let mut number = || {
        next += 1;
        next
    };
    measure("  intent (synced)", 1_000, || store.note_intent(&intent(number())).unwrap());
    let (mut both, mut ends) = (Vec::new(), Vec::new());
    for _ in 0..1_000 {
        let one = number();
        let begun = Instant::now();
        store.note_intent(&intent(one)).unwrap();
        let half = Instant::now();
        store.note_outcome(&outcome(one)).unwrap();
        both.push(begun.elapsed());
        ends.push(half.elapsed());
    }
    print("  intent and outcome", both);
    print("  outcome alone", ends);
    measure("  intent with 8 KiB of content", 500, || {
        let mut intent = intent(number());
        intent.content = vec![("tools/a.ts".to_owned(), vec![b'x'; 8 << 10])];
        store.note_intent(&intent).unwrap();
    });
    measure("  read (grouped)", 5_000, || {
        let one = number();
        store.note_read(&intent(one), &outcome(one)).unwrap();
    });
    store.flush().unwrap();
    measure("  the last 50 actions", 100, || {
        assert_eq!(store.actions(&ActionFilter { limit: 50, ..ActionFilter::default() }).unwrap().len(), 50);
    });
    measure("  the last 50 of a session", 100, || {
        let filter = ActionFilter { session: Some(session(3)), limit: 50, ..ActionFilter::default() };
        assert_eq!(store.actions(&filter).unwrap().len(), 50);
    });
    measure("  open intents", 20, || drop(store.open_intents().unwrap()));
    let begun = Instant::now();
    let report = store.verify_audit().unwrap();
    assert!(report.damage.is_none());
    println!("  verify {} rows: {:.0} k/s", report.rows, rate(report.rows, begun.elapsed()));
    measure("  proof of one action", 20, || drop(store.prove_action(intent(rows / 3).action).unwrap()));
    grouped(&store, path);
    drop(store);
    measure("  open and close", 20, || drop(Store::open(path).unwrap()));
    println!("  {} bytes a row", std::fs::metadata(path).unwrap().len() / report.rows);
}

/// Intents of many threads and several processes at once; each is synced before it is answered.
fn grouped(store: &Store, path: &Path) {
    for threads in [4, 16, 64] {
        let first = 1_000_000_000 + threads * 100_000_000;
        let count = 16_000 / threads;
        let begun = Instant::now();
        append_in_threads(store, first, threads, count);
        println!(
            "  intents of {threads} threads, each synced: {:.1} k/s",
            rate(threads * count, begun.elapsed())
        );
    }
    let begun = Instant::now();
    let children: Vec<_> = (0..4).map(|_| again(path)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    println!("  intents of 4 processes of 8 threads: {:.1} k/s", rate(32_000, begun.elapsed()));
    let begun = Instant::now();
    for number in 0..100_000 {
        let number = 3_000_000_000 + number;
        store.note_read(&intent(number), &outcome(number)).unwrap();
    }
    store.flush().unwrap();
    println!("  reads of 1 thread: {:.1} k/s", rate(100_000, begun.elapsed()));
    let begun = Instant::now();
    let report = store.verify_audit().unwrap();
    assert!(report.damage.is_none());
    println!("  verify {} rows: {:.0} k/s", report.rows, rate(report.rows, begun.elapsed()));
}

#[allow(clippy::disallowed_methods, reason = "it starts itself again to measure several processes")]
fn again(path: &Path) -> std::process::Child {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.env("MEASURE_STORE_APPEND", path).spawn().unwrap()
}

/// Numbers come in the order of time, as those of real actions do.
fn append_in_threads(store: &Store, first: u64, threads: u64, count: u64) {
    let next = std::sync::atomic::AtomicU64::new(first);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..count {
                    let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    store.note_intent(&intent(number)).unwrap();
                }
            });
        }
    });
}

fn rate(count: u64, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64() / 1e3
}

fn search(path: &Path, tools: usize) {
    const WORDS: &[&str] = &[
        "user", "invoice", "report", "weight", "parcel", "customer", "month", "state", "delete", "send",
        "list", "count", "merge", "convert", "validate", "export", "import", "order", "price", "stock",
        "email", "date", "tax", "region",
    ];
    let word = |number: usize| WORDS[number % WORDS.len()];
    let entries: Vec<ToolEntry> = (0..tools)
        .map(|number| ToolEntry {
            path: format!("tools/{}/{}{}-{number}.ts", word(number), word(number / 3 + 1), word(number / 7 + 2)),
            description: format!(
                "{}s the {} of a {} for each {} by {} number {number}",
                word(number * 5), word(number / 11), word(number / 13), word(number / 17), word(number / 2)
            ),
            schema: json!({ "type": "object", "properties": { (word(number / 5)): {"type": "string"}, "limit": {"type": "number"} } }),
            imports: vec![],
            version: "1".to_owned(),
            hash: number.to_string(),
        })
        .collect();
    let store = Store::open(path).unwrap();
    let begun = Instant::now();
    store.index_tools(&entries, "a").unwrap();
    println!("{tools} tools: indexed in {:?}", begun.elapsed());
    measure("  index again, nothing changed", 10, || {
        assert_eq!(store.index_tools(&entries, "b").unwrap(), 0);
    });
    measure("  find, rare words", 50, || drop(store.find_tools("number 7", 10).unwrap()));
    measure("  find, common words", 50, || {
        drop(store.find_tools("send the invoice of a customer by email", 10).unwrap());
    });
}

fn session(number: u64) -> SessionId {
    SessionId::from_parts(NOW.cast_unsigned(), u128::from(number))
}

fn intent(number: u64) -> Intent {
    Intent {
        action: ActionId::from_parts(NOW.cast_unsigned() + number, u128::from(number)),
        // A session does a thousand things to a few dozen files, one after the other.
        session: session(number / 1_000),
        agent: "coder".parse().unwrap(),
        client: Some("claude-code 2.1".to_owned()),
        project: "01KAB0000000000000000000PR".to_owned(),
        kind: ActionType::FileModify,
        status: ActionStatus::Pending,
        description: "Wrote `tools/reports/downgrade.ts`".to_owned(),
        files: vec![format!("tools/reports/downgrade{}.ts", number / 1_000 * 30 + number % 30)],
        sql: None,
        tool: None,
        details: json!({ "bytes": 512 }),
        seed: None,
        clock_ms: NOW,
        content: Vec::new(),
        decision: Decision::Allow,
        rule: "library.write".to_owned(),
        lock_id: "01KAB0000000000000000000LK".to_owned(),
        at: Timestamp(NOW + number.cast_signed()),
        ..Intent::default()
    }
}

fn outcome(number: u64) -> Outcome {
    Outcome {
        action: ActionId::from_parts(NOW.cast_unsigned() + number, u128::from(number)),
        status: ActionStatus::Executed,
        error_code: None,
        duration_ms: 1.25,
        fuel: None,
        commit_id: None,
        files: None,
        sql: None,
        at: Timestamp(NOW + number.cast_signed() + 1),
        ..Outcome::default()
    }
}

fn measure(what: &str, times: usize, mut work: impl FnMut()) {
    let taken = (0..times)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    print(what, taken);
}

fn print(what: &str, mut taken: Vec<Duration>) {
    taken.sort();
    println!(
        "{what}: p50 {:?}, p99 {:?}, worst {:?}",
        taken[taken.len() / 2],
        taken[taken.len() * 99 / 100],
        taken[taken.len() - 1]
    );
}
