//! The forge: write, check, run, find again; standards, packages, types and the standard library of tools.

use std::process::Command;

use serde_json::{Value, json};
use tgp_tests::{Project, places};

use crate::sources::{FIB, HELLO};

/// `const tax = 0.05` is the seed's own bad example.
const TAX: &str = "/** Price with tax. */\nexport default ({ price }: { price: number }): number => {\n  const tax = 0.05;\n  return price * (1 + tax);\n};\n";

/// A project whose `node_modules` hold zod, date-fns and TypeScript 7, copied as npm would put them there.
fn project_with_packages(settings: &str) -> Project {
    let project = Project::with_settings(settings);
    let copied = Command::new("cp")
        .arg("-R")
        .arg(places::npm("project").join("node_modules"))
        .arg(project.root())
        .status();
    assert!(copied.is_ok_and(|status| status.success()), "the packages can be copied");
    project
}

#[test]
fn a_tool_that_breaks_a_standard_is_not_valid_but_runs_with_a_warning_in_direct_mode() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/tax.ts", TAX);
    let checked = session.check("tools/tax.ts");
    assert_eq!(checked["valid"], false, "{checked:#}");
    let finding = &checked["errors"][0];
    assert!(finding["code"].as_str().unwrap().starts_with("lint."), "{checked:#}");
    assert_eq!((&finding["line"], &finding["path"]), (&json!(3), &json!("tools/tax.ts")));
    assert!(finding["frame"].as_str().unwrap().contains("0.05"), "{checked:#}");
    let answer = session.exec("tools/tax.ts", json!({ "price": 100 }));
    assert_eq!(*answer.result(), json!(105));
    assert!(answer.done()["warnings"].to_string().contains("lint."), "{:#}", answer.raw);
    session.stop();
}

#[test]
fn strict_projects_do_not_run_it() {
    let project = Project::with_settings("strict: true,");
    let mut session = project.session();
    let code = session.run_source("tools/tax.ts", TAX, json!({ "price": 100 })).refused().code;
    assert!(["lint.error", "tool.not_valid"].contains(&code.as_str()), "{code}");
    session.stop();
}

#[test]
fn the_level_of_a_rule_is_the_project_s_to_choose() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/tax.ts", TAX);
    let code = session.check("tools/tax.ts")["errors"][0]["code"].as_str().unwrap().to_owned();
    session.stop();
    let rule = code.strip_prefix("lint.").unwrap();
    for (level, errors, warnings) in [("off", 0, 0), ("warn", 0, 1), ("error", 1, 0)] {
        project.configure(&format!("lint: {{ '{rule}': '{level}' }},"));
        let mut session = project.session();
        let checked = session.check("tools/tax.ts");
        let count = |list: &Value| {
            list.as_array().unwrap().iter().filter(|finding| finding["code"] == code.as_str()).count()
        };
        assert_eq!(
            (count(&checked["errors"]), count(&checked["warnings"])),
            (errors, warnings),
            "{level}: {checked:#}"
        );
        session.stop();
    }
}

#[test]
fn find_tool_says_reuse_at_085_and_forge_otherwise() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    session.write("tools/hello.ts", HELLO);
    session.exec("tools/math/fib.ts", json!({ "n": 3 })).done();
    let found = session.call("find_tool", json!({ "query": "fibonacci number" })).done().clone();
    assert_eq!(found["tools"][0]["path"], "tools/math/fib.ts", "{found:#}");
    let score = found["tools"][0]["score"].as_f64().unwrap();
    assert!((0.85..=1.0).contains(&score), "{found:#}");
    assert!(found["advice"].as_str().unwrap().contains("reuse this one"), "{found:#}");
    assert_eq!(found["tools"][0]["runs"], 1);
    assert!(found["tools"][0]["schema"]["properties"]["n"].is_object(), "{found:#}");
    let none = session.call("find_tool", json!({ "query": "convert currencies by date" })).done().clone();
    assert!(none["advice"].as_str().unwrap().contains("forge"), "{none:#}");
    for tool in none["tools"].as_array().unwrap() {
        assert!(tool["score"].as_f64().unwrap() < 0.85, "{none:#}");
    }
    session.stop();
}

