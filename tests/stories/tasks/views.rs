//! What agents see: the branch of their task, or what a task would start from.

use serde_json::json;
use tgp_tests::Project;

use super::{LINES, MAIN, branch, files, is_whole, read, session_of, shop, start, text};

#[test]
fn files_are_seen_as_the_last_commit_has_them_until_a_task_is_open() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    assert_eq!(text(&mut coder, "src/main.ts"), MAIN, "the uncommitted edit is the person's");
    let all = files(&mut coder, ".");
    assert!(all.contains(&"src/main.ts".to_owned()) && !all.contains(&"src/new.ts".to_owned()), "{all:?}");
    assert!(!all.iter().any(|file| file.starts_with("secrets") || file == ".env"), "{all:?}");
    assert!(!all.iter().any(|file| file.starts_with(".tgp") || file.starts_with(".git/")), "{all:?}");
    let missing = read(&mut coder, "src/new.ts").refused();
    assert_eq!(missing.code, "file.not_found");
    let hint = missing.raw["hint"].as_str().unwrap();
    assert!(hint.contains("start_task") && hint.contains("uncommitted"), "{hint}");
    let gone = read(&mut coder, "src/nowhere.ts").refused();
    assert!(!gone.raw["hint"].as_str().unwrap().contains("uncommitted"), "{:#}", gone.raw);
    assert_eq!(project.agent_branches(), Vec::<String>::new(), "looking opens nothing");
    coder.stop();
    protected.holds();
}

#[test]
fn a_task_is_a_view_of_its_own_and_nobody_else_sees_it() {
    let project = shop();
    let protected = project.protect();
    let (mut one, mut two) = (session_of(&project, "coder"), session_of(&project, "coder"));
    let name = start(&mut one, "Add OAuth login");
    assert!(name.starts_with("agent/coder/add-oauth-login-"), "{name}");
    one.write("src/login.ts", "export const login = 1;\n");
    assert_eq!(text(&mut one, "src/login.ts"), "export const login = 1;\n");
    assert!(files(&mut one, "src").contains(&"src/login.ts".to_owned()));
    assert_eq!(read(&mut two, "src/login.ts").refused().code, "file.not_found");
    assert!(!project.path("src/login.ts").exists());
    assert_eq!(project.on_branch(&name, "src/login.ts").as_deref(), Some("export const login = 1;\n"));
    // What the person commits meanwhile is not in the task, which began before.
    project.git(&["stash", "--quiet", "--include-untracked"]);
    project.write("README.md", "# Shop 2\n");
    project.commit("More");
    assert_eq!(text(&mut one, "README.md"), "# Shop\n");
    assert_eq!(text(&mut two, "README.md"), "# Shop 2\n");
    project.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    project.git(&["stash", "pop", "--quiet"]);
    one.stop();
    two.stop();
    is_whole(&project);
    drop(protected);
}

