//! What is printed: tables, types, colours, and nothing that could move a cursor.

use std::io::Read;
use std::process::Stdio;

use expect_test::expect;
use serde_json::json;

use crate::place::Place;

#[test]
fn a_table_is_aligned_whatever_it_holds() {
    let place = Place::with_database();
    let said = place.tgp(&[
        "sql",
        "SELECT * FROM (VALUES (1, 'Ada', 9.5, NULL), (20, '日本', 10.25, x'00ff'), (300, 'e\u{301}té', 1e3, NULL))",
    ]);
    expect![[r#"
        column1  column2  column3  column4
        integer  text        real  blob
        -------  -------  -------  -----------
              1  Ada          9.5  NULL
             20  日本       10.25  base64:AP8=
            300  été       1000.0  NULL
        (3 rows)
    "#]]
    .assert_eq(&said.done().stdout);
    let said = place.tgp(&["sql", "SELECT 9007199254740993 AS big, 1 AS one WHERE 1 = 0"]).done();
    expect![[r#"
        big   one
        null  null
        ----  ----
        (0 rows)
    "#]]
    .assert_eq(&said.stdout);
    let said = place.tgp(&["sql", "CREATE TABLE t (n INTEGER)"]).done();
    assert_eq!(said.stdout, "0 rows affected\n");
    let said = place.tgp(&["sql", "INSERT INTO t VALUES (1), (2) RETURNING n"]).done();
    expect![[r#"
              n
        integer
        -------
              1
              2
        (2 rows)
        2 rows affected
    "#]]
    .assert_eq(&said.stdout);
}

#[test]
fn a_page_says_how_to_see_the_next() {
    let place = Place::with_database();
    let count = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c";
    let said = place.tgp(&["sql", count, "--limit", "2"]).done();
    assert!(said.stdout.ends_with("(2 rows; more with `--offset 2`)\n"), "{}", said.stdout);
    let rows = place.json(&["sql", count, "--limit", "2", "--offset", "4"]);
    assert_eq!(rows["rows"], json!([[5]]));
}

#[test]
fn numbers_beyond_two_to_the_53_keep_their_value() {
    let place = Place::with_database();
    let said = place.tgp(&["sql", "SELECT 9007199254740993"]).done();
    assert!(said.stdout.contains("9007199254740993"), "{}", said.stdout);
}

#[test]
fn what_agents_write_cannot_move_the_cursor() {
    let place = Place::with_database();
    let evil = "'a' || char(27) || '[2J' || char(8238) || char(10) || 'b'";
    let said = place.tgp(&["sql", &format!("SELECT {evil}")]).done();
    assert!(!said.stdout.contains('\u{1b}') && !said.stdout.contains('\u{202e}'), "{:?}", said.stdout);
    assert!(said.stdout.contains(r"a\u{1b}[2J\u{202e}\nb"), "{}", said.stdout);
    place.forge(
        "tools/throws.ts",
        "/** Throws. */\nexport default () => { throw new Error('\\u001b[31mred'); };\n",
    );
    let said = place.tgp(&["tool", "run", "tools/throws.ts"]);
    assert!(!said.stderr.contains('\u{1b}') && said.stderr.contains("[31mred"), "{:?}", said.stderr);
}

#[test]
fn a_text_result_goes_into_a_pipe_as_it_is() {
    let place = Place::project();
    let source = "/** Text. */\nexport default ({ text }: { text: string }): string => text;\n";
    place.forge("tools/text.ts", source);
    let said = place.tgp(&["tool", "run", "tools/text.ts", "text=a|b\tc\u{1b}"]).done();
    assert_eq!(said.stdout, "a|b\tc\u{1b}\n");
}

#[test]
fn logs_of_a_tool_go_to_stderr_and_the_result_to_stdout() {
    let place = Place::project();
    let source = "/** Logs. */\nexport default ({ n }: { n: number }): number => {\n  console.warn('careful', n);\n  return n;\n};\n";
    place.forge("tools/logs.ts", source);
    let said = place.tgp(&["tool", "run", "tools/logs.ts", "n=1"]).done();
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("1\n", "warn: careful 1\n"));
    let done = place.json(&["tool", "run", "tools/logs.ts", "n=1"]);
    assert_eq!(done["logs"][0]["text"], "careful 1");
}

#[test]
fn nobody_who_reads_no_more_is_an_error() {
    let place = Place::with_database();
    let many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 900) SELECT n, hex(randomblob(60)) FROM c";
    let mut command = place.command(&["sql", many, "--limit", "900"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(said, "");
}

#[test]
fn logging_goes_to_stderr_only_and_only_when_asked() {
    let place = Place::project();
    assert_eq!(place.tgp(&["tool", "list"]).done().stderr, "");
    let said = place.command(&["tool", "list", "--json"]).env("TGP_LOG", "trace").output().unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&said.stdout).is_ok());
    let said = place.command(&["tool", "list"]).env("TGP_LOG", "=,=").output().unwrap();
    assert!(said.status.success());
    assert!(String::from_utf8(said.stderr).unwrap().contains("TGP_LOG"));
}
