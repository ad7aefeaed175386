//! Everything that can be wrong with what comes in: a clear error with a stable code, and nothing half-written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::json;
use tgp_tests::{Project, Remote, remote};

use crate::sources::{FIB, HELLO};

#[test]
fn paths_that_lead_out_are_refused_by_every_tool() {
    let project = Project::with_settings("fs: { allowedDirs: ['./allowed'] },");
    fs::create_dir(project.path("allowed")).unwrap();
    fs::write(project.above().join("secret.txt"), "secret").unwrap();
    symlink(project.above(), project.path("allowed/up")).unwrap();
    symlink(project.above().join("secret.txt"), project.path("allowed/link.txt")).unwrap();
    let mut session = project.session();
    for path in [
        "../secret.txt",
        "/etc/passwd",
        "allowed/up/secret.txt",
        "allowed/link.txt",
        "allowed/../../secret.txt",
    ] {
        let read = session.call("read_file", json!({ "path": path }));
        assert_eq!(read.refused().code, "path.escape", "{path}");
        assert!(!read.raw.to_string().contains("\"secret\""), "{path}");
        let write = session.call("write_file", json!({ "path": path, "content": "changed" }));
        assert_eq!(write.refused().code, "path.escape", "{path}");
        let patch =
            session.call("patch_file", json!({ "path": path, "search": "secret", "replace": "changed" }));
        assert_eq!(patch.refused().code, "path.escape", "{path}");
    }
    assert_eq!(session.call("list_files", json!({ "dir": ".." })).refused().code, "path.escape");
    for path in ["tools/../../secret.ts", "/tools/a.ts"] {
        let code = session.exec(path, json!({})).refused().code;
        assert!(["path.escape", "tool.not_found"].contains(&code.as_str()), "{path}: {code}");
    }
    session.stop();
    assert_eq!(fs::read_to_string(project.above().join("secret.txt")).unwrap(), "secret");
    let above: Vec<_> =
        fs::read_dir(project.above()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(above.len(), 4, "project, state, temporary, secret.txt: {above:?}");
}

#[test]
fn paths_that_are_none_are_named() {
    let project = Project::with_settings("fs: { allowedDirs: ['./allowed'] },");
    let mut session = project.session();
    let long = format!("allowed/{}", "x".repeat(300));
    for path in ["allowed/a\u{0}b", "allowed\\b", "allowed/b ", "allowed/b.", long.as_str(), "allowed/\u{7f}"]
    {
        let refused = session.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert!(refused.code.starts_with("path."), "{path:?}: {}", refused.code);
    }
    session.stop();
}

#[test]
fn a_folder_that_only_begins_like_an_allowed_one_is_not_allowed() {
    let project = Project::with_settings("fs: { allowedDirs: ['./allowed'] },");
    let mut session = project.session();
    for path in
        ["allowed_evil/x.txt", "allowedx", "other/x.txt", "package.json", "tgp.config.ts", ".git/config"]
    {
        let refused = session.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert!(
            ["file.read_only", "policy.denied"].contains(&refused.code.as_str())
                && refused.name == "SecurityViolation",
            "{path}: {:#}",
            refused.raw
        );
    }
    session.stop();
}

#[test]
fn the_library_s_own_files_are_not_for_agents() {
    let project = Project::with_settings("fs: { allowedDirs: ['.'] },");
    let before = project.read(".tgp/meta.json");
    let mut session = project.session();
    for path in [
        ".tgp/policy/rules.yaml",
        ".tgp/meta.json",
        ".tgp/state/tgp.db",
        ".tgp/.git/config",
        ".tgp/tools/x.ts",
        ".TGP/tools/x.ts",
    ] {
        let refused = session.call("write_file", json!({ "path": path, "content": "x" })).refused();
        assert!(
            ["policy.denied", "file.read_only"].contains(&refused.code.as_str()),
            "{path}: {:#}",
            refused.raw
        );
    }
    session.stop();
    assert_eq!(project.read(".tgp/meta.json"), before);
}

#[test]
fn what_git_itself_reads_is_not_for_agents() {
    let project = Project::with_settings("fs: { allowedDirs: ['./allowed'] },");
    let mut session = project.session();
    for path in [
        "tools/.gitattributes",
        "tools/.gitignore",
        "tools/a/.gitmodules",
        "tools/.MailMap",
        "allowed/.gitattributes",
    ] {
        let refused =
            session.call("write_file", json!({ "path": path, "content": "* merge=ours\n" })).refused();
        assert_eq!(refused.code, "policy.denied", "{path}: {:#}", refused.raw);
        assert!(refused.message.contains("builtin.git"), "{path}: {}", refused.message);
    }
    let source = "export default ({ path }: { path: string }) => tgp.write_file(path, 'x');\n";
    let run = session.run_source("tools/write.ts", source, json!({ "path": "allowed/.gitattributes" }));
    assert_eq!(run.refused().code, "policy.denied");
    session.stop();
    assert!(!project.path("allowed/.gitattributes").exists());
}

/// What `tgp tool list` says where `rootDir` names a folder that is somebody's.
fn foreign_root(project: &Project) -> String {
    project.write("tgp.config.ts", "export default {\n  rootDir: './mine',\n};\n");
    let said = project.tgp(&["tool", "list"]);
    assert_ne!(said.code, Some(0), "{}", said.both());
    assert!(said.stderr.contains("config.invalid"), "{}", said.stderr);
    assert!(said.stderr.contains("tgp.config.ts:2:") && said.stderr.contains("rootDir"), "{}", said.stderr);
    said.stderr
}

#[test]
fn a_repository_of_the_person_s_is_never_taken_for_the_library() {
    let project = Project::new();
    project.write("mine/src/main.rs", "fn main() {}\n");
    project.write("mine/tools/build.sh", "make\n");
    let mine = project.path("mine");
    for arguments in [&["init", "--quiet", "-b", "trunk"][..], &["add", "--all"], &["commit", "-qm", "Mine"]]
    {
        remote::git(&mine, arguments).succeeded();
    }
    let state = || {
        let told: Vec<String> =
            [&["rev-parse", "HEAD"][..], &["for-each-ref"], &["status", "--porcelain", "--ignored"]]
                .iter()
                .map(|arguments| remote::git(&mine, arguments).stdout)
                .collect();
        (told, tgp_tests::project::walk(&mine).len(), fs::read_to_string(mine.join(".git/config")).unwrap())
    };
    let before = state();
    let said = foreign_root(&project);
    assert!(said.contains("`src`"), "{said}");
    assert_eq!(state(), before);
}

#[test]
fn a_folder_of_the_person_s_does_not_become_a_repository() {
    let project = Project::new();
    project.write("mine/index.ts", "export {};\n");
    let said = foreign_root(&project);
    assert!(said.contains("index.ts"), "{said}");
    assert_eq!(tgp_tests::project::walk(&project.path("mine")), [project.path("mine/index.ts")]);
    // The same with a repository that has no commit yet.
    remote::git(&project.path("mine"), &["init", "--quiet"]).succeeded();
    foreign_root(&project);
    assert!(!project.path("mine/state").exists());
}

#[test]
fn a_clone_of_a_library_is_one() {
    let by_hand = Remote::holding(&[("tools/hello.ts", HELLO), ("README.md", "Our tools.\n")]);
    let synced = Remote::holding(&[("tools/hello.ts", HELLO), ("package.json", "{}\n")]);
    let first = Project::with_remote(&synced.url());
    first.tgp(&["sync"]).succeeded();
    for remote in [&by_hand, &synced] {
        let project = Project::new();
        remote::git(&project.root(), &["clone", "--quiet", &remote.url(), "mine"]).succeeded();
        project.configure(&format!("rootDir: './mine', git: {{ repo: '{}' }},", remote.url()));
        let mut session = project.session();
        assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
        session.stop();
    }
}

#[test]
fn devices_and_pipes_are_not_files() {
    let project = Project::with_settings("fs: { allowedDirs: ['./allowed'] },");
    fs::create_dir(project.path("allowed")).unwrap();
    let pipe = project.path("allowed/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
        .unwrap();
    let mut session = project.session();
    assert_eq!(session.call("read_file", json!({ "path": "allowed/pipe" })).refused().code, "file.kind");
    assert_eq!(session.call("read_file", json!({ "path": "allowed" })).refused().code, "file.kind");
    session.stop();
}

#[test]
fn what_does_not_exist_is_named() {
    let project = Project::new();
    let mut session = project.session();
    assert_eq!(session.call("read_file", json!({ "path": "none.txt" })).refused().code, "file.not_found");
    assert_eq!(
        session.call("check_tool", json!({ "path": "tools/none.ts" })).refused().code,
        "tool.not_found"
    );
    let refused = session.exec("tools/none.ts", json!({})).refused();
    assert_eq!(refused.code, "tool.not_found");
    assert!(refused.message.contains("tools/none.ts"), "{}", refused.message);
    let patch = json!({ "path": "tools/none.ts", "search": "a", "replace": "b" });
    assert!(session.call("patch_file", patch).refused().code.ends_with("not_found"));
    session.stop();
}

#[test]
fn a_patch_that_fits_nowhere_or_twice_says_how_often() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/a.ts", "export default () => 'one one one';\n");
    let patch = |search: &str| json!({ "path": "tools/a.ts", "search": search, "replace": "two" });
    assert_eq!(session.call("patch_file", patch("three")).refused().code, "patch.missing");
    let refused = session.call("patch_file", patch("one")).refused();
    assert_eq!(refused.code, "patch.ambiguous");
    assert!(refused.message.contains('3'), "{}", refused.message);
    assert!(session.call("patch_file", patch("")).is_error());
    session.stop();
    assert_eq!(project.read(".tgp/tools/a.ts"), "export default () => 'one one one';\n");
}

#[test]
fn arguments_that_do_not_fit_the_tool_name_the_field() {
    let project = Project::new();
    let mut session = project.session();
    let source = "type User = { age: number; tags?: string[]; kind: 'new' | 'old' };\n\
                  export default (args: { user: User }): number => args.user.age;\n";
    session.write("tools/user.ts", source);
    let cases = [
        (json!({ "user": { "age": "old", "kind": "new" } }), "user.age"),
        (json!({ "user": { "kind": "new" } }), "user.age"),
        (json!({ "user": { "age": 1, "kind": "other" } }), "user.kind"),
        (json!({ "user": { "age": 1, "kind": "new", "tags": [7] } }), "user.tags"),
        (json!({}), "user"),
        (json!(5), "`args` expected an object"),
    ];
    for (args, field) in cases {
        let refused = session.exec("tools/user.ts", args.clone()).refused();
        assert_eq!(refused.code, "tool.arguments", "{args}");
        assert!(refused.raw.to_string().contains(field), "{field}: {:#}", refused.raw);
    }
    assert_eq!(
        *session.exec("tools/user.ts", json!({ "user": { "age": 7, "kind": "old" } })).result(),
        json!(7)
    );
    session.stop();
}

#[test]
fn a_file_that_is_not_text_is_named() {
    let project = Project::new();
    project.write("picture.bin", b"\x89PNG\xff\xfe\x00");
    let mut session = project.session();
    assert_eq!(session.call("read_file", json!({ "path": "picture.bin" })).refused().code, "file.encoding");
    session.stop();
}

#[test]
fn a_huge_file_is_read_in_pages() {
    let project = Project::new();
    let line = format!("{}\n", "x".repeat(99));
    project.write("huge.txt", line.repeat(200_000));
    let mut session = project.session();
    let read = session.call("read_file", json!({ "path": "huge.txt" }));
    if read.is_error() {
        assert_eq!(read.refused().code, "file.too_large");
    } else {
        assert!(read.done()["content"].as_str().unwrap().len() <= 1 << 20, "one page is small");
        assert!(read.done()["next_offset"].is_u64());
    }
    let page = session.call("read_file", json!({ "path": "huge.txt", "offset": 150_001, "limit": 2 }));
    assert_eq!(page.done()["content"].as_str().unwrap().trim_end(), line.repeat(2).trim_end());
    session.stop();
}

#[test]
fn a_missing_database_is_named() {
    let project = Project::new();
    let mut session = project.session();
    assert_eq!(session.call("exec_sql", json!({ "sql": "SELECT 1" })).refused().code, "database.missing");
    session.stop();
}

#[test]
fn a_corrupt_database_is_named_and_left_alone() {
    let project = Project::with_settings("database: 'sqlite:shop.db',");
    let noise: Vec<u8> = (0..8192u32).map(|n| u8::try_from(n * 31 % 251).unwrap()).collect();
    project.write("shop.db", &noise);
    let mut session = project.session();
    let refused = session.call("exec_sql", json!({ "sql": "SELECT * FROM users" })).refused();
    assert_eq!(refused.code, "database.unusable", "{:#}", refused.raw);
    session.write("tools/hello.ts", HELLO);
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
    assert_eq!(fs::read(project.path("shop.db")).unwrap(), noise);
}

#[test]
fn sql_that_would_leave_the_transaction_or_the_file_is_refused() {
    let project = Project::with_database("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE);");
    let mut session = project.session();
    for sql in [
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA writable_schema = 1",
        "SELECT load_extension('x')",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT a",
        "RELEASE a",
        "SELECT 1; DROP TABLE users",
        "INSERT INTO users (name) VALUES ('a'); DELETE FROM users",
    ] {
        let refused = session.call("exec_sql", json!({ "sql": sql })).refused();
        assert_eq!(
            (refused.code.as_str(), refused.name.as_str()),
            ("sql.forbidden", "SecurityViolation"),
            "{sql}"
        );
    }
    let refused = session.call("exec_sql", json!({ "sql": "VACUUM INTO 'copy.db'" })).refused();
    // A copy of the database is no change of rows: the scope of `coder` has nothing of that kind.
    assert_eq!(refused.code, "policy.denied");
    let refused = session.call("exec_sql", json!({ "sql": "SELEC 1" })).refused();
    assert_eq!(refused.code, "sql.failed");
    let refused = session.call("exec_sql", json!({ "sql": "SELECT :a", "params": { "b": 1 } })).refused();
    assert_eq!(refused.code, "sql.parameters");
    session.stop();
    assert!(!project.path("other.db").exists() && !project.path("copy.db").exists());
}

#[test]
fn an_insert_or_rollback_does_not_end_the_tool_s_transaction_unnoticed() {
    let project = Project::with_database(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO users (name) VALUES ('Ada');",
    );
    let source = "export default () => {
  tgp.exec_sql(\"INSERT INTO users (name) VALUES ('first')\", []);
  try { tgp.exec_sql(\"INSERT OR ROLLBACK INTO users (name) VALUES ('Ada')\", []); } catch { /* goes on */ }
  try { tgp.exec_sql(\"INSERT INTO users (name) VALUES ('after')\", []); } catch { /* goes on */ }
  throw new Error('Boom');
};\n";
    let mut session = project.session();
    session.run_source("tools/rollback.ts", source, json!({})).refused();
    session.stop();
    let names: i64 =
        project.database().query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(names, 1);
}

#[test]
fn values_of_sql_keep_what_json_cannot_hold() {
    let project = Project::with_database("CREATE TABLE v (n INTEGER, b BLOB, f REAL, t TEXT);");
    let mut session = project.session();
    let params = json!([{ "$bigint": "9007199254740993" }, { "$bytes": "AP/+" }, 0.5, null]);
    let insert = json!({ "sql": "INSERT INTO v VALUES (?, ?, ?, ?)", "params": params });
    assert_eq!(session.call("exec_sql", insert).done()["rows_affected"], 1);
    let rows = session.call("exec_sql", json!({ "sql": "SELECT * FROM v" }));
    assert_eq!(rows.done()["rows"], json!([params]));
    assert_eq!(rows.done()["columns"], json!(["n", "b", "f", "t"]));
    session.stop();
    let kept: i64 = project.database().query_row("SELECT n FROM v", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 9_007_199_254_740_993);
}

#[test]
fn rows_are_paged() {
    let project = Project::with_database(
        "CREATE TABLE n (n INTEGER); WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000) INSERT INTO n SELECT n FROM c;",
    );
    let mut session = project.session();
    let all = session.call("exec_sql", json!({ "sql": "SELECT n FROM n ORDER BY n" })).done().clone();
    assert_eq!(all["rows"].as_array().unwrap().len(), 200);
    assert_eq!(all["next_offset"], 200);
    let page = json!({ "sql": "SELECT n FROM n ORDER BY n", "offset": 990, "limit": 20 });
    let page = session.call("exec_sql", page).done().clone();
    assert_eq!(page["rows"].as_array().unwrap().len(), 10);
    assert!(page["next_offset"].is_null());
    session.stop();
}

#[test]
fn a_missing_git_program_is_named_when_a_remote_is_wanted_and_not_before() {
    let remote = Remote::empty();
    let project = Project::with_remote(&remote.url()).environment("PATH", "/nonexistent");
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
    let synced = project.tgp(&["sync"]);
    assert_ne!(synced.code, Some(0));
    assert!(synced.both().contains("git"), "{}", synced.both());
}

#[test]
fn a_remote_that_refuses_is_named_and_nothing_is_lost() {
    let remote = Remote::empty();
    let hook = remote.path().join("hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'closed on Sundays' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let project = Project::with_remote(&remote.url());
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    session.stop();
    let synced = project.tgp(&["sync"]);
    assert_ne!(synced.code, Some(0));
    assert!(
        synced.both().contains("remote.failed") || synced.both().contains("refused"),
        "{}",
        synced.both()
    );
    assert_eq!(project.read(".tgp/tools/hello.ts"), HELLO);
    fs::remove_file(hook).unwrap();
    project.tgp(&["sync"]).succeeded();
    assert_eq!(remote.file("main", "tools/hello.ts").as_deref(), Some(HELLO));
}

#[test]
fn a_read_only_library_is_named_and_nothing_is_half_written() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    session.stop();
    // Permissions do not bind root; an immutable size does: a full file system is what a mount of a few pages gives.
    if rustix::process::geteuid().is_root() {
        let before = remote::git(&project.path(".tgp"), &["rev-parse", "HEAD"]).stdout;
        fs::rename(project.path(".tgp/.git/objects"), project.path(".tgp/.git/objects-kept")).unwrap();
        fs::write(project.path(".tgp/.git/objects"), "no folder").unwrap();
        let mut session = project.wire();
        session.close_stdin();
        session.wait();
        let listed = project.tgp(&["tool", "list"]);
        assert_ne!(listed.code, Some(0));
        assert!(listed.both().contains("library"), "{}", listed.both());
        fs::remove_file(project.path(".tgp/.git/objects")).unwrap();
        fs::rename(project.path(".tgp/.git/objects-kept"), project.path(".tgp/.git/objects")).unwrap();
        assert_eq!(remote::git(&project.path(".tgp"), &["rev-parse", "HEAD"]).stdout, before);
    } else {
        let objects = project.path(".tgp/.git/objects");
        fs::set_permissions(&objects, fs::Permissions::from_mode(0o555)).unwrap();
        let mut session = project.session();
        let refused = session.call("write_file", json!({ "path": "tools/new.ts", "content": FIB })).refused();
        assert!(["file.io", "library.unusable"].contains(&refused.code.as_str()), "{:#}", refused.raw);
        session.stop();
        fs::set_permissions(&objects, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut session = project.session();
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
}

#[test]
fn a_person_s_uncommitted_edit_is_never_overwritten_and_agents_run_what_is_committed() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    project.write(".tgp/tools/hello.ts", "// a person is at work\n");
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    let changed = HELLO.replace("Hello", "Goodbye");
    let written = session.call("write_file", json!({ "path": "tools/hello.ts", "content": changed }));
    assert!(
        written.is_error() || written.done()["notes"].to_string().contains("hello.ts"),
        "{:#}",
        written.raw
    );
    session.stop();
    assert_eq!(project.read(".tgp/tools/hello.ts"), "// a person is at work\n");
}

#[test]
fn a_lock_of_a_dead_process_is_cleared() {
    let project = Project::new();
    project.write(".tgp/.git/index.lock", "");
    project.write(".tgp/.git/refs/heads/main.lock", "");
    let old = fs::File::options().write(true).open(project.path(".tgp/.git/index.lock")).unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    old.set_modified(long_ago).unwrap();
    let old = fs::File::options().write(true).open(project.path(".tgp/.git/refs/heads/main.lock")).unwrap();
    old.set_modified(long_ago).unwrap();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    session.stop();
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
}
