//! Hostile surroundings: whatever a person's Git is set up to do, agents' work runs none of it and touches nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use tgp_tests::remote::git;
use tgp_tests::{Era, Project, Session};

use crate::disk::behind;

use super::{LINES, branch, is_whole, number, start, text};

/// Everything an agent does on a branch.
fn work(coder: &mut Session) -> String {
    let name = start(coder, "work in hostile surroundings");
    coder.write("src/lines.txt", &LINES.replacen("2\n", "two\n", 1));
    let made = number(&coder.write("src/made.ts", "export const made = 1;\n"));
    coder
        .call("patch_file", json!({ "path": "src/lines.txt", "search": "11\n", "replace": "eleven\n" }))
        .done();
    coder.call("move_file", json!({ "from": "src/made.ts", "to": "src/moved.ts" })).done();
    coder.call("search", json!({ "pattern": "eleven" })).done();
    coder.call("diff_task", json!({})).done();
    let undone = number(&coder.call("delete_file", json!({ "path": "src/moved.ts" })));
    coder.call("undo_action", json!({ "action": undone })).done();
    assert!(!made.is_empty());
    assert_eq!(text(coder, "src/moved.ts"), "export const made = 1;\n");
    coder.call("finish_task", json!({ "summary": "done" })).done();
    name
}

fn plain() -> Project {
    Project::in_git(&[("src/lines.txt", LINES), ("README.md", "# Shop\n")])
}

/// Works in a project that was set up, and proves that nothing of the person's is touched and nothing ran.
fn works_in(set_up: impl FnOnce(&Project)) {
    let project = plain();
    set_up(&project);
    let protected = project.protect();
    let mut coder = project.session();
    let name = work(&mut coder);
    coder.stop();
    protected.holds();
    assert!(!project.above().join("ran").exists(), "something of the person's ran");
    assert!(project.on_branch(&name, "src/moved.ts").is_some());
    is_whole(&project);
}

/// A program that says that it ran.
fn tattle(project: &Project, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let ran = project.above().join("ran");
    fs::write(path, format!("#!/bin/sh\necho ran >> '{}'\ncat\n", ran.display())).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn hooks_never_run() {
    works_in(|project| {
        for hook in [
            "pre-commit",
            "commit-msg",
            "post-commit",
            "reference-transaction",
            "post-checkout",
            "pre-auto-gc",
            "post-update",
        ] {
            tattle(project, &project.path(".git/hooks").join(hook));
        }
    });
}

#[test]
fn a_folder_of_hooks_elsewhere_is_not_looked_at() {
    works_in(|project| {
        let hooks = project.above().join("hooks");
        tattle(project, &hooks.join("reference-transaction"));
        project.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    });
}

#[test]
fn nothing_is_signed() {
    works_in(|project| {
        let program = project.above().join("sign");
        tattle(project, &program);
        project.git(&["config", "commit.gpgsign", "true"]);
        project.git(&["config", "gpg.program", program.to_str().unwrap()]);
    });
}

#[test]
fn no_file_watcher_is_asked() {
    works_in(|project| {
        let program = project.above().join("watch");
        tattle(project, &program);
        project.git(&["config", "core.fsmonitor", program.to_str().unwrap()]);
    });
}

#[test]
fn aliases_textconv_and_filters_do_nothing() {
    works_in(|project| {
        let program = project.above().join("filter");
        tattle(project, &program);
        let program = program.to_str().unwrap();
        project.write(".gitattributes", "*.txt diff=loud filter=loud merge=loud\n*.ts filter=loud\n");
        project.git(&["-c", "filter.loud.clean=cat", "add", "--all"]);
        project.git(&["commit", "--quiet", "--message", "attributes"]);
        for name in [
            "diff.loud.textconv",
            "filter.loud.clean",
            "filter.loud.smudge",
            "filter.loud.process",
            "merge.loud.driver",
            "alias.log",
            "diff.external",
            "core.editor",
            "core.pager",
            "credential.helper",
        ] {
            project.git(&["config", name, program]);
        }
    });
}

#[test]
fn git_variables_of_the_environment_lead_nowhere() {
    let project = plain();
    let elsewhere = project.above().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    git(&elsewhere, &["init", "--quiet", "--bare"]).succeeded();
    let before = tgp_tests::walk(&elsewhere);
    let protected = project.protect();
    let mut command = project.command(&["mcp"]);
    for name in [
        "GIT_DIR",
        "GIT_COMMON_DIR",
        "GIT_WORK_TREE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
    ] {
        command.env(name, &elsewhere);
    }
    command
        .env("GIT_AUTHOR_NAME", "Mallory")
        .env("GIT_COMMITTER_DATE", "1 +0000")
        .env("GIT_CEILING_DIRECTORIES", "/");
    command
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.bare")
        .env("GIT_CONFIG_VALUE_0", "true");
    let mut coder = Session::start(&mut command);
    coder.connect(Era::Legacy);
    let name = work(&mut coder);
    coder.stop();
    protected.holds();
    assert_eq!(tgp_tests::walk(&elsewhere), before);
    assert!(!project.git(&["log", "--format=%an", &format!("main..{name}")]).contains("Mallory"));
}

#[test]
fn an_agent_s_bytes_are_stored_as_they_are_whatever_line_endings_git_converts() {
    let project = plain();
    project.git(&["config", "core.autocrlf", "true"]);
    project.git(&["config", "core.eol", "crlf"]);
    project.write("src/.gitattributes", "*.txt text eol=crlf\n");
    project.commit("Attributes");
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "line endings");
    let mixed = "one\r\ntwo\nthree\r\n\r\nno end";
    coder.write("src/mixed.txt", mixed);
    assert_eq!(text(&mut coder, "src/mixed.txt"), mixed);
    assert_eq!(project.on_branch(&name, "src/mixed.txt").as_deref(), Some(mixed));
    coder.stop();
    protected.holds();
}

