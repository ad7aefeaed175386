//! `tgp init` wherever a person may type it.

use expect_test::expect;
use serde_json::{Value, json};

use crate::place::Place;

/// The steps of an init, one line each, with the engine's and the program's left out: they depend on the machine.
fn steps(said: &Value) -> String {
    let steps = said["steps"].as_array().unwrap_or_else(|| panic!("{said:#}"));
    let line = |step: &Value| {
        let note = step["note"].as_str().map_or_else(String::new, |note| format!(" ({note})"));
        format!("{} {}{note}\n", step["state"].as_str().unwrap(), step["item"].as_str().unwrap())
    };
    steps.iter().filter(|step| step["item"] != "engine").map(line).collect()
}

#[test]
fn an_empty_folder_becomes_a_project() {
    let place = Place::empty();
    expect![[r#"
        created tgp.config.ts
        created .tgp
        created .tgp/bin/tgp
        created .tgp/types
        created .tgp/tsconfig.json
    "#]]
    .assert_eq(&steps(&place.json(&["init"])));
    let names: Vec<String> =
        place.files().into_keys().filter(|name| !name.starts_with(".tgp/types/")).collect();
    expect![[r#"
        [
            ".tgp/.gitignore",
            ".tgp/bin/tgp",
            ".tgp/meta.json",
            ".tgp/tsconfig.json",
            "tgp.config.ts",
        ]
    "#]]
    .assert_debug_eq(&names);
    assert_eq!(place.git(".tgp", &["status", "--porcelain"]).done().stdout, "", "the library is clean");
    assert_eq!(
        std::fs::read_link(place.root().join(".tgp/bin/tgp")).unwrap().to_str(),
        Some(env!("CARGO_BIN_EXE_tgp"))
    );
}

#[test]
fn twice_is_harmless_and_says_what_was_there() {
    let place = Place::empty();
    place.write("package.json", "{\n  \"name\": \"shop\"\n}\n");
    place.git("", &["init", "--quiet"]).done();
    place.json(&["init", "--host", "claude"]);
    place.write(".tgp/tools/mine.ts", "// mine\n");
    let before = place.files();
    let head = place.git(".tgp", &["rev-parse", "HEAD"]).stdout;
    let second = place.json(&["init", "--host", "claude"]);
    assert_eq!(place.files(), before);
    assert_eq!(place.git(".tgp", &["rev-parse", "HEAD"]).stdout, head);
    expect![[r#"
        kept tgp.config.ts
        kept .tgp
        kept .tgp/bin/tgp
        kept .tgp/types
        kept .tgp/tsconfig.json
        kept .gitignore
        kept package.json
        kept .mcp.json
    "#]]
    .assert_eq(&steps(&second));
}

#[test]
fn a_folder_that_is_not_there_is_made() {
    let place = Place::empty();
    let said = place.json(&["init", "new/shop"]);
    assert!(place.root().join("new/shop/tgp.config.ts").is_file());
    assert!(said["root"].as_str().unwrap().ends_with("new/shop"));
}

#[test]
fn package_json_gets_a_script_and_keeps_its_form() {
    let place = Place::empty();
    place.write(
        "package.json",
        "{\n\t\"name\": \"shop\",\n\t\"scripts\": {\n\t\t\"build\": \"tsc\"\n\t},\n\t\"a\": [1,2]\n}",
    );
    place.tgp(&["init"]).done();
    assert_eq!(
        place.read("package.json"),
        "{\n\t\"name\": \"shop\",\n\t\"scripts\": {\n\t\t\"build\": \"tsc\",\n\t\t\"tgp\": \"tgp mcp\"\n\t},\n\t\"a\": [1,2]\n}"
    );
}

#[test]
fn a_package_json_that_cannot_be_added_to_is_left_alone_and_said() {
    for (text, why) in [
        ("{\"scripts\": {\"tgp\": \"mine\"}}", "it has a script `tgp` of its own"),
        ("{ not json", "no script was added"),
        ("[]", "its value is not an object"),
    ] {
        let place = Place::empty();
        place.write("package.json", text);
        let said = place.json(&["init"]);
        assert_eq!(place.read("package.json"), text);
        assert!(steps(&said).contains(why), "{said:#}");
    }
}

#[test]
fn in_a_git_repository_the_library_is_ignored_and_nothing_else_is_touched() {
    let place = Place::empty();
    place.git("", &["init", "--quiet", "--initial-branch=trunk"]).done();
    place.write(".gitignore", "dist");
    place.git("", &["add", "--all"]).done();
    place.git("", &["commit", "--quiet", "-m", "first"]).done();
    let config = place.read(".git/config");
    place.tgp(&["init"]).done();
    assert_eq!(place.read(".gitignore"), "dist\n.tgp/\n");
    assert_eq!(place.read(".git/config"), config);
    let status = place.git("", &["status", "--porcelain", "--untracked-files=all"]).stdout;
    assert_eq!(status, " M .gitignore\n?? tgp.config.ts\n");
}

#[test]
fn below_a_git_repository_the_library_is_ignored_there() {
    let place = Place::empty();
    place.git("", &["init", "--quiet"]).done();
    place.tgp(&["init", "packages/shop"]).done();
    assert_eq!(place.read("packages/shop/.gitignore"), ".tgp/\n");
    assert!(!place.root().join(".gitignore").exists());
}

#[test]
fn a_project_with_tools_of_its_own_sees_the_library_elsewhere() {
    let place = Place::empty();
    place.write("tools/build.sh", "#!/bin/sh\n");
    let said = place.json(&["init"]);
    assert!(steps(&said).contains("agents see the library at `tgp-tools/`"), "{said:#}");
    assert!(place.read("tgp.config.ts").contains("  mount: 'tgp-tools',\n"));
    place.forge("tgp-tools/a.ts", "/** One. */\nexport default ({ n }: { n: number }): number => n;\n");
    assert_eq!(place.json(&["tool", "list"])["tools"][0]["path"], "tgp-tools/a.ts");
    assert!(place.root().join(".tgp/tools/a.ts").is_file());
    assert_eq!(place.read("tools/build.sh"), "#!/bin/sh\n");
}

#[test]
fn a_configuration_that_is_there_is_a_person_s() {
    let mine = "export default { rootDir: './.kit' }; // mine\n";
    let place = Place::empty();
    place.write("tgp.config.ts", mine);
    place.tgp(&["init"]).done();
    assert_eq!(place.read("tgp.config.ts"), mine);
    assert!(place.root().join(".kit/tools").is_dir() && place.root().join(".kit/types/core.d.ts").is_file());
    assert!(!place.root().join(".tgp").exists());
}

#[test]
fn a_remote_goes_into_the_configuration_and_its_tools_are_there() {
    let place = Place::empty();
    let remote = place.beside("tools.git");
    let url = format!("file://{}", remote.display());
    place.git("", &["init", "--quiet", "--bare", "--initial-branch=main", remote.to_str().unwrap()]).done();
    place.git("", &["clone", "--quiet", remote.to_str().unwrap(), "seed"]).done();
    place.write(
        "seed/tools/hello.ts",
        "/** Hello. */\nexport default ({ name }: { name: string }): string => name;\n",
    );
    place.git("seed", &["add", "--all"]).done();
    place.git("seed", &["commit", "--quiet", "-m", "hello"]).done();
    place.git("seed", &["push", "--quiet", "origin", "HEAD:main"]).done();
    place.tgp(&["init", "shop", "--remote", &url]).done();
    assert!(place.read("shop/tgp.config.ts").contains(&format!("    repo: '{url}',\n")));
    assert!(place.root().join("shop/.tgp/tools/hello.ts").is_file());
    // The same again, and later for a project that had none.
    place.tgp(&["init", "shop", "--remote", &url]).done();
    place.tgp(&["init", "late"]).done();
    place.tgp(&["init", "late", "--remote", &url]).done();
    assert!(place.root().join("late/.tgp/tools/hello.ts").is_file());
    // Another remote than the one that is written there is a person's decision.
    let config = place.read("shop/tgp.config.ts");
    let said = place.tgp(&["init", "shop", "--remote", "https://example.com/other.git"]);
    assert_eq!(said.code, Some(3), "{}", said.stderr);
    assert_eq!(place.read("shop/tgp.config.ts"), config);
}

#[test]
fn a_remote_that_a_person_s_configuration_does_not_name_is_refused() {
    let place = Place::empty();
    place.write("tgp.config.ts", "export default {};\n");
    let said = place.tgp(&["init", "--remote", "https://example.com/t.git"]);
    assert_eq!(said.code, Some(3));
    assert!(
        said.stderr.contains("hint: write `repo: 'https://example.com/t.git'` into its `git` block"),
        "{}",
        said.stderr
    );
    assert!(!place.root().join(".tgp").exists(), "nothing was done");
}

#[test]
fn a_secret_in_the_remote_is_refused_and_not_said() {
    let place = Place::empty();
    for url in [
        "https://user:s3cret@example.com/t.git",
        "https://s3cret@example.com/t.git",
        "ssh://a:s3cret@example.com/t",
    ] {
        let said = place.tgp(&["init", "--remote", url]);
        assert_eq!(said.code, Some(1));
        assert!(!said.stderr.contains("s3cret") && said.stdout.is_empty(), "{}", said.stderr);
    }
    assert!(place.files().is_empty(), "nothing was done");
}

#[test]
fn a_mistake_in_the_configuration_that_is_there_is_said() {
    let place = Place::empty();
    place.write("tgp.config.ts", "export default {\n  datbase: 1,\n};\n");
    let said = place.tgp(&["init"]);
    assert_eq!(said.code, Some(3));
    assert!(said.stderr.contains("tgp.config.ts:2:3"), "{}", said.stderr);
}

#[test]
fn a_file_where_the_folder_should_be_is_said() {
    let place = Place::empty();
    place.write("shop", "");
    let said = place.tgp(&["init", "shop"]);
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("file.io"), "{}", said.stderr);
}

#[test]
fn what_is_printed_can_be_pasted() {
    let place = Place::empty();
    let said = place.json(&["init"]);
    let hosts = said["hosts"].as_array().unwrap();
    let names: Vec<&str> = hosts.iter().map(|host| host["host"].as_str().unwrap()).collect();
    assert_eq!(names, ["claude", "vscode", "cursor", "codex"]);
    let program = env!("CARGO_BIN_EXE_tgp");
    let claude: Value = serde_json::from_str(hosts[0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(claude, json!({ "mcpServers": { "tgp": { "command": program, "args": ["mcp"] } } }));
    let text = place.tgp(&["init"]).done().stdout;
    for part in ["Claude Code", "VS Code", "Cursor", "Codex", "[mcp_servers.tgp]", ".vscode/mcp.json"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
