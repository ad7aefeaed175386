//! Argument schemas: from types, comments and exported constants.

use expect_test::{Expect, expect};
use tgp_compiler::BundleError;

use crate::fixture::{bundle_text, check_text, findings, schema};

fn of(text: &str, expected: Expect) {
    let schema = check_text(text).schema.unwrap();
    expected.assert_eq(&serde_json::to_string(&schema).unwrap());
}

fn of_type(declarations: &str, type_: &str, expected: Expect) {
    let schema = check_text(&format!("{declarations}\nexport default (args: {{ v: {type_} }}) => args.v;"))
        .schema
        .unwrap();
    expected.assert_eq(&serde_json::to_string(&schema["properties"]["v"]).unwrap());
}

#[test]
fn an_interface_with_comments_becomes_a_documented_schema() {
    expect![[r#"
        {
          "type": "object",
          "properties": {
            "limit": {
              "type": "number",
              "description": "How many rows."
            },
            "user": {
              "type": "object",
              "properties": {
                "name": {
                  "type": "string"
                },
                "age": {
                  "type": "number"
                }
              },
              "required": [
                "name"
              ],
              "additionalProperties": false,
              "description": "Who."
            },
            "tags": {
              "type": "array",
              "items": {
                "type": "string"
              },
              "description": "all of them"
            },
            "mode": {
              "type": "string",
              "enum": [
                "asc",
                "desc"
              ]
            },
            "since": {
              "type": "string",
              "format": "date-time"
            },
            "extra": {}
          },
          "required": [
            "user",
            "tags",
            "mode",
            "since",
            "extra"
          ],
          "additionalProperties": false,
          "description": "Finds users. In order."
        }
    "#]].assert_eq(&schema(
        "interface Paged {\n  /** How many rows. */\n  limit?: number;\n}\n/** What to look for. */\ninterface Args extends Paged {\n  /** Who. */\n  user: { name: string; age?: number };\n  tags: string[];\n  mode: 'asc' | 'desc';\n  since: Date;\n  extra: unknown;\n}\n/**\n * Finds users.\n * In order.\n *\n * @param args.tags - all of them\n * @returns the rows\n */\nexport default function find(args: Args) { return args; }",
    ));
}

