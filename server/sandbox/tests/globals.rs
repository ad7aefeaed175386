//! What tools find in their global scope, and what they do not.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tgp_model::CancelToken;
use tgp_protocol::guest::HostCall;
use tgp_sandbox::{Budget, RunInput};

use crate::harness::{Answering, NoHost, build, done, module, run_with, sandbox, thrown, tool, value, wide};

#[test]
fn host_globals_are_absent() {
    let names = [
        "process",
        "require",
        "module",
        "exports",
        "global",
        "Buffer",
        "__dirname",
        "Deno",
        "Bun",
        "window",
        "self",
        "WebAssembly",
        "SharedArrayBuffer",
        "Atomics",
        "Worker",
        "XMLHttpRequest",
        "setTimeout",
        "setInterval",
        "setImmediate",
        "eval",
        "std",
        "os",
    ];
    let code = format!("export default () => {}.filter((name) => name in globalThis);", json!(names));
    assert_eq!(value(&code, "{}"), json!([]));
}

#[test]
fn only_configuration_files_see_an_environment() {
    let env = BTreeMap::from([("A".to_owned(), "1 \"x\"".to_owned())]);
    let tool = tool("export default { a: process.env.A, b: process.env.B ?? 'none' };");
    let input = RunInput { args: "null", seed: 0, now_ms: 0, env: Some(&env) };
    let outcome = sandbox().run(&tool, input, &Budget::new(&wide(), CancelToken::new()), &mut NoHost);
    assert_eq!(
        serde_json::from_str::<Value>(&outcome.result.unwrap()).unwrap(),
        json!({"a": "1 \"x\"", "b": "none"})
    );
}

#[test]
fn the_standard_library_can_be_imported() {
    assert_eq!(
        value("import { twice } from '@tgp/std'; export default ({ n }) => twice(n);", r#"{"n":4}"#),
        json!(8)
    );
    assert_eq!(
        value("import * as all from '@tgp/std/twice'; export default () => Object.keys(all);", "{}"),
        json!(["state", "twice"])
    );
    assert_eq!(value("export default async () => (await import('@tgp/std')).twice(2);", "{}"), json!(4));
}

#[test]
fn no_run_sees_what_another_left() {
    let code = "import { state } from '@tgp/std'; export default () => { globalThis.seen = (globalThis.seen ?? 0) + 1; return [++state.count, globalThis.seen]; };";
    assert_eq!(value(code, "{}"), json!([1, 1]));
    assert_eq!(value(code, "{}"), json!([1, 1]));
}

#[test]
fn scratch_files_live_in_memory_and_die_with_the_run() {
    let code = "export default () => {
        tgp.write_file('/tmp/b/c.txt', 'c'); tgp.write_file('/tmp/a.txt', 'a'); tgp.write_file('/tmp/a.txt', 'again');
        return [tgp.read_file('/tmp/a.txt'), tgp.list_files('/tmp'), tgp.list_files('/tmp/b/'), tgp.list_files('/tmp/none')];
    };";
    let expected = json!(["again", ["/tmp/a.txt", "/tmp/b/c.txt"], ["/tmp/b/c.txt"], []]);
    assert_eq!(value(code, "{}"), expected);
    assert_eq!(thrown("export default () => tgp.read_file('/tmp/a.txt');").1, "no such file: /tmp/a.txt");
    for path in ["/tmp/../etc/passwd", "/tmp/./a", "/tmp//a", "/tmp/", "/tmp"] {
        assert_eq!(
            thrown(&format!("export default () => tgp.write_file('{path}', 'x');")).0,
            "SecurityViolation",
            "{path}"
        );
    }
}

