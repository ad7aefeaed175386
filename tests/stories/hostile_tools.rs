//! Tool code that means harm or is merely careless: each line of the list must cost its own run and nothing else.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tgp_tests::{Project, Refused, Session};

use crate::sources::HELLO;

/// Runs one source; afterwards the server must still do honest work.
fn refuse(session: &mut Session, name: &str, source: &str, args: Value) -> Refused {
    let path = format!("tools/hostile/{name}.ts");
    let refused = session.run_source(&path, source, args).refused();
    let hello = session.run_source("tools/hello.ts", HELLO, json!({ "name": "Ada" }));
    assert_eq!(*hello.result(), json!("Hello, Ada"), "after {name}");
    refused
}

fn code(session: &mut Session, name: &str, source: &str) -> String {
    refuse(session, name, source, json!({})).code
}

#[test]
fn an_endless_loop_ends() {
    let project = Project::new();
    let mut session = project.session();
    assert_eq!(code(&mut session, "loop", "export default () => { for (;;); };"), "sandbox.timeout");
    let caught =
        "export default () => { for (;;) { try { for (;;); } catch { continue; } finally { continue; } } };";
    assert_eq!(code(&mut session, "caught", caught), "sandbox.timeout");
    session.stop();
}

#[test]
fn endless_recursion_is_an_error_of_depth() {
    let project = Project::new();
    let mut session = project.session();
    let source = "const down = (n: number): number => 1 + down(n + 1);\nexport default () => down(0);";
    let refused = refuse(&mut session, "recursion", source, json!({}));
    assert!(
        ["sandbox.depth", "tool.threw", "sandbox.memory"].contains(&refused.code.as_str()),
        "{:#}",
        refused.raw
    );
    session.stop();
}

#[test]
fn a_catastrophic_regular_expression_is_stopped() {
    let project = Project::new();
    let mut session = project.session();
    let source = "export default ({ text }: { text: string }) => /^(a+)+$/.test(text);";
    let refused = refuse(&mut session, "regex", source, json!({ "text": format!("{}!", "a".repeat(40)) }));
    assert_eq!(refused.code, "sandbox.timeout");
    session.stop();
}

#[test]
fn allocation_in_small_pieces_to_the_limit_is_a_memory_error() {
    let project = Project::with_settings("limits: { cpuMs: 20000, fuel: 900000000000 },");
    let mut session = project.session();
    let source = "export default () => { const kept: number[][] = []; for (;;) kept.push(new Array(1000).fill(kept.length)); };";
    assert_eq!(code(&mut session, "pieces", source), "sandbox.memory");
    session.stop();
}

#[test]
fn a_string_of_a_hundred_megabytes_is_a_memory_error() {
    let project = Project::with_settings("limits: { cpuMs: 20000, fuel: 900000000000 },");
    let mut session = project.session();
    let source = "export default ({ size }: { size: number }) => { const text = 'ab'.repeat(size); return [...text].length; };";
    let refused = refuse(&mut session, "string", source, json!({ "size": 50 << 20 }));
    assert_eq!(refused.code, "sandbox.memory");
    session.stop();
}

#[test]
fn json_nested_too_deeply_is_refused_on_the_way_in_and_out() {
    let project = Project::new();
    let mut session = project.session();
    let source = "export default () => { let nested: unknown = 1; for (let n = 0; n < 5000; n += 1) nested = [nested]; return nested; };";
    let refused = refuse(&mut session, "deep", source, json!({}));
    assert!(
        ["sandbox.depth", "sandbox.result_invalid", "tool.threw"].contains(&refused.code.as_str()),
        "{:#}",
        refused.raw
    );
    session.write("tools/echo.ts", "export default (args: { value: unknown }) => args.value;");
    let mut nested = json!(1);
    for _ in 0..100 {
        nested = json!([nested]);
    }
    let answer = session.exec("tools/echo.ts", json!({ "value": nested.clone() }));
    assert!(answer.is_error() || *answer.result() == nested);
    session.stop();
}

#[test]
fn an_endless_promise_chain_is_stopped() {
    let project = Project::new();
    let mut session = project.session();
    let source = "export default async () => { for (;;) await Promise.resolve(1); };";
    assert_eq!(code(&mut session, "promises", source), "sandbox.timeout");
    let source =
        "const again = (): Promise<void> => Promise.resolve().then(again);\nexport default () => again();";
    assert_eq!(code(&mut session, "chain", source), "sandbox.timeout");
    session.stop();
}

