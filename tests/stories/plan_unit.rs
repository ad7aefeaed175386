//! The seed's unit test plan, line by line, end to end: files and jail, compilation, limits, determinism, validation.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tgp_tests::Project;
use tgp_tests::walk;

use crate::sources::FREEZE;

fn project_with_exports() -> Project {
    Project::with_settings("fs: { allowedDirs: ['./exports'] },")
}

#[test]
fn files_a_deep_path_is_written_read_and_listed_as_the_system_sees_it() {
    let project = project_with_exports();
    let mut session = project.session();
    let content = "first line\n\u{fc}ml\u{e4}ut \u{1f980}\r\nno final newline";
    session.call("write_file", json!({ "path": "exports/deep/nested/file.txt", "content": content })).done();
    session.call("write_file", json!({ "path": "exports/deep/other.txt", "content": "" })).done();
    assert_eq!(fs::read(project.path("exports/deep/nested/file.txt")).unwrap(), content.as_bytes());
    let read = session.call("read_file", json!({ "path": "exports/deep/nested/file.txt" }));
    assert_eq!(read.done()["content"], content);
    let seen: Vec<String> = walk(&project.path("exports/deep"))
        .iter()
        .map(|file| file.strip_prefix(project.root()).unwrap().to_str().unwrap().to_owned())
        .collect();
    let listed = session.call("list_files", json!({ "dir": "exports/deep" }));
    assert_eq!(listed.done()["files"], json!(seen));
    session.stop();
}

#[test]
fn jail_a_path_upward_is_a_security_violation_and_writes_nothing() {
    let project = project_with_exports();
    let mut session = project.session();
    for path in ["../outside.txt", "exports/../../outside.txt", "tools/../../outside.txt"] {
        let refused = session.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert_eq!(
            (refused.code.as_str(), refused.name.as_str()),
            ("path.escape", "SecurityViolation"),
            "{path}"
        );
    }
    session.stop();
    assert!(!project.above().join("outside.txt").exists());
}

#[test]
fn jail_a_symlink_to_the_passwords_is_not_read() {
    let project = project_with_exports();
    std::os::unix::fs::symlink("/etc/passwd", project.path("link.txt")).unwrap();
    let mut session = project.session();
    let answer = session.call("read_file", json!({ "path": "link.txt" }));
    let refused = answer.refused();
    assert_eq!((refused.code.as_str(), refused.name.as_str()), ("path.escape", "SecurityViolation"));
    assert!(!answer.raw.to_string().contains("root:"), "nothing of the file came out");
    let source = "export default () => tgp.read_file('link.txt');\n";
    let from_a_tool = session.run_source("tools/peek.ts", source, json!({}));
    assert!(from_a_tool.is_error() && !from_a_tool.raw.to_string().contains("root:"));
    session.stop();
}

#[test]
fn compilation_typescript_becomes_something_that_can_be_called() {
    let project = Project::new();
    let mut session = project.session();
    let answer =
        session.run_source("tools/double.ts", "export default (a: number) => a * 2;\n", json!({ "a": 21 }));
    assert_eq!(*answer.result(), json!(42));
    session.stop();
}

#[test]
fn compilation_a_syntax_error_is_a_compilation_error_with_its_line() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/broken.ts", "export default () => {\n  const x = ;\n  return x;\n};\n");
    let checked = session.check("tools/broken.ts");
    assert_eq!(checked["valid"], false);
    assert_eq!(checked["errors"][0]["code"], "compile.syntax", "{checked:#}");
    assert_eq!(checked["errors"][0]["line"], 2, "{checked:#}");
    let refused = session.exec("tools/broken.ts", json!({})).refused();
    assert_eq!((refused.code.as_str(), refused.name.as_str()), ("compile.syntax", "CompilationError"));
    assert!(refused.raw.to_string().contains("broken.ts:2"), "the line is named: {:#}", refused.raw);
    session.stop();
}

