//! What files can be: each goes through diff, merge and undo as git itself takes it through.

use serde_json::json;
use tgp_tests::remote::git;

use super::*;

#[test]
fn modes_symlinks_line_endings_bytes_renames_and_odd_names_come_through_a_merge_and_back() {
    let project = repository(&[
        ("run.sh", "echo\n"),
        ("crlf.txt", "a\r\nb\r\n"),
        ("moved/from.txt", LINES),
        ("plain", "x\n"),
    ]);
    let root = project.root();
    let name = branch(&project, "coder/shapes-1", &[&[("seen.txt", Some("s\n"))]]);
    // A worktree of the agent's branch makes what only a disk can say.
    let work = project.above().join("work");
    git(&root, &["worktree", "add", "--quiet", "--detach", work.to_str().unwrap(), &name]).succeeded();
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"odd-\xff-name");
    std::fs::write(work.join(odd), "odd\n").unwrap();
    std::fs::write(work.join("bytes.bin"), b"\0\x01\xff").unwrap();
    std::fs::write(work.join("no-end.txt"), "no end").unwrap();
    std::fs::write(work.join("crlf.txt"), "a\r\nB\r\n").unwrap();
    std::os::unix::fs::symlink("plain", work.join("link")).unwrap();
    let mut modes = std::fs::metadata(work.join("run.sh")).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut modes, 0o755);
    std::fs::set_permissions(work.join("run.sh"), modes).unwrap();
    std::fs::create_dir(work.join("to")).unwrap();
    std::fs::rename(work.join("moved/from.txt"), work.join("to/here.txt")).unwrap();
    git(&work, &["add", "--all"]).succeeded();
    let inner = said(&project, &["rev-parse", "main"]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{inner},module")]).succeeded();
    git(&work, &["commit", "--quiet", "-m", "Shapes"]).succeeded();
    let tip = git(&work, &["rev-parse", "HEAD"]).stdout.trim().to_owned();
    git(&root, &["worktree", "remove", "--force", work.to_str().unwrap()]).succeeded();
    said(&project, &["update-ref", &format!("refs/heads/{name}"), &tip]);
    let before = tree(&project, "main");
    let wanted = said(&project, &["merge-tree", "--write-tree", "main", &name]);
    let shown = done(&project, &["branch", "diff", "shapes"]);
    let of = |path: &str| {
        shown["files"].as_array().unwrap().iter().find(|file| file["path"] == path).unwrap().clone()
    };
    assert_eq!(
        (&of("to/here.txt")["how"], &of("to/here.txt")["renamed_from"]),
        (&json!("renamed"), &json!("moved/from.txt"))
    );
    assert_eq!(of("run.sh")["mode"], "100644 -> 100755");
    assert_eq!(of("bytes.bin")["binary"], true);
    let merged = done(&project, &["branch", "merge", "shapes", "--yes"]);
    assert_eq!(tree(&project, "main"), wanted);
    assert_eq!(std::fs::read(root.join(odd)).unwrap(), b"odd\n");
    assert_eq!(std::fs::read(root.join("crlf.txt")).unwrap(), b"a\r\nB\r\n");
    assert_eq!(std::fs::read_link(root.join("link")).unwrap().to_str(), Some("plain"));
    assert_eq!(project.read("no-end.txt"), "no end");
    assert_eq!(said(&project, &["status", "--porcelain", "--ignore-submodules"]), "");
    done(&project, &["undo", merged["action"].as_str().unwrap()]);
    assert_eq!(tree(&project, "main"), before);
    assert!(!exists(&root.join("link")) && exists(&root.join("moved/from.txt")));
}

#[test]
fn a_difference_is_shown_by_file_by_action_and_by_symbol_as_git_counts_it() {
    let before = "fn login() -> bool {\n    true\n}\n\nfn gone() {}\n\nfn same() {}\n";
    let after = "fn login() -> bool {\n    check()\n}\n\nfn hash() {}\n\nfn same() {}\n";
    let project = repository(&[("src/auth.rs", before), ("notes.txt", LINES)]);
    let name = branch(
        &project,
        "coder/auth-1",
        &[&[("src/auth.rs", Some(after))], &[("notes.txt", Some(&LINES.replace("5\n", "five\n")))]],
    );
    let by_file = done(&project, &["branch", "diff", "auth"]);
    let counted: Vec<String> = by_file["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| format!("{}\t{}\t{}", file["added"], file["removed"], file["path"].as_str().unwrap()))
        .collect();
    assert_eq!(counted.join("\n"), said(&project, &["diff", "--numstat", &format!("main...{name}")]));
    assert_eq!(by_file["files"][0]["hunks"][0]["lines"][3], "-5");
    let by_action = done(&project, &["branch", "diff", "auth", "--by", "action"]);
    let actions = by_action["actions"].as_array().unwrap();
    assert_eq!(
        actions.iter().map(|one| one["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
        [action(0), action(1)]
    );
    assert_eq!(paths(&actions[0]["files"]), ["src/auth.rs"]);
    let by_symbol = project.tgp(&["branch", "diff", "auth", "--by", "symbol"]);
    let lines: Vec<&str> = by_symbol.succeeded().stdout.lines().map(str::trim).collect();
    assert!(lines.contains(&"function login changed  line 1"), "{lines:#?}");
    assert!(
        lines.contains(&"function hash added  line 5")
            || lines.iter().any(|line| line.starts_with("function hash renamed from gone")),
        "{lines:#?}"
    );
    let plain = project.tgp(&["branch", "diff", "auth"]);
    assert!(!plain.succeeded().stdout.contains('\u{1b}'), "colours are for terminals");
}

#[test]
fn what_an_agent_wrote_cannot_play_tricks_on_the_terminal() {
    let project = repository(&[("a.txt", "a\n")]);
    branch(
        &project,
        "coder/evil-1",
        &[&[("a.txt", Some("\u{1b}[2Ka\u{202e}b\r\n")), ("\u{1b}[2K.txt", Some("x\n"))]],
    );
    for arguments in [
        &["branch", "diff", "evil"][..],
        &["branch", "show", "evil"],
        &["branch", "merge", "evil", "--dry-run"],
    ] {
        let shown = project.tgp(arguments);
        let text = shown.succeeded().both();
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{arguments:?}: {text}");
    }
}
