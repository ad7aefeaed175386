//! Where the project is, and how values are written.

use serde_json::json;

use crate::place::Place;

const ECHO: &str = "\
/** Gives back what it got. */
export default (args: { text?: string; count?: number; items?: number[]; deep?: { yes: boolean } }) => args;
";

#[test]
fn the_nearest_project_upwards_is_taken_as_git_does() {
    let place = Place::project();
    place.write("src/deep/note.txt", "");
    let mut command = place.command(&["tool", "list"]);
    assert!(command.current_dir(place.root().join("src/deep")).status().unwrap().success());
    for arguments in [&["--root", "project", "tool", "list"][..], &["tool", "list", "--root", "project"]] {
        let mut command = place.command(arguments);
        assert!(command.current_dir(place.beside("")).status().unwrap().success(), "{arguments:?}");
    }
}

#[test]
fn a_root_without_a_project_is_not_searched_upwards() {
    let place = Place::project();
    place.write("src/note.txt", "");
    let said = place.tgp(&["tool", "list", "--root", "src"]);
    assert_eq!(said.code, Some(3));
}

#[test]
fn arguments_are_json_where_they_are_json_and_text_where_the_tool_wants_text() {
    let place = Place::project();
    place.forge("tools/echo.ts", ECHO);
    let result = |arguments: &[&str]| {
        let all: Vec<&str> = ["tool", "run", "tools/echo.ts"].iter().chain(arguments).copied().collect();
        place.json(&all)["result"].clone()
    };
    assert_eq!(result(&["text=5", "count=5"]), json!({ "text": "5", "count": 5 }));
    assert_eq!(
        result(&["items=[1,2]", "deep={\"yes\":true}"]),
        json!({ "items": [1, 2], "deep": { "yes": true } })
    );
    assert_eq!(result(&["text=a=b"]), json!({ "text": "a=b" }));
    assert_eq!(result(&["--args", "{\"count\": 1}"]), json!({ "count": 1 }));
    assert_eq!(result(&[]), json!({}));
}

#[test]
fn a_tool_is_named_by_its_file_as_well() {
    let place = Place::project();
    place.forge("tools/echo.ts", ECHO);
    for (folder, name) in [("", ".tgp/tools/echo.ts"), (".tgp", "tools/echo.ts"), (".tgp/tools", "echo.ts")] {
        let mut command = place.command(&["tool", "run", name, "count=1"]);
        assert!(
            command.current_dir(place.root().join(folder)).status().unwrap().success(),
            "{folder} {name}"
        );
    }
}

#[test]
fn parameters_of_a_statement_have_types_and_names() {
    let place = Place::with_database();
    let row = |arguments: &[&str]| {
        let all: Vec<&str> = ["sql"].iter().chain(arguments).copied().collect();
        place.json(&all)["rows"][0].clone()
    };
    assert_eq!(row(&["SELECT ?, ?, ?, ?", "5", "-2.5", "null", "Ohio"]), json!([5, -2.5, null, "Ohio"]));
    assert_eq!(row(&["SELECT :a || :b", ":b=y", ":a=x"]), json!(["xy"]));
    assert_eq!(row(&["SELECT ?", "--params", "[\"5\"]"]), json!(["5"]));
    assert_eq!(row(&["SELECT ?", "04109"]), json!(["04109"]));
}

#[test]
fn the_agent_is_the_one_that_is_named() {
    let place = Place::project();
    place.forge("tools/echo.ts", ECHO);
    place.tgp(&["tool", "run", "tools/echo.ts", "--agent", "@ops"]).done();
    let log = place.json(&["log", "--agent", "ops"]);
    let actions = log["actions"].as_array().unwrap();
    assert!(actions.iter().any(|action| action["target"] == "tools/echo.ts"), "{log:#}");
    assert!(
        actions.iter().all(|action| action["agent"] == "ops" && action["client"] == "terminal"),
        "{log:#}"
    );
}
