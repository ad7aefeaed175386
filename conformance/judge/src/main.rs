//! Measures a decision beside cedar-policy and a token check beside biscuit-auth, in one process and in turns; prints
//! the rows as JSON for the benchmark to read.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot measure ends")]
#![allow(clippy::print_stdout, reason = "its output is the result")]

mod cedar;
mod decision;
mod figure;
mod token;

fn main() {
    let effort = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1.0);
    let mut rows = Vec::new();
    for rules in [10, 100, 1_000] {
        rows.push(decision::measure(rules, effort));
        rows.push(decision::measure_refusals(rules, effort));
    }
    rows.push(token::measure(effort));
    println!("{}", serde_json::Value::Array(rows));
}
