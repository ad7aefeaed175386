//! Symbols and folds of rule files.

use tgp_authoring::{DocumentKind, document_symbols, folds};

use crate::library::Library;

const RULES: &str = "version: 1\nrules:\n  - id: one\n    effect: deny\n    match: {}\n\n  # about two\n  - id: \"two\" # second\n    effect: require_approval\n    match:\n      path: ['a']\n";

#[test]
fn each_rule_is_a_symbol_by_its_id_with_its_effect() {
    let symbols = document_symbols(DocumentKind::Policy, "policy/x.yaml", RULES, &Library::new());
    let names: Vec<&str> = symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert_eq!(names, ["version", "rules"]);
    let rules: Vec<(&str, &str)> =
        symbols[1].children.iter().map(|rule| (rule.name.as_str(), rule.detail.as_str())).collect();
    assert_eq!(rules, [("one", "deny"), ("two", "require_approval")]);
}

#[test]
fn each_rule_can_be_folded_without_what_stands_before_the_next() {
    let lines: Vec<(u32, u32)> =
        folds(DocumentKind::Policy, RULES).iter().map(|fold| (fold.first, fold.last)).collect();
    assert_eq!(lines, [(2, 4), (7, 10)]);
    assert!(folds(DocumentKind::Tool, RULES).is_empty());
}

#[test]
fn what_is_no_yaml_has_no_symbols_and_no_error() {
    for text in ["", "- - - [", "\u{feff}\0", "rules:\n  - id:\n", "a: &x\n  b: *x\n"] {
        let _ = document_symbols(DocumentKind::Scope, "scopes/x.yaml", text, &Library::new());
        let _ = folds(DocumentKind::Scope, text);
    }
}
