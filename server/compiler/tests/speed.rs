//! How long compiling takes; the bounds are loose because machines are shared, the figures are printed.

use std::time::{Duration, Instant};

use tgp_compiler::strip_types;

use crate::fixture::{bundle_text, check_text};

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

const TOOL: &str = "//- tools/report.ts\nimport { total } from './total';\n\ninterface Args {\n  /** The month, as `2026-01`. */\n  month: string;\n  limit?: number;\n}\n\n/** Lists the customers of a month with what they spent. */\nexport default function report(args: Args): string {\n  const { rows } = tgp.exec_sql('SELECT name, spent FROM orders WHERE month = ? ORDER BY spent DESC LIMIT ?', [args.month, args.limit ?? 10]);\n  const lines = rows.map(([name, spent]: [string, number]) => `${name}|${spent.toFixed(2)}`);\n  return [...lines, `total|${total(rows.map((row) => row[1]))}`].join('\\n');\n}\n//- tools/total.ts\n/** Adds up. */\nexport function total(values: number[]): number {\n  return values.reduce((sum, value) => sum + value, 0);\n}\n";

#[test]
fn a_small_tool_compiles_in_a_fraction_of_a_millisecond() {
    let thread = median(|| {
        let _ = strip_types("@tgp/std", "");
    });
    let check = median(|| assert!(check_text(TOOL).is_valid()));
    let bundle = median(|| drop(bundle_text(TOOL).unwrap()));
    println!("thread and nothing {thread:?}, check {check:?}, bundle {bundle:?}");
    assert!(check < Duration::from_millis(5) && bundle < Duration::from_millis(5), "{check:?} {bundle:?}");
}

#[test]
fn time_grows_with_the_size_of_the_source() {
    let source = |functions: usize| {
        let body: String =
            (0..functions).map(|n| format!("const f{n} = (x: number): number => x + 1;\n")).collect();
        format!("{body}/** d */\nexport default (args: {{ n: number }}) => f0(args.n);")
    };
    let (small, large) = (source(100), source(4_000));
    let few = median(|| drop(check_text(&small)));
    let start = Instant::now();
    drop(check_text(&large));
    let many = start.elapsed();
    println!("100 functions {few:?}, 4,000 functions {many:?}");
    assert!(many < few * 400, "{few:?} {many:?}");
}