#[test]
fn a_promise_that_never_settles_is_named() {
    let project = Project::new();
    let mut session = project.session();
    assert_eq!(
        code(&mut session, "never", "export default () => new Promise(() => undefined);"),
        "sandbox.stalled"
    );
    session.stop();
}

#[test]
fn eval_and_function_are_refused_before_and_while_running() {
    let project = Project::new();
    let mut session = project.session();
    for (name, source) in [
        ("eval", "export default () => eval('1 + 1');"),
        ("function", "export default () => new Function('return 1')();"),
        ("import", "export default ({ name }: { name: string }) => import(name);"),
    ] {
        let code = code(&mut session, name, source);
        assert!(
            ["compile.dynamic_code", "compile.forbidden_global"].contains(&code.as_str()),
            "{name}: {code}"
        );
    }
    for (name, source) in [
        ("constructor", "export default () => (() => 1).constructor('return 1')();"),
        (
            "generator",
            "export default () => Object.getPrototypeOf(function* () {}).constructor('yield 1')().next();",
        ),
        ("indirect", "export default () => (globalThis as any)['ev' + 'al']('1 + 1');"),
    ] {
        let refused = refuse(&mut session, name, source, json!({}));
        assert!(
            refused.code == "tool.threw" || refused.code.starts_with("compile."),
            "{name}: {:#}",
            refused.raw
        );
    }
    session.stop();
}

#[test]
fn pollution_of_prototypes_stays_inside_its_run() {
    let project = Project::new();
    project.write("data.json", "{}");
    let mut session = project.session();
    let source = "export default () => {
  (Object.prototype as any).path = 'other'; (Array.prototype as any).map = () => ['stolen'];
  (JSON as any).stringify = () => '{\"value\":1}'; (Promise.prototype as any).then = () => 'x';
  return tgp.read_file('data.json');
};";
    session.run_source("tools/pollute.ts", source, json!({}));
    let clean = "export default () => [JSON.stringify({ a: 1 }), [1].map((n) => n), ({} as any).path ?? null, tgp.read_file('data.json')];";
    let answer = session.run_source("tools/clean.ts", clean, json!({}));
    assert_eq!(*answer.result(), json!(["{\"a\":1}", [1], null, "{}"]));
    session.stop();
}

#[test]
fn a_getter_that_runs_during_serialisation_is_under_the_same_limits() {
    let project = Project::new();
    let mut session = project.session();
    assert_eq!(
        code(&mut session, "getter", "export default () => ({ get x() { for (;;); } });"),
        "sandbox.timeout"
    );
    assert_eq!(
        code(&mut session, "json", "export default () => ({ toJSON() { for (;;); } });"),
        "sandbox.timeout"
    );
    let thrown =
        code(&mut session, "throws", "export default () => ({ get x() { throw new Error('no'); } });");
    assert!(["tool.threw", "sandbox.result_invalid"].contains(&thrown.as_str()), "{thrown}");
    session.stop();
}

#[test]
fn a_cyclic_or_huge_result_is_refused_and_a_big_integer_keeps_its_value() {
    let project = Project::with_settings("limits: { cpuMs: 5000 },");
    let mut session = project.session();
    let cyclic = "export default () => { const a: any = {}; a.a = a; return a; };";
    assert_eq!(code(&mut session, "cyclic", cyclic), "sandbox.result_invalid");
    assert_eq!(
        code(&mut session, "huge", "export default () => 'x'.repeat(2 << 20);"),
        "sandbox.result_too_large"
    );
    let answer = session.run_source("tools/bigint.ts", "export default () => 9007199254740993n;", json!({}));
    assert_eq!(*answer.result(), json!({ "$bigint": "9007199254740993" }));
    session.stop();
}

#[test]
fn arguments_over_the_limit_are_refused_before_the_run() {
    let project = Project::new();
    let mut session = project.session();
    let refused = refuse(&mut session, "args", HELLO, json!({ "name": "x".repeat(2 << 20) }));
    assert_eq!(refused.code, "sandbox.arguments_too_large");
    assert!(refused.raw.to_string().contains("limits.argsBytes"), "{:#}", refused.raw);
    session.stop();
}

