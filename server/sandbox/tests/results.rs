//! Arguments in, results out: JSON with tags for big integers and bytes.

use serde_json::json;
use tgp_model::Limits;
use tgp_sandbox::RunError;

use crate::harness::{NoHost, build, error, input, module, run, run_with, sandbox, thrown, value, wide};

#[test]
fn fibonacci_of_ten_is_fifty_five() {
    let code = "const fib = (n) => n < 2 ? n : fib(n - 1) + fib(n - 2); export default ({ n }) => fib(n);";
    assert_eq!(value(code, r#"{"n":10}"#), json!(55));
}

#[test]
fn an_async_tool_is_waited_for() {
    assert_eq!(
        value("export default async ({ a }) => (await Promise.all([a, 2])).join();", r#"{"a":1}"#),
        json!("1,2")
    );
}

#[test]
fn a_thenable_is_waited_for() {
    assert_eq!(value("export default () => ({ then(resolve) { resolve(3); } });", "{}"), json!(3));
}

#[test]
fn a_default_export_that_is_no_function_is_the_result() {
    assert_eq!(value("export default { a: [1, true, null] };", "{}"), json!({"a": [1, true, null]}));
}

#[test]
fn undefined_is_null_and_json_leaves_out_what_it_leaves_out() {
    assert_eq!(value("export default () => undefined;", "{}"), json!(null));
    let code = "export default () => ({ a: undefined, b: () => 1, c: [undefined, () => 1], d: NaN, e: new Date(0), \
                f: new Number(5), g: new String('x'), h: new Boolean(false), i: { toJSON: (key) => key } });";
    let expected = json!({"c": [null, null], "d": null, "e": "1970-01-01T00:00:00.000Z", "f": 5, "g": "x", "h": false, "i": "i"});
    assert_eq!(value(code, "{}"), expected);
}

#[test]
fn numbers_and_texts_keep_their_value() {
    let code = "export default (args) => args;";
    let args = r#"{"a":-0.5,"b":1e+300,"c":9007199254740991,"d":"\"\\\n\u0001\u00e9\ud83d\ude00","__proto__":{"x":1}}"#;
    let expected: serde_json::Value = serde_json::from_str(args).unwrap();
    assert_eq!(value(code, args), expected);
}

#[test]
fn half_a_surrogate_pair_becomes_the_replacement_character() {
    assert_eq!(value("export default () => 'a\\ud800b';", "{}"), json!("a\u{fffd}b"));
}

#[test]
fn a_result_that_is_a_big_int_keeps_its_value() {
    let code = "export default ({ a }) => ({ kind: typeof a, next: a + 1n });";
    let expected = json!({"kind": "bigint", "next": {"$bigint": "9007199254740994"}});
    assert_eq!(value(code, r#"{"a":{"$bigint":"9007199254740993"}}"#), expected);
}

#[test]
fn bytes_go_in_and_out() {
    let code = "export default ({ a }) => ({ kind: a.constructor.name, back: a.map((byte) => byte + 1), \
                buffer: new Uint8Array([255]).buffer });";
    let expected = json!({"kind": "Uint8Array", "back": {"$bytes": "AgME"}, "buffer": {"$bytes": "/w=="}});
    assert_eq!(value(code, r#"{"a":{"$bytes":"AQID"}}"#), expected);
}

#[test]
fn a_result_that_is_cyclic_is_named() {
    let found = error("export default () => { const a = {}; a.a = [a]; return a; };");
    assert_eq!(
        found,
        RunError::ResultInvalid { message: "the value contains itself (it is cyclic)".to_owned() }
    );
}

#[test]
fn the_same_object_twice_is_not_cyclic() {
    assert_eq!(
        value("export default () => { const a = { b: 1 }; return [a, a]; };", "{}"),
        json!([{"b": 1}, {"b": 1}])
    );
}

#[test]
fn a_result_that_is_a_function_or_symbol_is_named() {
    assert_eq!(
        error("export default () => () => 1;"),
        RunError::ResultInvalid { message: "it is a function".to_owned() }
    );
    assert_eq!(
        error("export default () => Symbol();"),
        RunError::ResultInvalid { message: "it is a symbol".to_owned() }
    );
}

#[test]
fn a_result_that_is_huge_is_refused_with_its_size() {
    let limits = Limits { result_bytes: 1000, ..wide() };
    let outcome = run_with("export default () => 'x'.repeat(5000);", "{}", &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::ResultTooLarge { size: 5002, limit: 1000 });
    let outcome = run_with("export default () => 'x'.repeat(998);", "{}", &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap().len(), 1000);
}

#[test]
fn a_result_that_is_an_endless_sparse_array_is_refused() {
    let outcome = run("export default () => { const a = []; a.length = 4294967295; return a; };", "{}");
    assert!(matches!(outcome.result, Err(RunError::ResultTooLarge { .. })), "{outcome:?}");
}

#[test]
fn arguments_that_are_too_large_are_refused() {
    let limits = Limits { args_bytes: 10, ..wide() };
    let outcome = run_with("export default () => 1;", r#"{"a":"1234567890"}"#, &limits, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::ArgumentsTooLarge { size: 18, limit: 10 });
}

#[test]
fn a_thrown_error_comes_back_with_its_stack() {
    let helper = module("tools/b.ts", "export const fail = () => {\n  throw new RangeError('no');\n};");
    let entry =
        module("tools/a.ts", "import { fail } from 'tools/b.ts';\nexport default function run() { fail(); }");
    let tool = build(&[helper, entry]);
    let budget = tgp_sandbox::Budget::new(&wide(), tgp_model::CancelToken::new());
    let outcome = sandbox().run(&tool, input("{}"), &budget, &mut NoHost);
    let Err(RunError::Threw { name, message, frames, code }) = outcome.result else { panic!("{outcome:?}") };
    assert_eq!((name.as_str(), message.as_str(), code), ("RangeError", "no", None));
    let places: Vec<_> =
        frames.iter().map(|frame| (frame.function.as_str(), frame.module.as_str(), frame.line)).collect();
    assert_eq!(places, [("fail", "tools/b.ts", 2), ("run", "tools/a.ts", 2)]);
    assert!(frames.iter().all(|frame| frame.column > 0));
}

#[test]
fn a_rejected_promise_is_a_thrown_error() {
    assert_eq!(thrown("export default async () => { throw new Error('late'); };").1, "late");
}

#[test]
fn what_is_thrown_at_the_top_level_of_a_module_is_reported() {
    assert_eq!(
        thrown("throw new TypeError('early'); export default () => 1;"),
        ("TypeError".to_owned(), "early".to_owned())
    );
}

#[test]
fn an_import_that_is_not_exported_is_reported() {
    let tool = build(&[
        module("tools/b.ts", "export const a = 1;"),
        module("tools/a.ts", "import { b } from 'tools/b.ts'; export default () => b;"),
    ]);
    let budget = tgp_sandbox::Budget::new(&wide(), tgp_model::CancelToken::new());
    let outcome = sandbox().run(&tool, input("{}"), &budget, &mut NoHost);
    let Err(RunError::Threw { name, message, .. }) = outcome.result else { panic!("{outcome:?}") };
    assert_eq!(name, "SyntaxError");
    assert!(message.contains('b'), "{message}");
}

#[test]
fn modules_in_a_circle_work_as_in_any_engine() {
    let even = module(
        "npm:even",
        "import { odd } from 'npm:odd'; export const even = (n) => n === 0 || odd(n - 1);",
    );
    let odd = module(
        "npm:odd",
        "import { even } from 'npm:even'; export const odd = (n) => n !== 0 && even(n - 1);",
    );
    let entry = module("tools/a.ts", "import { even } from 'npm:even'; export default ({ n }) => even(n);");
    let tool = build(&[even, odd, entry]);
    let budget = tgp_sandbox::Budget::new(&wide(), tgp_model::CancelToken::new());
    assert_eq!(sandbox().run(&tool, input(r#"{"n":10}"#), &budget, &mut NoHost).result.unwrap(), "true");
}
