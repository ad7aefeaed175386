//! Places: lines and columns of findings, and the way back from compiled code to the source.

use expect_test::expect;
use tgp_compiler::{Bundle, ReadSource, SourceKind, bundle};

use crate::fixture::{bundle_text, check_text, files, findings, rendered, settings};

/// Says where in the source each `marker` of the compiled code comes from, and compares with where it is there.
fn maps_back(text: &str, module: &str, markers: &[&str]) {
    let (files, entry) = files(text);
    let bundle = bundle(&entry, &files, &settings(), SourceKind::Tool).unwrap_or_else(|e| panic!("{e:#?}"));
    let source = files.tool(module).unwrap();
    let compiled = bundle.modules.iter().find(|m| m.name == module).unwrap();
    for marker in markers {
        let (line, column) = place(&compiled.code, marker);
        assert_eq!(
            compiled.source_map.original(line, column),
            Some(place(&source, marker)),
            "{marker}\n{}",
            compiled.code
        );
    }
}

fn place(text: &str, marker: &str) -> (u32, u32) {
    let at = text.find(marker).unwrap_or_else(|| panic!("{marker} in {text}"));
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count() + 1;
    (u32::try_from(line).unwrap(), u32::try_from(column).unwrap())
}

#[test]
fn a_throw_maps_to_its_line_through_types_imports_and_wrappers() {
    maps_back(
        "//- tools/tool.ts\nimport type { Row } from './types';\nimport { one,\n  two } from './other';\n\ninterface Args {\n  n: number;\n}\n\nenum Level { Low, High }\n\n/** Doc. */\nexport default function (a: number, b: Level): Row {\n  const other = require('./other');\n  // a comment\n  if (a > one) {\n    throw new Error('first');\n  }\n  const text = '😀é'; const after = two(text as unknown as Args); throw new RangeError('second');\n}\n//- tools/other.ts\nexport const one = 1, two = (x: unknown): unknown => x;\nexport default 1;\n//- tools/types.ts\nexport type Row = number;\n",
        "tools/tool.ts",
        &["throw new Error", "throw new RangeError", "two(text", "if (a > one)"],
    );
}

#[test]
fn a_bare_script_keeps_its_lines() {
    maps_back(
        "//- tools/tool.ts\n// what it does\nconst rows: number[] = args.rows;\n\nif (rows.length === 0) throw new Error('empty');\nreturn rows.length;\n",
        "tools/tool.ts",
        &["throw new Error", "return rows.length"],
    );
}

#[test]
fn what_the_compiler_wrote_maps_to_nothing() {
    let bundle: Bundle = bundle_text("export default (a: number) => a;").unwrap();
    let wrapper = bundle.modules.last().unwrap();
    assert_eq!(wrapper.name, bundle.entry);
    assert_eq!(wrapper.source_map.original(2, 1), None);
    assert_eq!(bundle.modules[0].source_map.original(0, 0), None);
    assert_eq!(bundle.modules[0].source_map.original(99, 1), None);
}

