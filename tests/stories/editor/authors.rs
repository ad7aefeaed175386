//! What a tool author is told while they type: findings with fixes, and what other tools say of a tool.

use serde_json::{Value, json};
use tgp_tests::{Editor, Project, process::PATIENCE};

use crate::branches::repository;
use crate::sources::HELLO;

/// A project whose library holds `tools/hello.ts` and a tool that imports it.
pub(super) fn library() -> Project {
    let project = repository(&[("a.txt", "a\n")]);
    let mut session = super::agent(&project, "coder");
    session.write("tools/hello.ts", HELLO);
    session.write(
        "tools/greet.ts",
        "import hello from './hello.ts';\n\n/** Greets twice. */\nexport default ({ name }: { name: string }): string => {\n  return `${hello({ name })} ${hello({ name })}`;\n};\n",
    );
    session.stop();
    project
}

pub(super) fn uri(project: &Project, path: &str) -> String {
    format!("file://{}", project.root().join(".tgp").join(path).display())
}

pub(super) fn open(editor: &mut Editor, uri: &str, text: &str) {
    let document = json!({ "uri": uri, "languageId": "typescript", "version": 1, "text": text });
    editor.notify("textDocument/didOpen", &json!({ "textDocument": document }));
}

pub(super) fn change(editor: &mut Editor, uri: &str, version: i32, text: &str) {
    let params = json!({
        "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }],
    });
    editor.notify("textDocument/didChange", &params);
}

/// What was found in a version of a text.
pub(super) fn findings(editor: &mut Editor, uri: &str, version: i32) -> Value {
    let fits = |message: &Value| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == uri
            && message["params"]["version"] == version
    };
    let told = editor.message(fits, PATIENCE).unwrap_or_else(|| panic!("nothing about version {version}"));
    told["params"]["diagnostics"].clone()
}

pub(super) fn codes(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn a_tool_is_checked_as_it_is_typed_and_nothing_of_it_is_saved_or_noted() {
    let project = library();
    let mut editor = project.editor();
    let before = editor.done("tgp/timeline/list", json!({}))["actions"].as_array().unwrap().len();
    let uri = uri(&project, "tools/new.ts");
    open(&mut editor, &uri, "export default () => process.exit(1);\n");
    let found = findings(&mut editor, &uri, 1);
    assert!(codes(&found).contains(&"compile.forbidden_global"), "{found}");
    assert_eq!(found[0]["source"], "tgp");
    change(&mut editor, &uri, 2, "export default () => {\n");
    assert_eq!(codes(&findings(&mut editor, &uri, 2)), ["compile.syntax"]);
    change(&mut editor, &uri, 3, HELLO);
    assert_eq!(findings(&mut editor, &uri, 3), json!([]));
    editor.notify("textDocument/didClose", &json!({ "textDocument": { "uri": uri } }));
    let after = editor.done("tgp/timeline/list", json!({}))["actions"].as_array().unwrap().len();
    assert_eq!(after, before);
    assert!(!project.path(".tgp/tools/new.ts").exists());
    editor.stop();
}

#[test]
fn a_finding_brings_the_change_that_mends_it() {
    let project = library();
    let mut editor = project.editor();
    let uri = uri(&project, "tools/hello.ts");
    // A character of two UTF-16 units before the place: columns are counted as the protocol does.
    let text = "const hello = (n: string) => `🦀 ${n}`;\n";
    open(&mut editor, &uri, text);
    let found = findings(&mut editor, &uri, 1);
    assert!(codes(&found).contains(&"compile.no_export"), "{found}");
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": whole, "context": { "diagnostics": [] } });
    let actions = editor.done("textDocument/codeAction", params);
    let action = actions.as_array().unwrap().iter().find(|one| one["edit"]["changes"][&uri].is_array());
    let edits = &action.unwrap_or_else(|| panic!("{actions}"))["edit"]["changes"][&uri];
    assert!(edits.to_string().contains("export default"), "{edits}");
    editor.stop();
}

#[test]
fn hover_definition_references_and_lenses_know_the_library_as_it_is_open() {
    let project = library();
    let mut editor = project.editor();
    editor.done("tgp/tools/run", json!({ "path": "tools/hello.ts", "args": { "name": "Ada" } }));
    let (hello, greet) = (uri(&project, "tools/hello.ts"), uri(&project, "tools/greet.ts"));
    open(&mut editor, &hello, HELLO);
    open(&mut editor, &greet, &project.read(".tgp/tools/greet.ts"));
    let at = |uri: &str, line: u32, character: u32| json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } });
    let hover = editor.done("textDocument/hover", at(&greet, 0, 22));
    let told = hover["contents"]["value"].as_str().unwrap_or_else(|| panic!("{hover}"));
    assert!(told.contains("tools/hello.ts") && told.contains("name"), "{told}");
    let definition = editor.done("textDocument/definition", at(&greet, 0, 22));
    assert_eq!(definition["uri"], hello);
    let mut params = at(&greet, 0, 22);
    params["context"] = json!({ "includeDeclaration": false });
    let places = editor.done("textDocument/references", params);
    assert_eq!(places[0]["uri"], greet, "{places}");
    let lenses = editor.done("textDocument/codeLens", json!({ "textDocument": { "uri": hello } }));
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    assert!(titles.contains(&"Run"), "{titles:?}");
    let run = &lenses[0]["command"];
    assert_eq!(
        (&run["command"], &run["arguments"][0]["path"]),
        (&json!("tgp.tools.run"), &json!("tools/hello.ts"))
    );
    let symbols = editor.done("workspace/symbol", json!({ "query": "gre" }));
    assert_eq!(symbols[0]["name"], "tools/greet.ts", "{symbols}");
    let mut params = at(&greet, 0, 22);
    params["newName"] = json!("welcome");
    let renamed = editor.done("textDocument/rename", params);
    let changes = renamed["documentChanges"].to_string();
    assert!(changes.contains("welcome") && changes.contains("rename"), "{changes}");
    editor.stop();
}

