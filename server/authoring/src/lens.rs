//! What stands above a tool's default export: run it, check it, who uses it; and what its last run cost, behind it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::hover::{cost, ran};
use crate::names::{default_export, naming};
use crate::place::{Lines, Location, Position, Range};
use crate::tools::Tools;

/// A line above a piece of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Lens {
    /// What it is about.
    pub range: Range,
    /// What it says.
    pub title: String,
    /// What it does when it is chosen.
    pub does: LensDoes,
}

/// What a lens does.
#[derive(Debug, Clone, PartialEq)]
pub enum LensDoes {
    /// Runs the tool (its path as agents know it) with arguments the person gives.
    Run {
        /// The tool.
        tool: String,
    },
    /// Runs it again.
    RunAgain {
        /// The tool.
        tool: String,
        /// The arguments of the last run.
        args: Value,
    },
    /// Checks it with its types.
    Check {
        /// The tool.
        tool: String,
    },
    /// Shows who names it.
    ShowReferences {
        /// Every place.
        locations: Vec<Location>,
    },
}

/// A word behind a piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Behind what.
    pub at: Position,
    /// The word.
    pub label: String,
    /// More of it.
    pub tooltip: String,
}

/// The lenses of a tool; none for a file without a default export.
pub fn lenses(path: &str, text: &str, tools: &dyn Tools) -> Vec<Lens> {
    let range = default_export(text);
    if range == Range::default() && !text.starts_with("export default") {
        return Vec::new();
    }
    let tool = tools.shown(path);
    let mut lenses =
        vec![Lens { range, title: "Run".to_owned(), does: LensDoes::Run { tool: tool.clone() } }];
    if let Some(args) = tools.last_run(path).args {
        let does = LensDoes::RunAgain { tool: tool.clone(), args };
        lenses.push(Lens { range, title: "Run again with the last arguments".to_owned(), does });
    }
    lenses.push(Lens { range, title: "Check".to_owned(), does: LensDoes::Check { tool } });
    let locations = naming(path, tools);
    let users: BTreeSet<&str> = locations.iter().map(|found| found.path.as_str()).collect();
    let title = match users.len() {
        0 => "used by no tool".to_owned(),
        1 => "used by 1 tool".to_owned(),
        many => format!("used by {many} tools"),
    };
    lenses.push(Lens { range, title, does: LensDoes::ShowReferences { locations } });
    lenses
}

/// Time and fuel of the last run, behind the line of the default export.
pub fn hints(path: &str, text: &str, tools: &dyn Tools) -> Vec<Hint> {
    let range = default_export(text);
    let run = tools.last_run(path);
    let Some(label) = cost(&run) else { return Vec::new() };
    let at = Lines::new(text).whole(range.start.line).end;
    vec![Hint { at, label, tooltip: ran(&run) }]
}