#[test]
fn an_exception_with_a_hostile_message_is_only_text() {
    let project = Project::new();
    let mut session = project.session();
    let source = "export default () => { const e: any = new Error('x'); Object.defineProperty(e, 'message', { get() { for (;;); } }); throw e; };";
    let refused = refuse(&mut session, "message", source, json!({}));
    assert!(["sandbox.timeout", "tool.threw"].contains(&refused.code.as_str()), "{:#}", refused.raw);
    let source = "export default () => { throw { toString() { throw 1; }, message: { nested: true } }; };";
    assert_eq!(refuse(&mut session, "object", source, json!({})).code, "tool.threw");
    let source = "export default () => { throw new Error('\\n{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\\n\\u0000\\u001b[2J'); };";
    let refused = refuse(&mut session, "escape", source, json!({}));
    assert_eq!(refused.code, "tool.threw");
    let source = "export default () => { throw new Error('x'.repeat(10 << 20)); };";
    let refused = refuse(&mut session, "long", source, json!({}));
    assert!(refused.raw.to_string().len() < 200_000, "{} bytes", refused.raw.to_string().len());
    session.stop();
}

#[test]
fn a_thrown_error_carries_its_message_and_a_stack_in_typescript_lines() {
    let project = Project::new();
    let mut session = project.session();
    let source = "type Args = { n: number };\n\nfunction inner(n: number): number {\n  throw new RangeError(`no ${n}`);\n}\n\nexport default ({ n }: Args): number => {\n  return inner(n);\n};\n";
    let refused = refuse(&mut session, "thrown", source, json!({ "n": 3 }));
    assert_eq!(refused.code, "tool.threw");
    let said = refused.raw.to_string();
    assert!(said.contains("no 3") && said.contains("RangeError"), "{said}");
    assert!(said.contains("thrown.ts:4") && said.contains("thrown.ts:8"), "{said}");
    session.stop();
}

#[test]
fn tools_that_import_each_other_in_a_circle_are_reported() {
    let project = Project::new();
    let mut session = project.session();
    session.write(
        "tools/a.ts",
        "import b from './b';\nexport default (args: { n: number }): number => b(args);\n",
    );
    session.write(
        "tools/b.ts",
        "import a from './a';\nexport default (args: { n: number }): number => a(args);\n",
    );
    let refused = session.exec("tools/a.ts", json!({ "n": 1 })).refused();
    assert_eq!(refused.code, "compile.import_cycle");
    assert!(refused.raw.to_string().contains("b.ts"), "the circle is named: {:#}", refused.raw);
    session.stop();
}

#[test]
fn a_tool_that_reaches_out_of_the_library_by_import_is_refused() {
    let project = Project::new();
    project.write("secret.ts", "export default () => 'secret';\n");
    let mut session = project.session();
    for import in
        ["../../secret", "/etc/passwd", "../../../../../../etc/passwd", "npm:zod", "file:///etc/passwd"]
    {
        let source = format!("import x from '{import}';\nexport default () => x;\n");
        let code = code(&mut session, "import_out", &source);
        assert!(["compile.forbidden_import", "path.escape"].contains(&code.as_str()), "{import}: {code}");
    }
    session.stop();
}

#[test]
fn a_tool_that_runs_itself_without_end_is_stopped_at_the_depth() {
    let project = Project::with_settings("limits: { cpuMs: 5000 },");
    let mut session = project.session();
    let source = "export default (): unknown => tgp.exec_tool('tools/hostile/itself.ts', {});";
    let refused = refuse(&mut session, "itself", source, json!({}));
    assert_eq!(refused.code, "sandbox.depth", "{:#}", refused.raw);
    assert!(refused.raw.to_string().contains("limits.depth"), "{:#}", refused.raw);
    assert!(!refused.raw["message"].as_str().unwrap().contains("Error: Error:"), "{:#}", refused.raw);
    session.stop();
}

