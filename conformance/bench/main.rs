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

use std::fs;

use crate::checkout::Checkout;
use crate::measure::Row;
use crate::stock::Stock;

/// Tools in the library.
const SIZES: [usize; 3] = [10, 1_000, 10_000];
/// Files in the user's repository.
const FILES: [usize; 2] = [1_000, 100_000];

fn main() {
    let quick = std::env::args().any(|word| word == "--quick");
    let effort = if quick { 0.1 } else { 1.0 };
    let only_branches = std::env::args().any(|word| word == "--branches");
    let small = std::env::args().any(|word| word == "--small");
    let mut branches = Vec::new();
    for size in FILES.into_iter().take(if small { 1 } else { FILES.len() }) {
        eprintln!("bench: a repository of {size} files");
        branches.extend(branches::measure(&Checkout::of(size), effort));
    }
    if only_branches {
        let file = tgp_tests::places::repository().join("docs/benchmarks.md");
        let page = fs::read_to_string(&file).expect("docs can be read");
        let page = page::with_branches(&page, &branches);
        println!("{page}");
        if !quick {
            fs::write(file, page).expect("docs can be written");
        }
        return;
    }
    let mut rows: Vec<Row> = in_process::measure(effort);
    for size in SIZES {
        eprintln!("bench: a library of {size} tools");
        let stock = Stock::of(size);
        rows.extend(start::measure(&stock, effort));
        rows.extend(stdio::measure(&stock, effort));
        rows.extend(forge::measure(&stock, effort));
    }
    let docs = tgp_tests::places::repository().join("docs");
    let trust = trust::measure(effort);
    let page = page::write(&rows, &branches, &trust);
    println!("{page}");
    if quick {
        println!("(--quick: nothing was written)");
        return;
    }
    fs::write(docs.join("benchmarks.md"), page).expect("docs can be written");
    fs::write(docs.join("benchmarks.svg"), plot::draw(&rows)).expect("docs can be written");
}