#[test]
fn limits_an_allocation_of_100_megabytes_is_a_memory_error() {
    let project = Project::new();
    let mut session = project.session();
    let source = "export default ({ size }: { size: number }) => new ArrayBuffer(size).byteLength;\n";
    let refused = session.run_source("tools/big.ts", source, json!({ "size": 100 * 1024 * 1024 })).refused();
    assert_eq!((refused.code.as_str(), refused.name.as_str()), ("sandbox.memory", "ERR_ISOLATE_MEMORY"));
    assert!(refused.raw.to_string().contains("limits.memoryBytes"), "{:#}", refused.raw);
    assert_eq!(*session.exec("tools/big.ts", json!({ "size": 1024 })).result(), json!(1024));
    session.stop();
}

#[test]
fn limits_an_endless_loop_is_a_timeout_error_within_the_limit() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/freeze.ts", FREEZE);
    session.exec("tools/freeze.ts", json!({})).refused();
    let begun = Instant::now();
    let refused = session.exec("tools/freeze.ts", json!({})).refused();
    let taken = begun.elapsed();
    assert_eq!((refused.code.as_str(), refused.name.as_str()), ("sandbox.timeout", "ERR_ISOLATE_TIMEOUT"));
    // The limit is 50 ms of processor time; the rest is room for a machine that does other things as well.
    assert!(taken >= Duration::from_millis(45) && taken < Duration::from_secs(5), "{taken:?}");
    session.stop();
}

fn random_numbers(session: &mut tgp_tests::Session, seed: u64) -> (Value, Value) {
    let call = json!({ "path": "tools/dice.ts", "args": { "count": 4 }, "seed": seed });
    let answer = session.call("exec_tool", call);
    (answer.result().clone(), answer.done()["fuel"].clone())
}

#[test]
fn determinism_the_same_seed_gives_the_same_numbers_for_the_same_fuel() {
    let project = Project::new();
    let source = "export default ({ count }: { count: number }) => Array.from({ length: count }, () => Math.random());\n";
    let mut session = project.session();
    session.write("tools/dice.ts", source);
    let first = random_numbers(&mut session, 7);
    assert_eq!(first, random_numbers(&mut session, 7));
    assert_ne!(first.0, random_numbers(&mut session, 8).0);
    session.stop();
    let mut session = project.session();
    assert_eq!(first, random_numbers(&mut session, 7), "also in another process");
    session.stop();
}

#[test]
fn validation_process_is_forbidden_in_these_words() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/exit.ts", "export default () => {\n  process.exit();\n};\n");
    let checked = session.check("tools/exit.ts");
    assert_eq!(checked["valid"], false);
    let errors = checked["errors"].as_array().unwrap();
    let error = errors.iter().find(|error| error["message"] == "Global 'process' is forbidden");
    let error = error.unwrap_or_else(|| panic!("{checked:#}"));
    assert_eq!((&error["code"], &error["line"]), (&json!("compile.forbidden_global"), &json!(2)));
    let refused = session.exec("tools/exit.ts", json!({})).refused();
    assert_eq!(refused.code, "compile.forbidden_global");
    session.stop();
}

#[test]
fn validation_an_import_outside_the_list_is_rejected_with_the_list() {
    let project = Project::with_settings("allowedImports: ['@tgp/std', 'zod'],");
    let mut session = project.session();
    session.write(
        "tools/disk.ts",
        "import fs from 'fs';\n\nexport default () => fs.readFileSync('/etc/passwd');\n",
    );
    let checked = session.check("tools/disk.ts");
    assert_eq!(checked["valid"], false);
    let error = &checked["errors"][0];
    assert_eq!(error["code"], "compile.forbidden_import", "{checked:#}");
    let said = error.to_string();
    assert!(said.contains("fs") && said.contains("@tgp/std") && said.contains("zod"), "{said}");
    assert_eq!(session.exec("tools/disk.ts", json!({})).refused().code, "compile.forbidden_import");
    session.stop();
}
