//! How the program ends, and what it says when it does not do what was asked.

use expect_test::expect;
use serde_json::json;

use crate::place::{Place, Said};

const DIVIDE: &str = "\
/** Divides, or throws. */
export default ({ by }: { by: number }): number => {
  if (by === 0) throw new RangeError('nothing to divide by');
  return 1 / by;
};
";

/// What a person sees, with the names of temporary folders taken out.
fn shown(place: &Place, said: &Said) -> String {
    said.stderr.replace(&place.root().canonicalize().unwrap().display().to_string(), "PROJECT")
}

#[test]
fn a_failing_tool_is_one_and_says_where() {
    let place = Place::project();
    place.forge("tools/divide.ts", DIVIDE);
    let said = place.tgp(&["tool", "run", "tools/divide.ts", "by=0"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    expect![[r#"
        error: RangeError: nothing to divide by (at default (tools/divide.ts:3:27)) (tool.threw)
        hint: mend the tool, then `tgp tool check` it and run it again
    "#]]
    .assert_eq(&said.stderr);
    let error = &place.json(&["tool", "run", "tools/divide.ts", "by=0"])["error"];
    assert_eq!((&error["code"], &error["name"]), (&json!("tool.threw"), &json!("RangeError")));
}

#[test]
fn wrong_arguments_are_one_and_name_each_field() {
    let place = Place::project();
    place.forge("tools/divide.ts", DIVIDE);
    let said = place.tgp(&["tool", "run", "tools/divide.ts", "with=3"]);
    assert_eq!(said.code, Some(1));
    expect![[r#"
        error: the arguments do not fit `tools/divide.ts`: `by` is missing; expected a number; `with` is not a field; known are: by (tool.arguments)
        hint: `tgp tool show` lists the arguments of a tool
    "#]].assert_eq(&said.stderr);
}

#[test]
fn a_tool_that_is_not_valid_is_one_and_the_findings_are_the_answer() {
    let place = Place::project();
    place.forge(
        "tools/rate.ts",
        "/** Tax. */\nexport default ({ sum }: { sum: number }): number => sum * 0.19;\n",
    );
    let said = place.tgp(&["tool", "check", "tools/rate.ts"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(1), ""));
    expect![[r#"
        error[lint.no-magic-numbers]: the number 0.19 is written into the tool
          --> tools/rate.ts:2:60
            1 | /** Tax. */
          > 2 | export default ({ sum }: { sum: number }): number => sum * 0.19;
              |                                                            ^^^^
            3 |
        hint: Take it from the arguments, such as `args.rate`.

        tools/rate.ts: not valid (1 error, 0 warnings)
        note: types were not checked: no TypeScript 7 in the project's node_modules
    "#]]
    .assert_eq(&said.stdout);
    let checked = place.json(&["tool", "check", "tools/rate.ts"]);
    assert_eq!(checked["valid"], false);
    assert_eq!(checked["errors"][0]["line"], 2);
}

#[test]
fn a_refused_statement_is_one() {
    let place = Place::with_database();
    let said = place.tgp(&["sql", "ATTACH 'other.db' AS other"]);
    assert_eq!((said.code, said.stdout.as_str()), (Some(1), ""));
    assert!(said.stderr.contains("sql.forbidden"), "{}", said.stderr);
    assert!(!place.root().join("other.db").exists());
}

#[test]
fn a_wrong_command_line_is_two() {
    let place = Place::project();
    for arguments in [
        &["frobnicate"][..],
        &["tool", "run"],
        &["tool", "run", "tools/a.ts", "n"],
        &["tool", "run", "tools/a.ts", "--args", "{n: 1}"],
        &["tool", "run", "tools/a.ts", "n=1", "n=2"],
        &["sql", "SELECT 1", "5", ":a=6"],
        &["log", "--since", "yesterday"],
        &["log", "--type", "nap"],
        &["mcp", "--agent", "Not A Name"],
        &["init", "here", "--root", "there"],
        &["init", "--host", "emacs"],
    ] {
        let said = place.tgp(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.starts_with("error: "), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn no_project_is_three_and_says_what_to_do() {
    let place = Place::empty();
    for arguments in [&["tool", "list"][..], &["mcp"], &["sql", "SELECT 1"], &["log"], &["sync"], &["doctor"]]
    {
        let said = place.tgp(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (Some(3), ""), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("hint: run `tgp init`"), "{arguments:?}: {}", said.stderr);
    }
    let error = &place.json(&["log"])["error"];
    assert_eq!(error["code"], "project.missing");
}

#[test]
fn a_mistake_in_the_configuration_is_three_and_names_the_place() {
    let place = Place::with_config("database: ,");
    let said = place.tgp(&["trust", "--show"]);
    assert_eq!(said.code, Some(3));
    expect![[r#"
        error: `tgp.config.ts` has a mistake: tgp.config.ts:4:13: Unexpected token (config.invalid)
        error[compile.syntax]: Unexpected token
          --> tgp.config.ts:4:13
            2 |
            3 | export default defineTGPConfig({
          > 4 |   database: ,
              |             ^
            5 | });
            6 |
        hint: mend the place that is named, then run `tgp doctor`
    "#]]
    .assert_eq(&shown(&place, &said));
    let place = Place::with_config("databse: 'sqlite:app.db'");
    let said = place.tgp(&["trust", "--show"]);
    assert_eq!(said.code, Some(3));
    expect![[r#"
        error: tgp.config.ts:4:3: `databse`: unknown field `databse`, expected one of `rootDir`, `mount`, `git`, `fs`, `allowedImports`, `allowedFetchUrls`, `database`, `actionsTable`, `approvals`, `limits`, `tools`, `lint`, `strict` (config.invalid)
        hint: mend the place that is named, then run `tgp doctor`
    "#]].assert_eq(&shown(&place, &said));
}

#[test]
fn a_full_disk_behind_stdout_is_said() {
    let full = std::path::Path::new("/dev/full");
    let place = Place::project();
    let output = std::fs::OpenOptions::new().write(true).open(full).expect("Linux has /dev/full");
    let said = place.command(&["tool", "list"]).stdout(output).output().unwrap();
    assert_eq!(said.status.code(), Some(74));
    assert!(String::from_utf8(said.stderr).unwrap().contains("could not be written"));
}
