//! Tools that run tools, through a host that calls the sandbox again.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostReply};
use tgp_sandbox::{Budget, Host, RunError, RunInput, RunOutcome, ToolModule};

use crate::harness::{done, input, refuse, sandbox, tool, wide};

/// Runs whatever a tool asks for: the path names one of these tools.
struct Tools(Vec<(&'static str, Arc<ToolModule>)>);

impl Tools {
    fn of(tools: &[(&'static str, &str)]) -> Self {
        Self(tools.iter().map(|(path, code)| (*path, tool(code))).collect())
    }

    fn run(&mut self, path: &str, args: &str, budget: &Budget) -> RunOutcome {
        let tool = Arc::clone(&self.0.iter().find(|(name, _)| *name == path).unwrap().1);
        sandbox().run(&tool, RunInput { args, ..input("") }, budget, self)
    }
}

impl Host for Tools {
    fn call(&mut self, call: HostCall, budget: &Budget) -> HostReply {
        let HostCall::ExecTool { path, args } = call else { return refuse("test.other", "only tools") };
        match self.run(&path, &args.to_string(), budget).result {
            Ok(json) => done(serde_json::from_str::<Value>(&json).unwrap()),
            Err(error) => refuse("tool.failed", &error.to_string()),
        }
    }
}

const RECURSIVE: &str = "export default ({ n }) => n === 0 ? 'bottom' : tgp.exec_tool('self', { n: n - 1 });";

fn run(tools: &[(&'static str, &str)], args: &str, limits: &Limits) -> RunOutcome {
    let mut tools = Tools::of(tools);
    let first = tools.0[0].0;
    tools.run(first, args, &Budget::new(limits, CancelToken::new()))
}

#[test]
fn a_tool_runs_another_and_gets_its_result() {
    let tools = [
        ("calculator", "export default ({ a, b }) => tgp.exec_tool('multiplier', { a, b }) + 1;"),
        ("multiplier", "export default ({ a, b }) => a * b;"),
    ];
    assert_eq!(run(&tools, r#"{"a":6,"b":7}"#, &wide()).result.unwrap(), "43");
}

#[test]
fn awaiting_a_nested_tool_works_too() {
    let tools = [
        ("a", "export default async () => [await tgp.exec_tool('b'), await tgp.exec_tool('b', { x: 1n })];"),
        ("b", "export default async (args) => args ?? 'nothing';"),
    ];
    let expected = json!(["nothing", {"x": {"$bigint": "1"}}]);
    assert_eq!(serde_json::from_str::<Value>(&run(&tools, "{}", &wide()).result.unwrap()).unwrap(), expected);
}

#[test]
fn tools_calling_themselves_without_end_stop_at_the_depth() {
    let limits = Limits { depth: 5, ..wide() };
    assert_eq!(run(&[("self", RECURSIVE)], r#"{"n":4}"#, &limits).result.unwrap(), r#""bottom""#);
    let outcome = run(&[("self", RECURSIVE)], r#"{"n":1000000}"#, &limits);
    let Err(RunError::Threw { message, code, .. }) = outcome.result else { panic!("{outcome:?}") };
    assert!(message.ends_with("nested too deeply"), "{message}");
    assert_eq!(code.as_deref(), Some("tool.failed"));
}

#[test]
fn the_deepest_nesting_needs_no_large_thread_stack() {
    let limits = Limits { depth: 32, memory_bytes: 512 << 20, ..wide() };
    let down = "const down = (n) => n === 0 ? 0 : down(n - 1) + 1;
        export default ({ n }) => [down(500), n === 0 ? 'bottom' : tgp.exec_tool('self', { n: n - 1 })].at(-1);";
    let run = move || run(&[("self", down)], r#"{"n":31}"#, &limits).result.unwrap();
    let result = thread::Builder::new().stack_size(512 << 10).spawn(run).unwrap().join().unwrap();
    assert_eq!(result, r#""bottom""#);
}

#[test]
fn nested_runs_share_the_fuel() {
    let inner = ("b", "export default () => { let s = 0; for (let i = 0; i < 1e5; i++) s += i; return s; };");
    let one = run(&[("a", "export default () => tgp.exec_tool('b');"), inner], "{}", &wide());
    let two =
        run(&[("a", "export default () => tgp.exec_tool('b') + tgp.exec_tool('b');"), inner], "{}", &wide());
    assert!(two.fuel > one.fuel * 3 / 2, "{} {}", one.fuel, two.fuel);
    let limits = Limits { fuel: one.fuel + one.fuel / 4, ..wide() };
    let code = "export default () => { for (;;) { try { tgp.exec_tool('b'); } catch {} } };";
    assert_eq!(
        run(&[("a", code), inner], "{}", &limits).result.unwrap_err(),
        RunError::Fuel { limit: limits.fuel }
    );
}

#[test]
fn nested_runs_share_the_cpu_time() {
    let limits = Limits { cpu_ms: 60, fuel: u64::MAX / 2, ..wide() };
    let inner = ("b", "export default () => { let s = 0; for (let i = 0; i < 1e4; i++) s += i; return s; };");
    let outcome = run(
        &[("a", "export default () => { for (;;) { try { tgp.exec_tool('b'); } catch {} } };"), inner],
        "{}",
        &Limits { host_calls: u32::MAX, ..limits },
    );
    assert_eq!(outcome.result.unwrap_err(), RunError::CpuTimeout { limit: Duration::from_millis(60) });
    assert!(outcome.cpu < Duration::from_millis(90), "{:?}", outcome.cpu);
}

#[test]
fn nested_runs_share_the_host_calls() {
    let limits = Limits { host_calls: 10, ..wide() };
    let code = "export default () => { for (;;) { try { tgp.exec_tool('b'); } catch {} } };";
    let outcome = run(&[("a", code), ("b", "export default () => { tgp.read_file('x'); };")], "{}", &limits);
    assert_eq!(outcome.result.unwrap_err(), RunError::HostCalls { limit: 10 });
}

#[test]
fn nested_runs_share_the_memory() {
    let half = "export default () => { const all = new Uint8Array(40 << 20); tgp.exec_tool('b'); return all.length; };";
    let outcome =
        run(&[("a", half), ("b", "export default () => new Uint8Array(40 << 20).length;")], "{}", &wide());
    let Err(RunError::Threw { message, .. }) = outcome.result else { panic!("{outcome:?}") };
    assert!(message.starts_with("out of memory"), "{message}");
    let one_after_the_other = "export default () => tgp.exec_tool('b') + tgp.exec_tool('b');";
    let outcome = run(
        &[("a", one_after_the_other), ("b", "export default () => new Uint8Array(40 << 20).length;")],
        "{}",
        &wide(),
    );
    assert_eq!(outcome.result.unwrap(), (80 << 20).to_string());
}

#[test]
fn cancelling_ends_all_levels() {
    let cancel = CancelToken::new();
    let limits = Limits { fuel: u64::MAX / 2, ..wide() };
    let budget = Budget::new(&limits, cancel.clone());
    let mut tools = Tools::of(&[
        ("a", "export default () => { for (;;) { try { tgp.exec_tool('b'); } catch {} } };"),
        ("b", "export default () => { for (;;); };"),
    ]);
    let outcome = thread::scope(|scope| {
        let running = scope.spawn(|| tools.run("a", "{}", &budget));
        while budget.depth() < 2 {
            thread::yield_now();
        }
        cancel.cancel();
        running.join().unwrap()
    });
    assert_eq!(outcome.result.unwrap_err(), RunError::Cancelled);
}

#[test]
fn many_runs_at_once_wait_for_their_seats() {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..40)
            .map(|_| scope.spawn(|| run(&[("self", RECURSIVE)], r#"{"n":7}"#, &wide()).result))
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().unwrap(), r#""bottom""#);
        }
    });
}
