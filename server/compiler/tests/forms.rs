//! The forms a tool may have, and what is made of each.

use expect_test::{Expect, expect};

use crate::fixture::{bundle_text, findings, modules, rendered, schema};

fn compiles_to(text: &str, expected: Expect) {
    expected.assert_eq(&modules(text));
}

#[test]
fn a_typed_arrow_is_callable_by_the_name_of_its_parameter() {
    compiles_to(
        "export default (a: number) => a * 2;",
        expect![[r#"
        entry tgp:entry
        --- tools/tool.ts
        export default (a) => a * 2;
        --- tgp:entry
        import tool from "tools/tool.ts";
        export default (args = {}) => tool(args["a"]);
    "#]],
    );
}

#[test]
fn an_argument_object_is_passed_as_it_is() {
    compiles_to(
        "interface Args { a: number; b: number }\nexport default function multiply(args: Args): number { return args.a * args.b; }",
        expect![[r#"
        entry tools/tool.ts
        --- tools/tool.ts
        export default function multiply(args) {
        return args.a * args.b;
        }
    "#]],
    );
}

#[test]
fn a_bare_script_that_returns_becomes_the_default_function() {
    compiles_to(
        "import { sum } from './sum';\nconst total: number = sum(args.rows);\nreturn(total);\n",
        expect![[r#"
        tools/tool.ts:1:21: './sum' cannot be imported: there is no `tools/sum.ts`
    "#]],
    );
    compiles_to(
        "//- tools/legacy.ts\nimport { sum } from './sum';\nconst total: number = await sum(args.rows);\nreturn(total);\n//- tools/sum.ts\nexport const sum = (x: number[]) => x.length;\n",
        expect![[r#"
        entry tools/legacy.ts
        --- tools/sum.ts
        export const sum = (x) => x.length;
        --- tools/legacy.ts
        import { sum } from "tools/sum.ts";
        export default async function(args) {
        const total = await sum(args.rows);
        return total;
        }
    "#]],
    );
}

#[test]
fn a_script_that_exports_and_returns_nothing_runs_and_is_told_so() {
    for script in [
        "while (true) {}",
        "const buffer = new ArrayBuffer(100);\nbuffer.slice(0);",
        "throw new Error('Boom');",
    ] {
        assert!(modules(script).contains("export default function(args) {"), "{script}");
    }
    expect![[r#"
        Error lint.returns-result: the tool returns nothing
         --> tools/tool.ts:1:1
        > 1 | console.log("old");
            | ^^^^^^^^^^^^^^^^^^^
          2 |
        hint: Return a value that another tool can use: the rows, a count, the text.
        edit: Return what is printed [Replacement { start: 0, end: 19, text: "return \"old\";" }]
        Warning lint.documented: no comment says what the tool is for
         --> tools/tool.ts:1:1
        > 1 | console.log("old");
            | ^
          2 |
        hint: Write `/** What it does. */` above it.
    "#]]
    .assert_eq(&rendered("console.log(\"old\");\n"));
    expect![[r#"
        Error compile.no_export: the tool exports no default function and returns nothing
         --> tools/tool.ts:2:1
          1 | /** Fib. */
        > 2 | function fib(n: number): number {
            | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          3 |   return n < 2 ? n : fib(n - 1) + fib(n - 2);
          4 | }
        hint: Add `export default (args) => ...`, or `return` the result.
        edit: Make `fib` the default export [Replacement { start: 12, end: 12, text: "export default " }]
    "#]]
    .assert_eq(&rendered(
        "/** Fib. */\nfunction fib(n: number): number {\n  return n < 2 ? n : fib(n - 1) + fib(n - 2);\n}\n",
    ));
    expect![[r#"
        tools/tool.ts:1:1 Warning lint.documented: no comment says what the tool is for
        tools/tool.ts:2:1 Error compile.no_export: the default export is not a function
    "#]]
    .assert_eq(&findings("export const helper = (a: number) => a;\nexport default class {}"));
    expect![[r#"
        tools/tool.ts:1:1 Error compile.no_export: the tool exports no default function and returns nothing
        tools/tool.ts:1:1 Warning lint.documented: no comment says what the tool is for
    "#]]
    .assert_eq(&findings("export function helper(a: number) { return a; }\n"));
    expect![[r#"
        tools/tool.ts:1:1 Error compile.no_export: the tool exports no default function and returns nothing
        tools/tool.ts:1:1 Warning lint.documented: no comment says what the tool is for
    "#]]
    .assert_eq(&findings(""));
}

#[test]
fn require_becomes_an_import() {
    compiles_to(
        "//- tools/calculator.ts\nconst multiply = require('./multiplier');\nexport default async (args: {a: number, b: number}) => multiply({ a: args.a, b: args.b }) + (await import('./multiplier.ts')).default(args);\n//- tools/multiplier.ts\nexport default (args: {a: number, b: number}) => args.a * args.b;\n",
        expect![[r#"
        entry tools/calculator.ts
        --- tools/multiplier.ts
        export default (args) => args.a * args.b;
        --- tools/calculator.ts
        const multiply = __tgp_import_0;
        export default async (args) => multiply({
        a: args.a,
        b: args.b
        }) + (await Promise.resolve(__tgp_import_1)).default(args);
        import __tgp_import_0 from "tools/multiplier.ts";
        import * as __tgp_import_1 from "tools/multiplier.ts";
    "#]],
    );
}

#[test]
fn a_syntax_error_names_its_line() {
    expect![[r#"
        Error compile.syntax: Unexpected token
         --> tools/tool.ts:2:13
          1 | export default (args) => {
        > 2 |   const x = ;
            |             ^
          3 | };
    "#]]
    .assert_eq(&rendered("export default (args) => {\n  const x = ;\n};"));
}

#[test]
fn forbidden_things_are_named() {
    expect![[r#"
        Error compile.forbidden_import: Import of 'fs' is not allowed; allowed are: @tgp/std, zod, date-fns, pkg
         --> tools/tool.ts:1:16
        > 1 | import fs from 'fs';
            |                ^^^^
          2 | export default (args: { path: string }) => {
          3 |   process.exit();
        hint: Import other tools by relative path, `@tgp/std`, or what `allowedImports` lists.
        edit: Remove the import [Replacement { start: 0, end: 20, text: "" }]
        Warning lint.documented: no comment says what the tool is for
         --> tools/tool.ts:2:16
          1 | import fs from 'fs';
        > 2 | export default (args: { path: string }) => {
            |                ^^^^^^^^^^^^^^^^^^^^^^^^
          3 |   process.exit();
          4 |   return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);
        hint: Write `/** What it does. */` above it.
        Error compile.forbidden_global: Global 'process' is forbidden
         --> tools/tool.ts:3:3
          1 | import fs from 'fs';
          2 | export default (args: { path: string }) => {
        > 3 |   process.exit();
            |   ^^^^^^^
          4 |   return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);
          5 | };
        hint: Use the arguments and the `tgp` functions.
        Error compile.forbidden_global: Global 'process' is forbidden
         --> tools/tool.ts:4:10
          2 | export default (args: { path: string }) => {
          3 |   process.exit();
        > 4 |   return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);
            |          ^^^^^^^^^^^^^^^^^^
          5 | };
        hint: Use the arguments and the `tgp` functions.
        Error compile.dynamic_code: `eval` makes code from text
         --> tools/tool.ts:4:47
          2 | export default (args: { path: string }) => {
          3 |   process.exit();
        > 4 |   return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);
            |                                               ^^^^
          5 | };
        hint: Write the code out; nothing is compiled at run time.
        Error compile.dynamic_code: `Function` makes code from text
         --> tools/tool.ts:4:64
          2 | export default (args: { path: string }) => {
          3 |   process.exit();
        > 4 |   return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);
            |                                                                ^^^^^^^^
          5 | };
        hint: Write the code out; nothing is compiled at run time.
        Error compile.dynamic_code: `import()` of a computed name
         --> tools/tool.ts:4:85
          2 | export default (args: { path: string }) => {
          3 |   process.exit();
        > 4 |   return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);
            |                                                                                     ^^^^^^^^^^^^^^^^^
          5 | };
        hint: Write the code out; nothing is compiled at run time.
    "#]].assert_eq(&rendered("import fs from 'fs';\nexport default (args: { path: string }) => {\n  process.exit();\n  return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);\n};"));
}

#[test]
fn a_schema_comes_from_the_types() {
    expect![[r#"
        {
          "type": "object",
          "properties": {
            "a": {
              "type": "number",
              "description": "the first"
            },
            "b": {
              "type": "number",
              "default": 2
            }
          },
          "required": [
            "a"
          ],
          "additionalProperties": false,
          "description": "Adds."
        }
    "#]]
    .assert_eq(&schema("/** Adds.\n * @param a the first */\nexport default (a: number, b = 2) => a + b;"));
    assert!(bundle_text("export default () => 1;").is_ok());
    expect![[r#"
        tools/tool.ts:2:16 Warning lint.documented: no comment says what the tool is for
    "#]].assert_eq(&findings("const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2);\nexport default (args: { n: number }) => fib(args.n);"));
}
