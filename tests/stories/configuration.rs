//! `tgp.config.ts`: what it may say, and how a mistake in it is reported.

use std::fs;

use serde_json::json;
use tgp_tests::{Project, Remote};

use crate::sources::HELLO;

/// What `tgp trust` says about a configuration with a mistake.
fn mistake(text: &str) -> String {
    let project = Project::new();
    project.write("tgp.config.ts", text);
    let said = project.tgp(&["trust", "--show"]);
    assert_ne!(said.code, Some(0), "{text}");
    assert_eq!(said.stdout, "", "{text}");
    said.stderr
}

#[test]
fn the_seed_s_own_example_is_accepted() {
    let project = Project::new().environment("TGP_GITHUB_TOKEN", "s3cret");
    project.write(
        "tgp.config.ts",
        r"import { defineTGPConfig } from '@tgp/core';

export default defineTGPConfig({
  rootDir: './.tgp',
  git: {
    provider: 'github', // or 'gitlab', 'bitbucket'
    repo: 'my-org/tgp-tools',
    branch: 'main',
    auth: {
      token: process.env.TGP_GITHUB_TOKEN,
      user: 'tgp-bot[bot]',
      email: 'tgp-bot@users.noreply.example.com'
    },
    writeStrategy: process.env.NODE_ENV === 'production' ? 'pr' : 'direct'
  },
  fs: { allowedDirs: ['./public/exports', './tmp'], blockUpwardTraversal: true },
  allowedImports: ['@tgp/std', 'zod', 'date-fns'],
  allowedFetchUrls: ['https://api.stripe.com']
});
",
    );
    let listed = project.tgp(&["tool", "list"]);
    listed.succeeded();
    assert!(!listed.both().contains("s3cret"));
    let log = project.tgp(&["log", "--json"]).both();
    assert!(!log.contains("s3cret"));
}

#[test]
fn a_syntax_error_is_named_with_file_line_and_column() {
    let said = mistake(
        "import { defineTGPConfig } from '@tgp/core';\n\nexport default defineTGPConfig({\n  database: ,\n});\n",
    );
    assert!(said.contains("tgp.config.ts:4:"), "{said}");
    assert!(said.contains("config.invalid"), "{said}");
}

#[test]
fn an_unknown_field_is_named_with_its_place() {
    let said = mistake(
        "import { defineTGPConfig } from '@tgp/core';\n\nexport default defineTGPConfig({\n  databse: 'sqlite:x.db',\n});\n",
    );
    assert!(said.contains("tgp.config.ts:4:") && said.contains("databse"), "{said}");
}

#[test]
fn a_wrong_value_is_named_with_its_place() {
    let said = mistake("export default {\n  limits: {\n    cpuMs: 'fast',\n  },\n};\n");
    assert!(said.contains("tgp.config.ts:3:") && said.contains("cpuMs"), "{said}");
    let said = mistake("export default {\n  git: { writeStrategy: 'force' },\n};\n");
    assert!(said.contains("tgp.config.ts:2:") && said.contains("writeStrategy"), "{said}");
}

/// A configuration with one setting, on line 3 after a comment that names it, and what is said about it.
fn wrong_setting(setting: &str, words: &[&str]) {
    let text = format!(
        "// rootDir, mount, git, token, allowedDirs: see the guide.\nexport default {{\n  {setting}\n}};\n"
    );
    let said = mistake(&text);
    assert!(said.contains("tgp.config.ts:3:") && said.contains("config.invalid"), "{setting}\n{said}");
    for word in words {
        assert!(said.contains(word), "{word} is missing for {setting}\n{said}");
    }
}

