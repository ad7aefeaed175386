//! The forms a tool may have, and what is made of each.

use expect_test::{Expect, expect};

use crate::fixture::{bundle_text, findings, modules, rendered, schema};

fn compiles_to(text: &str, expected: Expect) {
    expected.assert_eq(&modules(text));
}

#[test]
fn a_typed_arrow_is_callable_by_the_name_of_its_parameter() {
    compiles_to("export default (a: number) => a * 2;", expect![[]]);
}

#[test]
fn an_argument_object_is_passed_as_it_is() {
    compiles_to("interface Args { a: number; b: number }\nexport default function multiply(args: Args): number { return args.a * args.b; }", expect![[]]);
}

#[test]
fn a_bare_script_that_returns_becomes_the_default_function() {
    compiles_to("import { sum } from './sum';\nconst total: number = sum(args.rows);\nreturn(total);\n", expect![[]]);
    compiles_to("//- tools/legacy.ts\nimport { sum } from './sum';\nconst total: number = await sum(args.rows);\nreturn(total);\n//- tools/sum.ts\nexport const sum = (x: number[]) => x.length;\n", expect![[]]);
}

#[test]
fn require_becomes_an_import() {
    compiles_to("//- tools/calculator.ts\nconst multiply = require('./multiplier');\nexport default async (args: {a: number, b: number}) => multiply({ a: args.a, b: args.b }) + (await import('./multiplier.ts')).default(args);\n//- tools/multiplier.ts\nexport default (args: {a: number, b: number}) => args.a * args.b;\n", expect![[]]);
}

#[test]
fn a_syntax_error_names_its_line() {
    expect![[]].assert_eq(&rendered("export default (args) => {\n  const x = ;\n};"));
}

#[test]
fn forbidden_things_are_named() {
    expect![[]].assert_eq(&rendered("import fs from 'fs';\nexport default (args: { path: string }) => {\n  process.exit();\n  return globalThis.process.env[args.path] ?? eval('1') ?? new Function('x')(fs) ?? import(args.path);\n};"));
}

#[test]
fn a_schema_comes_from_the_types() {
    expect![[]].assert_eq(&schema("/** Adds.\n * @param a the first */\nexport default (a: number, b = 2) => a + b;"));
    assert!(bundle_text("export default () => 1;").is_ok());
    expect![[]].assert_eq(&findings("const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2);\nexport default (args: { n: number }) => fib(args.n);"));
}
