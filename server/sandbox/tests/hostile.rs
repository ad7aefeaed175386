//! "Tool code in the sandbox": what hostile tools have tried elsewhere, line by line.

use serde_json::json;
use tgp_model::Limits;
use tgp_sandbox::{BuildToolError, RunError};

use crate::harness::{
    Answering, NoHost, done, error, module, refuse, run, run_with, sandbox, thrown, value, wide,
};

/// Enough for an honest run, soon over for an endless one.
fn short() -> Limits {
    Limits { fuel: 200_000_000, ..wide() }
}

fn ends_by_fuel(code: &str) {
    let outcome = run_with(code, "{}", &short(), &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::Fuel { limit: 200_000_000 }, "{code}");
}

#[test]
fn an_endless_loop_ends() {
    ends_by_fuel("export default () => { while (true); };");
    ends_by_fuel("while (true); export default () => 1;");
}

#[test]
fn endless_recursion_is_a_range_error_inside_the_tool() {
    let code = "const down = (n) => down(n + 1) + 1; export default () => { try { down(0); } catch (error) { return error.name; } };";
    assert_eq!(value(code, "{}"), json!("RangeError"));
    assert_eq!(thrown("const down = () => down() + 1; export default () => down();").0, "RangeError");
}

#[test]
fn endless_recursion_by_other_roads_is_caught_too() {
    let roads = [
        "const a = { get b() { return this.b; } }; a.b;",
        "const a = { toString() { return `${this}`; } }; `${a}`;",
        "const a = { valueOf() { return +this; } }; +a;",
        "const a = new Proxy({}, { get: (t, k, r) => r[k] }); a.b;",
        "const a = () => [1].map(a); a();",
        "const a = () => [2, 1].sort(a); a();",
        "const a = () => 'x'.replace(/x/, a); a();",
        "const a = () => JSON.stringify({ toJSON: a }); a();",
        "const a = () => JSON.parse('[1]', a); a();",
        "const a = () => Reflect.apply(a, null, []); a();",
        "const a = () => a.call(); a();",
        "const a = a => a(...[a]); a(a);",
        "class A { constructor() { new A(); } } new A();",
        "function* a() { yield* a(); } [...a()];",
        "const a = async () => { await a(); }; await a();",
        "const a = { [Symbol.toPrimitive]: () => a + 1 }; a + 1;",
        "let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a);",
        "let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(Infinity);",
        "let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a);",
        "let a = {}; for (let i = 0; i < 100000; i++) a = { a }; structuredClone(a);",
        "let a = {}; for (let i = 0; i < 100000; i++) a = new Proxy(a, {}); a.b;",
        "let a = () => 1; for (let i = 0; i < 100000; i++) a = a.bind(null); a();",
        "let a = {}; for (let i = 0; i < 100000; i++) a = Object.create(a); a.b;",
    ];
    for road in roads {
        let outcome = run(&format!("export default async () => {{ {road} return 'through'; }};"), "{}");
        match &outcome.result {
            Ok(_)
            | Err(
                RunError::Threw { .. }
                | RunError::Memory { .. }
                | RunError::Depth { limit: None }
                | RunError::Fuel { .. },
            ) => (),
            other => panic!("{road}: {other:?}"),
        }
    }
}

#[test]
fn a_catastrophic_regular_expression_ends() {
    ends_by_fuel("export default () => /^(a+)+$/.test('a'.repeat(40) + 'b');");
}

#[test]
fn a_regular_expression_nested_too_deeply_is_an_error() {
    let code = "export default () => new RegExp('('.repeat(100000) + ')'.repeat(100000)).test('');";
    assert!(matches!(error(code), RunError::Threw { .. }), "{:?}", error(code));
}

#[test]
fn allocation_to_the_limit_is_a_memory_error() {
    let code =
        "export default () => { const all = []; while (true) all.push(new Array(1000).fill(all.length)); };";
    let outcome = run_with(code, "{}", &Limits { fuel: u64::MAX / 2, ..wide() }, &mut NoHost);
    assert_eq!(outcome.result.unwrap_err(), RunError::Memory { limit: 64 << 20 });
}

#[test]
fn a_tool_that_survives_the_refusal_of_memory_goes_on() {
    let code = "export default () => { try { new ArrayBuffer(100 * 1024 * 1024); } catch (error) { return error.message; } };";
    assert_eq!(value(code, "{}"), json!("out of memory"));
}

#[test]
fn a_string_of_100_mb_is_a_memory_error() {
    assert_eq!(
        error("export default () => { let a = 'x'.repeat(100e6); return a.length; };"),
        RunError::Memory { limit: 64 << 20 }
    );
    let code = "export default () => { let a = 'xy'; while (true) { a = a + a; a.charCodeAt(1); } };";
    assert_eq!(error(code), RunError::Memory { limit: 64 << 20 });
}

