//! Policy files of plugins and of the person: each narrows, none widens, and each is named with its level.

use serde_json::{Value, json};
use tgp_tests::{Project, Session, places};

const PLUGIN: &str = "version: 1
rules:
  - id: no-invoices
    effect: deny
    reason: Invoices are the plugin's.
    match: { path: [\"invoices/**\"] }
";

const MINE: &str = "version: 1
rules:
  - id: no-diary
    effect: deny
    reason: My diary is mine, in every project.
    match: { path: [\"diary/**\"] }
";

/// A project whose person has a home of their own.
fn project() -> Project {
    let project = Project::new();
    let home = project.above().join("home");
    // The prepared engine is the user's, wherever this home is.
    let cache = std::env::var_os("TGP_CACHE_DIR").map(std::path::PathBuf::from);
    let cache = cache.unwrap_or_else(|| places::cache().with_file_name("tgp")).display().to_string();
    std::fs::create_dir_all(home.join(".config/tgp/policy")).unwrap();
    let home = home.display().to_string();
    let project = project.environment("HOME", &home).environment("XDG_CONFIG_HOME", "");
    let project = project.environment("TGP_CACHE_DIR", &cache);
    for file in ["invoices/a.md", "diary/a.md", "docs/a.md"] {
        project.write(file, "text\n");
    }
    project
}

fn put_mine(project: &Project, text: &str) {
    std::fs::write(project.above().join("home/.config/tgp/policy/mine.yaml"), text).unwrap();
}

fn read(session: &mut Session, path: &str) -> Value {
    session.call("read_file", json!({ "path": path })).raw["structuredContent"].clone()
}

#[test]
fn a_plugin_s_policy_narrows_once_it_is_trusted_and_is_named_as_the_plugin_s() {
    let project = project().trusting_nothing();
    project.write(".tgp/policy/plugins/acme/rules.yaml", PLUGIN);
    let mut session = project.session();
    assert_eq!(read(&mut session, "invoices/a.md")["content"], "text\n", "nobody trusted it");
    let said = project.at_a_terminal(&["trust"], "y");
    assert!(said.stdout.contains("policy/plugins/acme/rules.yaml added"), "{}", said.both());
    let refusal = read(&mut session, "invoices/a.md");
    assert_eq!(refusal["code"], "policy.denied", "{refusal:#}");
    let rule = &refusal["details"]["rules"][0];
    assert_eq!(
        (&rule["level"], &rule["file"]),
        (&json!("plugin"), &json!("policy/plugins/acme/rules.yaml")),
        "{rule:#}"
    );
    let own = read(&mut session, ".tgp/policy/plugins/acme/rules.yaml");
    assert_eq!(own["details"]["rule"], "builtin.policy", "{own:#}");
}

#[test]
fn the_person_s_own_policy_counts_in_every_project_without_trust_and_only_narrows() {
    let project = project().trusting_nothing();
    let version = |project: &Project| {
        project.json(&["policy", "explain", "--capability", "fs.read", "--path", "a"])["version"].clone()
    };
    let before = version(&project);
    let mut session = project.session();
    assert_eq!(read(&mut session, "diary/a.md")["content"], "text\n");
    put_mine(&project, MINE);
    let refusal = read(&mut session, "diary/a.md");
    assert_eq!(refusal["details"]["rules"][0]["file"], "user/mine.yaml", "{refusal:#}");
    assert_eq!(refusal["details"]["rules"][0]["level"], "user", "{refusal:#}");
    assert_eq!(read(&mut session, "docs/a.md")["content"], "text\n");
    assert_ne!(version(&project), before, "it is part of the policy's version");
    // It cannot allow anything.
    put_mine(&project, &MINE.replace("deny", "allow"));
    assert_eq!(read(&mut session, "diary/a.md")["code"], "policy.denied", "the last good version stays");
    let explained = project.tgp(&["policy", "explain", "--capability", "fs.read", "--path", "diary/a.md"]);
    assert!(explained.stdout.contains("(user/mine.yaml:3, user)"), "{}", explained.stdout);
    assert!(
        explained.stderr.contains("user/mine.yaml:4:13") && explained.stderr.contains("last good version"),
        "{}",
        explained.stderr
    );
    let checked = project.tgp(&["policy", "check"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.stdout.contains("user/mine.yaml:4:13: "), "{}", checked.stdout);
}

#[test]
fn a_person_s_policy_that_never_was_good_denies_everything() {
    let project = project();
    put_mine(&project, "version: 1\nrules: 3\n");
    let said = project.tgp(&["tool", "list"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert!(said.stderr.contains("user/mine.yaml:2:8"), "{}", said.stderr);
    put_mine(&project, MINE);
    project.tgp(&["tool", "list"]).succeeded();
}

#[test]
fn check_and_diff_know_the_levels() {
    let project = project();
    project.write(".tgp/policy/plugins/acme/rules.yaml", PLUGIN);
    project.write(".tgp/policy/own.yaml", "version: 1\nrules: []\n");
    put_mine(&project, MINE);
    let checked = project.json(&["policy", "check"]);
    let levels = json!({
        "policy/own.yaml": "workspace", "policy/plugins/acme/rules.yaml": "plugin", "user/mine.yaml": "user",
    });
    assert_eq!(checked["levels"], levels, "{checked:#}");
    let page = project.tgp(&["policy", "check"]);
    assert!(page.stdout.contains("user/mine.yaml (user)\n"), "{}", page.stdout);
    // What counts everywhere is no difference between what lies here and what is in force.
    let diff = project.json(&["policy", "diff"]);
    assert_eq!(diff["before"], diff["after"], "{diff:#}");
}

#[test]
fn no_agent_reaches_the_person_s_policy_where_an_allowed_folder_holds_it() {
    // A tool's own `/tmp` lies in its memory, so that this home lies elsewhere.
    let folder = tempfile::Builder::new().prefix("tgp-test-").tempdir_in("/var/tmp").unwrap();
    let home = std::fs::canonicalize(folder.path()).unwrap();
    std::fs::create_dir_all(home.join(".config/tgp/policy")).unwrap();
    let project = project().environment("HOME", &home.display().to_string());
    project.configure(&format!("fs: {{ allowedDirs: ['{}/.config'] }},", home.display()));
    let mut session = project.session();
    let source = format!(
        "export default async () => {{ await tgp.write_file('{0}/.config/free.txt', 'x'); \
         await tgp.write_file('{0}/.config/tgp/policy/more.yaml', 'x'); }};\n",
        home.display()
    );
    let refused = session.run_source("tools/out.ts", &source, json!({})).refused();
    assert!(refused.message.contains("builtin.policy"), "{:#}", refused.raw);
    assert!(!home.join(".config/tgp/policy/more.yaml").exists());
    assert!(!home.join(".config/free.txt").exists(), "nothing of the run is kept");
}
