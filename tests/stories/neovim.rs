//! A person and an agent meet in a real Neovim: the oldest that is supported, the first with all of the plugin, the newest.

use std::process::Command;

use tgp_tests::remote::git;
use tgp_tests::{Finished, Project, places};

const ASK: &str = "version: 1\nrules:\n  - { id: ask-deploy, effect: require_approval, reason: \"Deployments are watched.\", \
                   match: { operation: [write], path: [\"src/deploy/**\"] } }\n";

/// A shop in a Git repository, whose policy asks about deployments.
fn shop() -> Project {
    let project = Project::untouched();
    let root = project.root();
    git(&root, &["init", "--quiet", "--initial-branch=main"]).succeeded();
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
        git(&root, &["config", name, value]).succeeded();
    }
    project.write("src/shop.ts", "// A shop.\n");
    project.tgp(&["init"]).succeeded();
    project.configure("approvals: { wait: 0 },");
    project.write(".tgp/policy/ask.yaml", ASK);
    git(&root, &["add", "--all"]).succeeded();
    git(&root, &["commit", "--quiet", "-m", "Begin"]).succeeded();
    project
}

/// Plays a script under `tests/clients/editors` in this Neovim; it checks what it sees and ends with `all as told`.
fn play(project: &Project, script: &str, editor: &str) {
    let mut command = Command::new(places::python_of("python-editors"));
    command
        .current_dir(project.root())
        .arg(places::repository().join("tests/clients/editors").join(script))
        .envs(project.trust_variables())
        .env("TGP_BIN", places::binary())
        .env("TGP_PLUGIN", places::repository().join("editors/nvim"))
        .env("TGP_NVIM", places::editor(editor))
        .env("TGP_AGENT_PYTHON", places::python())
        .env("XDG_STATE_HOME", project.above().join("neovim-state"))
        .env("XDG_CONFIG_HOME", project.above().join("neovim-configuration"))
        .env("XDG_DATA_HOME", project.above().join("neovim-data"));
    let said = Finished::run(&mut command);
    said.succeeded();
    assert!(said.stdout.ends_with("all as told\n"), "{}", said.both());
}

#[test]
fn a_person_decides_over_an_agents_work_in_neovim_0_10() {
    play(&shop(), "neovim_story.py", "nvim-0.10");
}

#[test]
fn a_person_decides_over_an_agents_work_in_the_newest_neovim() {
    play(&shop(), "neovim_story.py", "nvim-newest");
}

#[test]
fn a_person_decides_over_an_agents_work_in_neovim_0_7() {
    play(&shop(), "neovim_story.py", "nvim-0.7");
}

#[test]
fn what_goes_wrong_in_neovim_0_10_is_told_in_a_sentence() {
    play(&shop(), "neovim_trouble.py", "nvim-0.10");
}

#[test]
fn what_goes_wrong_in_the_newest_neovim_is_told_in_a_sentence() {
    play(&shop(), "neovim_trouble.py", "nvim-newest");
}
