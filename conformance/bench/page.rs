//! The page `docs/benchmarks.md`, written whole.

use std::fmt::Write as _;

use crate::machine;
use crate::measure::{Aim, Figure, Row, Unit};
use crate::trust::Line;

/// A figure as people read it.
fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Megabytes => format!("{value:.1} MB"),
        Unit::Time if value >= 1e6 => format!("{:.2} s", value / 1e6),
        Unit::Time if value >= 1e4 => format!("{:.1} ms", value / 1e3),
        Unit::Time if value >= 1e3 => format!("{:.2} ms", value / 1e3),
        Unit::Time if value >= 10.0 => format!("{value:.0} us"),
        Unit::Time => format!("{value:.2} us"),
    }
}

fn both(figure: Figure, unit: Unit) -> String {
    format!("{} / {}", shown(figure.p50, unit), shown(figure.p99, unit))
}

fn aim(row: &Row) -> String {
    match row.aim {
        Aim::Ahead(times) if times >= 1.0 => format!("{times:.0}x ahead"),
        Aim::Ahead(times) => format!("at most {:.1}x of the peer", 1.0 / times),
        Aim::AtMost(most) => format!("at most {}", shown(most, row.unit)),
        Aim::AheadAndAtMost(times, most) => format!("{times:.0}x ahead, at most {}", shown(most, row.unit)),
    }
}

fn size(row: &Row) -> String {
    row.size.map_or_else(|| "-".to_owned(), |size| size.to_string())
}

/// The growth of each measure from the smallest library to the largest.
fn growth(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what | 10 tools | 10,000 tools | grows by | peer grows by |\n|---|---:|---:|---:|---:|\n",
    );
    for small in rows.iter().filter(|row| row.size == Some(10)) {
        let Some(large) = rows.iter().find(|row| row.what == small.what && row.size == Some(10_000)) else {
            continue;
        };
        let by = |one: Figure, other: Figure| other.p50 / one.p50;
        writeln!(
            text,
            "| {} | {} | {} | {:.2}x | {:.2}x |",
            small.what,
            shown(small.ours.p50, small.unit),
            shown(large.ours.p50, large.unit),
            by(small.ours, large.ours),
            by(small.peer, large.peer),
        )
        .unwrap();
    }
    text
}

/// What judging and recording cost, with the time and the machine it was measured on.
fn judged(lines: &[Line]) -> String {
    let mut text = format!(
        "{JUDGED}\n{}\n\nIn process, at histories of a thousand to a million rows; these costs are in every figure above.\n\n",
        machine::facts()
    );
    put_lines(&mut text, lines);
    text
}

fn put_lines(text: &mut String, lines: &[Line]) {
    text.push_str("| what | of | tgp | beside | aim | met |\n|---|---|---:|---:|---|---|\n");
    for line in lines {
        let met = match line.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "-",
        };
        let Line { what, of, ours, beside, aim, .. } = line;
        writeln!(text, "| {what} | {of} | {ours} | {beside} | {aim} | {met} |").unwrap();
    }
}

/// Median and 99th percentile of times.
pub(crate) fn both_times(figure: Figure) -> String {
    both(figure, Unit::Time)
}

/// So many a second.
pub(crate) fn rate(each_second: f64) -> String {
    if each_second >= 1e6 {
        format!("{:.2} M/s", each_second / 1e6)
    } else {
        format!("{:.1} k/s", each_second / 1e3)
    }
}

/// What the sections that can be measured alone begin with.
const BRANCHES: &str = "\n## Agents' branches\n";
const EDITOR: &str = "\n## In the editor\n";
const JUDGED: &str = "\n## Judged, recorded, proven\n";

/// The whole page.
pub(crate) fn write(rows: &[Row], branches: &[Row], editor: &Editors, trust: &[Line]) -> String {
    let mut text = format!(
        "# Benchmarks\n\n\
         Written by `cargo xtask bench`; nothing here is typed in by hand. Both sides of a ratio were measured in one run,\n\
         by one harness, on one machine. Figures are median / 99th percentile.\n\n{}\n\n\
         tgp judges and records every action; the peers keep no history, except where the row says so.\n\n\
         | what | tools | tgp | peer | peer is | ratio | aim | met |\n|---|---:|---:|---:|---|---:|---|---|\n",
        machine::facts()
    );
    put_rows(&mut text, rows);
    text.push_str(&of_branches(branches));
    text.push_str(&in_the_editor(editor));
    text.push_str(&judged(trust));
    write!(text, "\n## Growth with the library\n\n![growth](benchmarks.svg)\n\n{}", growth(rows)).unwrap();
    text
}

/// The section about branches, with the time and the machine it was measured on.
fn of_branches(rows: &[Row]) -> String {
    let mut text = format!(
        "{BRANCHES}\n{}\n\nIn a repository of so many files; over stdio or as whole programs, judged and recorded.\n\n\
         | what | files | tgp | peer | peer is | ratio | aim | met |\n|---|---:|---:|---:|---|---:|---|---|\n",
        machine::facts()
    );
    put_rows(&mut text, rows);
    text
}

/// What was measured in an editor: typing beside a peer, and watching.
pub(crate) struct Editors {
    pub(crate) typing: Vec<Row>,
    pub(crate) watching: Vec<Line>,
}

/// The section about editors, with the time and the machine it was measured on.
fn in_the_editor(editor: &Editors) -> String {
    let mut text = format!(
        "{EDITOR}\n{}\n\nBoth servers have the same file of the same library open, and get the same edits; a keystroke is\n\
         answered when the diagnostic that names what was typed has come. tgp tells what is wrong for tgp and leaves types to\n\
         TypeScript's own server, which runs beside it.\n\n\
         | what | tools | tgp | peer | peer is | ratio | aim | met |\n|---|---:|---:|---:|---|---:|---|---|\n",
        machine::facts()
    );
    put_rows(&mut text, &editor.typing);
    text.push_str("\nWhat agents did, in an editor that watches them.\n\n");
    put_lines(&mut text, &editor.watching);
    text
}

/// A page whose section about branches is measured anew; the rest stays as it was measured.
pub(crate) fn with_branches(page: &str, rows: &[Row]) -> String {
    with_section(page, BRANCHES, &of_branches(rows))
}

/// The same for the section about editors.
pub(crate) fn with_editor(page: &str, editor: &Editors) -> String {
    with_section(page, EDITOR, &in_the_editor(editor))
}

/// Puts a section in place of the one that begins alike; a new one comes before what judging costs.
/// The page with the part about the judge, the gate and the chain measured anew.
pub(crate) fn with_judged(page: &str, lines: &[Line]) -> String {
    with_section(page, JUDGED, &judged(lines))
}

fn with_section(page: &str, begins: &str, section: &str) -> String {
    let (before, rest) = page.split_once(begins).unwrap_or_else(|| match page.find(JUDGED) {
        Some(at) => page.split_at(at),
        None => (page, ""),
    });
    let after = rest.find("\n## ").and_then(|at| rest.get(at..)).unwrap_or_default();
    format!("{before}{section}{after}")
}

fn put_rows(text: &mut String, rows: &[Row]) {
    for row in rows {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.1}x | {} | {} |",
            row.what,
            size(row),
            both(row.ours, row.unit),
            both(row.peer, row.unit),
            row.peer_name,
            row.ratio(),
            aim(row),
            if row.met() { "yes" } else { "**no**" },
        )
        .unwrap();
    }
}