#[test]
fn where_case_does_not_count_two_names_are_not_made_of_one() {
    let project = plain();
    project.git(&["config", "core.ignoreCase", "true"]);
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "case");
    let refused = coder.call("write_file", json!({ "path": "src/LINES.txt", "content": "x" })).refused();
    assert_eq!(refused.code, "file.kind", "{}", refused.message);
    assert_eq!(project.on_branch(&name, "src/lines.txt").as_deref(), Some(LINES));
    coder.stop();
    protected.holds();
}

#[test]
fn an_empty_repository_gets_a_task_and_keeps_being_empty() {
    let project = Project::untouched();
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.tgp(&["init"]).succeeded();
    let protected = project.protect();
    let mut coder = project.session();
    assert_eq!(coder.call("list_files", json!({ "dir": "src" })).done()["files"], json!([]));
    assert_eq!(coder.call("search", json!({ "pattern": "x" })).done()["lines"], json!([]));
    let first = coder.write("src/a.ts", "1\n");
    let name = branch(&first);
    assert_eq!(text(&mut coder, "src/a.ts"), "1\n");
    coder.call("undo_action", json!({ "action": first.done()["action"] })).done();
    assert_eq!(project.on_branch(&name, "src/a.ts"), None);
    coder.stop();
    assert_ne!(git(&project.root(), &["rev-parse", "--verify", "HEAD"]).code, Some(0));
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_detached_head_a_rebase_and_a_lock_left_behind_are_no_obstacle() {
    works_in(|project| {
        project.git(&["checkout", "--quiet", "--detach"]);
    });
    works_in(|project| {
        project.git(&["checkout", "--quiet", "-b", "topic"]);
        project.write("README.md", "# Topic\n");
        project.commit("Topic");
        project.git(&["checkout", "--quiet", "main"]);
        project.write("README.md", "# Main\n");
        project.commit("Main");
        assert_ne!(
            git(&project.root(), &["rebase", "main", "topic"]).code,
            Some(0),
            "it stops at a conflict"
        );
    });
    works_in(|project| {
        project.write(".git/index.lock", "");
    });
}

#[test]
fn a_ref_name_that_looks_like_an_option_is_no_option() {
    works_in(|project| {
        let head = project.git(&["rev-parse", "HEAD"]);
        project.git(&["update-ref", "refs/heads/-delete", &head]);
        project.git(&["update-ref", "refs/heads/agent/coder/x;rm", &head]);
    });
}

#[test]
fn a_branch_named_agent_stands_in_the_way_and_is_named() {
    let project = plain();
    project.git(&["branch", "agent"]);
    let protected = project.protect();
    let mut coder = project.session();
    let refused = coder.call("write_file", json!({ "path": "src/a.ts", "content": "x" })).refused();
    assert_eq!(refused.code, "branch.taken", "{}", refused.message);
    coder.stop();
    protected.holds();
}

#[test]
fn linked_worktrees_shallow_and_sparse_clones_work() {
    let origin = plain();
    origin.write("src/two.ts", "2\n");
    origin.commit("Two");
    let url = format!("file://{}", origin.root().display());
    for kind in ["worktree", "shallow", "sparse"] {
        let project = Project::untouched();
        let root = project.root();
        fs::remove_dir(&root).unwrap();
        let target = root.to_str().unwrap();
        match kind {
            "worktree" => drop(origin.git(&["worktree", "add", "--quiet", "-b", "beside", target])),
            "shallow" => drop(git(project.above(), &["clone", "--quiet", "--depth=1", &url, target])),
            _ => {
                git(project.above(), &["clone", "--quiet", &url, target]).succeeded();
                project.git(&["sparse-checkout", "set", "src"]);
            }
        }
        project.tgp(&["init"]).succeeded();
        let protected = project.protect();
        let mut coder = project.session();
        let name = work(&mut coder);
        coder.stop();
        protected.holds();
        assert_eq!(project.on_branch(&name, "README.md").as_deref(), Some("# Shop\n"), "{kind}");
        is_whole(&project);
    }
}

#[test]
fn repositories_that_cannot_be_used_are_named_with_what_to_do_and_the_library_still_works() {
    for arguments in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let project = Project::untouched();
        project.git(&[&["init", "--quiet"], arguments].concat());
        project.tgp(&["init"]).succeeded();
        let mut coder = project.session();
        for (tool, input) in [
            ("write_file", json!({ "path": "src/a.ts", "content": "x" })),
            ("read_file", json!({ "path": "src/a.ts" })),
            ("start_task", json!({ "description": "x" })),
        ] {
            let refused = coder.call(tool, input).refused();
            assert_eq!(refused.code, "repository.unusable", "{arguments:?} {tool}");
            assert!(refused.raw["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{tool}");
        }
        coder.write("tools/a.ts", "/** One. */\nexport default (): number => 1;\n");
        assert_eq!(coder.exec("tools/a.ts", json!({})).result(), &json!(1));
        coder.stop();
        assert!(project.tgp(&["doctor"]).both().contains("not supported"), "{arguments:?}");
    }
}

#[test]
fn a_corrupt_object_is_named_and_nothing_else_is_lost() {
    let project = plain();
    let blob = project.git(&["rev-parse", "HEAD:src/lines.txt"]);
    let file = project.path(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, b"garbage").unwrap();
    let protected = project.protect();
    let mut coder = project.session();
    let refused = coder.call("read_file", json!({ "path": "src/lines.txt" })).refused();
    assert_eq!(refused.code, "repository.unusable", "{}", refused.message);
    assert!(refused.message.contains(&blob), "{}", refused.message);
    coder.write("src/other.ts", "1\n");
    assert_eq!(text(&mut coder, "README.md"), "# Shop\n");
    coder.stop();
    protected.holds();
}

#[test]
fn a_task_is_not_opened_from_a_commit_that_is_missing() {
    let project = plain();
    let head = project.git(&["rev-parse", "HEAD"]);
    fs::remove_file(project.path(&format!(".git/objects/{}/{}", &head[..2], &head[2..]))).unwrap();
    let mut coder = project.session();
    let refused = coder.call("start_task", json!({ "description": "in vain" })).refused();
    assert_eq!(refused.code, "repository.unusable", "{}", refused.message);
    assert!(refused.message.contains(&head) && refused.message.contains("missing"), "{}", refused.message);
    assert_eq!(project.agent_branches(), Vec::<String>::new());
    coder.stop();
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_branch_as_it_was() {
    let project = plain();
    let mut coder = project.session();
    let name = start(&mut coder, "full");
    coder.write("src/a.ts", "1\n");
    coder.stop();
    let tip = project.git(&["rev-parse", &name]);
    let protected = project.protect();
    // A small disk of its own under the objects, with everything they hold.
    let (objects, kept) = (project.path(".git/objects"), project.above().join("kept-objects"));
    let (at, kept) = (objects.display(), kept.display());
    let setup =
        format!("cp -a '{at}' '{kept}'; mount -t tmpfs -o size=1m none '{at}'; cp -a '{kept}/.' '{at}'");
    let mut coder = Session::start(&mut behind(&project, &setup, &["mcp"]));
    coder.connect(Era::Legacy);
    coder.call("start_task", json!({ "branch": name })).done();
    let bytes = |n: u32| -> String {
        // Compression makes nothing of it.
        let mut state = n.wrapping_mul(2_654_435_761).max(1);
        let next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            char::from(b'!' + u8::try_from(state % 90).unwrap())
        };
        std::iter::repeat_with(next).take(200_000).collect()
    };
    let mut refused = None;
    for n in 1..20 {
        let answer = coder.call("write_file", json!({ "path": "src/a.ts", "content": bytes(n) }));
        if answer.is_error() {
            refused = Some(answer.refused());
            break;
        }
    }
    let refused = refused.expect("the disk is full at some time");
    assert_eq!(refused.code, "file.io", "{}", refused.message);
    assert_eq!(text(&mut coder, "README.md"), "# Shop\n");
    coder.kill();
    // The disk is gone with the process; the branch is set back to what lies on the disk that is left.
    project.git(&["-c", "core.logAllRefUpdates=false", "update-ref", &format!("refs/heads/{name}"), &tip]);
    let mut coder = project.session();
    coder.call("start_task", json!({ "branch": name })).done();
    coder.write("src/a.ts", "3\n");
    coder.stop();
    protected.holds();
    is_whole(&project);
}

#[test]
fn a_partial_clone_names_what_was_never_fetched_and_takes_new_work() {
    let origin = plain();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let project = Project::untouched();
    let url = format!("file://{}", origin.root().display());
    project.git(&["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, "."]);
    project.tgp(&["init"]).succeeded();
    let mut coder = project.session();
    let name = start(&mut coder, "partial");
    let refused = coder.call("read_file", json!({ "path": "src/lines.txt" })).refused();
    assert_eq!(refused.code, "repository.unusable", "{}", refused.message);
    assert!(refused.raw["hint"].as_str().unwrap().contains("fetch"), "{:#}", refused.raw);
    let made = number(&coder.write("src/made.ts", "export const made = 1;\n"));
    coder.call("undo_action", json!({ "action": made })).done();
    coder.write("src/kept.ts", "export const kept = 1;\n");
    coder.stop();
    assert_eq!(project.on_branch(&name, "src/kept.ts"), Some("export const kept = 1;\n".to_owned()));
    assert_eq!(
        project.on_branch(&name, "src/lines.txt"),
        Some(LINES.to_owned()),
        "git fetches it when it is asked"
    );
}

#[test]
fn a_bare_repository_is_named_with_what_to_do_and_nothing_is_written_to_it() {
    let origin = plain();
    let project = Project::untouched();
    project.git(&["clone", "--quiet", "--bare", origin.root().to_str().unwrap(), "."]);
    project.tgp(&["init"]).succeeded();
    let refs = project.git(&["for-each-ref"]);
    let mut coder = project.session();
    for (tool, input) in [
        ("start_task", json!({ "description": "x" })),
        ("write_file", json!({ "path": "src/a.ts", "content": "x" })),
    ] {
        let refused = coder.call(tool, input).refused();
        assert_eq!(refused.code, "repository.unusable", "{}", refused.message);
        assert!(refused.message.contains("bare"), "{}", refused.message);
        assert!(refused.raw["hint"].as_str().unwrap().contains("clone"), "{:#}", refused.raw);
    }
    coder.stop();
    assert_eq!(project.git(&["for-each-ref"]), refs);
    is_whole(&project);
}

#[test]
fn pointers_of_git_lfs_stay_pointers_and_none_of_its_programs_run() {
    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    let project = plain();
    project.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    project.write("src/asset.bin", POINTER);
    project.commit("A pointer");
    let program = project.above().join("lfs");
    tattle(&project, &program);
    for name in ["filter.lfs.clean", "filter.lfs.smudge", "filter.lfs.process"] {
        project.git(&["config", name, program.to_str().unwrap()]);
    }
    project.git(&["config", "filter.lfs.required", "true"]);
    let protected = project.protect();
    let mut coder = project.session();
    let name = start(&mut coder, "lfs");
    assert_eq!(text(&mut coder, "src/asset.bin"), POINTER);
    coder.call("move_file", json!({ "from": "src/asset.bin", "to": "src/moved.bin" })).done();
    coder.write("src/lines.txt", "1\n");
    coder.stop();
    assert_eq!(project.on_branch(&name, "src/moved.bin"), Some(POINTER.to_owned()));
    assert!(!project.above().join("ran").exists());
    protected.holds();
}
