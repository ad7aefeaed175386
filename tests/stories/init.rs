//! `tgp init` wherever a person may type it.

use std::fs;

use serde_json::Value;
use tgp_tests::walk;
use tgp_tests::{Project, Remote, remote};

use crate::sources::HELLO;

/// Files of the project and their bytes, state and caches left out.
fn snapshot(project: &Project) -> Vec<(String, Vec<u8>)> {
    walk(&project.root())
        .into_iter()
        .map(|file| (file.strip_prefix(project.root()).unwrap().to_str().unwrap().to_owned(), file))
        .filter(|(name, _)| !name.starts_with(".tgp/state/") && !name.starts_with(".tgp/.git/"))
        .map(|(name, file)| (name, fs::read(file).unwrap_or_default()))
        .collect()
}

#[test]
fn twice_is_harmless() {
    let project = Project::new();
    project.write(".tgp/tools/mine.ts", "// mine\n");
    let before = snapshot(&project);
    let head = remote::git(&project.path(".tgp"), &["rev-parse", "HEAD"]).stdout;
    let second = project.tgp(&["init"]);
    second.succeeded();
    assert_eq!(snapshot(&project), before);
    assert_eq!(remote::git(&project.path(".tgp"), &["rev-parse", "HEAD"]).stdout, head);
}

#[test]
fn a_person_s_configuration_is_kept() {
    let project = Project::untouched();
    let mine = "import { defineTGPConfig } from '@tgp/core';\n// mine\nexport default defineTGPConfig({});\n";
    project.write("tgp.config.ts", mine);
    project.tgp(&["init"]).succeeded();
    assert_eq!(project.read("tgp.config.ts"), mine);
}

#[test]
fn in_a_git_repository_the_library_is_ignored_and_nothing_else_is_touched() {
    let project = Project::untouched();
    let root = project.root();
    remote::git(&root, &["init", "--quiet", "--initial-branch=trunk"]).succeeded();
    project.write("README.md", "# shop\n");
    project.write(".gitignore", "dist\n");
    remote::git(&root, &["add", "--all"]).succeeded();
    remote::git(&root, &["commit", "--quiet", "-m", "first"]).succeeded();
    let look = |arguments: &[&str]| remote::git(&root, arguments).stdout;
    let before = (
        look(&["rev-parse", "HEAD"]),
        look(&["branch", "--all"]),
        fs::read(project.path(".git/config")).unwrap(),
    );
    project.tgp(&["init"]).succeeded();
    let after = (
        look(&["rev-parse", "HEAD"]),
        look(&["branch", "--all"]),
        fs::read(project.path(".git/config")).unwrap(),
    );
    assert_eq!(before, after);
    assert_eq!(look(&["check-ignore", ".tgp/tools"]).trim(), ".tgp/tools");
    let status = look(&["status", "--porcelain", "--untracked-files=all"]);
    assert!(!status.contains(".tgp/"), "{status}");
    assert!(project.read(".gitignore").starts_with("dist\n"), "what was there is kept");
}

#[test]
fn below_the_project_commands_find_it_as_git_does() {
    let project = Project::new();
    project.write("src/deep/note.txt", "x");
    let mut command = project.command(&["tool", "list"]);
    command.current_dir(project.path("src/deep"));
    tgp_tests::Finished::run(&mut command).succeeded();
    let root = project.root();
    let mut command = project.command(&["tool", "list", "--root", root.to_str().unwrap()]);
    command.current_dir("/");
    let listed = tgp_tests::Finished::run(&mut command);
    if listed.code != Some(0) {
        // `--root` may stand before the command as well.
        let mut command = project.command(&["--root", root.to_str().unwrap(), "tool", "list"]);
        command.current_dir("/");
        tgp_tests::Finished::run(&mut command).succeeded();
    }
}

#[test]
fn with_a_remote_the_library_is_cloned() {
    let remote = Remote::holding(&[("tools/hello.ts", HELLO)]);
    let project = Project::with_remote(&remote.url());
    assert_eq!(project.read(".tgp/tools/hello.ts"), HELLO);
    assert!(project.path("tgp.config.ts").is_file());
}

#[test]
fn without_a_project_every_command_says_to_run_init() {
    let project = Project::untouched();
    for arguments in [&["tool", "list"][..], &["mcp"], &["log"], &["sync"], &["sql", "SELECT 1"]] {
        let said = project.tgp(arguments);
        assert_ne!(said.code, Some(0), "{arguments:?}");
        assert!(said.stderr.contains("tgp init"), "{arguments:?}: {}", said.both());
        assert_eq!(said.stdout, "", "{arguments:?}");
    }
}

#[test]
fn it_prints_what_to_paste_for_four_hosts() {
    let project = Project::untouched();
    let said = project.tgp(&["init"]).succeeded().both();
    for host in ["Claude Code", "VS Code", "Cursor", "Codex"] {
        assert!(said.contains(host), "{host}: {said}");
    }
    assert!(said.contains("mcp"), "{said}");
}

#[test]
fn it_writes_the_lines_for_a_host_and_keeps_what_the_file_held() {
    for host in ["claude", "vscode", "cursor", "codex"] {
        let project = Project::untouched();
        let home = project.above().join("home");
        fs::create_dir(&home).unwrap();
        // The engine's cache stays where it is, so that it is not prepared anew in each new home.
        let cache = std::env::var("XDG_CACHE_HOME")
            .unwrap_or_else(|_| format!("{}/.cache", std::env::var("HOME").unwrap()));
        let project =
            project.environment("HOME", home.to_str().unwrap()).environment("XDG_CACHE_HOME", &cache);
        let said: Value = project.json(&["init", "--host", host]);
        let mut files = walk(&project.root());
        files.extend(walk(&home));
        let written: Vec<_> = files
            .iter()
            .filter(|file| !file.starts_with(project.path(".tgp")))
            .filter(|file| {
                fs::read_to_string(file).is_ok_and(|text| {
                    text.contains("tgp") && text.contains("mcp") && !text.contains("defineTGPConfig")
                })
            })
            .collect();
        assert_eq!(written.len(), 1, "{host}: {files:#?} {said:#}");
        let text = fs::read_to_string(written[0]).unwrap();
        project.tgp(&["init", "--host", host]).succeeded();
        assert_eq!(fs::read_to_string(written[0]).unwrap(), text, "{host}: twice is harmless");
    }
}

#[test]
fn a_host_nobody_knows_is_named() {
    let project = Project::untouched();
    let said = project.tgp(&["init", "--host", "emacs"]);
    assert_ne!(said.code, Some(0));
    assert!(said.stderr.contains("claude") && said.stderr.contains("codex"), "{}", said.stderr);
}

#[test]
fn a_project_with_tools_of_its_own_gets_another_mount() {
    let project = Project::untouched();
    project.write("tools/build.sh", "#!/bin/sh\n");
    project.tgp(&["init"]).succeeded();
    assert_eq!(project.read("tools/build.sh"), "#!/bin/sh\n");
    let configuration = project.read("tgp.config.ts");
    assert!(configuration.contains("mount"), "{configuration}");
}