#[test]
fn rules_are_checked_and_completed_and_a_file_that_is_none_of_ours_is_left_alone() {
    let project = library();
    let mut editor = project.editor();
    let scope = uri(&project, "scopes/coder.yaml");
    open(&mut editor, &scope, "agent: coder\npaths: [\n");
    let found = findings(&mut editor, &scope, 1);
    assert_eq!(codes(&found), ["policy.invalid"], "{found}");
    let text = "agent: coder\npat";
    change(&mut editor, &scope, 2, text);
    findings(&mut editor, &scope, 2);
    let params = json!({ "textDocument": { "uri": scope }, "position": { "line": 1, "character": 3 } });
    let completions = editor.done("textDocument/completion", params);
    let labels: Vec<&str> =
        completions.as_array().unwrap().iter().map(|one| one["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"paths"), "{labels:?}");
    let config = format!("file://{}", project.path("tgp.config.ts").display());
    open(&mut editor, &config, "export default { lint: 7 };\n");
    assert_eq!(findings(&mut editor, &config, 1).as_array().unwrap().len(), 1);
    let other = format!("file://{}", project.path("src/main.ts").display());
    open(&mut editor, &other, "export default () => process.exit(1);\n");
    let place = json!({ "textDocument": { "uri": other }, "position": { "line": 0, "character": 3 } });
    assert_eq!(editor.done("textDocument/hover", place), Value::Null);
    editor.done("textDocument/codeLens", json!({ "textDocument": { "uri": other } }));
    let told = editor.kept().filter(|message| message["params"]["uri"] == other).count();
    assert_eq!(told, 0, "TypeScript's own server has the word there");
    editor.stop();
}

#[test]
fn documents_that_are_no_text_of_ours_or_make_no_sense_bring_nothing_down() {
    let project = library();
    let mut editor = project.editor();
    let deep = format!("export default {}1{};\n", "(".repeat(50_000), ")".repeat(50_000));
    let yaml = format!("agent: coder\nrules: {}\n", "[".repeat(20_000));
    for (path, text) in [
        ("tools/a.ts", "\u{0}\u{feff}\u{202e}"),
        ("tools/b.ts", deep.as_str()),
        ("tools/c.ts", &"x".repeat(400_000)),
        ("scopes/d.yaml", yaml.as_str()),
        ("scopes/e.yaml", "agent: &a [*a, *a]\n"),
        ("policy/f.yaml", "\t- :\n  ? \n"),
    ] {
        let uri = uri(&project, path);
        open(&mut editor, &uri, text);
        let found = findings(&mut editor, &uri, 1);
        assert!(!found.as_array().unwrap().is_empty(), "{path}");
        for method in ["textDocument/documentSymbol", "textDocument/foldingRange", "textDocument/codeLens"] {
            editor.done(method, json!({ "textDocument": { "uri": uri } }));
        }
        let far = json!({ "line": 4_000_000_000_u32, "character": 4_000_000_000_u32 });
        editor.done("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": far }));
        editor.done("textDocument/completion", json!({ "textDocument": { "uri": uri }, "position": far }));
    }
    for uri in ["untitled:Untitled-1", "https://example.com/tools/a.ts", "file:///"] {
        open(&mut editor, uri, HELLO);
        editor.done("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
    }
    editor.done("tgp/status", json!({}));
    editor.stop();
}
