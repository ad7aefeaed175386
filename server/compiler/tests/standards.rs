//! The eight standards: each rule finds what it should, and leaves good code alone.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};
use tgp_compiler::{Settings, check, rules};
use tgp_model::config::LintLevel;
use tgp_model::diagnostic::{Diagnostic, Severity};

use crate::fixture::{check_text, files, rendered};

fn lints(text: &str) -> Vec<Diagnostic> {
    check_text(text).diagnostics.into_iter().filter(|d| d.code != "lint.documented").collect()
}

fn short(text: &str, expected: Expect) {
    let lines: Vec<String> = lints(text)
        .iter()
        .map(|d| {
            format!(
                "{}:{} {:?} {}: {}\n",
                d.line,
                d.column,
                d.severity,
                d.code.trim_start_matches("lint."),
                d.message
            )
        })
        .collect();
    expected.assert_eq(&lines.concat());
}

/// Applies the edits of all findings, last first.
fn mended(text: &str) -> String {
    let mut replacements: Vec<_> =
        lints(text).into_iter().filter_map(|d| d.edit).flat_map(|edit| edit.replacements).collect();
    replacements.sort_by_key(|r| (r.start, r.end));
    let mut out = text.to_owned();
    for r in replacements.iter().rev() {
        out.replace_range(r.start as usize..r.end as usize, &r.text);
    }
    out
}

#[test]
fn every_rule_finds_its_bad_example_and_nothing_finds_its_good_one() {
    for rule in rules() {
        let bad = check_text(rule.bad);
        let code = format!("lint.{}", rule.id);
        assert!(bad.diagnostics.iter().any(|d| d.code == code), "{}: {:#?}", rule.id, bad.diagnostics);
        let structural: Vec<_> = bad.diagnostics.iter().filter(|d| d.code.starts_with("compile.")).collect();
        assert!(structural.is_empty(), "{}: {structural:#?}", rule.id);
        let good = check_text(rule.good);
        assert!(good.diagnostics.is_empty(), "{}: {:#?}", rule.id, good.diagnostics);
    }
}

#[test]
fn all_eight_standards_have_rules_with_different_ids() {
    let standards: std::collections::BTreeSet<u8> = rules().iter().map(|rule| rule.standard).collect();
    assert_eq!(standards.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    let ids: std::collections::BTreeSet<&str> = rules().iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), rules().len());
}

#[test]
fn settings_change_how_much_a_rule_counts() {
    let text = "/** Tax. */\nexport default (args: { price: number }) => args.price * 1.05;";
    let (files, entry) = files(text);
    for (level, expected) in [
        (LintLevel::Off, None),
        (LintLevel::Warn, Some(Severity::Warning)),
        (LintLevel::Error, Some(Severity::Error)),
    ] {
        let settings = Settings {
            lint: BTreeMap::from([("no-magic-numbers".to_owned(), level)]),
            ..Settings::default()
        };
        let report = check(&entry, text, &files, &settings);
        assert_eq!(report.diagnostics.first().map(|d| d.severity), expected);
        assert_eq!(report.is_valid(), level != LintLevel::Error);
    }
}

