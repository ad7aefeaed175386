//! The limits of a run, for the project and for one tool: each with its code and the name of its setting.

use serde_json::json;
use tgp_tests::Project;

const ECHO: &str = "export default ({ text }: { text: string }) => text.length;\n";
const CHATTY: &str = "export default ({ lines }: { lines: number }) => Array.from({ length: lines }, (_, at) => console.log(`line ${at}`)).length;\n";
const BUSY: &str =
    "export default ({ forever }: { forever: boolean }) => {\n  while (forever) {}\n  return 'idle';\n};\n";

#[test]
fn arguments_that_are_too_large_are_refused_with_the_name_of_the_setting() {
    let project = Project::with_settings(
        "limits: { argsBytes: 100 }, tools: { 'tools/large.ts': { limits: { argsBytes: 1000 } } },",
    );
    let mut session = project.session();
    session.write("tools/small.ts", ECHO);
    session.write("tools/large.ts", ECHO);
    for (path, fits, over) in [("tools/small.ts", 80, 200), ("tools/large.ts", 900, 2000)] {
        assert_eq!(*session.exec(path, json!({ "text": "x".repeat(fits) })).result(), json!(fits), "{path}");
        let refused = session.exec(path, json!({ "text": "x".repeat(over) })).refused();
        assert_eq!(refused.code, "sandbox.arguments_too_large", "{path}");
        assert!(refused.raw.to_string().contains("limits.argsBytes"), "{:#}", refused.raw);
    }
    session.stop();
}

#[test]
fn logs_that_are_too_large_are_cut_with_the_name_of_the_setting_and_the_run_goes_on() {
    let project = Project::with_settings(
        "limits: { logBytes: 100 }, tools: { 'tools/wide.ts': { limits: { logBytes: 10000 } } },",
    );
    let mut session = project.session();
    session.write("tools/narrow.ts", CHATTY);
    session.write("tools/wide.ts", CHATTY);
    let narrow = session.exec("tools/narrow.ts", json!({ "lines": 200 })).done().clone();
    assert_eq!(narrow["result"], 200, "the run goes on");
    let logged = narrow["logs"].to_string();
    assert!(
        logged.contains("limits.logBytes") && logged.contains("line 1\"") && !logged.contains("line 199"),
        "{logged}"
    );
    let wide = session.exec("tools/wide.ts", json!({ "lines": 200 })).done().clone();
    let logged = wide["logs"].to_string();
    assert!(!logged.contains("limits.logBytes") && logged.contains("line 199"), "{logged}");
    session.stop();
}

#[test]
fn wall_time_is_limited_for_one_tool_with_the_name_of_the_setting() {
    let project = Project::with_settings(
        "limits: { cpuMs: 600000, wallMs: 600000, fuel: 9000000000000000 }, tools: { 'tools/busy.ts': { limits: { wallMs: 200 } } },",
    );
    let mut session = project.session();
    session.write("tools/busy.ts", BUSY);
    assert_eq!(*session.exec("tools/busy.ts", json!({ "forever": false })).result(), json!("idle"));
    let refused = session.exec("tools/busy.ts", json!({ "forever": true })).refused();
    assert_eq!((refused.code.as_str(), refused.name.as_str()), ("sandbox.timeout", "ERR_ISOLATE_TIMEOUT"));
    assert!(refused.message.contains("limits.wallMs"), "{}", refused.message);
    session.stop();
}

#[test]
fn that_types_were_not_checked_is_said_once() {
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/echo.ts", ECHO);
    let first = session.check("tools/echo.ts");
    assert!(first["notes"].to_string().contains("types were not checked"), "{first:#}");
    let second = session.check("tools/echo.ts");
    assert!(!second.to_string().contains("types were not checked"), "{second:#}");
    session.write("tools/other.ts", ECHO);
    let third = session.check("tools/other.ts");
    assert!(!third.to_string().contains("types were not checked"), "{third:#}");
    session.stop();
    // The next session is told again.
    let mut session = project.session();
    assert!(session.check("tools/echo.ts").to_string().contains("types were not checked"));
    session.stop();
}
