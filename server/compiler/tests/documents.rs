//! The page of the rules is what the rules say. `UPDATE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use tgp_compiler::rules;
use tgp_model::config::LintLevel;

/// The eight standards, in the seed's words.
const STANDARDS: [&str; 8] = [
    "Abstract",
    "Composable",
    "Higher-order functions",
    "Stateless",
    "Reusable",
    "General by parameters",
    "No hardcoded values",
    "Orchestrator capable",
];

fn page() -> String {
    let mut page = String::from(
        "# The eight standards, as rules\n\n<!-- Generated from `server/standards`; `cargo xtask docs` writes it. -->\n\n\
         `check_tool` holds every tool against these rules. A tool that breaks a rule of level `error` is not valid: in\n\
         `pr` mode (and with `strict: true`) it does not run; otherwise it runs, and the result carries the findings as\n\
         warnings. Levels are set in `tgp.config.ts`: `lint: { 'no-magic-numbers': 'warn' }`, with `error`, `warn`, `off`.\n",
    );
    for (number, standard) in (1_u8..).zip(STANDARDS) {
        let _ = write!(page, "\n## {number}. {standard}\n");
        for rule in rules().iter().filter(|rule| rule.standard == number) {
            let level = match rule.level {
                LintLevel::Error => "error",
                LintLevel::Warn => "warn",
                LintLevel::Off => "off",
            };
            let _ = write!(
                page,
                "\n### `{}` ({level})\n\n{}\n\nBad:\n\n```ts\n{}\n```\n\nGood:\n\n```ts\n{}\n```\n",
                rule.id,
                rule.summary,
                rule.bad.trim(),
                rule.good.trim()
            );
        }
    }
    page
}

#[test]
fn the_page_of_the_rules_is_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == page(), "`docs/reference/rules.md` is not fresh: run `cargo xtask docs`");
    assert!(
        (1..=8).all(|number| rules().iter().any(|rule| rule.standard == number)),
        "a standard has no rule"
    );
}