#[test]
fn good_tools_are_left_alone() {
    for text in [
        "const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2);\nexport default (args: { n: number }) => fib(args.n);",
        "export default function fib({ n }: { n: number }): number {\n  return n < 2 ? n : fib({ n: n - 1 }) + fib({ n: n - 2 });\n}",
        "export default (n: number): number => { let [a, b] = [0, 1]; for (let i = 0; i < n; i++) { [a, b] = [b, a + b]; } return a; };",
        "export default (args: { a: number; b: number }) => args.a * args.b;",
        "export default (args: { path: string }) => JSON.parse(tgp.read_file(args.path));",
        "export default (args: { status: string }) => tgp.exec_sql('SELECT id, name FROM users WHERE status = ? ORDER BY id LIMIT 10', [args.status]).rows;",
        "export default (args: { month: string }) => tgp.exec_sql(\"SELECT strftime('%Y-%m', at) AS month FROM users WHERE month = ?\", [args.month]).rows.map((row: unknown[]) => row.join('|')).join('\\n');",
        "export default (args: { l: number; w: number; h: number; divisor: number }) => Math.ceil((args.l * args.w * args.h) / args.divisor);",
        "export default (args: { text: string; width?: number }) => args.text.slice(0, 40).padEnd(args.width ?? 72).toString();",
        "export default (args: { rate: number }) => Number(args.rate).toFixed(2) + parseInt('ff', 16) + [1, 2, 3][2];",
        "const MS_PER_DAY = 24 * 60 * 60 * 1000;\nexport default (args: { from: string; to: string }) => (Date.parse(args.to) - Date.parse(args.from)) / MS_PER_DAY;",
        "export default ({ price, taxRate = 0.19 }: { price: number; taxRate?: number }) => price * (1 + taxRate);",
        "export default async (args: { url: string }) => { const res = await fetch(args.url); if (res.status === 404) return null; return res.json(); };",
        "export default (args: { text: string }) => { let hash = 0; for (const c of args.text) hash = (hash * 31 + c.charCodeAt(0)) | 0; return hash >>> 0; };",
        "import multiply from './multiply';\nexport default (args: { a: number; b: number }) => multiply(args);",
        "type Mode = 'asc' | 'desc';\nexport default (args: { mode: Mode; rows: number[] }) => args.mode === 'asc' ? args.rows : [...args.rows].reverse();",
        "export default (args: { queue: number[] }) => { const seen = new Set<number>(); const queue = [...args.queue]; while (queue.length > 0) { const next = queue.shift()!; if (!seen.has(next)) seen.add(next); } return [...seen]; };",
        "const UNITS = { kg: 1, g: 1000 } as const;\nexport default (args: { unit: keyof typeof UNITS; value: number }) => args.value * UNITS[args.unit];",
        "export default (args: { ids: string[] }) => tgp.exec_sql(`SELECT id FROM users WHERE id IN (${args.ids.map(() => '?').join(', ')})`, args.ids).rows;",
        "export default (args: { celsius: number[] }) => args.celsius.map((c) => c / 100).filter((c) => c > 0.5);",
        "const total = args.rows.length;\nreturn total;",
        "export default (args: { name: string }) => { if (!args.name) { throw new Error('The name is missing'); } return `Hello ${args.name}, welcome to the shop`; };",
        "export default (args: { when: string }) => new Date(args.when).toISOString().slice(0, 10).split('-')[0];",
        "export default (args: { csv: string }) => args.csv.split('\\n').map((line) => line.split(',')).filter((cells) => cells.length === 13);",
    ] {
        let text = text.replace(
            "import multiply from './multiply';",
            "const multiply = (x: { a: number; b: number }) => x.a * x.b;",
        );
        let found = lints(&text);
        assert!(found.is_empty(), "{text}\n{found:#?}");
    }
}

