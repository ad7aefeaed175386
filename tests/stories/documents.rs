//! Generated documents: written from `protocol`, compared here; `UPDATE_DOCS=1` (`cargo xtask docs`) writes them.

use std::fmt::Write as _;
use std::fs;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use tgp_protocol::client::error::ErrorCode;
use tgp_protocol::client::tools as t;
use tgp_protocol::client::{actions, approvals, branches, delegate, tasks, undo};
use tgp_tests::places;
use tgp_tests::remote::git;

/// One kernel tool: name, what it does, input, output.
struct Tool {
    name: &'static str,
    purpose: &'static str,
    input: Value,
    output: Value,
}

fn schema<T: JsonSchema>() -> Value {
    let settings =
        schemars::generate::SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    serde_json::to_value(SchemaGenerator::new(settings).into_root_schema_for::<T>()).unwrap()
}

fn tool<I: JsonSchema, O: JsonSchema>(name: &'static str, purpose: &'static str) -> Tool {
    Tool { name, purpose, input: schema::<I>(), output: schema::<O>() }
}

fn tools() -> Vec<Tool> {
    vec![
        tool::<t::ListFilesInput, t::ListFilesOutput>(
            "list_files",
            "Lists files below a folder, recursively.",
        ),
        tool::<t::ReadFileInput, t::ReadFileOutput>(
            "read_file",
            "Reads a file: text in pages of lines, anything in pages of bytes.",
        ),
        tool::<t::WriteFileInput, t::WriteFileOutput>("write_file", "Creates a tool or replaces a file."),
        tool::<t::PatchFileInput, t::WriteFileOutput>(
            "patch_file",
            "Replaces a text that occurs exactly once in a file, or applies a unified diff.",
        ),
        tool::<tasks::DeleteFileInput, tasks::ChangeFilesOutput>(
            "delete_file",
            "Deletes a file of the project on the task's branch.",
        ),
        tool::<tasks::MoveFileInput, tasks::ChangeFilesOutput>(
            "move_file",
            "Moves a file or folder of the project on the task's branch.",
        ),
        tool::<tasks::SearchInput, tasks::SearchOutput>(
            "search",
            "Finds lines in the project's files that the agent may read.",
        ),
        tool::<tasks::OutlineInput, tasks::OutlineOutput>("outline", "Lists the symbols of a source file."),
        tool::<tasks::StartTaskInput, tasks::StartTaskOutput>(
            "start_task",
            "Opens a branch for a task, or goes on with one.",
        ),
        tool::<tasks::ListTasksInput, tasks::ListTasksOutput>("list_tasks", "Lists the agent's own tasks."),
        tool::<tasks::DiffTaskInput, tasks::DiffTaskOutput>("diff_task", "Shows what a task changed."),
        tool::<tasks::FinishTaskInput, tasks::FinishTaskOutput>(
            "finish_task",
            "Hands a task's branch in, for a person to decide about.",
        ),
        tool::<tasks::SaveNoteInput, tasks::SaveNoteOutput>("save_note", "Keeps what should be known later."),
        tool::<t::CheckToolInput, t::CheckToolOutput>(
            "check_tool",
            "Compiles a tool and compares it with the standards.",
        ),
        tool::<t::ExecToolInput, t::ExecToolOutput>(
            "exec_tool",
            "Runs a tool in the sandbox, in one transaction.",
        ),
        tool::<t::ExecSqlInput, t::ExecSqlOutput>(
            "exec_sql",
            "Runs one SQL statement against the project's database.",
        ),
        tool::<t::FindToolInput, t::FindToolOutput>(
            "find_tool",
            "Looks for a tool that already does what is wanted.",
        ),
        tool::<actions::SeeActionsInput, actions::SeeActionsOutput>(
            "list_actions",
            "Lists what was done in the project.",
        ),
        tool::<undo::UndoActionInput, undo::UndoOutput>(
            "undo_action",
            "Takes one of the agent's own actions back.",
        ),
        tool::<delegate::DelegateInput, delegate::DelegateOutput>(
            "delegate",
            "Hands a part of what the agent may do to another agent.",
        ),
        tool::<approvals::ApprovalStatusInput, approvals::ApprovalStatusOutput>(
            "approval_status",
            "Says what became of a question to a person.",
        ),
        tool::<branches::MergeBranchInput, branches::MergeOutput>(
            "merge_branch",
            "Asks a person to merge one of the agent's own branches.",
        ),
    ]
}

/// Compares a document with the one in the tree, or writes it.
pub(crate) fn compare(path: &str, wanted: &str) {
    let file = places::repository().join(path);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, wanted).unwrap();
        return;
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "`{path}` is not fresh: run `cargo xtask docs`");
}

