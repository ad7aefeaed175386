//! Completions, while a text is half written.

use tgp_authoring::{Completion, DocumentKind, Lines, complete};

use crate::library::{Library, Rules, cursor};

fn offered(kind: DocumentKind, path: &str, marked: &str) -> (Vec<Completion>, String) {
    let (text, at) = cursor(marked);
    let rules = Rules::new();
    (complete(kind, path, &text, at, &Library::new(), rules.settings()), text)
}

fn labels(kind: DocumentKind, marked: &str) -> Vec<String> {
    offered(kind, "tools/text/new.ts", marked).0.into_iter().map(|one| one.label).collect()
}

#[test]
fn an_import_that_is_begun_offers_the_tools_in_its_manner() {
    let all = labels(DocumentKind::Tool, "import x from '|");
    assert_eq!(all, ["../math/add.ts", "../math/sum.ts", "../report.ts", "./join.ts"]);
    assert_eq!(labels(DocumentKind::Tool, "import x from './jo|"), ["./join.ts"]);
    assert_eq!(
        labels(DocumentKind::Tool, "import x from '/lib/math/|"),
        ["/lib/math/add.ts", "/lib/math/sum.ts"]
    );
    assert_eq!(labels(DocumentKind::Tool, "const x = require(\"../math/s|"), ["../math/sum.ts"]);
    assert_eq!(labels(DocumentKind::Tool, "  tgp.exec_tool('tools/math/a|"), ["tools/math/add.ts"]);
    assert!(labels(DocumentKind::Tool, "const text = '|").is_empty());
}

#[test]
fn a_completion_replaces_what_was_begun_and_nothing_else() {
    let (found, text) =
        offered(DocumentKind::Tool, "tools/text/new.ts", "const a = '😀'; import x from './jo|';\n");
    let lines = Lines::new(&text);
    let edit = &found[0].edit;
    let after = format!(
        "{}{}{}",
        &text[..lines.byte(edit.range.start)],
        edit.text,
        &text[lines.byte(edit.range.end)..]
    );
    assert_eq!(after, "const a = '😀'; import x from './join.ts';\n");
}

#[test]
fn what_tgp_has_is_offered_behind_its_dot() {
    let all = labels(DocumentKind::Tool, "  const rows = tgp.|");
    for name in ["read_file", "list_files", "write_file", "exec_tool", "exec_sql", "fetch"] {
        assert!(all.iter().any(|label| label == name), "{name}: {all:?}");
    }
    assert_eq!(labels(DocumentKind::Tool, "  tgp.exec_s|"), ["exec_sql"]);
    assert!(labels(DocumentKind::Tool, "  tgp.exec_sql.|").is_empty());
    assert!(labels(DocumentKind::Tool, "  mytgp.|").is_empty());
}

#[test]
fn fields_of_a_rule_are_offered_where_they_may_stand_and_once() {
    let policy = "version: 1\nrules:\n  - id: a\n    effect: deny\n    |\n    reason: because\n";
    assert_eq!(labels(DocumentKind::Policy, policy), ["match", "except", "examples"]);
    let block = "version: 1\nrules:\n  - id: a\n    match:\n      pa|\n";
    assert_eq!(labels(DocumentKind::Policy, block), ["path"]);
    assert_eq!(labels(DocumentKind::Policy, "v|"), ["version"]);
    let next = "version: 1\nrules:\n  - id: a\n    effect: deny\n  - |\n";
    assert!(labels(DocumentKind::Policy, next).contains(&"id".to_owned()));
    assert_eq!(labels(DocumentKind::Scope, "agent: x\npaths:\n  read: []\n  w|\n"), ["write"]);
}

#[test]
fn values_are_offered_where_they_are_a_few_and_capabilities_by_name() {
    let effect = "version: 1\nrules:\n  - id: a\n    effect: |\n";
    assert_eq!(labels(DocumentKind::Policy, effect), ["deny", "require_approval"]);
    assert_eq!(labels(DocumentKind::Scope, effect), ["allow", "deny", "require_approval"]);
    let capability = "version: 1\nrules:\n  - id: a\n    match:\n      capability: [fs.read, fs.w|\n";
    let found = labels(DocumentKind::Policy, capability);
    assert!(
        found.contains(&"fs.write".to_owned()) && found.iter().all(|label| label.starts_with("fs.w")),
        "{found:?}"
    );
}
