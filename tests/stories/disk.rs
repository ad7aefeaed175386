//! Folders that are read-only, full or damaged, each made so for one process: a mount in a namespace of its own, which
//! binds root as well. A clear error with a stable code, and nothing half-written.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tgp_tests::remote::git;
use tgp_tests::walk;
use tgp_tests::{Era, Finished, Project, Session};

use crate::sources::{FIB, HELLO};

/// The binary in this project, after `setup` (a shell script) changed what it sees of the disk.
pub(crate) fn behind(project: &Project, setup: &str, arguments: &[&str]) -> Command {
    let plain = project.command(arguments);
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-ec", &format!("{setup}\nexec \"$0\" \"$@\"")]).arg(plain.get_program());
    command.args(plain.get_args()).current_dir(project.root());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

fn read_only(folder: &Path) -> String {
    let folder = folder.display();
    format!("mount --bind '{folder}' '{folder}'; mount -o remount,ro,bind '{folder}'")
}

/// Every file below a folder with its content.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    walk(folder).into_iter().map(|path| (path.clone(), fs::read(&path).unwrap_or_default())).collect()
}

#[test]
fn a_read_only_state_folder_is_named_and_nothing_is_half_written() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    session.stop();
    let before = contents(&project.path(".tgp"));
    let setup = read_only(&project.path(".tgp/state"));
    for arguments in
        [&["mcp"][..], &["tool", "list"], &["tool", "run", "tools/hello.ts", "--args", "{\"name\":\"Ada\"}"]]
    {
        let said = Finished::run(&mut behind(&project, &setup, arguments));
        assert_ne!(said.code, Some(0), "{}", said.both());
        assert!(said.stderr.contains("file.io") && said.stderr.contains("Read-only"), "{}", said.stderr);
        assert_eq!(said.stdout, "", "stdout is for the protocol");
    }
    let doctor = Finished::run(&mut behind(&project, &setup, &["doctor"]));
    assert_ne!(doctor.code, Some(0));
    assert!(doctor.stdout.contains("Read-only") && doctor.stdout.contains("rights"), "{}", doctor.stdout);
    assert_eq!(contents(&project.path(".tgp")), before);
    let mut session = project.session();
    assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    session.stop();
}

#[test]
fn a_read_only_cache_folder_is_named_unless_the_engine_is_prepared_already() {
    let project = Project::new();
    let cache = project.above().join("cache");
    fs::create_dir(&cache).unwrap();
    let project = project.environment("TGP_CACHE_DIR", cache.to_str().unwrap()).trusting_nothing();
    let setup = read_only(&cache);
    // What runs no tool needs no engine. A session is about to, and says at once that it could not.
    Finished::run(&mut behind(&project, &setup, &["tool", "list"])).succeeded();
    let said = Finished::run(&mut behind(&project, &setup, &["mcp"]));
    assert_ne!(said.code, Some(0));
    assert!(said.stderr.contains("file.io") && said.stderr.contains("TGP_CACHE_DIR"), "{}", said.stderr);
    assert_eq!(walk(&cache), Vec::<PathBuf>::new());
    project.tgp(&["init"]).succeeded();
    let before = contents(&cache);
    let mut session = Session::start(&mut behind(&project, &setup, &["mcp"]));
    session.connect(tgp_tests::Era::Legacy);
    // What is compiled is kept for the next time where that is possible, and used in any case.
    session.write("tools/math/fib.ts", FIB);
    assert_eq!(*session.exec("tools/math/fib.ts", json!({ "n": 10 })).result(), json!(55));
    session.stop();
    assert_eq!(contents(&cache), before);
}

/// Writes until the disk is full; the file that fills it.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    path
}

