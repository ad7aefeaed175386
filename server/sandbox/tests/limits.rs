//! Each limit, met, and told apart from the others.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostReply};
use tgp_sandbox::{Budget, Host, RunError};

use crate::harness::{Answering, NoHost, done, input, run, run_with, sandbox, tool, wide};

const FOREVER: &str = "export default () => { while (true); };";

#[test]
fn allocating_100_mb_is_a_memory_error() {
    let outcome = run_with(
        "export default () => new ArrayBuffer(100 * 1024 * 1024).byteLength;",
        "{}",
        &Limits::default(),
        &mut NoHost,
    );
    assert_eq!(outcome.result.unwrap_err(), RunError::Memory { limit: 64 << 20 });
}

#[test]
fn the_memory_limit_can_be_raised() {
    let limits = Limits { memory_bytes: 256 << 20, ..wide() };
    let outcome = run_with(
        "export default () => new ArrayBuffer(100 * 1024 * 1024).byteLength;",
        "{}",
        &limits,
        &mut NoHost,
    );
    assert_eq!(outcome.result.unwrap(), "104857600");
}

#[test]
fn a_memory_limit_too_small_for_the_engine_is_a_memory_error() {
    let limits = Limits { memory_bytes: 1 << 20, ..wide() };
    let outcome = run_with("export default () => 1;", "{}", &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::Memory { limit: 1 << 20 });
}

#[test]
fn while_true_ends_within_the_cpu_limit() {
    let limits = Limits { fuel: u64::MAX / 2, ..Limits::default() };
    let outcome = run_with(FOREVER, "{}", &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::CpuTimeout { limit: Duration::from_millis(50) });
    assert!(outcome.cpu >= Duration::from_millis(50), "{:?}", outcome.cpu);
    assert!(outcome.cpu < Duration::from_millis(75), "{:?}", outcome.cpu);
}

#[test]
fn while_true_ends_within_the_wall_limit() {
    let limits = Limits { fuel: u64::MAX / 2, wall_ms: 30, ..wide() };
    let outcome = run_with(FOREVER, "{}", &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::WallTimeout { limit: Duration::from_millis(30) });
}

#[test]
fn while_true_ends_within_the_fuel() {
    let limits = Limits { fuel: 1_000_000, ..wide() };
    let outcome = run_with(FOREVER, "{}", &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::Fuel { limit: 1_000_000 });
    assert_eq!(outcome.fuel, 1_000_000);
}

/// Works for as long as it is told, by the thread's own clock.
struct Busy(Duration);

impl Host for Busy {
    fn call(&mut self, _: HostCall, _: &Budget) -> HostReply {
        let begun = Instant::now();
        while begun.elapsed() < self.0 {
            std::hint::spin_loop();
        }
        done(json!("x"))
    }
}

#[test]
fn the_hosts_own_work_is_not_the_tools_cpu_time() {
    let code = "export default () => tgp.read_file('a');";
    let outcome = run_with(code, "{}", &Limits::default(), &mut Busy(Duration::from_millis(120)));
    assert_eq!(outcome.result.unwrap(), r#""x""#);
    assert!(outcome.cpu < Duration::from_millis(50), "{:?}", outcome.cpu);
}

#[test]
fn a_host_call_left_open_when_the_time_runs_out_ends_the_run() {
    let limits = Limits { wall_ms: 50, ..wide() };
    let code = "export default () => { try { tgp.read_file('a'); } catch {} return 'went on'; };";
    let outcome = run_with(code, "{}", &limits, &mut Busy(Duration::from_millis(80)));
    assert_eq!(outcome.result.unwrap_err(), RunError::WallTimeout { limit: Duration::from_millis(50) });
}

#[test]
fn a_cancelled_run_ends_within_milliseconds() {
    let (tool, cancel) = (tool(FOREVER), CancelToken::new());
    let limits = Limits { fuel: u64::MAX / 2, ..wide() };
    let budget = Budget::new(&limits, cancel.clone());
    let (outcome, waited) = thread::scope(|scope| {
        let running = scope.spawn(|| sandbox().run(&tool, input("{}"), &budget, &mut NoHost));
        // The tool is inside its loop once CPU time has been used.
        while budget.cpu_used() == Duration::ZERO {
            thread::yield_now();
        }
        let cancelled = Instant::now();
        cancel.cancel();
        (running.join().unwrap(), cancelled.elapsed())
    });
    assert_eq!(outcome.result.unwrap_err(), RunError::Cancelled);
    assert!(waited < Duration::from_secs(2), "{waited:?}");
}

#[test]
fn a_run_cancelled_before_it_begins_does_not_begin() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let mut host = Answering::with(|_| done(json!(1)));
    let tool = tool("export default () => { tgp.read_file('a'); while (true); };");
    let outcome = sandbox().run(&tool, input("{}"), &Budget::new(&wide(), cancel), &mut host);
    assert_eq!(outcome.result.unwrap_err(), RunError::Cancelled);
}

#[test]
fn logs_are_kept_in_order_and_cut_at_their_limit() {
    let code = "export default () => { console.log('a', 1, { b: [1n] }, undefined); console.warn(new TypeError('t')); console.error('e'); console.debug(); };";
    let logs: Vec<_> = run(code, "{}").logs.into_iter().map(|line| (line.level, line.text)).collect();
    let expected = [
        ("info", r#"a 1 {"b":[{"$bigint":"1"}]} undefined"#),
        ("warn", "TypeError: t"),
        ("error", "e"),
        ("debug", ""),
    ];
    assert_eq!(logs, expected.map(|(level, text)| (level.to_owned(), text.to_owned())));
    let limits = Limits { log_bytes: 100, ..wide() };
    let outcome = run_with(
        "export default () => { for (let i = 0; i < 1e5; i++) console.log('x'.repeat(60)); };",
        "{}",
        &limits,
        &mut NoHost,
    );
    assert_eq!(outcome.logs.len(), 2);
    assert!(outcome.logs[1].text.ends_with("(cut: `limits.logBytes` is reached)"), "{:?}", outcome.logs[1]);
}

#[test]
fn logs_of_a_run_that_was_ended_are_kept() {
    let limits = Limits { fuel: 10_000_000, ..wide() };
    let outcome = run_with(
        "export default () => { console.log('before'); while (true); };",
        "{}",
        &limits,
        &mut NoHost,
    );
    assert_eq!(outcome.logs[0].text, "before");
}