#[test]
fn an_unvalidated_name_of_full_text_search_is_only_text() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    for query in ["\"", "a AND", "NEAR(", "*", "path:hello OR", "'; DROP TABLE tools; --", "", "\u{0}"] {
        let answer = session.call("find_tool", json!({ "query": query }));
        assert!(
            !answer.is_error() || answer.refused().code == "arguments.invalid",
            "{query:?}: {:#}",
            answer.raw
        );
    }
    session.stop();
}

#[test]
fn a_broken_tool_is_diagnosed_patched_and_verified() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/weight.ts", "/** Dimensional weight. */\nexport default ({ l, w, h, divisor }: { l: number; w: number; h: number; divisor: number }): number => (l * w * h) / divsor;\n");
    let checked = session.check("tools/weight.ts");
    let refused =
        session.exec("tools/weight.ts", json!({ "l": 1, "w": 1, "h": 139, "divisor": 139 })).refused();
    assert!(refused.raw.to_string().contains("divsor"), "{:#}", refused.raw);
    assert!(refused.code == "tool.threw" || checked["valid"] == false);
    let patch = json!({ "path": "tools/weight.ts", "search": "divsor", "replace": "divisor" });
    session.call("patch_file", patch).done();
    assert_eq!(session.check("tools/weight.ts")["valid"], true);
    assert_eq!(
        *session.exec("tools/weight.ts", json!({ "l": 1, "w": 1, "h": 139, "divisor": 139 })).result(),
        json!(1)
    );
    session.stop();
}

#[test]
fn every_form_of_a_tool_runs() {
    let project = Project::new();
    let mut session = project.session();
    let forms = [
        ("arrow", "export default (args: { n: number }) => args.n + 1;"),
        ("function", "export default function next(args: { n: number }) { return args.n + 1; }"),
        ("anonymous", "export default function (args: { n: number }) { return args.n + 1; }"),
        (
            "async",
            "export default async (args: { n: number }) => { await Promise.resolve(); return args.n + 1; };",
        ),
        ("named", "const next = (args: { n: number }) => args.n + 1;\nexport default next;"),
        ("script", "return args.n + 1;"),
        ("primitives", "export default (n: number, step: number = 1) => n + step;"),
        ("enum", "enum Step { One = 1 }\nexport default (args: { n: number }) => args.n + Step.One;"),
        (
            "satisfies",
            "const step = { one: 1 } satisfies Record<string, number>;\nexport default (args: { n: number }) => args.n + step.one!;",
        ),
    ];
    for (name, source) in forms {
        let answer = session.run_source(&format!("tools/forms/{name}.ts"), source, json!({ "n": 41 }));
        assert_eq!(*answer.result(), json!(42), "{name}");
    }
    session.stop();
}

#[test]
fn zod_and_date_fns_work_when_the_project_allows_them() {
    let project =
        project_with_packages("allowedImports: ['@tgp/std', 'zod', 'date-fns'], limits: { cpuMs: 2000 },");
    let mut session = project.session();
    let zod = "import { z } from 'zod';\nexport default (args: { age: unknown }) => z.object({ age: z.number() }).safeParse(args).success;\n";
    let path = "tools/zod.ts";
    session.write(path, zod);
    assert_eq!(*session.exec(path, json!({ "age": 7 })).result(), json!(true));
    assert_eq!(*session.exec(path, json!({ "age": "seven" })).result(), json!(false));
    let dates = "import { addDays, formatISO } from 'date-fns';\nexport default ({ day, days }: { day: string; days: number }) => formatISO(addDays(new Date(day), days), { representation: 'date' });\n";
    let answer =
        session.run_source("tools/dates.ts", dates, json!({ "day": "2026-06-29T12:00:00Z", "days": 3 }));
    assert_eq!(*answer.result(), json!("2026-07-02"));
    session.stop();
}