#[test]
#[allow(clippy::too_many_lines, reason = "it is a table")]
fn types_become_schemas() {
    of_type("", "string", expect![[r#"{"type":"string"}"#]]);
    of_type("", "number | null", expect![[r#"{"type":["number","null"]}"#]]);
    of_type("", "string | undefined", expect![[r#"{"type":"string"}"#]]);
    of_type("", "'a' | 'b' | null", expect![[r#"{"enum":["a","b",null]}"#]]);
    of_type("", "1 | 2 | -3", expect![[r#"{"type":"number","enum":[1,2,-3]}"#]]);
    of_type("", "true | 'auto'", expect![[r#"{"enum":[true,"auto"]}"#]]);
    of_type(
        "",
        "string | { id: number }",
        expect![[
            r#"{"anyOf":[{"type":"string"},{"type":"object","properties":{"id":{"type":"number"}},"required":["id"],"additionalProperties":false}]}"#
        ]],
    );
    of_type(
        "",
        "Array<string[]>",
        expect![[r#"{"type":"array","items":{"type":"array","items":{"type":"string"}}}"#]],
    );
    of_type(
        "",
        "readonly [number, string?, ...boolean[]]",
        expect![[
            r#"{"type":"array","prefixItems":[{"type":"number"},{"type":"string"}],"minItems":1,"items":{"type":"boolean"}}"#
        ]],
    );
    of_type(
        "",
        "[x: number, y: number]",
        expect![[
            r#"{"type":"array","prefixItems":[{"type":"number"},{"type":"number"}],"minItems":2,"maxItems":2}"#
        ]],
    );
    of_type(
        "",
        "Record<string, number>",
        expect![[r#"{"type":"object","additionalProperties":{"type":"number"}}"#]],
    );
    of_type(
        "",
        "Record<'a' | 'b', number>",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"],"additionalProperties":false}"#
        ]],
    );
    of_type(
        "",
        "{ [key: string]: boolean }",
        expect![[r#"{"type":"object","properties":{},"additionalProperties":{"type":"boolean"}}"#]],
    );
    of_type("", "bigint", expect![[r#"{"type":"integer"}"#]]);
    of_type("", "any", expect!["{}"]);
    of_type("", "`id-${string}`", expect![[r#"{"type":"string"}"#]]);
    of_type(
        "type T = { a: string; b?: number }",
        "Partial<T>",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}},"additionalProperties":false}"#
        ]],
    );
    of_type(
        "type T = { a: string; b?: number }",
        "Required<T>",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}},"required":["a","b"],"additionalProperties":false}"#
        ]],
    );
    of_type(
        "type T = { a: string; b?: number }",
        "Pick<T, 'a'>",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#
        ]],
    );
    of_type(
        "type T = { a: string; b?: number }",
        "Omit<T, 'a'>",
        expect![[r#"{"type":"object","properties":{"b":{"type":"number"}},"additionalProperties":false}"#]],
    );
    of_type(
        "type T = { a: string; b?: number }",
        "keyof T",
        expect![[r#"{"type":"string","enum":["a","b"]}"#]],
    );
    of_type("type T = { a: string; b?: number }", "T['a']", expect![[r#"{"type":"string"}"#]]);
    of_type(
        "type T = { a: string } & { b: number }",
        "T",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"number"}},"required":["a","b"],"additionalProperties":false}"#
        ]],
    );
    of_type(
        "type Box<T> = { value: T; next?: Box<T> }",
        "Box<number>",
        expect![[
            r#"{"type":"object","properties":{"value":{"type":"number"},"next":{}},"required":["value"],"additionalProperties":false}"#
        ]],
    );
    of_type(
        "type Tree = { children: Tree[] }",
        "Tree",
        expect![[
            r#"{"type":"object","properties":{"children":{"type":"array","items":{}}},"required":["children"],"additionalProperties":false}"#
        ]],
    );
    of_type("enum Level { Low, High = 5, Top }", "Level", expect![[r#"{"type":"number","enum":[0,5,6]}"#]]);
    of_type(
        "enum Mode { A = 'a', B = 'b' }",
        "Mode | Mode.A",
        expect![[r#"{"type":"string","enum":["a","b"]}"#]],
    );
    of_type("", "Exclude<'a' | 'b', 'a'>", expect![[r#"{"type":"string","const":"b"}"#]]);
    of_type("", "Imported", expect!["{}"]);
    of_type("", "(x: number) => string", expect!["{}"]);
}

#[test]
fn parameters_of_every_shape_are_described() {
    of(
        "export default (a: number, b: string = 'x', c?: boolean) => [a, b, c];",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"string","default":"x"},"c":{"type":"boolean"}},"required":["a"],"additionalProperties":false}"#
        ]],
    );
    of(
        "export default ({ price, taxRate = 0.19, tags: { first } }: { price: number; taxRate: number; tags: { first: string } }) => [price, taxRate, first];",
        expect![[
            r#"{"type":"object","properties":{"price":{"type":"number"},"taxRate":{"type":"number","default":0.19},"tags":{"type":"object","properties":{"first":{"type":"string"}},"required":["first"],"additionalProperties":false}},"required":["price","tags"],"additionalProperties":false}"#
        ]],
    );
    of(
        "export default ({ price, rate = 2 }) => price * rate;",
        expect![[
            r#"{"type":"object","properties":{"price":{},"rate":{"type":"number","default":2}},"required":["price"],"additionalProperties":false}"#
        ]],
    );
    of(
        "export default (...names: string[]) => names;",
        expect![[
            r#"{"type":"object","properties":{"names":{"type":"array","items":{"type":"string"}}},"additionalProperties":false}"#
        ]],
    );
    of("export default () => 1;", expect![[r#"{"type":"object"}"#]]);
    of("export default (args) => args.x;", expect![[r#"{"type":"object"}"#]]);
    of("return args.x;", expect![[r#"{"type":"object"}"#]]);
    of(
        "type N = number;\nexport default (n: N) => n;",
        expect![[
            r#"{"type":"object","properties":{"n":{"type":"number"}},"required":["n"],"additionalProperties":false}"#
        ]],
    );
    of("export default (user) => user.name + user.age;", expect![[r#"{"type":"object"}"#]]);
    of(
        "export default (text) => text.trim();",
        expect![[
            r#"{"type":"object","properties":{"text":{}},"required":["text"],"additionalProperties":false}"#
        ]],
    );
    of(
        "import type { More } from './more';\nexport default (args: { a: string } & More) => args.a;",
        expect![[r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#]],
    );
    of(
        "export default (rows: { id: number }[]) => rows;",
        expect![[
            r#"{"type":"object","properties":{"rows":{"type":"array","items":{"type":"object","properties":{"id":{"type":"number"}},"required":["id"],"additionalProperties":false}}},"required":["rows"],"additionalProperties":false}"#
        ]],
    );
    of(
        "const run = async (args: { a: string }) => args.a;\nexport { run as default };",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#
        ]],
    );
    of(
        "export default (args: { a: string }, tgp: unknown) => [args, tgp];",
        expect![[
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#
        ]],
    );
    of(
        "export default (args: { [name: string]: number } = {}) => args;",
        expect![[r#"{"type":"object","properties":{},"additionalProperties":{"type":"number"}}"#]],
    );
}

#[test]
fn an_exported_schema_comes_first() {
    of(
        "const MODES = ['a', 'b'];\nexport const schema = { type: 'object', properties: { n: { type: 'integer', minimum: -1, maximum: 10 }, mode: { enum: MODES } }, required: ['n'], additionalProperties: false } as const;\nexport default (args: any) => args.n;",
        expect![[
            r#"{"type":"object","properties":{"n":{"type":"integer","minimum":-1,"maximum":10},"mode":{"enum":["a","b"]}},"required":["n"],"additionalProperties":false}"#
        ]],
    );
    expect![[r#"
        tools/tool.ts:2:14 Error compile.schema: the exported `schema` uses `pattern`, which is not checked
        tools/tool.ts:2:14 Error compile.schema: the exported `schema` uses `patternProperties`, which is not checked
    "#]].assert_eq(&findings("/** d */\nexport const schema = { type: 'object', properties: { n: { type: 'string', pattern: '^a' } }, patternProperties: {} };\nexport default (args: any) => args.n;"));
}

#[track_caller]
fn is_no_literal(text: &str, place: &str) {
    let Err(BundleError::Refused { diagnostics }) = bundle_text(text) else { panic!("it is taken") };
    let said = &diagnostics[0];
    assert_eq!(
        (said.code.as_str(), format!("{}:{}", said.line, said.column)),
        ("compile.effects", place.to_owned())
    );
}

#[test]
fn effects_are_read_where_they_are_literal() {
    let bundle =
        bundle_text("export const effects = { sql: ['users'], files: [] };\nexport default () => 1;")
            .unwrap();
    assert_eq!(serde_json::to_string(&bundle.effects).unwrap(), r#"{"sql":["users"],"files":[]}"#);
    // What is not literal cannot be read without running the tool: that is said, with its place.
    is_no_literal(
        "const x = () => 1;\nexport const effects = { sql: x() };\nexport default () => 1;",
        "2:14",
    );
}

#[test]
fn types_that_multiply_or_circle_end() {
    let doubling: String =
        (1..40).map(|n| format!("type T{n} = {{ a: T{}; b: T{} }};\n", n - 1, n - 1)).collect();
    let text = format!("type T0 = string;\n{doubling}export default (args: T39) => args;");
    assert!(serde_json::to_string(&check_text(&text).schema).unwrap().len() < 200_000);
    let circle = "type A = B; type B = A; interface C extends D {} interface D extends C {}\nexport default (args: { a: A; c: C }) => args;";
    of(
        circle,
        expect![[
            r#"{"type":"object","properties":{"a":{},"c":{"type":"object","properties":{}}},"required":["a","c"],"additionalProperties":false}"#
        ]],
    );
}

#[test]
fn constants_that_multiply_are_not_followed_for_ever() {
    let doubling: String = (1..60).map(|n| format!("const c{n} = [c{}, c{}];\n", n - 1, n - 1)).collect();
    let text = format!(
        "const c0 = [1];\n{doubling}export const effects = c59;\nexport default (args: {{ n: number }} = c59) => args;"
    );
    is_no_literal(&text, "61:14");
    let circle = "const a = b;\nconst b = a;\nexport const effects = { a };\nexport default () => 1;";
    is_no_literal(circle, "3:14");
}