#[test]
fn other_paths_go_to_the_host_as_they_are() {
    let mut host = Answering::with(|call| match call {
        HostCall::ListFiles { .. } => done(json!(["lib/a.ts"])),
        _ => done(json!("text")),
    });
    let code = "export default () => [tgp.read_file('/lib/a.ts'), tgp.list_files('/lib'), tgp.write_file('out/x', 'é'), tgp.read_file('/tmpx')];";
    let outcome = run_with(code, "{}", &wide(), &mut host);
    assert_eq!(outcome.result.unwrap(), r#"["text",["lib/a.ts"],"text","text"]"#);
    let expected = [
        HostCall::ReadFile { path: "/lib/a.ts".to_owned() },
        HostCall::ListFiles { dir: "/lib".to_owned() },
        HostCall::WriteFile { path: "out/x".to_owned(), content: "é".to_owned() },
        HostCall::ReadFile { path: "/tmpx".to_owned() },
    ];
    assert_eq!(host.asked, expected);
}

#[test]
fn fetch_gives_a_response() {
    let mut host = Answering::with(|_| {
        done(
            json!({"status": 201, "status_text": "Created", "url": "https://a.example/", "headers": [["Content-Type", "application/json"], ["x", "1"], ["X", "2"]],
            "body": {"$bytes": "eyJhIjoiw6kifQ=="}}),
        )
    });
    let code = "export default async () => {
        const init = { method: 'post', headers: { Accept: 'x' }, body: 'é' };
        const answer = await fetch('https://a.example', init);
        const again = await tgp.fetch(new String('https://b.example'), { headers: [['A', 'b']], body: new Uint8Array([1, 2]) });
        return [answer.ok, answer.status, answer.statusText, answer.headers.get('content-type'), answer.headers.get('X'), await answer.json(),
            (await again.arrayBuffer()).byteLength, answer.bodyUsed];
    };";
    let outcome = run_with(code, "{}", &wide(), &mut host);
    assert_eq!(
        outcome.result.unwrap(),
        r#"[true,201,"Created","application/json","1, 2",{"a":"é"},10,true]"#
    );
    let fetched = |url: &str, method: &str, header: (&str, &str), body: &str| HostCall::Fetch {
        url: url.to_owned(),
        method: method.to_owned(),
        headers: vec![(header.0.to_owned(), header.1.to_owned())],
        body: Some(body.to_owned()),
    };
    let expected = [
        fetched("https://a.example", "POST", ("accept", "x"), "w6k="),
        fetched("https://b.example", "GET", ("a", "b"), "AQI="),
    ];
    assert_eq!(host.asked, expected);
}

#[test]
fn a_refused_fetch_rejects() {
    let code = "export default () => fetch('https://a.example').catch((error) => [error.name, error.code]);";
    assert_eq!(value(code, "{}"), json!(["Refused", "test.no_host"]));
}

#[test]
fn text_and_clones_work() {
    let code = "export default () => {
        const bytes = new TextEncoder().encode('é€😀');
        const map = structuredClone({ a: [new Date(5), 1n, undefined], b: new Uint8Array([1]) });
        return [bytes.length, new TextDecoder().decode(bytes), new TextDecoder('utf8').decode(new Uint8Array([0xff, 0x41])),
            map.a[0].getTime(), typeof map.a[1], map.a.length, map.b[0], atob('YQ=='), btoa('a')];
    };";
    assert_eq!(value(code, "{}"), json!([9, "é€😀", "\u{fffd}A", 5, "bigint", 3, 1, "a", "YQ=="]));
}

#[test]
fn regular_expressions_dates_and_unicode_work() {
    let code = r"export default () => [
        'Ohiio, Ohio'.replace(/ii+/gu, 'i'), 'ÉA'.toLowerCase(), 'a-b_c'.split(/[-_]/), /(?<y>\d{4})/.exec('in 2025').groups.y,
        new Date(Date.UTC(2025, 5, 1)).toISOString(), new Date(2025, 5, 1).getTimezoneOffset(), [3, 1, 2].toSorted(), Object.groupBy([1, 2, 3], (n) => n % 2 ? 'odd' : 'even')];";
    let expected = json!(["Ohio, Ohio", "éa", ["a", "b", "c"], "2025", "2025-06-01T00:00:00.000Z", 0, [1, 2, 3], {"odd": [1, 3], "even": [2]}]);
    assert_eq!(value(code, "{}"), expected);
}

#[test]
fn tools_import_tools() {
    let multiplier = module("tools/multiplier.ts", "export default ({ a, b }) => a * b;");
    let calculator = module(
        "tools/calculator.ts",
        "import times from 'tools/multiplier.ts'; export default ({ a, b }) => times({ a, b }) + 1;",
    );
    let tool = build(&[multiplier, calculator]);
    let input = RunInput { args: r#"{"a":6,"b":7}"#, seed: 0, now_ms: 0, env: None };
    let outcome = sandbox().run(&tool, input, &Budget::new(&wide(), CancelToken::new()), &mut NoHost);
    assert_eq!(outcome.result.unwrap(), "43");
}