#[test]
fn typescript_7_finds_type_errors_where_the_project_has_it() {
    let project = project_with_packages("");
    let mut session = project.session();
    let source = "/** Length of a text. */\nexport default ({ text }: { text: string }): number => {\n  const length: number = text;\n  return length;\n};\n";
    session.write("tools/types.ts", source);
    let checked = session.check("tools/types.ts");
    assert_eq!(checked["valid"], false, "{checked:#}");
    let error = checked["errors"].as_array().unwrap().iter().find(|error| error["line"] == 3);
    assert!(
        error.is_some_and(|error| error["message"].as_str().unwrap().contains("not assignable")),
        "{checked:#}"
    );
    session.stop();
}

#[test]
fn without_typescript_it_says_that_types_were_not_checked() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/math/fib.ts", FIB);
    let checked = session.check("tools/math/fib.ts");
    assert!(checked["notes"].to_string().to_lowercase().contains("type"), "{checked:#}");
    session.stop();
}

#[test]
fn the_standard_library_of_tools_is_there() {
    let project = Project::new();
    let mut session = project.session();
    let names = "import * as std from '@tgp/std';\nexport default () => Object.keys(std).length;\n";
    let answer = session.run_source("tools/std.ts", names, json!({}));
    assert!(answer.result().as_u64().unwrap() > 20, "{:#}", answer.raw);
    session.stop();
}

#[test]
fn a_tool_writes_only_into_allowed_folders_and_only_when_it_returns() {
    let project = Project::with_settings("fs: { allowedDirs: ['./exports'] },");
    let mut session = project.session();
    let source = "export default ({ path, fail }: { path: string; fail: boolean }) => {\n  tgp.write_file(path, 'content');\n  if (fail) throw new Error('after the write');\n  return path;\n};\n";
    session.write("tools/export.ts", source);
    session.exec("tools/export.ts", json!({ "path": "exports/a.csv", "fail": false })).done();
    assert_eq!(project.read("exports/a.csv"), "content");
    assert!(session.exec("tools/export.ts", json!({ "path": "exports/b.csv", "fail": true })).is_error());
    assert!(!project.path("exports/b.csv").exists(), "a failed run writes nothing");
    for path in ["other/a.csv", "exports_evil/a.csv", "../a.csv"] {
        assert!(session.exec("tools/export.ts", json!({ "path": path, "fail": false })).is_error(), "{path}");
        assert!(!project.path(path).exists(), "{path}");
    }
    session.stop();
    assert_eq!(project.litter(), Vec::<std::path::PathBuf>::new());
}

#[test]
fn a_run_that_loses_to_another_writer_is_run_again() {
    let project = Project::with_settings("database: 'sqlite:shop.db', limits: { cpuMs: 5000 },");
    project
        .database()
        .execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0);",
        )
        .unwrap();
    let source = "/** Counts one up. */\nexport default () => {\n  const before = tgp.exec_sql('SELECT n FROM counter', []).rows[0][0] as number;\n  tgp.exec_sql('UPDATE counter SET n = :n', { n: before + 1 });\n  return before + 1;\n};\n";
    let mut first = project.session();
    first.write("tools/count.ts", source);
    let mut second = project.session();
    let mut asked = Vec::new();
    for _ in 0..25 {
        asked.push((
            first.ask_call("exec_tool", &json!({ "path": "tools/count.ts", "args": {} })),
            second.ask_call("exec_tool", &json!({ "path": "tools/count.ts", "args": {} })),
        ));
    }
    for (one, two) in asked {
        first.answer_of_call(one).done();
        second.answer_of_call(two).done();
    }
    first.stop();
    second.stop();
    let n: i64 = project.database().query_row("SELECT n FROM counter", [], |row| row.get(0)).unwrap();
    assert_eq!(n, 50, "no count was lost");
}

#[test]
fn two_sessions_see_each_other_s_tools() {
    let project = Project::new();
    let mut first = project.session();
    let mut second = project.session();
    first.write("tools/hello.ts", HELLO);
    assert_eq!(*second.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Hello, Ada"));
    second.write("tools/hello.ts", &HELLO.replace("Hello", "Goodbye"));
    assert_eq!(*first.exec("tools/hello.ts", json!({ "name": "Ada" })).result(), json!("Goodbye, Ada"));
    first.stop();
    second.stop();
}