#[test]
fn a_task_begins_with_uncommitted_work_where_that_is_asked() {
    let project = shop();
    let protected = project.protect();
    let mut coder = project.session();
    let tracked = coder.call("start_task", json!({ "description": "on", "uncommitted": "tracked" }));
    assert_eq!(text(&mut coder, "src/main.ts"), MAIN.replace('1', "99"));
    assert_eq!(read(&mut coder, "src/new.ts").refused().code, "file.not_found");
    let all = coder.call("start_task", json!({ "description": "all", "uncommitted": "all" }));
    assert_eq!(text(&mut coder, "src/new.ts"), "export const fresh = true;\n");
    assert_ne!(branch(&tracked), branch(&all));
    coder.write("src/new.ts", "changed\n");
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_task_does_not_begin_with_uncommitted_files_the_agent_may_not_read() {
    let project = Project::in_git(&[("src/a.txt", "a\n")]);
    project.write("src/secrets/key.pem", "private\n");
    let protected = project.protect();
    let mut coder = project.session();
    let all = json!({ "description": "all", "uncommitted": "all" });
    let refused = coder.call("start_task", all).refused();
    assert_eq!(refused.code, "policy.denied");
    assert!(!refused.raw.to_string().contains("key.pem"), "{:#}", refused.raw);
    let listed = project.json(&["branch", "list"]);
    assert_eq!(listed["branches"], json!([]), "{listed:#}");
    start(&mut coder, "without");
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn what_is_no_text_comes_in_pages_of_bytes() {
    let project = Project::in_git(&[("src/a.txt", "a\n")]);
    let bytes: Vec<u8> = (0..60_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    project.write("src/image.bin", &bytes);
    project.write("src/long.txt", "x".repeat(100_000));
    project.commit("Binary");
    let protected = project.protect();
    let mut coder = project.session();
    let refused = read(&mut coder, "src/image.bin").refused();
    assert_eq!(refused.code, "file.encoding");
    assert!(refused.raw["hint"].as_str().unwrap().contains("byte_offset"), "{:#}", refused.raw);
    assert_eq!(read(&mut coder, "src/long.txt").refused().code, "file.too_large");
    for (path, wanted) in [("src/image.bin", bytes), ("src/long.txt", vec![b'x'; 100_000])] {
        let (mut joined, mut next) = (Vec::new(), Some(0));
        while let Some(from) = next {
            let page = coder.call("read_file", json!({ "path": path, "byte_offset": from })).done().clone();
            assert_eq!(page["total_bytes"], json!(wanted.len()));
            joined.extend(decoded(page["content"].as_str().unwrap()));
            next = page["next_byte_offset"].as_u64();
        }
        assert_eq!(joined, wanted, "{path}");
    }
    coder.stop();
    protected.holds();
}

fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut out = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let bits = group
            .iter()
            .filter(|byte| **byte != b'=')
            .fold(0_u32, |bits, byte| bits << 6 | u32::from(value(*byte)));
        let count = group.iter().filter(|byte| **byte != b'=').count();
        let bits = bits << (6 * (4 - count));
        out.extend(bits.to_be_bytes().into_iter().skip(1).take(count - 1));
    }
    out
}

#[test]
fn symlinks_are_named_and_never_followed_out() {
    let project = Project::in_git(&[("src/a.txt", "a\n")]);
    std::fs::write(project.above().join("outside.txt"), "outside\n").unwrap();
    std::os::unix::fs::symlink(project.above().join("outside.txt"), project.path("src/out")).unwrap();
    std::os::unix::fs::symlink(project.above(), project.path("src/folder")).unwrap();
    std::os::unix::fs::symlink("a.txt", project.path("src/inside")).unwrap();
    project.commit("Links");
    let protected = project.protect();
    let mut coder = project.session();
    for path in ["src/out", "src/inside"] {
        let refused = read(&mut coder, path).refused();
        assert_eq!(refused.code, "file.kind", "{path}");
        assert!(refused.message.contains("symlink"), "{}", refused.message);
    }
    assert_eq!(read(&mut coder, "src/folder/outside.txt").refused().code, "file.not_found");
    let written =
        coder.call("write_file", json!({ "path": "src/folder/outside.txt", "content": "in\n" })).refused();
    assert_eq!(written.code, "file.kind", "{}", written.message);
    let over = coder.call("write_file", json!({ "path": "src/out", "content": "in\n" })).refused();
    assert_eq!(over.code, "file.kind", "{}", over.message);
    assert_eq!(std::fs::read_to_string(project.above().join("outside.txt")).unwrap(), "outside\n");
    coder.stop();
    protected.holds();
}

#[test]
fn a_running_tool_reads_and_writes_plain_files_of_the_allowed_folders() {
    let project = Project::in_git(&[("src/a.txt", "committed\n")]);
    project.configure("fs: { allowedDirs: ['./out'] },");
    std::fs::create_dir(project.path("out")).unwrap();
    project.write("src/a.txt", "on the disk\n");
    let mut coder = project.session();
    let source = "/** Copies. */\nexport default (): string => {\n  const text = tgp.read_file(\"src/a.txt\");\n  tgp.write_file(\"out/a.txt\", text);\n  return text;\n};\n";
    let copied = coder.run_source("tools/copy.ts", source, json!({}));
    assert_eq!(copied.result(), "on the disk\n");
    assert_eq!(project.read("out/a.txt"), "on the disk\n");
    assert_eq!(text(&mut coder, "src/a.txt"), "committed\n");
    assert_eq!(project.agent_branches(), Vec::<String>::new(), "tools of the library need no task");
    coder.stop();
}

#[test]
fn without_a_repository_everything_is_plain_files_and_tasks_say_what_is_missing() {
    let project = Project::with_settings("fs: { allowedDirs: ['./out'] },");
    std::fs::create_dir(project.path("out")).unwrap();
    let mut coder = project.session();
    coder.write("out/a.txt", LINES);
    assert_eq!(project.read("out/a.txt"), LINES);
    for (tool, arguments) in [
        ("start_task", json!({ "description": "x" })),
        ("list_tasks", json!({})),
        ("diff_task", json!({})),
        ("finish_task", json!({ "summary": "x" })),
        ("search", json!({ "pattern": "x" })),
        ("delete_file", json!({ "path": "out/a.txt" })),
        ("move_file", json!({ "from": "out/a.txt", "to": "out/b.txt" })),
        ("patch_file", json!({ "patch": "--- a/out/a.txt\n+++ b/out/a.txt\n@@ -1 +1 @@\n-1\n+2\n" })),
    ] {
        let refused = coder.call(tool, arguments).refused();
        assert_eq!(refused.code, "repository.missing", "{tool}");
        assert!(refused.raw["hint"].as_str().unwrap().contains("git init"), "{tool}");
    }
    assert_eq!(project.read("out/a.txt"), LINES);
    coder.call("save_note", json!({ "note": "no repository is needed for this" })).done();
    let outlined = coder.call("write_file", json!({ "path": "out/a.ts", "content": MAIN }));
    outlined.done();
    let outline = coder.call("outline", json!({ "path": "out/a.ts" })).done().clone();
    assert_eq!(outline["symbols"][0]["name"], "main");
    coder.stop();
}
