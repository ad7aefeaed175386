//! What is told of open texts follows what happens around them: they are closed, renamed, and agents write beside them.

use serde_json::{Value, json};
use tgp_tests::{Editor, Project, process::PATIENCE};

use super::agent;
use super::authors::{change, codes, findings, library, open, uri};
use crate::sources::HELLO;

/// A text with something wrong in it.
const WRONG: &str = "export default () => process.exit(1);\n";

fn close(editor: &mut Editor, uri: &str) {
    editor.notify("textDocument/didClose", &json!({ "textDocument": { "uri": uri } }));
}

/// Everything that was told of a text so far: how many findings each time.
fn told(editor: &mut Editor, uri: &str) -> Vec<usize> {
    let of_text = |message: &&Value| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
    };
    let number = |message: &Value| message["params"]["diagnostics"].as_array().unwrap().len();
    editor.kept().filter(of_text).map(number).collect()
}

#[test]
fn of_a_text_that_is_closed_at_once_nothing_is_told_afterwards() {
    let project = library();
    let mut editor = project.editor();
    let uris: Vec<String> = (0..200).map(|n| uri(&project, &format!("tools/closed{n}.ts"))).collect();
    for uri in &uris {
        open(&mut editor, uri, WRONG);
        close(&mut editor, uri);
    }
    // What is told of this one is told after all of them were closed.
    let last = uri(&project, "tools/last.ts");
    open(&mut editor, &last, WRONG);
    assert!(!findings(&mut editor, &last, 1).as_array().unwrap().is_empty());
    for uri in &uris {
        let told = told(&mut editor, uri);
        assert_eq!(told.last(), Some(&0), "{uri}: {told:?}");
    }
    editor.stop();
}

#[test]
fn a_text_that_is_opened_again_is_looked_at_again_though_its_versions_begin_anew() {
    let project = library();
    let mut editor = project.editor();
    let uri = uri(&project, "tools/again.ts");
    for _ in 0..100 {
        open(&mut editor, &uri, WRONG);
        close(&mut editor, &uri);
        open(&mut editor, &uri, HELLO);
        close(&mut editor, &uri);
    }
    open(&mut editor, &uri, HELLO);
    change(&mut editor, &uri, 7, WRONG);
    assert!(!findings(&mut editor, &uri, 7).as_array().unwrap().is_empty());
    change(&mut editor, &uri, 8, HELLO);
    assert_eq!(findings(&mut editor, &uri, 8), json!([]));
    editor.stop();
}

#[test]
fn an_open_text_is_checked_anew_when_an_agent_writes_what_it_imports() {
    let project = library();
    let mut editor = project.editor();
    super::live::heard(&mut editor, "library");
    let uri = uri(&project, "tools/user.ts");
    let text = "import later from './later.ts';\n\n/** Uses it. */\nexport default ({ name }: { name: string }): string => later({ name });\n";
    open(&mut editor, &uri, text);
    let is_of = |message: &Value| {
        message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri.as_str()
    };
    let found = editor.message(is_of, PATIENCE).expect("the text is looked at")["params"].clone();
    assert!(found["diagnostics"].to_string().contains("later"), "{found}");
    // Nobody types or saves: what an agent wrote in another process mends it.
    let mut session = agent(&project, "coder");
    session.write("tools/later.ts", HELLO);
    let mended = |message: &Value| is_of(message) && message["params"]["diagnostics"] == json!([]);
    let told = editor.message(mended, PATIENCE).expect("it is looked at anew");
    assert_eq!(told["params"]["version"], 1);
    session.stop();
    editor.stop();
}

/// An editor that declares what it asks for again.
fn refreshing(project: &Project, refreshes: bool) -> Editor {
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    let workspace = json!({
        "codeLens": { "refreshSupport": refreshes }, "inlayHint": { "refreshSupport": refreshes },
    });
    let capabilities = json!({ "workspace": workspace });
    editor.connect_with(&project.root(), &json!({ "approvals": true }), &capabilities);
    super::live::heard(&mut editor, "library");
    editor
}

#[test]
fn lenses_and_hints_are_asked_for_again_when_an_agent_ran_a_tool_and_only_by_those_who_can() {
    let project = library();
    let (mut editor, mut other) = (refreshing(&project, true), refreshing(&project, false));
    for method in ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"] {
        let first = editor.message_of(method);
        editor.reply(&first, &Value::Null);
    }
    let hello = uri(&project, "tools/hello.ts");
    open(&mut editor, &hello, HELLO);
    let lenses = |editor: &mut Editor| {
        editor.done("textDocument/codeLens", json!({ "textDocument": { "uri": hello } })).to_string()
    };
    assert!(!lenses(&mut editor).contains("last arguments"), "it never ran");
    let mut session = agent(&project, "coder");
    session.exec("tools/hello.ts", json!({ "name": "Ada" })).done();
    for method in ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"] {
        let asked = editor.message_of(method);
        editor.reply(&asked, &Value::Null);
    }
    let begun = std::time::Instant::now();
    while !lenses(&mut editor).contains("last arguments") {
        assert!(begun.elapsed() < PATIENCE, "the run is not in the lenses");
    }
    super::live::heard(&mut other, "tools");
    other.done("tgp/status", json!({}));
    let asked = other.kept().filter(|m| m["method"].as_str().is_some_and(|name| name.ends_with("/refresh")));
    assert_eq!(asked.count(), 0);
    session.stop();
    editor.stop();
    other.stop();
}

