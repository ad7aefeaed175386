//! A fresh sandbox and `fib(n)` in process, beside isolated-vm: fresh isolate and context, in Node's process.

use serde_json::Value;
use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostError, HostReply};
use tgp_sandbox::{Budget, GuestModule, Host, RunInput, Sandbox};

use crate::measure::{Aim, Figure, Row, Unit, repeat, times};
use crate::peer;

/// The tool as the compiler hands it over; the peer runs the same function.
const FIB: &str = "\
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
export default ({ n }) => fib(n);
";

/// A host that has nothing.
struct Nothing;

impl Host for Nothing {
    fn call(&mut self, _call: HostCall, _budget: &Budget) -> HostReply {
        let error = HostError {
            code: "internal".to_owned(),
            name: "Error".to_owned(),
            message: "no host".to_owned(),
        };
        HostReply::Refused { error }
    }
}

fn standard_library() -> Vec<GuestModule> {
    let sources = tgp_wasm_guest::STD_SOURCES.iter();
    sources
        .map(|(name, source)| {
            let module = tgp_compiler::strip_types(name, source).expect("the standard library compiles");
            GuestModule { name: module.name, code: module.code }
        })
        .collect()
}

/// The same limits as a project has, with more CPU time for `fib(25)` on a busy machine.
fn limits() -> Limits {
    Limits { cpu_ms: 2_000, ..Limits::default() }
}

fn ours(sandbox: &Sandbox, n: u32, runs: usize) -> Figure {
    let modules = [GuestModule { name: "tools/math/fib.ts".to_owned(), code: FIB.to_owned() }];
    let tool = sandbox.build("tools/math/fib.ts", &modules, "bench-fib").expect("the tool builds");
    let args = format!("{{\"n\":{n}}}");
    let limits = limits();
    repeat(runs, |_| {
        let budget = Budget::new(&limits, CancelToken::default());
        let input = RunInput { args: &args, seed: 1, now_ms: 0, env: None };
        let outcome = sandbox.run(&tool, input, &budget, &mut Nothing);
        assert!(outcome.result.is_ok(), "{:?}", outcome.result.err());
    })
}

fn peer(n: u32, runs: usize) -> Figure {
    let samples = peer::ask("isolate.mjs", &[&runs.to_string(), &n.to_string()]);
    Figure::of(samples.as_array().expect("a list").iter().filter_map(Value::as_f64).collect())
}

pub(crate) fn measure(effort: f64) -> Vec<Row> {
    let cache = tempfile::Builder::new().prefix("tgp-test-cache-").tempdir().expect("a temporary folder");
    let std = standard_library();
    let sandbox =
        Sandbox::open(cache.path(), &std, &mut |text| eprintln!("bench: {text}")).expect("the sandbox opens");
    let row = |what, n: u32, runs: usize, aim| Row {
        what,
        peer_name: "isolated-vm, fresh isolate and context",
        size: None,
        unit: Unit::Time,
        ours: ours(&sandbox, n, runs),
        peer: peer(n, runs / 5),
        aim,
    };
    vec![
        row("fresh sandbox + `fib(10)`, in process", 10, times(5_000, effort), Aim::Ahead(10.0)),
        row("fresh sandbox + `fib(25)`, in process", 25, times(200, effort), Aim::Ahead(1.0 / 1.5)),
    ]
}
