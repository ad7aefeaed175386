//! `tgp init --host NAME`: what a person's file held stays.

use serde_json::Value;

use crate::place::Place;

#[test]
fn every_host_is_written_where_it_looks() {
    let place = Place::empty();
    let said =
        place.json(&["init", "--host", "claude", "--host", "vscode", "--host", "cursor", "--host", "codex"]);
    assert_eq!(said["hosts"], Value::Array(Vec::new()));
    let program = env!("CARGO_BIN_EXE_tgp");
    let json = |file: &str| serde_json::from_str::<Value>(&place.read(file)).unwrap();
    assert_eq!(json(".mcp.json")["mcpServers"]["tgp"]["command"], program);
    assert_eq!(json(".vscode/mcp.json")["servers"]["tgp"]["args"][2], "${workspaceFolder}");
    assert_eq!(json(".cursor/mcp.json")["mcpServers"]["tgp"]["args"][0], "mcp");
    let codex = std::fs::read_to_string(place.home().join(".codex/config.toml")).unwrap();
    let root = place.root().canonicalize().unwrap();
    assert_eq!(
        codex,
        format!(
            "[mcp_servers.tgp]\ncommand = \"{program}\"\nargs = [\"mcp\", \"--root\", \"{}\"]\n",
            root.display()
        )
    );
}

#[test]
fn comments_and_other_servers_stay() {
    let place = Place::empty();
    let before = "{\n    // The team's servers.\n    \"servers\": {\n        \"other\": { \"command\": \"x\" }, // keep\n    },\n    \"inputs\": []\n}\n";
    place.write(".vscode/mcp.json", before);
    place.tgp(&["init", "--host", "vscode"]).done();
    let after = place.read(".vscode/mcp.json");
    for part in ["// The team's servers.", "\"other\": { \"command\": \"x\" }, // keep", "\"inputs\": []"] {
        assert!(after.contains(part), "{after}");
    }
    assert!(after.contains("        \"tgp\": {\n            \"type\": \"stdio\","), "{after}");
    place.tgp(&["init", "--host", "vscode"]).done();
    assert_eq!(place.read(".vscode/mcp.json"), after);
}

#[test]
fn an_entry_that_says_something_else_is_a_person_s() {
    let place = Place::empty();
    let mine = "{\"mcpServers\": {\"tgp\": {\"command\": \"mine\"}}}";
    place.write(".mcp.json", mine);
    let said = place.tgp(&["init", "--host", "claude"]).done();
    assert_eq!(place.read(".mcp.json"), mine);
    assert!(
        said.stdout.contains("skipped  .mcp.json  (it has an entry `tgp` that says something else)"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_file_that_cannot_be_added_to_is_refused_before_anything_is_done() {
    for text in ["{ \"mcpServers\": [] }", "{ \"mcpServers\": ", "[]", "{ mcpServers: {} }"] {
        let place = Place::empty();
        place.write(".mcp.json", text);
        let said = place.tgp(&["init", "--host", "claude"]);
        assert_eq!(said.code, Some(1), "{text}: {}", said.stdout);
        assert!(said.stderr.contains("hint: nothing was changed; add this yourself:"), "{}", said.stderr);
        assert_eq!(place.read(".mcp.json"), text);
        assert!(!place.root().join("tgp.config.ts").exists(), "{text}");
    }
}

#[test]
fn without_a_home_codex_cannot_be_configured() {
    let place = Place::empty();
    let said = place.command(&["init", "--host", "codex"]).env_remove("HOME").output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8(said.stderr).unwrap().contains("there is no home folder"));
}

#[test]
fn tgp_on_the_path_is_called_by_its_name() {
    let place = Place::empty();
    let folder = place.beside("bin");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tgp"), folder.join("tgp")).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let said = place.command(&["init", "--host", "claude"]).env("PATH", path).output().unwrap();
    assert!(said.status.success());
    let written: Value = serde_json::from_str(&place.read(".mcp.json")).unwrap();
    assert_eq!(written["mcpServers"]["tgp"]["command"], "tgp");
}