#[test]
fn a_full_disk_under_the_library_and_the_state_database_refuses_changes_and_loses_nothing() {
    let project = Project::with_database("CREATE TABLE notes (text TEXT);");
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    let insert = "export default ({ text }: { text: string }) => tgp.exec_sql('INSERT INTO notes VALUES (?)', [text]).rows_affected;\n";
    session.write("tools/note.ts", insert);
    session.stop();
    let library = project.path(".tgp");
    let kept = project.above().join("kept");
    let setup = format!(
        "cp -a '{library}' '{kept}'; mount -t tmpfs -o size=4m none '{library}'; cp -a '{kept}/.' '{library}'",
        library = library.display(),
        kept = kept.display(),
    );
    let mut session = Session::start(&mut behind(&project, &setup, &["mcp"]));
    session.connect(tgp_tests::Era::Legacy);
    session.write("tools/before.ts", HELLO);
    // The disk as that process sees it.
    let inside = PathBuf::from(format!("/proc/{}/root{}", session.process(), library.display()));
    let filler = fill(&inside);
    let head = || fs::read_to_string(inside.join(".git/refs/heads/main")).unwrap();
    let before = head();
    let refused = session.call("write_file", json!({ "path": "tools/after.ts", "content": FIB })).refused();
    assert_eq!(refused.code, "file.io", "{:#}", refused.raw);
    let refused = session.exec("tools/note.ts", json!({ "text": "kept?" })).refused();
    assert_eq!(refused.code, "file.io", "{:#}", refused.raw);
    let refused = session.call("exec_sql", json!({ "sql": "INSERT INTO notes VALUES ('kept?')" })).refused();
    assert_eq!(refused.code, "file.io", "{:#}", refused.raw);
    assert_eq!(head(), before);
    assert!(!inside.join("tools/after.ts").exists());
    let count = || {
        project.database().query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(count(), 0);
    fs::remove_file(filler).unwrap();
    session.write("tools/after.ts", FIB);
    assert_eq!(fs::read_to_string(inside.join("tools/after.ts")).unwrap(), FIB);
    assert_eq!(*session.exec("tools/note.ts", json!({ "text": "kept" })).result(), json!(1));
    assert_eq!(count(), 1);
    session.stop();
}

#[test]
fn a_damaged_state_database_is_set_aside_and_a_new_one_is_begun() {
    for whole in [true, false] {
        let project = Project::new();
        let mut session = project.session();
        session.write("tools/hello.ts", HELLO);
        session.stop();
        let path = project.path(".tgp/state/tgp.db");
        let mut bytes = fs::read(&path).unwrap();
        // Either no database any more, or one whose inner pages are noise.
        let range = if whole { 0..512 } else { 8192..bytes.len() - 4096 };
        for (at, byte) in bytes.get_mut(range).unwrap().iter_mut().enumerate() {
            *byte = u8::try_from((at * 7919 + 13) % 251).unwrap();
        }
        fs::write(&path, &bytes).unwrap();
        let said = project.tgp(&["doctor"]);
        assert!(said.both().contains("damaged"), "{}", said.both());
        let mut session = project.session();
        assert_eq!(*session.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
        session.stop();
        let kept = walk(&project.path(".tgp/state"))
            .into_iter()
            .any(|file| file != path && fs::read(&file).is_ok_and(|content| content == bytes));
        assert!(kept, "the damaged one is set aside, as it was");
    }
}

#[test]
fn nothing_is_done_before_the_disk_has_what_is_meant_to_be_done() {
    let project = Project::in_git(&[("README.md", "# Shop\n")]);
    let no_sync = project.above().join("no-sync");
    let mut command = project.command(&["mcp"]);
    command.env("LD_PRELOAD", crate::crash::killer()).env("CRASH_NO_SYNC", &no_sync);
    let mut session = Session::start(&mut command);
    session.connect(Era::Legacy);
    session.call("write_file", json!({ "path": "src/first.txt", "content": "1\n" })).done();
    session.write("tools/hello.ts", HELLO);
    let heads = |folder: PathBuf| git(&folder, &["for-each-ref", "refs/heads"]).stdout.clone();
    let refs = || (heads(project.root()), heads(project.path(".tgp")));
    let before = refs();
    fs::write(&no_sync, "tgp.db-wal").unwrap();
    for (path, content) in [("src/second.txt", "2\n"), ("tools/hello.ts", FIB)] {
        let refused = session.call("write_file", json!({ "path": path, "content": content })).refused();
        assert_eq!(refused.code, "file.io", "{refused:?}");
    }
    assert_eq!(refs(), before, "no branch moved");
    fs::remove_file(&no_sync).unwrap();
    session.call("write_file", json!({ "path": "src/third.txt", "content": "3\n" })).done();
    session.stop();
    let log = project.json(&["timeline", "--limit", "1000"]);
    let rows = log["actions"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["status"] != "pending"), "{rows:#?}");
    let done = rows
        .iter()
        .filter(|row| row["status"] == "executed" && row["type"].as_str().unwrap().starts_with("file_"));
    assert_eq!(done.count(), 3, "{rows:#?}");
    assert_eq!(project.tgp(&["audit", "verify"]).code, Some(0));
}