#[test]
fn specific_values_are_found() {
    short(
        "export default (args: { a: string }) => [\n'ann@example.com', 'Write to bob.b@mail.example.org, please',\n'https://api.stripe.com/v1', `https://${args.a}/x`, 'http://www.w3.org/2000/svg',\n'123e4567-e89b-12d3-a456-426614174000', 'user_8fk2Ld93', '10023',\n'2024-06-01', '2024-06-01T12:00:00Z', 'yyyy-MM-dd', '192.168.0.10', '1.2.3',\n'sk_live_abcdefgh12345678', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'utf-8', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',\n'tools/math/fib.ts', 'a-b-c', '%s@%s', 'sha-256', 'users_archive', '2f0a9c1b7d3e4f5a6b7c8d9e0f1a2b3c'];",
        expect![[r#"
            2:1 Error no-hardcoded-values: an e-mail address `ann@example.com` is written into the tool
            2:20 Error no-hardcoded-values: an e-mail address `Write to bob.b@mail.example.org, please` is written into the tool
            3:1 Error no-hardcoded-values: a URL `https://api.stripe.com/v1` is written into the tool
            4:1 Error no-hardcoded-values: a UUID `123e4567-e89b-12d3-a456-426614174000` is written into the tool
            4:41 Error no-hardcoded-values: an id `user_8fk2Ld93` is written into the tool
            4:58 Error no-hardcoded-values: an id `10023` is written into the tool
            5:1 Error no-hardcoded-values: a date `2024-06-01` is written into the tool
            5:15 Error no-hardcoded-values: a date `2024-06-01T12:00:00Z` is written into the tool
            5:53 Error no-hardcoded-values: an IP address `192.168.0.10` is written into the tool
            6:1 Error no-hardcoded-values: a key or secret is written into the tool
            6:29 Error no-hardcoded-values: a key or secret is written into the tool
            7:68 Error no-hardcoded-values: a key or secret is written into the tool
        "#]],
    );
}

#[test]
fn numbers_are_found_where_they_mean_something() {
    short(
        "const RATE = 0.05;\nexport default (args: { l: number; w: number; h: number; rows: number[] }) => {\n  const dim = (args.l * args.w * args.h) / 139;\n  if (dim > 42) return dim * RATE;\n  const fee = -17.5;\n  return { fee, limit: 250, late: args.rows.filter((row) => row > 30) };\n};",
        expect![[r#"
            1:14 Error no-magic-numbers: the number 0.05 of `RATE` is written into the tool
            3:44 Error no-magic-numbers: the number 139 of `dim` is written into the tool
            4:13 Error no-magic-numbers: the number 42 is written into the tool
            5:16 Error no-magic-numbers: the number 17.5 of `fee` is written into the tool
            6:24 Error no-magic-numbers: the number 250 is written into the tool
            6:67 Error no-magic-numbers: the number 30 is written into the tool
        "#]],
    );
}

#[test]
fn state_is_found() {
    short(
        "const cache = new Map<string, number>();\nconst seen: Record<string, number> = {};\nlet last = '';\nvar unused = 1;\nconst fixed = [1, 2].sort();\nexport default (args: { key: string }) => {\n  cache.set(args.key, 1);\n  seen[args.key] = 1;\n  seen.a.b++;\n  last = args.key;\n  fixed.push(1);\n  Array.prototype.last = 1;\n  Object.assign(globalThis, args);\n  leaked = 1;\n  const mine = []; mine.push(1);\n  return [cache.get(args.key), last, unused, mine];\n};",
        expect![[r#"
            3:5 Error no-mutable-module-state: `last` belongs to the module and is changed
            4:5 Error no-mutable-module-state: `unused` belongs to the module and could be changed
            7:3 Error no-mutable-module-state: what `cache` holds belongs to the module and is changed
            8:3 Error no-mutable-module-state: what `seen` holds belongs to the module and is changed
            11:3 Error no-mutable-module-state: what `fixed` holds belongs to the module and is changed
            12:3 Error no-global-writes: `Array` belongs to everybody and is changed
            13:3 Error no-global-writes: `globalThis` belongs to everybody and is changed
            14:3 Error no-global-writes: `leaked` belongs to everybody and is changed
        "#]],
    );
}

#[test]
fn loops_that_only_collect_are_found_and_rewritten() {
    let text = "export default (args: { rows: { n: number }[] }) => {\n  const out: number[] = [];\n  for (const { n } of args.rows) {\n    if (n > 1) out.push(n * 2);\n  }\n  let sum = 0;\n  for (let i = 0; i < args.rows.length; i++) sum += args.rows[i].n;\n  const files = [];\n  for (const path of tgp.list_files('.')) files.push(path);\n  return { out, sum, files };\n};";
    short(
        text,
        expect![[r#"
        3:3 Warning prefer-higher-order: the loop only collects: that is a `filter` and `map`
        7:3 Warning prefer-higher-order: the loop only adds up: that is a `reduce`
        9:3 Warning prefer-higher-order: the loop only collects: that is a `map`
    "#]],
    );
    expect![[r#"
        export default (args: { rows: { n: number }[] }) => {
          const out: number[] = args.rows.filter(({ n }) => n > 1).map(({ n }) => n * 2);
          let sum = 0;
          for (let i = 0; i < args.rows.length; i++) sum += args.rows[i].n;
          const files = tgp.list_files('.');
          return { out, sum, files };
        };"#]]
    .assert_eq(&mended(text));
}

#[test]
fn results_that_are_printed_or_lost_are_found_and_mended() {
    let text = "export default (args: { a: number }) => {\n  const b = args.a + 1;\n  console.log(b);\n};";
    short(
        text,
        expect![[r#"
        1:16 Error returns-result: the tool returns nothing
    "#]],
    );
    expect![[r#"
        export default (args: { a: number }) => {
          const b = args.a + 1;
          return b;
        };"#]]
    .assert_eq(&mended(text));
    short(
        "export default (args: { id: number }) => console.log(args.id);",
        expect![[r#"
        1:42 Error returns-result: the tool prints its result and returns nothing
    "#]],
    );
    short(
        "export default (args: { id: number }) => { tgp.exec_sql('DELETE FROM users WHERE id = ?', [args.id]); };",
        expect![[r#"
        1:16 Error returns-result: the tool returns nothing
    "#]],
    );
}

#[test]
fn a_number_is_lifted_into_the_arguments() {
    expect![[r#"
        interface Args { taxRate: number; price: number }
        export default (args: Args) => {
          const TAX_RATE = args.taxRate;
          return args.price * (1 + TAX_RATE);
        };"#]].assert_eq(&mended("interface Args { price: number }\nexport default (args: Args) => {\n  const TAX_RATE = 0.05;\n  return args.price * (1 + TAX_RATE);\n};"));
    expect![[r#"
        export default (args: { to: string }) => {
          const to = args.to;
          return to;
        };"#]]
    .assert_eq(&mended("export default () => {\n  const to = 'ann@example.com';\n  return to;\n};"));
    expect![[r#"
        const to = args.to;
        return to;"#]]
    .assert_eq(&mended("const to = 'ann@example.com';\nreturn to;"));
}

#[test]
fn sql_values_are_found() {
    short(
        "const SQL = \"SELECT id FROM users WHERE plan = 'pro' AND mail = 'a@example.com'\";\nexport default (args: { name: string; table: string }) => [\n  tgp.exec_sql(SQL, []),\n  tgp.exec_sql(`SELECT id FROM ${args.table} WHERE name = '${args.name}' AND at > ${args.name}`, []),\n  tgp.exec_sql(\"SELECT id FROM users WHERE name = '\" + args.name + \"'\", []),\n];",
        expect![[r#"
            1:48 Warning sql-values-as-params: the value 'pro' stands in the SQL text
            1:65 Warning sql-values-as-params: the value 'a@example.com' stands in the SQL text
            4:62 Error no-sql-interpolation: a value is pasted into SQL
            4:85 Error no-sql-interpolation: a value is pasted into SQL
            5:56 Error no-sql-interpolation: a value is pasted into SQL
        "#]],
    );
}

#[test]
fn a_finding_is_shown_with_its_place() {
    expect![[r#"
        Error lint.no-magic-numbers: the number 0.05 of `tax` is written into the tool
         --> tools/tool.ts:3:15
          1 | /** Tax. */
          2 | export default (args: { price: number }) => {
        > 3 |   const tax = 0.05;
            |               ^^^^
          4 |   return args.price * tax;
          5 | };
        hint: Take it from the arguments, such as `args.rate`.
        edit: Take it from the arguments [Replacement { start: 35, end: 35, text: " tax: number;" }, Replacement { start: 72, end: 76, text: "args.tax" }]
    "#]].assert_eq(&rendered("/** Tax. */\nexport default (args: { price: number }) => {\n  const tax = 0.05;\n  return args.price * tax;\n};"));
}

/// The one finding that can be mended, mended; and what is then found, which must not be the same again.
fn lifted(text: &str) -> String {
    let after = mended(text);
    let codes = |text: &str| -> Vec<String> { lints(text).into_iter().map(|d| d.code).collect() };
    assert!(codes(&after).len() < codes(text).len(), "{after}\n{:?}", codes(&after));
    assert!(codes(&after).iter().all(|code| !code.starts_with("compile.")), "{after}");
    after
}

fn tool(signature: &str, body: &str) -> String {
    format!("/** Does it. */\nexport default ({signature}) => {{\n  {body}\n}};\n")
}

#[test]
fn a_value_is_lifted_into_parameters_that_are_taken_apart() {
    for (before, after) in [
        (
            tool("{ price }: { price: number }", "return price * 0.19;"),
            tool("{ value, price }: { value: number; price: number }", "return price * value;"),
        ),
        (
            tool("{ price, ...rest }: { price: number }", "return price * 0.19 + Object.keys(rest).length;"),
            tool(
                "{ value, price, ...rest }: { value: number; price: number }",
                "return price * value + Object.keys(rest).length;",
            ),
        ),
        // The constant goes on having its name: the argument gets another one.
        (
            tool("{ price }: { price: number }", "const taxRate = 0.19; return price * taxRate;"),
            tool(
                "{ givenTaxRate, price }: { givenTaxRate: number; price: number }",
                "const taxRate = givenTaxRate; return price * taxRate;",
            ),
        ),
        // A word of the language is no name of a variable.
        (
            tool("{ cm }: { cm: number }", "const IN = 25.4; return cm / IN;"),
            tool("{ givenIn, cm }: { givenIn: number; cm: number }", "const IN = givenIn; return cm / IN;"),
        ),
        (
            tool("{}: { old?: string }", "return { to: 'ann@shop.example.com' };"),
            tool("{ givenTo }: { givenTo: string; old?: string }", "return { to: givenTo };"),
        ),
    ] {
        assert_eq!(lifted(&before), after);
    }
}

#[test]
fn a_text_is_lifted_out_of_templates_objects_and_calls() {
    let args = "args: { id: string }";
    let with = |field: &str| format!("args: {{ {field}: string; id: string }}");
    for (before, field, after) in [
        (
            "return tgp.fetch(`https://api.example.com/v1/${args.id}`);",
            "url",
            "return tgp.fetch(`${args.url}${args.id}`);",
        ),
        ("return { to: 'ann@shop.example.com' };", "to", "return { to: args.to };"),
        ("return tgp.fetch('https://api.example.com/v1');", "url", "return tgp.fetch(args.url);"),
        ("return { 'reply-to': 'ann@shop.example.com' };", "email", "return { 'reply-to': args.email };"),
        ("return { new: 'ann@shop.example.com' };", "email", "return { new: args.email };"),
        // A field of this name is there already, and means something else.
        ("return { id: 'cus_8fk2Ld93' };", "givenId", "return { id: args.givenId };"),
    ] {
        assert_eq!(lifted(&tool(args, before)), tool(&with(field), after));
    }
}

#[test]
fn nothing_is_offered_where_the_argument_could_not_be_used() {
    for (signature, body) in [
        // Names of fields.
        ("args: { id: string }", "return { 'ann@shop.example.com': args.id };"),
        ("args: { id: string }", "const { cus_8fk2Ld93: x } = args as any; return x;"),
        ("args: { id: string }", "return { 4217: args.id };"),
        // Another `args` is nearer.
        ("args: { list: number[] }", "return args.list.map((args) => args * 0.19);"),
        // What a tag makes of it is not known; what is escaped is another text.
        ("args: { id: string }", "return String.raw`https://api.example.com/v1/${args.id}`;"),
        ("args: { id: string }", "return `https://api.example.com/v1\\n${args.id}`;"),
        // Parameters of another shape.
        ("[first]: number[]", "return first * 0.19;"),
        ("args: { a: number } & { b: number }", "return args.a * 0.19;"),
        ("a: { b: number }, c: number", "return a.b * c * 0.19;"),
        ("{ price }: { price: number } = { price: 1 }", "return price * 0.19;"),
        ("args?: { price: number }", "return (args?.price ?? 1) * 0.19;"),
        ("args: { [key: string]: string }", "return { to: 'ann@shop.example.com', ...args };"),
        // What is called `args` is no longer what was given.
        ("args: { price: number }", "args = { price: 2 }; return args.price * 0.19;"),
        // A key that is looked up, and a constant of its own type, are more than their text.
        ("args: { id: string }", "return (args as any)['ann@shop.example.com'];"),
        ("args: { id: string }", "return { to: 'ann@shop.example.com' as const, id: args.id };"),
    ] {
        let text = tool(signature, body);
        let offered: Vec<_> = lints(&text).into_iter().filter_map(|d| d.edit).collect();
        let offered: Vec<_> = offered.iter().filter(|edit| edit.title.starts_with("Take it")).collect();
        assert!(offered.is_empty(), "{text}\n{offered:?}");
    }
}