#[test]
fn deep_json_is_an_error_in_the_tool_and_in_the_result() {
    let code = "export default () => JSON.parse('['.repeat(1000000));";
    assert!(
        matches!(error(code), RunError::Threw { .. } | RunError::Depth { limit: None }),
        "{:?}",
        error(code)
    );
    let found =
        error("export default () => { let a = 1; for (let i = 0; i < 1000; i++) a = [a]; return a; };");
    assert_eq!(
        found,
        RunError::ResultInvalid { message: "the value is nested deeper than 120 levels".to_owned() }
    );
}

#[test]
fn an_endless_promise_chain_ends() {
    ends_by_fuel(
        "export default () => { const again = () => Promise.resolve().then(again); return again(); };",
    );
    ends_by_fuel(
        "export default () => { const again = () => { queueMicrotask(again); }; again(); return 1; };",
    );
    ends_by_fuel("export default async () => { for (;;) await null; };");
}

#[test]
fn a_promise_that_never_settles_is_stalled() {
    assert_eq!(error("export default () => new Promise(() => {});"), RunError::Stalled);
    assert_eq!(error("await new Promise(() => {}); export default () => 1;"), RunError::Stalled);
}

#[test]
fn eval_and_function_compile_nothing() {
    assert_eq!(value("export default () => typeof eval;", "{}"), json!("undefined"));
    for code in [
        "new Function('return 1')()",
        "(() => {}).constructor('return 1')()",
        "(async () => {}).constructor('return 1')()",
        "(function* () {}).constructor('return 1')()",
        "Reflect.construct(Function, ['return 1'])()",
        "globalThis['ev' + 'al']('1')",
    ] {
        let (name, _) = thrown(&format!("export default () => {code};"));
        assert_eq!(name, "TypeError", "{code}");
    }
}

