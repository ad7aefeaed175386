//! Editors and clients of other makers speak to `tgp lsp`, in a shop whose policy asks about deployments.

use std::path::Path;
use std::process::Command;

use tgp_tests::remote::git;
use tgp_tests::{Era, Finished, Project, Session, places};

const ASK: &str = "version: 1\nrules:\n  - { id: ask-deploy, effect: require_approval, reason: \"Deployments are watched.\", \
                   match: { operation: [write], path: [\"src/deploy/**\"] } }\n";
const TWICE: &str = "/** Twice a number. */\nexport default function twice({ n }: { n: number }): number {\n  return n + n;\n}\n";

/// A shop in a Git repository.
pub(crate) fn shop() -> Project {
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

/// The same with a tool in its library.
fn shop_with_a_tool() -> Project {
    let project = shop();
    let mut session = Session::start(&mut project.command(&["mcp", "--agent", "coder"]));
    session.connect(Era::Legacy);
    session.write("tools/math/twice.ts", TWICE);
    session.stop();
    project
}

/// A program that drives an editor, with all it needs to know. What the editor keeps of its own stays beside the project.
pub(crate) fn driver(project: &Project, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(project.root())
        .envs(project.trust_variables())
        .env("TGP_BIN", places::binary())
        .env("TGP_PLUGIN", places::repository().join("editors/nvim"))
        .env("TGP_DOCS", places::repository().join("docs"))
        .env("TGP_AGENT_PYTHON", places::python())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, project.above().join("editor").join(name));
    }
    command
}

/// A file beside the stories' scripts.
pub(crate) fn script(name: &str) -> std::path::PathBuf {
    places::repository().join("tests/clients/editors").join(name)
}

/// Runs a script to its end, which says that all was as told.
pub(crate) fn as_told(command: &mut Command) {
    let said = Finished::run(command);
    said.succeeded();
    assert!(said.stdout.ends_with("all as told\n"), "{}", said.both());
}

#[test]
fn clients_with_the_capabilities_of_vs_code_neovim_and_emacs_have_every_area() {
    let project = shop();
    let arguments = ["-m", "pytest", "--quiet", "-p", "no:cacheprovider", "-o"];
    let mut command = driver(&project, &places::python_of("python-editors"));
    command.args(arguments).arg("asyncio_default_fixture_loop_scope=function");
    command.arg("--rootdir").arg(script("")).arg(script("test_foreign_clients.py"));
    let said = Finished::run(&mut command);
    said.succeeded();
    assert!(said.stdout.contains("24 passed"), "{}", said.both());
}

#[test]
fn emacs_with_eglot_has_the_trust_layer_as_commands() {
    let project = shop_with_a_tool();
    let mut command = driver(&project, Path::new("emacs"));
    as_told(command.args(["--batch", "--load"]).arg(script("eglot.el")));
}

#[test]
fn helix_has_the_trust_layer_as_commands_with_the_configuration_of_the_documents() {
    let project = shop_with_a_tool();
    let mut command = driver(&project, &places::python_of("python-editors"));
    as_told(command.arg(script("helix_story.py")).env("TGP_HELIX", places::editor("helix")));
}
