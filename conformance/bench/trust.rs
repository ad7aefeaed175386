//! What judging, recording and proving cost, beside the peers of a decision and of a token check. Two small programs
//! measure it in a process of their own; here their rows become lines of the page.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::measure::Figure;
use crate::page::{both_times, rate};

/// Environment variables that name the programs: the judge beside its peers, and the gate with its history.
const PROGRAMS: [&str; 2] = ["TGP_JUDGE_BENCH", "TGP_HISTORY_BENCH"];
/// Fewer rows than this are walked in a millisecond or two, most of which is opening the file.
const WORTH_A_RATE: u64 = 100_000;

/// One line of the table.
pub(crate) struct Line {
    pub(crate) what: String,
    pub(crate) of: String,
    pub(crate) ours: String,
    pub(crate) beside: String,
    pub(crate) aim: String,
    pub(crate) met: Option<bool>,
}

/// Everything of this part of the page, as far as `cargo xtask bench` built the programs.
pub(crate) fn measure(effort: f64) -> Vec<Line> {
    let [judge, history] = PROGRAMS.map(|variable| run(variable, effort));
    let mut lines: Vec<Line> = judge.iter().map(beside_a_peer).collect();
    lines.extend(
        ["decision, allowed", "decision, refused"].into_iter().filter_map(|what| growth(&judge, what)),
    );
    lines.extend(history.iter().map(of_history));
    lines
}

/// The rows a program prints.
fn run(variable: &str, effort: f64) -> Vec<Value> {
    let Some(program) = std::env::var_os(variable).map(PathBuf::from) else {
        eprintln!("bench: `{variable}` names no program; its rows are left out");
        return Vec::new();
    };
    eprintln!("bench: {}", program.display());
    let output = Command::new(program).arg(effort.to_string()).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it prints rows")
}

/// How much more a decision costs under many rules.
fn growth(rows: &[Value], what: &str) -> Option<Line> {
    let p50 = |rules: u64| {
        let row = rows.iter().find(|row| row["what"] == what && row["size"] == rules);
        row.and_then(|row| row["ours"]["p50"].as_f64())
    };
    let times = p50(1_000)? / p50(10)?;
    Some(Line {
        what: format!("{what}: growth"),
        of: "10 to 1,000 rules".to_owned(),
        ours: format!("{times:.1}x"),
        beside: "-".to_owned(),
        aim: "at most 2x".to_owned(),
        met: Some(times <= 2.0),
    })
}

fn figure(row: &Value, side: &str) -> Figure {
    let number = |name: &str| row[side][name].as_f64().unwrap_or(f64::NAN);
    Figure { p50: number("p50"), p99: number("p99") }
}

fn named(row: &Value) -> String {
    row["what"].as_str().unwrap_or_default().to_owned()
}

fn beside_a_peer(row: &Value) -> Line {
    let (ours, rules) = (figure(row, "ours"), row["size"].as_u64());
    let most = match rules {
        Some(1_000) => Some(5.0),
        Some(_) => None,
        None => Some(20.0),
    };
    Line {
        what: named(row),
        of: rules.map_or_else(|| "two links".to_owned(), |rules| format!("{} rules", with_commas(rules))),
        ours: both_times(ours),
        beside: format!(
            "{} ({})",
            both_times(figure(row, "peer")),
            row["peer_name"].as_str().unwrap_or_default()
        ),
        aim: most.map_or_else(|| "-".to_owned(), |most| format!("at most {most:.0} us")),
        met: most.map(|most| ours.p50 <= most),
    }
}

/// A row of the history: a time with an upper aim, or a rate with a lower one.
fn of_history(row: &Value) -> Line {
    let rows = row["rows"].as_u64().unwrap_or_default();
    let (most, least) = (row["at_most"].as_f64(), row["at_least"].as_f64().filter(|_| rows >= WORTH_A_RATE));
    let per_second = row["per_second"].as_f64();
    let ours = figure(row, "ours");
    let met = most.map(|most| ours.p50 <= most).or_else(|| Some(per_second? >= least?));
    let aim = most.map(|most| format!("at most {most:.0} us"));
    Line {
        what: named(row),
        of: format!("{} rows", with_commas(rows)),
        ours: per_second.map_or_else(|| both_times(ours), rate),
        beside: match row["beside"].as_str() {
            Some(name) => format!("{} ({name})", both_times(figure(row, "peer"))),
            None => "-".to_owned(),
        },
        aim: aim.or_else(|| Some(format!("at least {}", rate(least?)))).unwrap_or_else(|| "-".to_owned()),
        met,
    }
}

/// `1,000,000`.
fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
