//! The process that runs tools is the same after ten thousand bad ones.

use tgp_model::Limits;
use tgp_sandbox::RunError;

use crate::harness::{NoHost, run_with, value, wide};

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[cfg(target_os = "linux")]
#[test]
fn ten_thousand_bad_runs_leave_memory_where_it_was() {
    let short = Limits { fuel: 300_000, ..wide() };
    let bad = [
        ("export default () => { while (true); };", &short),
        ("export default () => { throw new Error('x'.repeat(1000)); };", &wide()),
        (
            "export default () => { const all = []; for (;;) all.push(new Uint8Array(1 << 19).fill(1)); };",
            &Limits { memory_bytes: 8 << 20, ..wide() },
        ),
        ("const down = () => down() + 1; export default () => down();", &wide()),
        ("export default () => new Promise(() => {});", &wide()),
    ];
    let round = |count: u32| {
        for number in 0..count {
            let (code, limits) = &bad[number as usize % bad.len()];
            assert!(run_with(code, "{}", limits, &mut NoHost).result.is_err());
        }
    };
    round(500);
    let before = resident();
    round(10_000);
    let after = resident();
    let grown = after.saturating_sub(before);
    assert!(grown <= 10 << 20, "grew by {grown} bytes, from {before} to {after}");
    assert_eq!(value("export default () => 'still here';", "{}"), serde_json::json!("still here"));
}

#[test]
fn a_trap_in_one_run_leaves_the_next_one_whole() {
    for _ in 0..50 {
        let limits = Limits { fuel: 100_000, ..wide() };
        let outcome = run_with("export default () => { while (true); };", "{}", &limits, &mut NoHost);
        assert!(matches!(outcome.result, Err(RunError::Fuel { .. })), "{outcome:?}");
        assert_eq!(value("export default () => 1;", "{}"), serde_json::json!(1));
    }
}