#[test]
fn columns_count_utf_16_units() {
    expect![[r#"
        Error compile.forbidden_global: Global 'process' is forbidden
         --> tools/tool.ts:3:18
          1 | /** d */
          2 | export default () => {
        > 3 | 	const é = '😀'; process.exit(é); return é;
            | 	               ^^^^^^^
          4 | };
        hint: Use the arguments and the `tgp` functions.
    "#]]
    .assert_eq(&rendered(
        "/** d */\nexport default () => {\n\tconst é = '😀'; process.exit(é); return é;\n};",
    ));
}

#[test]
fn a_long_line_is_shown_around_the_place() {
    let text =
        format!("/** d */ export default () => ['{}', process, '{}'];", "a".repeat(400), "b".repeat(400));
    let frame = &check_text(&text).diagnostics[0].frame;
    assert!(frame.contains("process") && frame.len() < 700, "{frame}");
}

#[test]
fn windows_line_ends_do_not_shift_columns() {
    expect![[r#"
        tools/tool.ts:3:10 Error compile.forbidden_global: Global 'process' is forbidden
    "#]]
    .assert_eq(&findings("/** d */\r\nexport default () => {\r\n  return process.env;\r\n};\r\n"));
}

#[test]
fn a_circle_of_tools_is_named() {
    expect![[r#"
        tools/deep/c.ts:1:11 Error compile.import_cycle: tools import each other in a circle: tools/a.ts -> tools/b.ts -> tools/deep/c.ts -> tools/a.ts
    "#]].assert_eq(&findings("//- tools/a.ts\n/** a */\nimport b from './b';\nexport default (args: { n: number }) => b(args);\n//- tools/b.ts\nimport c from './deep/c';\nexport default (args: { n: number }) => c(args);\n//- tools/deep/c.ts\nconst a = require('../a');\nexport default (args: { n: number }) => a(args);\n"));
    expect![[r#"
        tools/a.ts:2:15 Error compile.import_cycle: tools import each other in a circle: tools/a.ts -> tools/a.ts
    "#]].assert_eq(&findings("//- tools/a.ts\n/** a */\nimport a from './a';\nexport default (args: { n: number }) => a(args);\n"));
}

#[test]
fn errors_of_imported_tools_are_reported_with_their_path() {
    expect![[r#"
        tools/a.ts:3:15 Error compile.forbidden_import: '../../etc/passwd' cannot be imported: `../../etc/passwd` leads out of the project
        tools/a.ts:4:15 Error compile.forbidden_import: '../policy/rules' cannot be imported: it leads out of `tools/`
    "#]].assert_eq(&findings("//- tools/a.ts\n/** a */\nimport b from './b.js';\nimport c from '../../etc/passwd';\nimport d from '../policy/rules';\nimport { sum } from '@tgp/std';\nexport default (args: { n: number }) => [b(args), c, d, sum];\n//- tools/b.ts\nconst RATE = 0.05;\nexport default (args: { n: number }) => process.env[args.n * RATE];\n"));
}

#[test]
fn a_local_name_is_no_global() {
    let clean = "/** d */\nexport default (args: { process: string; window: number }) => {\n  const process = args.process;\n  const { window } = args;\n  const require = (name: string) => name;\n  const f = (document: string, name = 'x') => document + require(name);\n  type Buffer = string;\n  const b: Buffer = f(process);\n  return { window, b, global: typeof process, x: { eval: 1 }.eval };\n};";
    expect![[""]].assert_eq(&findings(clean));
    expect![[r#"
        tools/tool.ts:2:49 Error compile.forbidden_global: Global 'Deno' is forbidden
        tools/tool.ts:2:55 Error compile.forbidden_global: Global 'setTimeout' is forbidden
        tools/tool.ts:2:67 Error compile.dynamic_code: the constructor of a function makes code from text
        tools/tool.ts:2:97 Error compile.dynamic_code: `require` of a computed name
        tools/tool.ts:2:114 Error compile.forbidden_global: Global '__dirname' is forbidden
        tools/tool.ts:2:125 Error compile.forbidden_global: Global 'process' is forbidden
        tools/tool.ts:2:148 Error compile.forbidden_global: Global 'self' is forbidden
        tools/tool.ts:2:162 Error compile.forbidden_global: Global 'module' is forbidden
        tools/tool.ts:2:182 Error compile.forbidden_global: Global 'WebSocket' is forbidden
    "#]].assert_eq(&findings("/** d */\nexport default (args: { n: string }) => [typeof Deno, setTimeout, (() => 1).constructor('x')(), require(args.n), __dirname, globalThis['process'], self?.Buffer, module.exports, new WebSocket(args.n)];"));
}

#[test]
fn the_same_text_gives_the_same_hash_and_another_text_another() {
    let text = "//- tools/a.ts\nimport b from './b';\nexport default (args: { n: number }) => b(args);\n//- tools/b.ts\nexport default (args: { n: number }) => args.n;\n";
    let hash = |text: &str| bundle_text(text).unwrap().hash;
    assert_eq!(hash(text), hash(text));
    assert_eq!(hash(text).len(), 64);
    assert_ne!(hash(text), hash(&text.replace("args.n;", "args.n + 1;")));
    assert_eq!(
        hash(text),
        hash(&text.replace("args.n;", "args.n; // said")),
        "comments do not change what runs"
    );
}
