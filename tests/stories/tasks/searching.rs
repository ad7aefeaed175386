//! Search and outline: only what the agent may read, bounded, and said when cut.

use serde_json::json;
use tgp_tests::Project;

use super::{MAIN, shop, start};

#[test]
fn a_search_finds_lines_and_only_in_files_the_agent_may_read() {
    let project = shop();
    project.write(".gitignore", "/.tgp/\nsrc/built/\n");
    project.write("src/built/out.ts", "needle in what is built\n");
    project.write("src/found.ts", "const needle = 1;\nno\nNEEDLE\n");
    project.git(&["add", "--all"]);
    project.git(&["add", "--force", "src/built/out.ts"]);
    project.commit("Needles");
    let protected = project.protect();
    let mut coder = project.session();
    let mut found = |input: serde_json::Value| coder.call("search", input).done().clone();
    let all = found(json!({ "pattern": "needle" }));
    assert_eq!(all["lines"], json!([{ "path": "src/found.ts", "line": 1, "text": "const needle = 1;" }]));
    assert_eq!(all["more"], false);
    assert!(!all.to_string().contains("PRIVATE") && !all.to_string().contains("TOKEN"));
    assert_eq!(
        found(json!({ "pattern": "NEEDLE", "ignore_case": true }))["lines"].as_array().unwrap().len(),
        2
    );
    assert_eq!(found(json!({ "pattern": "needle", "ignored": true }))["lines"].as_array().unwrap().len(), 2);
    assert_eq!(
        found(json!({ "pattern": "return \\d+", "globs": ["*.ts", "!src/other/**"] }))["lines"][0]["path"],
        "src/main.ts"
    );
    assert_eq!(found(json!({ "pattern": "a.b", "plain": true }))["lines"], json!([]));
    assert_eq!(found(json!({ "pattern": "deep", "dir": "src/other" }))["lines"].as_array().unwrap().len(), 1);
    let cut = found(json!({ "pattern": ".", "limit": 3 }));
    assert_eq!((cut["lines"].as_array().unwrap().len(), &cut["more"]), (3, &json!(true)));
    for (input, code) in [
        (json!({ "pattern": "(" }), "arguments.invalid"),
        (json!({ "pattern": "x", "globs": ["["] }), "arguments.invalid"),
        (json!({ "pattern": "x", "dir": "../.." }), "path.escape"),
        (json!({ "pattern": "x", "dir": "secrets" }), "policy.denied"),
        (json!({ "pattern": "x", "dir": "tools" }), "file.read_only"),
    ] {
        assert_eq!(coder.call("search", input.clone()).refused().code, code, "{input}");
    }
    coder.stop();
    protected.holds();
}

#[test]
fn forbidden_files_take_nothing_from_what_is_found() {
    let forbidden: Vec<(String, String)> =
        (0..40).map(|n| (format!("secrets/{n}.txt"), "needle\n".repeat(50))).collect();
    let mut files: Vec<(&str, &str)> =
        forbidden.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("src/z.ts", "needle\n"));
    let project = Project::in_git(&files);
    let mut coder = project.session();
    let found = coder.call("search", json!({ "pattern": "needle", "limit": 5 })).done().clone();
    assert_eq!(found["lines"], json!([{ "path": "src/z.ts", "line": 1, "text": "needle" }]));
    assert_eq!(found["more"], false);
    coder.stop();
}

#[test]
fn a_search_sees_the_branch_and_not_the_disk() {
    let project = shop();
    let mut coder = project.session();
    start(&mut coder, "search");
    coder.write("src/a.ts", "const fresh_on_branch = 1;\n");
    let found = coder.call("search", json!({ "pattern": "fresh" })).done().clone();
    assert_eq!(found["lines"].as_array().unwrap().len(), 1, "{found:#}");
    assert_eq!(found["lines"][0]["path"], "src/a.ts");
    coder.stop();
}

#[test]
fn an_outline_names_the_symbols_of_a_file_with_their_lines() {
    let project = shop();
    let mut coder = project.session();
    start(&mut coder, "outline");
    let source = format!("{MAIN}export class Server {{\n  start(): void {{}}\n}}\n");
    coder.write("src/server.ts", &source);
    let outline = coder.call("outline", json!({ "path": "src/server.ts" })).done().clone();
    let names: Vec<&str> =
        outline["symbols"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["main", "Server", "Server.start"]);
    assert_eq!(
        outline["symbols"][2],
        json!({ "name": "Server.start", "kind": "method", "first_line": 5, "last_line": 5 })
    );
    let unknown = coder.call("outline", json!({ "path": "src/lines.txt" })).refused();
    assert_eq!(unknown.code, "file.kind");
    assert_eq!(coder.call("outline", json!({ "path": "secrets/key.pem" })).refused().code, "policy.denied");
    coder.stop();
}
