//! A library in memory: texts by path, and how the tools ran.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tgp_authoring::{Describe, LastRun, Lines, Position, Range, RuleSettings, Tools};
use tgp_compiler::{CheckReport, Mentions, ReadSource, Settings};
use tgp_policy::{JudgeSettings, Registry, ScopeSettings};

pub(crate) const ADD: &str = "/** Adds two numbers. */\nexport default (args: { a: number; b?: number }) => {\n  return args.a + (args.b ?? args.a);\n};\n";
pub(crate) const SUM: &str = "import add from './add.ts';\n/** Adds a list. */\nexport default (args: { list: number[] }) => {\n  return args.list.reduce((a, b) => add({ a, b }), args.list.length);\n};\n";
pub(crate) const REPORT: &str = "import sum from './math/sum';\nimport { join } from '/lib/text/join.ts';\n/** Tells the sum. */\nexport default (args: { list: number[] }) => {\n  const one = tgp.exec_tool('tools/math/add.ts', { a: sum(args) });\n  return join([one]);\n};\n";
pub(crate) const JOIN: &str = "/** Joins. */\nexport const join = (parts: unknown[]) => parts.join();\nexport default (args: { parts: string[] }) => {\n  return join(args.parts);\n};\n";

pub(crate) struct Library(pub(crate) BTreeMap<String, String>);

impl Library {
    pub(crate) fn new() -> Self {
        let files = [
            ("tools/math/add.ts", ADD),
            ("tools/math/sum.ts", SUM),
            ("tools/report.ts", REPORT),
            ("tools/text/join.ts", JOIN),
        ];
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect())
    }

    pub(crate) fn text(&self, path: &str) -> &str {
        &self.0[path]
    }
}

impl ReadSource for Library {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        self.0.get(path).map(|text| Arc::from(text.as_str()))
    }

    fn package_file(&self, _: &str) -> Option<Arc<str>> {
        None
    }
}

impl Tools for Library {
    fn check(&self, path: &str, text: &str) -> CheckReport {
        tgp_compiler::check(path, text, self, &Settings::default())
    }

    fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    fn mentions(&self, path: &str) -> Option<Arc<Mentions>> {
        self.0.get(path).map(|text| Arc::new(tgp_compiler::mentions(text)))
    }

    fn shown(&self, path: &str) -> String {
        path.to_owned()
    }

    fn stored(&self, shown: &str) -> Option<String> {
        Some(shown.to_owned())
    }

    fn describe(&self, path: &str) -> Option<Describe> {
        let report = self.check(path, self.0.get(path)?);
        Some(Describe { description: report.description, schema: report.schema.unwrap_or_default() })
    }

    fn last_run(&self, path: &str) -> LastRun {
        if path != "tools/math/add.ts" {
            return LastRun::default();
        }
        LastRun {
            runs: 12,
            failures: 1,
            at: Some("2026-11-21T09:30:00.000Z".to_owned()),
            duration_ms: Some(1.25),
            fuel: Some(1_234_567),
            args: Some(json!({ "a": 1, "b": 2 })),
            error_code: None,
        }
    }
}

/// The place of the `|` in a text, and the text without it.
pub(crate) fn cursor(marked: &str) -> (String, Position) {
    let byte = marked.find('|').expect("a mark");
    let text = marked.replacen('|', "", 1);
    let at = Lines::new(&text).position(byte);
    (text, at)
}

/// The place of a piece of a text, one character in.
pub(crate) fn inside(text: &str, piece: &str) -> Position {
    Lines::new(text).position(text.find(piece).expect("the piece") + 1)
}

/// What stands at a range.
pub(crate) fn at(text: &str, range: Range) -> &str {
    let lines = Lines::new(text);
    &text[lines.byte(range.start)..lines.byte(range.end)]
}

pub(crate) struct Rules(Registry, ScopeSettings);

impl Rules {
    pub(crate) fn new() -> Self {
        Self(JudgeSettings::registry().expect("the kernel's capabilities"), ScopeSettings::default())
    }

    pub(crate) fn settings(&self) -> RuleSettings<'_> {
        RuleSettings { registry: &self.0, scopes: &self.1 }
    }
}
