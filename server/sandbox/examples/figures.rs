//! Prints what the sandbox costs: opening, building, a fresh run, CPU-bound runs.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostReply};
use tgp_sandbox::{Budget, GuestModule, Host, RunInput, Sandbox, ToolModule};

struct Echo;

impl Host for Echo {
    fn call(&mut self, _: HostCall, _: &Budget) -> HostReply {
        HostReply::Done { value: serde_json::Value::Null }
    }
}

const FIB: &str =
    "const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2); export default (args) => fib(args.n);";
const ROWS: &str = "export default (args) => {
    const text = Array.from({ length: args.n }, (_, i) => `${i},name${i},${i * 3}`).join('\\n');
    return text.split('\\n').map((line) => line.split(',')).filter((row) => Number(row[2]) % 2 === 0).length;
};";
const CALLS: &str =
    "export default (args) => { for (let i = 0; i < args.n; i++) tgp.read_file('a'); return 1; };";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cache = std::env::temp_dir().join("tgp-sandbox-figures");
    let mut out = io::stdout().lock();
    let begun = Instant::now();
    let sandbox = Sandbox::open(&cache, &[], &mut |_| ())?;
    writeln!(out, "open (made where missing)    {:>10.1?}", begun.elapsed())?;
    drop(sandbox);
    let begun = Instant::now();
    let sandbox = Sandbox::open(&cache, &[], &mut |_| ())?;
    writeln!(out, "open (mapped from the cache) {:>10.1?}", begun.elapsed())?;
    let begun = Instant::now();
    let fresh = format!("{FIB} // {:?}", std::process::id());
    build(&sandbox, &fresh)?;
    writeln!(out, "build, new tool              {:>10.1?}", begun.elapsed())?;
    let fib = build(&sandbox, FIB)?;
    let rows = build(&sandbox, ROWS)?;
    let calls = build(&sandbox, CALLS)?;
    let mut line = |what: &str, tool: &ToolModule, n: u32, count: u32| -> io::Result<()> {
        let (wall, cpu, fuel) = measure(&sandbox, tool, n, count);
        writeln!(out, "{what:<28} {wall:>10.1?}   least CPU {cpu:>10.1?}   fuel {fuel}")
    };
    line("fresh instance + fib(0)", &fib, 0, 2000)?;
    line("fresh instance + fib(10)", &fib, 10, 2000)?;
    line("fresh instance + fib(25)", &fib, 25, 50)?;
    line("rows: 2,000", &rows, 2000, 50)?;
    line("rows: 20,000", &rows, 20_000, 20)?;
    line("host calls: 0", &calls, 0, 500)?;
    line("host calls: 100", &calls, 100, 500)?;
    drop(sandbox);
    let begun = Instant::now();
    let sandbox = Sandbox::open(&cache, &[], &mut |_| ())?;
    build(&sandbox, FIB)?;
    writeln!(out, "open + build from disk       {:>10.1?}", begun.elapsed())?;
    Ok(())
}

fn build(sandbox: &Sandbox, code: &str) -> Result<std::sync::Arc<ToolModule>, tgp_sandbox::BuildToolError> {
    let module = GuestModule { name: "tools/a.ts".to_owned(), code: code.to_owned() };
    sandbox.build("tools/a.ts", &[module], code)
}

/// Median of the time on the wall, and the least CPU time of the guest, which a busy machine disturbs least.
fn measure(sandbox: &Sandbox, tool: &ToolModule, n: u32, count: u32) -> (Duration, Duration, u64) {
    let args = format!("{{\"n\":{n}}}");
    let limits = Limits { cpu_ms: 10_000, ..Limits::default() };
    let mut times = Vec::new();
    let (mut fuel, mut cpu) = (0, Duration::MAX);
    for _ in 0..count {
        let begun = Instant::now();
        let budget = Budget::new(&limits, CancelToken::new());
        let outcome =
            sandbox.run(tool, RunInput { args: &args, seed: 1, now_ms: 0, env: None }, &budget, &mut Echo);
        times.push(begun.elapsed());
        (fuel, cpu) = (outcome.fuel, cpu.min(outcome.cpu));
        if let Err(error) = outcome.result {
            let _ = writeln!(io::stderr(), "{error}");
        }
    }
    times.sort();
    (times[times.len() / 2], cpu, fuel)
}
