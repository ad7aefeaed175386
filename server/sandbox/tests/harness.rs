//! One sandbox for all tests, and short ways to run code in it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use tgp_model::{CancelToken, Limits};
use tgp_protocol::guest::{HostCall, HostError, HostReply};
use tgp_sandbox::{Budget, GuestModule, Host, RunError, RunInput, RunOutcome, Sandbox, ToolModule};

/// The engine is prepared once for all test runs of one build.
pub(crate) fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sandbox-cache")
}

/// A standard library as small as it can be, so that these tests do not depend on the real one.
pub(crate) fn std_modules() -> Vec<GuestModule> {
    vec![
        module("@tgp/std/twice", "export const twice = (n) => n * 2; export const state = { count: 0 };"),
        module("@tgp/std", "export * from '@tgp/std/twice';"),
    ]
}

pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        // What an older build left there would confuse the tests of the cache.
        if !Sandbox::is_prepared(&cache(), &std_modules()) && cache().exists() {
            std::fs::remove_dir_all(cache()).unwrap();
        }
        Sandbox::open(&cache(), &std_modules(), &mut |_| ()).unwrap()
    })
}

pub(crate) fn module(name: &str, code: &str) -> GuestModule {
    GuestModule { name: name.to_owned(), code: code.to_owned() }
}

/// Limits that a busy test machine does not meet by accident.
pub(crate) fn wide() -> Limits {
    Limits { cpu_ms: 20_000, wall_ms: 120_000, ..Limits::default() }
}

pub(crate) fn build(modules: &[GuestModule]) -> Arc<ToolModule> {
    let entry = &modules.last().unwrap().name;
    let parts: Vec<_> =
        modules.iter().flat_map(|module| [module.name.as_str(), module.code.as_str()]).collect();
    let hash = parts.join("\0");
    sandbox().build(entry, modules, &hash).unwrap()
}

pub(crate) fn tool(code: &str) -> Arc<ToolModule> {
    build(&[module("tools/a.ts", code)])
}

pub(crate) fn input(args: &str) -> RunInput<'_> {
    RunInput { args, seed: 7, now_ms: 1_750_000_000_000, env: None }
}

/// Runs code with wide limits and no host.
pub(crate) fn run(code: &str, args: &str) -> RunOutcome {
    run_with(code, args, &wide(), &mut NoHost)
}

pub(crate) fn run_with(code: &str, args: &str, limits: &Limits, host: &mut dyn Host) -> RunOutcome {
    sandbox().run(&tool(code), input(args), &Budget::new(limits, CancelToken::new()), host)
}

/// The result of code that is expected to have one.
pub(crate) fn value(code: &str, args: &str) -> Value {
    let outcome = run(code, args);
    serde_json::from_str(&outcome.result.unwrap()).unwrap()
}

/// The error of code that is expected to have one.
pub(crate) fn error(code: &str) -> RunError {
    run(code, "{}").result.unwrap_err()
}

/// Name and message of what code is expected to throw.
pub(crate) fn thrown(code: &str) -> (String, String) {
    match error(code) {
        RunError::Threw { name, message, .. } => (name, message),
        other => panic!("expected a thrown error, got {other:?}"),
    }
}

/// Refuses everything.
pub(crate) struct NoHost;

impl Host for NoHost {
    fn call(&mut self, call: HostCall, _: &Budget) -> HostReply {
        refuse("test.no_host", &format!("{call:?}"))
    }
}

/// Answers with a function, and remembers what it was asked.
pub(crate) struct Answering<F> {
    pub(crate) asked: Vec<HostCall>,
    pub(crate) answer: F,
}

impl<F: FnMut(&HostCall) -> HostReply> Answering<F> {
    pub(crate) fn with(answer: F) -> Self {
        Self { asked: Vec::new(), answer }
    }
}

impl<F: FnMut(&HostCall) -> HostReply> Host for Answering<F> {
    fn call(&mut self, call: HostCall, _: &Budget) -> HostReply {
        let reply = (self.answer)(&call);
        self.asked.push(call);
        reply
    }
}

pub(crate) fn done(value: Value) -> HostReply {
    HostReply::Done { value }
}

pub(crate) fn refuse(code: &str, message: &str) -> HostReply {
    HostReply::Refused {
        error: HostError { code: code.to_owned(), name: "Refused".to_owned(), message: message.to_owned() },
    }
}