/// Name of a type for people.
fn kind(schema: &Value) -> String {
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .filter(|name| *name != "null")
            .collect::<Vec<_>>()
            .join(" or "),
        _ if schema["anyOf"].is_array() => kind(&schema["anyOf"][0]),
        _ => "any value".to_owned(),
    };
    if name == "array" { format!("list of {}", kind(&schema["items"])) } else { name }
}

fn fields(text: &mut String, title: &str, schema: &Value) {
    writeln!(text, "{title}:\n\n| field | type | meaning |\n| :--- | :--- | :--- |").unwrap();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let optional = if required.contains(&Value::String(name.clone())) { "" } else { ", optional" };
        let meaning =
            field["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        writeln!(text, "| `{name}` | {}{optional} | {meaning} |", kind(field)).unwrap();
    }
    text.push('\n');
}

#[test]
fn the_tool_reference_is_fresh() {
    let mut text = String::from(
        "# Kernel tools\n\nGenerated from `protocol/src/client/tools.rs` by `cargo xtask docs`.\n\n\
         Every refusal is a result with `isError` and `structuredContent {code, name?, message, hint?, action?, details?}`;\n\
         the codes are in [errors.md](errors.md). The schemas are in [schemas/](schemas).\n\n",
    );
    for tool in tools() {
        writeln!(text, "## {}\n\n{}\n", tool.name, tool.purpose).unwrap();
        fields(&mut text, "Input", &tool.input);
        fields(&mut text, "Output", &tool.output);
    }
    compare("docs/reference/tools.md", &format!("{}\n", text.trim_end()));
}

#[test]
fn the_error_reference_is_fresh() {
    let mut text = String::from(
        "# Errors\n\nGenerated from `protocol/src/client/error.rs` by `cargo xtask docs`. A code, once released, keeps its meaning.\n\n\
         | code | name | meaning | what to do |\n| :--- | :--- | :--- | :--- |\n",
    );
    for code in ErrorCode::ALL {
        let name = code.name().map(|name| format!("`{name}`")).unwrap_or_default();
        let meaning = code.meaning().trim();
        writeln!(text, "| `{}` | {name} | {meaning} | {} |", code.as_str(), code.hint()).unwrap();
    }
    compare("docs/reference/errors.md", &text);
}

#[test]
fn the_editor_reference_is_fresh() {
    let page = tgp_tests::Finished::run(
        std::process::Command::new(places::binary()).args(["reference", "--editor"]),
    );
    compare("docs/reference/editor.md", &page.succeeded().stdout);
}

#[test]
fn the_types_of_vs_code_s_extension_are_fresh() {
    let types = tgp_tests::Finished::run(
        std::process::Command::new(places::binary()).args(["reference", "--typescript"]),
    );
    compare("editors/vscode/src/protocol.ts", &types.succeeded().stdout);
}

#[test]
fn the_picture_of_vs_code_shows_the_views_as_they_are() {
    let root = places::repository();
    let shown = fs::read_to_string(root.join("docs/images/vscode.sources.txt")).unwrap();
    let mut lines = shown.lines();
    let renewed_by = "`UPDATE_DOCS=1 cargo xtask vscode workbench` renews it";
    assert!(lines.next().unwrap().contains("UPDATE_DOCS=1 cargo xtask vscode workbench"));
    let known: Vec<(&str, &str)> = lines.map(|line| line.split_once(' ').unwrap()).collect();
    for (hash, file) in &known {
        let now = git(&root, &["hash-object", file]);
        assert!(now.code == Some(0), "{file} is gone, and the picture shows it: {renewed_by}");
        assert_eq!(now.stdout.trim_end(), *hash, "{file} changed since the picture was taken: {renewed_by}");
    }
    let views = fs::read_dir(root.join("editors/vscode/src/views")).unwrap();
    let views = views
        .map(|entry| format!("editors/vscode/src/views/{}", entry.unwrap().file_name().to_string_lossy()));
    let story =
        ["docs/images/vscode.png", "editors/vscode/package.json", "editors/vscode/test/workbench.mjs"];
    for file in views.chain(story.map(str::to_owned)) {
        assert!(
            known.iter().any(|(_, name)| *name == file),
            "the picture does not know {file}: {renewed_by}"
        );
    }
}

#[test]
fn the_json_schemas_are_fresh() {
    for tool in tools() {
        for (side, schema) in [("input", &tool.input), ("output", &tool.output)] {
            let text = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
            compare(&format!("docs/reference/schemas/{}.{side}.json", tool.name), &text);
        }
    }
}

#[test]
fn error_codes_are_unique_and_well_formed() {
    let mut seen = std::collections::BTreeSet::new();
    for code in ErrorCode::ALL {
        let text = code.as_str();
        assert!(seen.insert(text), "{text} twice");
        assert!(text.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_'), "{text}");
        assert!(!code.meaning().trim().is_empty(), "{text}");
    }
}