#[test]
fn every_setting_that_makes_no_sense_is_named_with_its_place() {
    for (setting, words) in [
        ("allowedFetchUrls: ['https://a.example', 'foo'],", &["allowedFetchUrls[1]", "foo"][..]),
        ("fs: { allowedDirs: ['out', '../up'] },", &["fs.allowedDirs[1]", "../up"]),
        ("fs: { allowedDirs: ['/no/such/folder'] },", &["fs.allowedDirs[0]", "/no/such/folder"]),
        ("fs: { allowedDirs: ['./.tgp/tools'] },", &["fs.allowedDirs[0]", "library"]),
        ("fs: { blockUpwardTraversal: false },", &["fs.blockUpwardTraversal"]),
        ("git: { branch: 'a..b' },", &["git.branch", "a..b"]),
        ("git: { repo: 'ext::sh -c x' },", &["git.repo"]),
        ("git: { auth: { token: 'ghp_0123456789' } },", &["git.auth.token", "process.env."]),
        ("git: { repo: 'https://me:hunter2@git.example/x.git' },", &["git.repo", "password"]),
        ("database: 'postgres://db.example/shop',", &["database", "sqlite:"]),
        ("database: ':memory:',", &["database", "memory"]),
        ("rootDir: '../elsewhere',", &["rootDir", "../elsewhere"]),
        ("rootDir: '.',", &["rootDir"]),
        ("mount: '.tgp',", &["mount"]),
        ("limits: { memoryBytes: 99999999999 },", &["limits.memoryBytes"]),
        ("fs: { allowedDirs: ['.'] },", &["fs.allowedDirs[0]"]),
        ("limits: { cpuMs: 0 },", &["limits.cpuMs"]),
        ("limits: { depth: 0 },", &["limits.depth"]),
        ("tools: { 'tools/a.ts': { limits: { cpu: 5 } } },", &["tools[\"tools/a.ts\"].limits.cpu"]),
        ("lint: { 'no-such-rule': 'off' },", &["lint[\"no-such-rule\"]"]),
        ("lint: { 'no-such-rule': 'loud' },", &["lint", "loud"]),
    ] {
        wrong_setting(setting, words);
    }
    let said = mistake("const settings = {\n  git: { branch: 'a..b' },\n};\nexport default settings;\n");
    assert!(said.contains("tgp.config.ts:2:10"), "a variable is followed: {said}");
}

#[test]
fn a_token_from_anywhere_but_the_environment_is_refused() {
    for token in ["'ghp_' + 'abc'", "process.env.NOT_SET ?? 'ghp_abc'", "`ghp_${1}`"] {
        wrong_setting(
            &format!("git: {{ auth: {{ token: {token} }} }},"),
            &["git.auth.token", "process.env."],
        );
    }
}

#[test]
fn a_configuration_that_is_no_object_of_settings_is_refused_and_a_promise_of_one_is_taken() {
    for text in ["export default 5;\n", "export default null;\n", "export default () => [1];\n"] {
        assert!(mistake(text).contains("object of settings"), "{text}");
    }
    for text in ["", "throw new Error('boom');\n"] {
        let said = mistake(text);
        assert!(said.contains("tgp.config.ts:1:1") && said.contains("exports no default"), "{said}");
    }
    let project = Project::new();
    project.write("tgp.config.ts", "export default async () => ({ database: 'sqlite:shop.db' });\n");
    project.database().execute_batch("CREATE TABLE right (n INTEGER)").unwrap();
    let said = project.json(&["sql", "SELECT name FROM sqlite_schema"]);
    assert_eq!(said["rows"], json!([["right"]]));
}

#[test]
fn no_spelling_makes_tgp_s_own_state_the_database_of_agents() {
    let project = Project::new();
    let state = project.path(".tgp/state/tgp.db").display().to_string();
    std::os::unix::fs::symlink(&state, project.path("app.db")).unwrap();
    let refused = |project: &Project| {
        let ended = project.tgp(&["sql", "DELETE FROM agent_actions"]);
        assert!(ended.stderr.contains("lies in the library's folder"), "{}", ended.both());
    };
    for url in [format!("sqlite:{state}"), "sqlite:app.db".to_owned(), "sqlite:./x/../app.db".to_owned()] {
        std::fs::create_dir_all(project.path("x")).unwrap();
        project.configure(&format!("database: '{url}',"));
        refused(&project);
    }
    refused(&Project::new().environment("DATABASE_URL", "sqlite:.tgp/state/tgp.db"));
}