#[test]
fn a_tool_cannot_give_its_error_the_name_of_a_refusal() {
    let project = Project::new();
    let mut session = project.session();
    for name in ["ERR_ISOLATE_MEMORY", "SecurityViolation", "CompilationError"] {
        let source = format!("export default () => {{ throw {{ name: '{name}', message: 'hi' }}; }};");
        let refused = refuse(&mut session, &format!("named_{}", name.to_lowercase()), &source, json!({}));
        assert_eq!(refused.code, "tool.threw");
        assert_eq!(refused.raw["name"], "Error", "{:#}", refused.raw);
    }
    // What it noted is written when it ends, at the latest.
    session.stop();
    let actions = project.json(&["log", "--type", "tool_run"]);
    let all = actions["actions"].as_array().unwrap().iter();
    let hostile: Vec<_> = all.filter(|one| one["tool"].as_str().unwrap().contains("hostile")).collect();
    assert_eq!(hostile.len(), 3, "{actions:#}");
    assert!(hostile.iter().all(|action| action["status"] == "failed"), "{actions:#}");
}

#[test]
fn an_error_from_a_tool_below_has_one_message_and_one_stack_through_all_tools() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/low.ts", "export default () => {\n  throw new RangeError('too low');\n};\n");
    session.write("tools/middle.ts", "export default (): unknown =>\n  tgp.exec_tool('tools/low.ts', {});\n");
    let source = "export default (): unknown =>\n\n  tgp.exec_tool('tools/middle.ts', {});\n";
    let refused = refuse(&mut session, "top", source, json!({}));
    let message = refused.raw["message"].as_str().unwrap();
    assert_eq!(message.matches("too low").count(), 1, "{message}");
    assert!(message.starts_with("RangeError: too low") && message.contains("tools/low.ts:2:"), "{message}");
    let stack: Vec<&str> = refused.raw["details"]["stack"]
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| frame.as_str().unwrap())
        .collect();
    let order = ["tools/low.ts:2:", "tools/middle.ts:2:", "tools/hostile/top.ts:3:"];
    let places: Vec<usize> = order
        .iter()
        .map(|place| {
            stack
                .iter()
                .position(|frame| frame.contains(place))
                .unwrap_or_else(|| panic!("{place}: {stack:?}"))
        })
        .collect();
    assert!(places.is_sorted(), "{stack:?}");
    session.stop();
}

#[test]
fn thousands_of_host_calls_are_stopped_at_their_limit() {
    let project = Project::with_settings("limits: { cpuMs: 5000 },");
    project.write("data.json", "{}");
    let mut session = project.session();
    let source = "export default () => { for (let n = 0; n < 100000; n += 1) tgp.read_file('data.json'); };";
    let refused = refuse(&mut session, "calls", source, json!({}));
    assert_eq!(refused.code, "sandbox.host_calls");
    let caught =
        "export default () => { for (;;) { try { tgp.read_file('data.json'); } catch { /* again */ } } };";
    let refused = refuse(&mut session, "caught_calls", caught, json!({}));
    assert!(["sandbox.host_calls", "sandbox.timeout"].contains(&refused.code.as_str()), "{:#}", refused.raw);
    session.stop();
}

#[test]
fn a_host_call_left_open_when_the_time_runs_out_leaves_no_lock() {
    let project = Project::with_settings("database: 'sqlite:shop.db', limits: { wallMs: 500 },");
    project.database().execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)").unwrap();
    let mut session = project.session();
    let source = "export default () => {
  tgp.exec_sql(\"INSERT INTO users (name) VALUES ('x')\", []);
  return tgp.exec_sql('WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c', []);
};";
    let refused = refuse(&mut session, "open_call", source, json!({}));
    assert!(["sandbox.timeout", "sql.timeout"].contains(&refused.code.as_str()), "{:#}", refused.raw);
    let database = project.database();
    database.busy_timeout(std::time::Duration::ZERO).unwrap();
    database.execute_batch("BEGIN IMMEDIATE; ROLLBACK;").unwrap();
    let rows: i64 = database.query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
    session.stop();
}

#[test]
fn nested_runs_share_the_budget_of_their_caller() {
    let project = Project::new();
    let mut session = project.session();
    session.write(
        "tools/busy.ts",
        "export default () => { const end = 3e5; let n = 0; while (n < end) n += 1; return n; };",
    );
    let source =
        "export default () => { for (let n = 0; n < 900; n += 1) tgp.exec_tool('tools/busy.ts', {}); };";
    let refused = refuse(&mut session, "nested", source, json!({}));
    assert!(["sandbox.timeout", "sandbox.fuel"].contains(&refused.code.as_str()), "{:#}", refused.raw);
    session.stop();
}