#[test]
fn import_of_a_forbidden_tool_or_package_fails() {
    for name in ["tools/other.ts", "fs", "node:fs", "https://example.com/a.js", "/etc/passwd"] {
        let code = format!("import x from '{name}'; export default () => x;");
        let built = sandbox().build("tools/a.ts", &[module("tools/a.ts", &code)], &code);
        assert!(
            matches!(&built, Err(BuildToolError::Rejected { message, .. }) if message.contains(name)),
            "{built:?}"
        );
        let (kind, message) = thrown(&format!("export default async () => import('{name}');"));
        assert_eq!(kind, "ReferenceError");
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn prototype_pollution_does_not_reach_the_host_bridge() {
    let pollution = "
        for (const name of ['error', 'value', 'toJSON', 'path', 'call', 'code', '$bigint', '$bytes'])
            Object.defineProperty(Object.prototype, name, { __proto__: null, get() { return { message: 'polluted', code: 'polluted', name: 'polluted' }; }, set() {}, configurable: true });
        Object.defineProperty(Array.prototype, '0', { __proto__: null, set() { throw new Error('polluted'); }, configurable: true });
        Array.prototype.push = Array.prototype.map = String.prototype.toString = () => { throw new Error('polluted'); };
        JSON.parse = JSON.stringify = () => { throw new Error('polluted'); };
        globalThis.BigInt = globalThis.Uint8Array = globalThis.Error = () => { throw new Error('polluted'); };";
    let mut host =
        Answering::with(|_| done(json!({"rows": [[1, {"$bigint": "9007199254740993"}]], "error": null})));
    let code = format!(
        "{pollution} export default () => {{
        const answer = tgp.exec_sql('select 1', [1, 2]);
        return [typeof answer.rows[0][1], answer.rows[0][0], Object.keys(answer).length];
    }};"
    );
    let outcome = run_with(&code, "{}", &wide(), &mut host);
    assert_eq!(outcome.result.unwrap(), r#"["bigint",1,2]"#);
    let asked = serde_json::to_value(&host.asked[0]).unwrap();
    assert_eq!(asked, json!({"call": "exec_sql", "sql": "select 1", "params": [1, 2]}));
}

#[test]
fn a_refusal_of_the_host_is_an_error_with_its_code() {
    let mut host = Answering::with(|_| refuse("path.escape", "it leads out"));
    let code = "export default () => tgp.read_file('../x');";
    let outcome = run_with(code, "{}", &wide(), &mut host);
    let Err(RunError::Threw { name, message, frames, code }) = outcome.result else { panic!("{outcome:?}") };
    assert_eq!(
        (name.as_str(), message.as_str(), code.as_deref()),
        ("Refused", "it leads out", Some("path.escape"))
    );
    assert_eq!(frames[0].module, "tools/a.ts");
}

#[test]
fn a_getter_that_runs_during_serialisation_cannot_confuse_it() {
    let code = "export default () => { const a = { get b() { delete a.c; a.d = 1; return [a.d]; }, c: 2, e: 3 }; return a; };";
    assert_eq!(value(code, "{}"), json!({"b": [1], "e": 3}));
    let code = "export default () => { const a = [1, 2, 3]; Object.defineProperty(a, 0, { get() { a.length = 1; return 'x'; } }); return a; };";
    assert_eq!(value(code, "{}"), json!(["x", null, null]));
    assert_eq!(
        error("export default () => ({ get a() { throw new Error('no'); } });"),
        RunError::ResultInvalid { message: "a getter threw: no".to_owned() }
    );
    ends_by_fuel("export default () => ({ get a() { for (;;); } });");
    ends_by_fuel("export default () => ({ toJSON() { for (;;); } });");
}

#[test]
fn an_exception_with_a_hostile_message_is_reported() {
    let code = "export default () => { throw { name: 'X', get message() { throw new Error('again'); } }; };";
    assert_eq!(thrown(code), ("X".to_owned(), "the message cannot be read".to_owned()));
    let code = "export default () => { const e = new Error(); Object.defineProperty(e, 'message', { get() { throw e; } }); throw e; };";
    assert_eq!(thrown(code).1, "the message cannot be read");
    let (_, message) = thrown("export default () => { throw new Error('é'.repeat(1e6)); };");
    assert!(message.len() <= 8192, "{}", message.len());
    ends_by_fuel("export default () => { throw { name: 'X', get message() { for (;;); } }; };");
    let (name, message) =
        thrown("export default () => { throw new Error('\\n    at fake (tools/x.ts:1:1)\\u0000\\ud800'); };");
    assert_eq!(name, "Error");
    assert!(message.starts_with("\n    at fake"), "{message:?}");
}

#[test]
fn what_is_thrown_and_is_no_error_is_described() {
    for (thing, message) in
        [("'text'", "text"), ("42", "42"), ("undefined", "null"), ("[1]", "[1]"), ("null", "null")]
    {
        assert_eq!(
            thrown(&format!("export default () => {{ throw {thing}; }};")),
            ("Thrown".to_owned(), message.to_owned())
        );
    }
    assert_eq!(thrown("export default () => { throw () => 1; };").1, "a value that is no error was thrown");
}

#[test]
fn an_exception_whose_stack_is_hostile_is_reported() {
    let code =
        "export default () => { Error.prepareStackTrace = () => { throw 1; }; throw new Error('a'); };";
    assert_eq!(thrown(code).1, "a");
    let code = "export default () => { const e = new Error('a'); e.stack = '    at x (y:99999999999999999999:1)\\n'.repeat(1e5); throw e; };";
    assert_eq!(thrown(code).1, "a");
}

#[test]
fn thousands_of_host_calls_end_at_the_limit() {
    let limits = Limits { host_calls: 100, ..wide() };
    let mut host = Answering::with(|_| done(json!("x")));
    let code = "export default () => { for (;;) { try { tgp.read_file('a'); } catch {} } };";
    let outcome = run_with(code, "{}", &limits, &mut host);
    assert_eq!(outcome.result.unwrap_err(), RunError::HostCalls { limit: 100 });
    assert_eq!(host.asked.len(), 100);
}

#[test]
fn a_host_call_too_large_is_refused_without_being_parsed() {
    let code = "export default () => tgp.write_file('a', 'x'.repeat(20 << 20));";
    let outcome =
        run_with(code, "{}", &Limits { fuel: u64::MAX / 2, memory_bytes: 256 << 20, ..wide() }, &mut NoHost);
    assert!(
        matches!(&outcome.result, Err(RunError::Threw { message, .. }) if message.contains("bytes, more than")),
        "{outcome:?}"
    );
}

#[test]
fn what_a_host_call_cannot_carry_is_an_error_in_the_tool() {
    assert_eq!(
        thrown("export default () => tgp.exec_tool('a', () => 1);").1,
        "args cannot be passed: it is a function"
    );
    assert_eq!(
        thrown("export default () => { const a = []; a.push(a); tgp.exec_sql('x', a); };").0,
        "TypeError"
    );
    assert_eq!(thrown("export default () => tgp.read_file(5);").1, "path must be a string");
    assert_eq!(thrown("export default () => tgp.write_file('a');").1, "content must be a string");
}

#[test]
fn code_nested_too_deeply_is_refused_and_harms_nothing() {
    for code in [
        format!("export default () => {}1{};", "(".repeat(50_000), ")".repeat(50_000)),
        format!("export default () => {}1{};", "[".repeat(100_000), "]".repeat(100_000)),
        format!("export default () => {}{};", "{".repeat(100_000), "}".repeat(100_000)),
        format!("export default () => {}1;", "-(+".repeat(100_000)),
        format!("export default () => {}1;", "!".repeat(200_000)),
        format!("export default () => {}1;", "a=>".repeat(50_000)),
        format!("export default () => `{}`;", "${`".repeat(50_000)),
    ] {
        let built = sandbox().build("tools/a.ts", &[module("tools/a.ts", &code)], &code);
        assert!(
            matches!(
                built,
                Err(BuildToolError::TooDeep
                    | BuildToolError::Rejected { .. }
                    | BuildToolError::TooLarge { .. })
            ),
            "{}: {built:?}",
            &code[..40]
        );
    }
}

#[test]
fn a_syntax_error_is_refused_with_its_place() {
    let code = "export default () => {\n  const a = ;\n};";
    let built = sandbox().build("tools/a.ts", &[module("tools/a.ts", code)], code);
    let Err(BuildToolError::Rejected { name, place: Some(place), .. }) = built else { panic!("{built:?}") };
    assert_eq!((name.as_str(), place.module.as_str(), place.line), ("SyntaxError", "tools/a.ts", 2));
}
