//! Measures tgp beside its peers in one run and writes `docs/benchmarks.md`; `cargo xtask bench` starts it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot measure ends"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it tells a person how far it is")]
#![allow(clippy::disallowed_methods, reason = "it starts peers and asks for the date")]

mod branches;
mod checkout;
mod forge;
mod in_process;
mod machine;
mod measure;
mod page;
mod peer;
mod plot;
mod start;
mod stdio;
mod stock;
mod trust;
mod typing;
mod watching;

use std::fs;

use crate::checkout::Checkout;
use crate::measure::Row;
use crate::page::Editors;
use crate::stock::Stock;

/// Tools in the library.
const SIZES: [usize; 3] = [10, 1_000, 10_000];
/// Files in the user's repository.
const FILES: [usize; 2] = [1_000, 100_000];

fn main() {
    let says = |flag: &str| std::env::args().any(|word| word == flag);
    let quick = says("--quick");
    let effort = if quick { 0.1 } else { 1.0 };
    let docs = tgp_tests::places::repository().join("docs");
    let keep = |file: &str, text: &str| {
        if !quick {
            fs::write(docs.join(file), text).expect("docs can be written");
        }
    };
    let known = || fs::read_to_string(docs.join("benchmarks.md")).expect("docs can be read");
    let page = if says("--branches") {
        page::with_branches(&known(), &branches(effort, says("--small")))
    } else if says("--editor") {
        page::with_editor(&known(), &editor(effort))
    } else if says("--judged") {
        page::with_judged(&known(), &trust::measure(effort))
    } else {
        let branches = branches(effort, says("--small"));
        let rows = library(effort);
        let (editor, trust) = (editor(effort), trust::measure(effort));
        keep("benchmarks.svg", &plot::draw(&rows));
        page::write(&rows, &branches, &editor, &trust)
    };
    println!("{page}");
    keep("benchmarks.md", &page);
    if quick {
        println!("(--quick: nothing was written)");
    }
}

/// Agents' branches, in repositories of all sizes or in the small one alone.
fn branches(effort: f64, small: bool) -> Vec<Row> {
    let sizes = FILES.into_iter().take(if small { 1 } else { FILES.len() });
    sizes
        .flat_map(|size| {
            eprintln!("bench: a repository of {size} files");
            branches::measure(&Checkout::of(size), effort)
        })
        .collect()
}

/// Tools, in libraries of all sizes.
fn library(effort: f64) -> Vec<Row> {
    let mut rows: Vec<Row> = in_process::measure(effort);
    for size in SIZES {
        eprintln!("bench: a library of {size} tools");
        let stock = Stock::of(size);
        rows.extend(start::measure(&stock, effort));
        rows.extend(stdio::measure(&stock, effort));
        rows.extend(forge::measure(&stock, effort));
    }
    rows
}

/// Typing in a tool of a library, and watching agents.
fn editor(effort: f64) -> Editors {
    eprintln!("bench: in the editor");
    Editors { typing: typing::measure(effort), watching: watching::measure(effort) }
}