fn place(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": { "line": line, "character": character } })
}

#[test]
fn a_rename_tells_what_it_renames_before_and_refuses_a_name_the_library_does_not_take() {
    let project = library();
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    let capabilities = json!({ "textDocument": { "rename": { "prepareSupport": true } } });
    let hello = editor.connect_with(&project.root(), &json!({ "approvals": true }), &capabilities);
    assert_eq!(hello["capabilities"]["renameProvider"]["prepareProvider"], true);
    let greet = uri(&project, "tools/greet.ts");
    open(&mut editor, &greet, &project.read(".tgp/tools/greet.ts"));
    let told = editor.done("textDocument/prepareRename", place(&greet, 0, 22));
    assert_eq!(told["placeholder"], "hello", "{told}");
    assert_eq!(told["range"]["start"], json!({ "line": 0, "character": 19 }), "{told}");
    // Where no tool is meant, TypeScript's own server has the word.
    assert_eq!(editor.done("textDocument/prepareRename", place(&greet, 4, 3)), Value::Null);
    for (name, why) in [
        ("", "names no file"),
        ("it's", "cannot stand in an import"),
        ("../../outside", "outside"),
        ("hello.d.ts", "only declares"),
        (".hidden", "hidden"),
        ("greet", "already"),
    ] {
        let mut params = place(&greet, 0, 22);
        params["newName"] = json!(name);
        let refused = editor.refused("textDocument/rename", params);
        assert_eq!(refused["code"], -32602, "{name}: {refused}");
        assert!(refused["message"].as_str().unwrap().contains(why), "{name}: {refused}");
    }
    editor.stop();
    // An editor that prepares nothing is not told of it.
    let mut plain = Editor::start(&mut project.command(&["lsp"]));
    let hello = plain.connect(&project.root(), &Value::Null);
    assert_eq!(hello["capabilities"]["renameProvider"], true);
    plain.stop();
}

#[test]
fn a_file_that_the_editor_moves_is_imported_from_its_new_place() {
    let project = library();
    let mut editor = Editor::start(&mut project.command(&["lsp"]));
    let hello = editor.connect(&project.root(), &json!({ "approvals": true }));
    let asked = &hello["capabilities"]["workspace"]["fileOperations"]["willRename"]["filters"];
    assert_eq!(asked[0]["pattern"]["glob"], "**/*.ts", "{asked}");
    let (old, greet) = (uri(&project, "tools/hello.ts"), uri(&project, "tools/greet.ts"));
    let new = uri(&project, "tools/words/salute.ts");
    let files = |old: &str, new: &str| json!({ "files": [{ "oldUri": old, "newUri": new }] });
    let edits = editor.done("workspace/willRenameFiles", files(&old, &new));
    let changed = &edits["documentChanges"];
    assert_eq!(changed.as_array().unwrap().len(), 1, "{edits}");
    assert_eq!(changed[0]["textDocument"]["uri"], greet);
    assert_eq!(changed[0]["edits"][0]["newText"], "./words/salute.ts", "{edits}");
    // The editor moves the file itself; the server edits only who names it.
    assert!(!edits.to_string().contains("\"kind\""), "{edits}");
    for (old, new) in [
        (old.as_str(), "file:///elsewhere/hello.ts"),
        (old.as_str(), "untitled:hello"),
        ("file:///elsewhere/hello.ts", new.as_str()),
        ("no uri at all", new.as_str()),
        (&uri(&project, "tools/none.ts"), &new),
    ] {
        assert_eq!(editor.done("workspace/willRenameFiles", files(old, new)), Value::Null, "{old} {new}");
    }
    editor.stop();
}

#[test]
fn a_value_is_lifted_out_of_parameters_that_are_taken_apart_where_it_is_typed() {
    let project = library();
    let mut editor = project.editor();
    let uri = uri(&project, "tools/tax.ts");
    let text = "/** Adds tax. */\nexport default ({ price }: { price: number }): number => price * 0.19;\n";
    open(&mut editor, &uri, text);
    assert_eq!(codes(&findings(&mut editor, &uri, 1)), ["lint.no-magic-numbers"]);
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": whole, "context": { "diagnostics": [] } });
    let actions = editor.done("textDocument/codeAction", params);
    let edits = actions[0]["edit"]["changes"][&uri].as_array().unwrap_or_else(|| panic!("{actions}"));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut edits = edits.clone();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit["range"]["start"]["character"].as_u64()));
    for edit in edits {
        let place = |end: &str| usize::try_from(edit["range"][end]["character"].as_u64().unwrap()).unwrap();
        lines[1].replace_range(place("start")..place("end"), edit["newText"].as_str().unwrap());
    }
    let expected =
        "export default ({ value, price }: { value: number; price: number }): number => price * value;";
    assert_eq!(lines[1], expected);
    change(&mut editor, &uri, 2, &format!("{}\n", lines.join("\n")));
    assert_eq!(findings(&mut editor, &uri, 2), json!([]));
    editor.stop();
}