#[test]
fn the_sandbox_has_no_clock_no_network_and_no_host_of_its_own() {
    let project = Project::new();
    let mut session = project.session();
    let source = "export default () => ['process', 'require', 'WebAssembly', 'XMLHttpRequest', 'Deno', 'Bun', 'os', 'std', 'setTimeout', 'performance', 'SharedArrayBuffer', 'Atomics', 'Worker']
  .filter((name) => typeof (globalThis as any)[name] !== 'undefined');";
    let answer = session.run_source("tools/globals.ts", source, json!({}));
    let found = answer.result().clone();
    for name in ["process", "WebAssembly", "Deno", "Bun", "os", "std", "Worker", "XMLHttpRequest"] {
        assert!(!found.to_string().contains(&format!("\"{name}\"")), "{name} is there: {found}");
    }
    let refused = refuse(
        &mut session,
        "fetch",
        "export default async () => (await fetch('https://api.stripe.com.evil.example/')).status;",
        json!({}),
    );
    let said = refused.raw.to_string();
    assert!(said.contains("network.forbidden") || refused.code == "network.forbidden", "{said}");
    session.stop();
}

#[test]
fn source_that_is_nested_too_deeply_is_refused_by_name_and_harms_nobody() {
    let project = Project::new();
    let mut session = project.session();
    let mut chain = String::from("export default () => 1");
    for _ in 0..20_000 {
        chain.push_str("+1");
    }
    for (name, source) in [
        ("brackets", format!("export default () => {}{};", "[".repeat(10_000), "]".repeat(10_000))),
        ("parentheses", format!("export default () => {}1{};", "(".repeat(10_000), ")".repeat(10_000))),
        ("braces", format!("export default () => {}{};", "{".repeat(10_000), "}".repeat(10_000))),
        ("chain", chain),
    ] {
        let checked = {
            session.write(&format!("tools/hostile/{name}.ts"), &source);
            session.check(&format!("tools/hostile/{name}.ts"))
        };
        assert_eq!(checked["valid"], false, "{name}");
        assert_eq!(checked["errors"][0]["code"], "compile.too_deep", "{name}: {checked:#}");
        assert_eq!(
            session.exec(&format!("tools/hostile/{name}.ts"), json!({})).refused().code,
            "compile.too_deep"
        );
    }
    let mut long = String::from("export default () => [\n");
    while long.len() < 300 << 10 {
        writeln!(long, "  'some text that fills the line',").unwrap();
    }
    long.push_str("];\n");
    let written = session.call("write_file", json!({ "path": "tools/hostile/long.ts", "content": long }));
    if !written.is_error() {
        assert_eq!(session.exec("tools/hostile/long.ts", json!({})).refused().code, "compile.too_large");
    }
    session.stop();
}

#[test]
fn scratch_files_live_in_memory_for_one_run_and_the_library_is_read_only() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/hello.ts", HELLO);
    let source = "export default () => { tgp.write_file('/tmp/note.txt', 'kept'); return tgp.read_file('/tmp/note.txt'); };";
    assert_eq!(*session.run_source("tools/scratch.ts", source, json!({})).result(), json!("kept"));
    let again = "export default () => tgp.list_files('/tmp');";
    assert_eq!(*session.run_source("tools/again.ts", again, json!({})).result(), json!([]));
    let library = "export default () => tgp.read_file('/lib/hello.ts');";
    assert_eq!(*session.run_source("tools/library.ts", library, json!({})).result(), json!(HELLO));
    let write = "export default () => tgp.write_file('/lib/hello.ts', 'gone');";
    let refused = refuse(&mut session, "write_library", write, json!({}));
    assert!(refused.raw.to_string().contains("file.read_only"), "{:#}", refused.raw);
    let write = "export default () => tgp.write_file('tools/hello.ts', 'gone');";
    assert!(refuse(&mut session, "write_tool", write, json!({})).raw.to_string().contains("file.read_only"));
    session.stop();
    assert_eq!(project.read(".tgp/tools/hello.ts"), HELLO);
    assert!(!std::path::Path::new("/tmp/note.txt").exists());
}