#[test]
fn credentials_in_the_configuration_are_not_repeated_in_the_error() {
    for setting in [
        "git: { auth: { token: 'ghp_0123456789' } },",
        "git: { repo: 'https://me:hunter2@git.example/x.git' },",
    ] {
        let said = mistake(&format!("export default {{ {setting} }};\n"));
        assert!(!said.contains("ghp_0123456789") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_error_thrown_while_it_runs_is_named_with_its_place() {
    let said = mistake(
        "const pick = (): string => {\n  throw new Error('no luck');\n};\nexport default { database: pick() };\n",
    );
    assert!(said.contains("tgp.config.ts:2:") && said.contains("no luck"), "{said}");
}

#[test]
fn an_endless_configuration_ends() {
    let said = mistake("while (true) {}\nexport default {};\n");
    assert!(said.contains("tgp.config.ts"), "{said}");
}

#[test]
fn it_sees_only_the_variables_it_names() {
    let project =
        Project::new().environment("SHOP_DATABASE", "sqlite:shop.db").environment("OTHER_SECRET", "hidden");
    project.write("tgp.config.ts", "export default { database: process.env.SHOP_DATABASE };\n");
    project.database().execute_batch("CREATE TABLE right (n INTEGER)").unwrap();
    let said = project.json(&["sql", "SELECT name FROM sqlite_schema"]);
    assert_eq!(said["rows"], json!([["right"]]));
    let all = mistake("export default {\n  database: Object.values(process.env)[0],\n};\n");
    assert!(all.contains("tgp.config.ts:2:"), "all of them at once are not to be had: {all}");
}

#[test]
fn the_environment_s_database_comes_first() {
    let project =
        Project::with_settings("database: 'sqlite:other.db',").environment("DATABASE_URL", "sqlite:shop.db");
    project.database().execute_batch("CREATE TABLE right (n INTEGER)").unwrap();
    let said = project.json(&["sql", "SELECT name FROM sqlite_schema"]);
    assert_eq!(said["rows"], json!([["right"]]));
}

#[test]
fn limits_hold_for_the_project_and_for_one_tool() {
    let project = Project::with_settings(
        "limits: { hostCalls: 3 }, tools: { 'tools/many.ts': { limits: { hostCalls: 10 } } },",
    );
    project.write("data.txt", "x");
    let source = "export default ({ count }: { count: number }) => Array.from({ length: count }, () => tgp.read_file('data.txt')).length;\n";
    let mut session = project.session();
    session.write("tools/few.ts", source);
    session.write("tools/many.ts", source);
    assert_eq!(*session.exec("tools/few.ts", json!({ "count": 3 })).result(), json!(3));
    assert_eq!(session.exec("tools/few.ts", json!({ "count": 4 })).refused().code, "sandbox.host_calls");
    assert_eq!(*session.exec("tools/many.ts", json!({ "count": 10 })).result(), json!(10));
    assert_eq!(session.exec("tools/many.ts", json!({ "count": 11 })).refused().code, "sandbox.host_calls");
    session.stop();
}

#[test]
fn the_committer_is_the_one_of_the_configuration() {
    let remote = Remote::empty();
    let project = Project::with_remote(&remote.url());
    project.configure(&format!(
        "git: {{ repo: '{}', auth: {{ user: 'tgp-bot[bot]', email: 'bot@example.com' }} }},",
        remote.url()
    ));
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    session.stop();
    project.tgp(&["sync"]).succeeded();
    assert!(remote.log("main").contains("tgp-bot[bot] <bot@example.com>"), "{}", remote.log("main"));
}

/// What is kept of the evaluated configuration, in the user's state folder.
fn kept(project: &Project) -> Option<std::path::PathBuf> {
    let files = tgp_tests::project::walk(&project.above().join("state"));
    files.into_iter().find(|file| file.ends_with("evaluated.json"))
}

#[test]
fn what_a_configuration_gave_is_kept_for_its_text_alone_and_not_believed_from_others() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::with_settings("database: 'sqlite:one.db',");
    rusqlite::Connection::open(project.path("one.db")).unwrap().execute_batch("CREATE TABLE a (n)").unwrap();
    rusqlite::Connection::open(project.path("two.db")).unwrap().execute_batch("CREATE TABLE b (n)").unwrap();
    project.tgp(&["sql", "SELECT * FROM a"]).succeeded();
    let kept = kept(&project).unwrap();
    assert!(fs::read_to_string(&kept).unwrap().contains("one.db"));
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    // Another text is evaluated, whatever is kept.
    project.configure("database: 'sqlite:two.db',");
    project.tgp(&["sql", "SELECT * FROM b"]).succeeded();
    // A file that others could have written says nothing; neither does one that is no such file.
    let other = fs::read_to_string(&kept).unwrap().replace("two.db", "one.db");
    let other = other.replacen("sqlite:one.db", "sqlite:two.db", 1);
    for (text, mode) in [(other.as_str(), 0o666), ("not what was kept", 0o600), ("", 0o600)] {
        fs::write(&kept, text).unwrap();
        fs::set_permissions(&kept, fs::Permissions::from_mode(mode)).unwrap();
        project.tgp(&["sql", "SELECT * FROM b"]).succeeded();
    }
}

#[test]
fn what_came_from_the_environment_is_never_kept() {
    let project = Project::with_settings("database: process.env.SHOP_DATABASE,");
    rusqlite::Connection::open(project.path("one.db")).unwrap().execute_batch("CREATE TABLE a (n)").unwrap();
    let unset = project.tgp(&["sql", "SELECT * FROM a"]);
    assert!(unset.stderr.contains("database.missing"), "{}", unset.both());
    let before = kept(&project).map(|file| fs::read_to_string(file).unwrap());
    assert!(before.is_some(), "without the variable it gives what anybody may know");
    let project = project.environment("SHOP_DATABASE", "sqlite:one.db");
    project.tgp(&["sql", "SELECT * FROM a"]).succeeded();
    assert_eq!(kept(&project).map(|file| fs::read_to_string(file).unwrap()), before);
}
