//! Git as the agent meets it: hooks, signing, filters, aliases and environments that must not matter.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tgp_repo::{Credentials, Library};

use crate::support::{
    NOW, another_process, assert_clean, bare, change, folder, git, library, message, path, read, request,
    settings_with, write,
};

/// A program that leaves a mark when it is run.
fn trap(folder: &Path, name: &str) -> PathBuf {
    let program = folder.join(name);
    let mark = folder.join("ran");
    std::fs::write(&program, format!("#!/bin/sh\necho {name} >> '{}'\nexit 1\n", mark.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

fn ran(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("ran")).unwrap_or_default()
}

const HOOKS: [&str; 16] = [
    "applypatch-msg",
    "commit-msg",
    "fsmonitor-watchman",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-rewrite",
    "post-update",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "prepare-commit-msg",
    "reference-transaction",
    "push-to-checkout",
];

/// Everything the library does, once.
fn exercise(root: &Path, remote: &Path) -> Library {
    let library = Library::init(root, &settings_with(remote), NOW).unwrap();
    write(&library, 1, "tools/a.ts", "a\n");
    write(&library, 2, "tools/a.ts", "b\n");
    library.sync(&|_| b"{}\n".to_vec(), &Credentials::none(), &request(3)).unwrap();
    write(&library, 4, "tools/c.ts", "c\n");
    library.flush().unwrap();
    library.hydrate(library.settings().remote.as_ref().unwrap(), &Credentials::none(), &request(5)).unwrap();
    library
}

#[test]
fn no_hook_of_the_library_ever_runs() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    let remote = bare(folder.path(), "remote.git");
    drop(library(&root));
    std::fs::create_dir_all(root.join(".git/hooks")).unwrap();
    for hook in HOOKS {
        std::fs::rename(trap(folder.path(), hook), root.join(".git/hooks").join(hook)).unwrap();
    }
    drop(exercise(&root, &remote));
    assert_eq!(ran(folder.path()), "");
    assert_eq!(git(&remote, &["show", "main:tools/a.ts"]), "b");
}

#[test]
fn hooks_signing_filters_drivers_and_monitors_of_the_configuration_never_run() {
    let folder = folder();
    let root = folder.path().join(".tgp");
    let remote = bare(folder.path(), "remote.git");
    drop(library(&root));
    let hooks = folder.path().join("hooks");
    std::fs::create_dir(&hooks).unwrap();
    for hook in HOOKS {
        std::fs::rename(trap(folder.path(), hook), hooks.join(hook)).unwrap();
    }
    let program = trap(folder.path(), "program");
    let program = program.to_str().unwrap();
    for (key, value) in [
        ("core.hooksPath", hooks.to_str().unwrap()),
        ("commit.gpgsign", "true"),
        ("tag.gpgsign", "true"),
        ("push.gpgSign", "if-asked"),
        ("gpg.program", program),
        ("core.fsmonitor", program),
        ("core.editor", program),
        ("core.pager", program),
        ("filter.trap.clean", program),
        ("filter.trap.smudge", program),
        ("filter.trap.process", program),
        ("filter.trap.required", "true"),
        ("diff.trap.textconv", program),
        ("diff.external", program),
        ("merge.trap.driver", program),
        ("alias.fetch", "!false"),
        ("alias.push", "!false"),
        ("core.autocrlf", "true"),
        ("core.eol", "crlf"),
    ] {
        git(&root, &["config", key, value]);
    }
    let library = exercise(&root, &remote);
    let attributes = "* filter=trap diff=trap merge=trap text eol=crlf\n";
    library
        .write(&tgp_repo::Line::Trunk, &[change(".gitattributes", attributes)], &message(9), None)
        .unwrap();
    write(&library, 10, "tools/crlf.ts", "one\r\ntwo\n");
    library.flush().unwrap();
    assert_eq!(std::fs::read(root.join("tools/crlf.ts")).unwrap(), b"one\r\ntwo\n");
    assert_eq!(read(&library, "tools/crlf.ts").as_deref(), Some("one\r\ntwo\n"));
    // A second kernel changes the same file elsewhere, so that lines have to be joined.
    let other = folder.path().join("other");
    let second = Library::init(&other, &settings_with(&remote), NOW).unwrap();
    second.hydrate(second.settings().remote.as_ref().unwrap(), &Credentials::none(), &request(11)).unwrap();
    write(&second, 12, "tools/lines.ts", "1\n2\n3\n4\n5\n6\n7\n8\n");
    second.sync(&|_| b"{}\n".to_vec(), &Credentials::none(), &request(13)).unwrap();
    library.sync(&|_| b"{}\n".to_vec(), &Credentials::none(), &request(14)).unwrap();
    write(&library, 15, "tools/lines.ts", "one\n2\n3\n4\n5\n6\n7\n8\n");
    write(&second, 16, "tools/lines.ts", "1\n2\n3\n4\n5\n6\n7\neight\n");
    second.sync(&|_| b"{}\n".to_vec(), &Credentials::none(), &request(17)).unwrap();
    library.sync(&|_| b"{}\n".to_vec(), &Credentials::none(), &request(18)).unwrap();
    assert_eq!(read(&library, "tools/lines.ts").as_deref(), Some("one\n2\n3\n4\n5\n6\n7\neight\n"));
    assert_eq!(ran(folder.path()), "");
}

/// Alone it runs in a plain environment; started by the next test, in a hostile one.
#[test]
fn a_library_is_begun_and_exchanged_in_any_environment() {
    let own = folder();
    let given = std::env::var_os("TGP_TEST_FOLDER").map(PathBuf::from);
    let root = given.as_deref().unwrap_or(own.path());
    let remote = root.join("remote.git");
    if given.is_none() {
        bare(root, "remote.git");
    }
    let library = exercise(&root.join(".tgp"), &remote);
    assert_eq!(read(&library, "tools/c.ts").as_deref(), Some("c\n"));
}

#[test]
fn the_environment_and_the_users_configuration_do_not_matter() {
    let folder = folder();
    let victim = folder.path().join("victim");
    std::fs::create_dir(&victim).unwrap();
    git(&victim, &["init", "--quiet"]);
    std::fs::write(victim.join("x"), "x").unwrap();
    git(&victim, &["add", "x"]);
    git(&victim, &["commit", "--quiet", "-m", "x"]);
    let before = (git(&victim, &["rev-parse", "HEAD"]), git(&victim, &["status", "--porcelain"]));
    let remote = bare(folder.path(), "remote.git");
    // What runs at the remote is the remote's affair, also when it is a folder on this machine; here it says so itself.
    git(&remote, &["config", "core.hooksPath", remote.join("hooks").to_str().unwrap()]);
    let program = trap(folder.path(), "program");
    let program = program.to_str().unwrap();
    let template = folder.path().join("template/hooks");
    std::fs::create_dir_all(&template).unwrap();
    for hook in HOOKS {
        std::fs::rename(trap(folder.path(), hook), template.join(hook)).unwrap();
    }
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let template_folder = folder.path().join("template");
    let template_folder = template_folder.to_str().unwrap();
    let configuration = format!(
        "[init]\n\ttemplateDir = {template_folder}\n\tdefaultBranch = other\n\tdefaultObjectFormat = sha256\n[core]\n\thooksPath = {template_folder}/hooks\n\tfsmonitor = {program}\n\tautocrlf = true\n[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = {program}\n[alias]\n\tfetch = !false\n\tpush = !false\n[push]\n\tdefault = matching\n\tfollowTags = true\n[fetch]\n\tprune = true\n"
    );
    std::fs::write(home.join(".gitconfig"), configuration).unwrap();
    let git_dir = victim.join(".git");
    let git_dir = git_dir.to_str().unwrap();
    let index = victim.join(".git/index");
    let objects = victim.join(".git/objects");
    let environment = [
        ("TGP_TEST_FOLDER", folder.path().to_str().unwrap()),
        ("HOME", home.to_str().unwrap()),
        ("XDG_CONFIG_HOME", home.to_str().unwrap()),
        ("GIT_DIR", git_dir),
        ("GIT_WORK_TREE", victim.to_str().unwrap()),
        ("GIT_INDEX_FILE", index.to_str().unwrap()),
        ("GIT_OBJECT_DIRECTORY", objects.to_str().unwrap()),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects.to_str().unwrap()),
        ("GIT_NAMESPACE", "elsewhere"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("GIT_TEMPLATE_DIR", template_folder),
        ("GIT_SSH_COMMAND", program),
        ("GIT_EXTERNAL_DIFF", program),
        ("GIT_EDITOR", program),
        ("GIT_ASKPASS", program),
        ("SSH_ASKPASS", program),
        ("GIT_PROXY_COMMAND", program),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.hooksPath"),
        ("GIT_CONFIG_VALUE_0", template_folder),
        ("GIT_CONFIG_PARAMETERS", "'core.hooksPath=/tmp'"),
        ("GIT_AUTHOR_NAME", "forged"),
        ("GIT_COMMITTER_NAME", "forged"),
        ("GIT_DEFAULT_HASH", "sha256"),
    ];
    let output =
        another_process("gitignorant::a_library_is_begun_and_exchanged_in_any_environment", &environment)
            .output()
            .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(ran(folder.path()), "");
    assert_eq!((git(&victim, &["rev-parse", "HEAD"]), git(&victim, &["status", "--porcelain"])), before);
    let root = folder.path().join(".tgp");
    assert!(!root.join(".git/hooks").exists());
    assert!(!git(&root, &["log", "--format=%an %cn"]).contains("forged"));
    assert_clean(&library(&root));
    assert_eq!(git(&folder.path().join("remote.git"), &["show", "main:tools/a.ts"]), "b");
}

#[test]
fn what_a_remote_brings_cannot_leave_the_working_tree() {
    let folder = folder();
    let remote = bare(folder.path(), "remote.git");
    let hostile = folder.path().join("hostile");
    std::fs::create_dir(&hostile).unwrap();
    git(&hostile, &["init", "--quiet"]);
    std::fs::create_dir_all(hostile.join("tools")).unwrap();
    std::fs::create_dir_all(hostile.join("state")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", hostile.join("tools/link.ts")).unwrap();
    std::os::unix::fs::symlink(folder.path(), hostile.join("tools/away")).unwrap();
    std::fs::write(hostile.join("state/tgp.db"), "forged").unwrap();
    std::fs::write(hostile.join("tools/good.ts"), "good").unwrap();
    std::fs::write(hostile.join("meta.json"), "{}").unwrap();
    git(&hostile, &["add", "-A"]);
    git(&hostile, &["commit", "--quiet", "-m", "hostile"]);
    git(&hostile, &["push", "--quiet", remote.to_str().unwrap(), "main"]);
    let root = folder.path().join(".tgp");
    let library = Library::init(&root, &settings_with(&remote), NOW).unwrap();
    library.hydrate(library.settings().remote.as_ref().unwrap(), &Credentials::none(), &request(1)).unwrap();
    assert_eq!(std::fs::read_to_string(root.join("tools/good.ts")).unwrap(), "good");
    assert!(!root.join("state/tgp.db").exists());
    assert!(std::fs::symlink_metadata(root.join("tools/link.ts")).is_err());
    assert!(std::fs::symlink_metadata(root.join("tools/away")).is_err());
    assert!(library.read(&path("tools/link.ts")).is_err());
    let listed: Vec<String> = library.list(&path("tools")).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(listed, ["tools/good.ts"]);
}
