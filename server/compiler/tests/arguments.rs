//! Arguments are checked against the schema; the wrong field is named.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::fixture::bundle_text;

fn problems(tool: &str, args: &Value) -> String {
    let schema = bundle_text(tool).unwrap_or_else(|e| panic!("{e:#?}")).schema;
    schema.validate(args).iter().map(|problem| format!("{problem}\n")).collect()
}

fn checks(type_: &str, args: &Value, expected: Expect) {
    expected.assert_eq(&problems(&format!("export default (args: {type_}) => args;"), args));
}

#[test]
fn the_wrong_field_is_named_with_its_path() {
    let user = "{ user: { name: string; age: number; tags?: string[] }; mode: 'asc' | 'desc' }";
    checks(
        user,
        &json!({ "user": { "name": "Ann", "age": 3, "tags": ["a"] }, "mode": "asc" }),
        expect![[""]],
    );
    checks(
        user,
        &json!({ "user": { "name": 1, "age": "3", "tags": ["a", 2] }, "mode": "up", "more": true }),
        expect![[r#"
        `user.name`: expected a string, found 1
        `user.age`: expected a number, found "3"
        `user.tags[1]`: expected a string, found 2
        `mode`: expected one of "asc", "desc", found "up"
        `more`: is not a field; known are: user, mode
    "#]],
    );
    checks(
        user,
        &json!({ "user": "Ann" }),
        expect![[r#"
        `mode`: is missing; expected one of "asc", "desc"
        `user`: expected an object, found "Ann"
    "#]],
    );
    checks(
        user,
        &json!([]),
        expect![[r#"
        expected an object, found an array
    "#]],
    );
    checks(
        user,
        &Value::Null,
        expect![[r#"
        `user`: is missing; expected an object
        `mode`: is missing; expected one of "asc", "desc"
    "#]],
    );
}

#[test]
fn unions_name_what_was_meant() {
    checks(
        "{ to: string | { id: number; name: string } }",
        &json!({ "to": { "id": "1", "name": "a" } }),
        expect![[r#"
        `to.id`: expected a number, found "1"
    "#]],
    );
    checks(
        "{ to: string | { id: number } }",
        &json!({ "to": 5 }),
        expect![[r#"
        `to`: expected a string or an object, found 5
    "#]],
    );
    checks(
        "{ to: number | null }",
        &json!({ "to": "a" }),
        expect![[r#"
        `to`: expected a number or null, found "a"
    "#]],
    );
    checks(
        "{ to: 'a' | null }",
        &json!({ "to": "b" }),
        expect![[r#"
        `to`: expected one of "a", null, found "b"
    "#]],
    );
    checks("{ to: 'a' | null }", &json!({ "to": null }), expect![[""]]);
}

#[test]
fn lists_tuples_records_and_dates_are_checked() {
    checks(
        "{ pair: [number, string]; map: Record<string, number>; at: Date }",
        &json!({ "pair": [1, "a"], "map": { "x": 1 }, "at": "2026-01-31T12:00:00Z" }),
        expect![[""]],
    );
    checks(
        "{ pair: [number, string]; map: Record<string, number>; at: Date }",
        &json!({ "pair": ["a"], "map": { "x": "1" }, "at": "soon" }),
        expect![[r#"
        `pair[0]`: expected a number, found "a"
        `pair`: expected at least 2 items, found 1
        `map.x`: expected a number, found "1"
        `at`: expected a date and time such as 2026-01-31T12:00:00Z, found "soon"
    "#]],
    );
    checks(
        "{ rows: { id: number }[] }",
        &json!({ "rows": [{ "id": 1 }, { "id": null }, {}] }),
        expect![[r#"
        `rows[1].id`: expected a number, found null
        `rows[2].id`: is missing; expected a number
    "#]],
    );
}

#[test]
fn missing_arguments_are_fine_where_all_are_optional() {
    checks("{ a?: number }", &Value::Null, expect![[""]]);
    checks("{ a?: number }", &json!({}), expect![[""]]);
    assert_eq!(problems("export default () => 1;", &json!({ "anything": 1 })), "");
    assert_eq!(problems("export default (args) => args.a;", &json!({ "a": 1 })), "");
    assert_eq!(problems("return args.a;", &json!({ "a": 1 })), "");
}

#[test]
fn spread_parameters_are_checked_by_name() {
    expect![[r#"
        `a`: expected a number, found "1"
        `c`: is not a field; known are: a, b
    "#]]
    .assert_eq(&problems("export default (a: number, b = 2) => a * b;", &json!({ "a": "1", "c": 1 })));
    expect![[r#"
        `a`: is missing; expected a number
    "#]]
    .assert_eq(&problems("export default (a: number, b = 2) => a * b;", &Value::Null));
}

#[test]
fn bounds_of_an_exported_schema_are_checked() {
    let tool = "export const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1, exclusiveMaximum: 5, multipleOf: 2 }, s: { type: 'string', minLength: 2, maxLength: 3 }, l: { type: 'array', minItems: 1, maxItems: 2, uniqueItems: true }, one: { oneOf: [{ type: 'number' }, { const: 3 }] }, both: { allOf: [{ type: 'object', required: ['a'] }, { type: 'object', required: ['b'] }] } } };\nexport default (args: any) => args;";
    expect![[r#"
        `n`: expected an integer, found 0.5
        `s`: expected at least 2 characters, found 1
        `l`: expected at least 1 items, found 0
        `one`: fits more than one of the choices
        `both.a`: is missing
        `both.b`: is missing
    "#]]
    .assert_eq(&problems(tool, &json!({ "n": 0.5, "s": "a", "l": [], "one": 3, "both": {} })));
    expect![[r#"
        `n`: expected less than 5, found 5
        `n`: expected a multiple of 2, found 5
        `s`: expected at most 3 characters, found 4
        `l`: expected at most 2 items, found 3
        `l`: expected items that differ
        `one`: expected a number or 3, found "x"
    "#]]
    .assert_eq(&problems(
        tool,
        &json!({ "n": 5, "s": "abcd", "l": [1, 1, 2], "one": "x", "both": { "a": 1, "b": 1 } }),
    ));
    assert_eq!(
        problems(tool, &json!({ "n": 4, "s": "ab", "l": [1, 2], "one": 2, "both": { "a": 1, "b": 1 } })),
        ""
    );
}

#[test]
fn deep_arguments_end() {
    let mut args = json!(1);
    for _ in 0..500 {
        args = json!({ "next": args });
    }
    let tool = "export const schema = { type: 'object', additionalProperties: { type: 'object' } };\nexport default (args: any) => args;";
    assert_eq!(problems(tool, &args), "");
}
