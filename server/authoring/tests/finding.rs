//! Findings, and what mends them.

use tgp_authoring::{DocumentKind, Lines, diagnose_rules, diagnose_tool};
use tgp_model::Severity;

use crate::library::{Library, Rules, at};

/// The text after the fix of its first finding with this code.
fn mended(text: &str, code: &str) -> String {
    let found = diagnose_tool("tools/x.ts", text, &Library::new());
    let codes: Vec<&str> = found.iter().map(|advice| advice.code.as_str()).collect();
    let advice = found.iter().find(|advice| advice.code == code).unwrap_or_else(|| panic!("{codes:?}"));
    let (_, edits) = advice.fix.as_ref().expect("a fix");
    let mut edits = edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range));
    let mut text = text.to_owned();
    for edit in edits {
        let lines = Lines::new(&text);
        let bytes = lines.byte(edit.range.start)..lines.byte(edit.range.end);
        text.replace_range(bytes, &edit.text);
    }
    text
}

#[test]
fn a_number_in_the_code_is_lifted_into_a_typed_argument() {
    let text = "/** Adds 😀 tax. */\nexport default (args: { price: number }) => {\n  return args.price * 1.19;\n};\n";
    let after = mended(text, "lint.no-magic-numbers");
    assert!(after.contains("number") && !after.contains("1.19"), "{after}");
    assert!(diagnose_tool("tools/x.ts", &after, &Library::new()).is_empty(), "{after}");
}

#[test]
fn a_function_that_is_not_exported_becomes_the_default_export() {
    let text = "/** Adds. */\nconst add = (args: { a: number }) => args.a;\n";
    let after = mended(text, "compile.no_export");
    assert!(after.contains("export default"), "{after}");
}

#[test]
fn an_import_that_is_not_allowed_is_removed() {
    let text = "import fs from 'fs';\n/** Gives. */\nexport default (args: { a: number }) => args.a;\n";
    let after = mended(text, "compile.forbidden_import");
    assert!(!after.contains("fs"), "{after}");
}

#[test]
fn findings_follow_the_text_and_stand_at_their_place() {
    let text = "/** 😀 */ export default (args: { a: number }) => { return eval('1'); };\n";
    let found = diagnose_tool("tools/x.ts", text, &Library::new());
    let advice = found.iter().find(|advice| advice.severity == Severity::Error).expect("an error");
    assert!(at(text, advice.range).starts_with("eval"), "{advice:?}");
}

#[test]
fn what_an_imported_tool_gets_wrong_is_said_there_and_not_here() {
    let mut library = Library::new();
    library.0.insert("tools/bad.ts".to_owned(), "export default () => eval('1');\n".to_owned());
    let text =
        "import bad from './bad.ts';\n/** Gives. */\nexport default (args: { a: number }) => bad(args);\n";
    assert_eq!(diagnose_tool("tools/x.ts", text, &library), []);
    let own = library.text("tools/bad.ts");
    assert!(!diagnose_tool("tools/bad.ts", own, &library).is_empty());
}

const RULE: &str = "version: 1\nrules:\n  - id: no-secrets\n    effect: deny\n    match: { path: ['**/secrets/**'] }\n    examples:\n      match:\n        - { capability: fs.read, path: a/secrets/b }\n      not_match:\n        - { capability: fs.read, path: a/b }\n";

#[test]
fn an_example_that_fails_is_named_at_its_line() {
    let rules = Rules::new();
    let check = |text: &str| diagnose_rules(DocumentKind::Policy, "policy/x.yaml", text, rules.settings());
    assert_eq!(check(RULE), []);
    let wrong = RULE.replace("path: a/b }", "path: a/secrets/c }");
    let found = check(&wrong);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code.as_str(), found[0].range.start.line), ("policy.example_failed", 9));
    assert!(at(&wrong, found[0].range).contains("a/secrets/c"), "{found:?}");
}

#[test]
fn an_unknown_field_and_what_is_no_yaml_are_named_at_their_place() {
    let rules = Rules::new();
    let unknown = RULE.replace("effect: deny", "efect: deny");
    let found = diagnose_rules(DocumentKind::Policy, "policy/x.yaml", &unknown, rules.settings());
    assert_eq!(found[0].range.start.line, 3, "{found:?}");
    let found = diagnose_rules(DocumentKind::Scope, "scopes/x.yaml", "agent: [\n", rules.settings());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, "policy.invalid");
}
