//! `tgp doctor`: looks at everything a project needs, and says what to do where something is wrong.

use std::path::Path;

use tgp_model::AgentName;
use tgp_protocol::client::project::{DiagnoseOutput, Health, HealthCheck};
use tgp_repo::{CommitMessage, Hydration, SyncRequest};

use crate::Engine;
use crate::clock::new_action_id;
use crate::config::{self, CONFIG_FILE};
use crate::open::{Hydrate, OpenProject};
use crate::open_refusal::from_sync;
use crate::prepare::{is_prepared, open_sandbox};

/// Checks the project at `root`, in the order in which one thing needs the other.
pub fn diagnose(root: &Path) -> DiagnoseOutput {
    let mut checks = Vec::new();
    let open = OpenProject { hydrate: Hydrate::WhenEmpty, ..OpenProject::new(root, AgentName::default()) };
    checks.push(engine(&open));
    checks.push(configuration(root, &open));
    // What comes next needs the project open; where that fails, the reason is the finding.
    if checks.iter().all(|check| check.health != Health::Fail) {
        match Engine::open(open) {
            Ok(engine) => look_inside(&engine, &mut checks),
            Err(error) => {
                let refusal = error.refusal();
                checks.push(HealthCheck { hint: refusal.hint, ..fail("project", refusal.message) });
            }
        }
    }
    DiagnoseOutput { healthy: checks.iter().all(|check| check.health != Health::Fail), checks }
}

fn engine(open: &OpenProject) -> HealthCheck {
    let prepared = is_prepared(&open.cache);
    match open_sandbox(&open.cache, &mut |_| {}) {
        Ok(_) if prepared => ok("engine", format!("prepared in `{}`", open.cache.display())),
        Ok(_) => warn(
            "engine",
            "was not prepared; it is now".to_owned(),
            "run `tgp init` after each update of tgp",
        ),
        Err(error) => {
            let hint = format!(
                "make room and rights in `{}`, or set `TGP_CACHE_DIR` to another folder",
                open.cache.display()
            );
            HealthCheck { hint: Some(hint), ..fail("engine", error.to_string()) }
        }
    }
}

fn configuration(root: &Path, open: &OpenProject) -> HealthCheck {
    let name = "configuration";
    let hint = format!("mend the place that is named in `{CONFIG_FILE}`");
    let source = match std::fs::read_to_string(root.join(CONFIG_FILE)) {
        Ok(source) => source,
        Err(error) => {
            let hint = Some("run `tgp init`".to_owned());
            return HealthCheck { hint, ..fail(name, format!("`{CONFIG_FILE}` cannot be read: {error}")) };
        }
    };
    let evaluated =
        open_sandbox(&open.cache, &mut |_| {}).map_err(|error| error.to_string()).and_then(|sandbox| {
            config::evaluate(&source, &open.environment, &sandbox).map_err(|error| error.to_string())
        });
    match evaluated {
        Ok(_) => ok(name, format!("`{}`", root.join(CONFIG_FILE).display())),
        Err(message) => HealthCheck { hint: Some(hint), ..fail(name, message) },
    }
}

fn look_inside(engine: &Engine, checks: &mut Vec<HealthCheck>) {
    checks.push(library(engine));
    checks.push(state(engine));
    checks.push(database(engine));
    checks.push(remote(engine));
    checks.push(types(engine));
}

fn library(engine: &Engine) -> HealthCheck {
    let library = &engine.library().library;
    let readable = library.list(engine.mount().stored()).and_then(|files| {
        files.iter().try_for_each(|path| library.read(path).map(|_| ())).map(|()| files.len())
    });
    match readable {
        Ok(count) if library.repairs().is_empty() => {
            let files = if count == 1 { "file" } else { "files" };
            ok("library", format!("{count} {files} in `{}`, all readable", engine.library_folder()))
        }
        Ok(_) => {
            let repairs = library.repairs().len();
            let message = format!("{repairs} thing(s) a process that died left behind were put right");
            warn("library", message, "nothing to do; look at `tgp log` for what was abandoned")
        }
        Err(error) => {
            let hint = format!(
                "run `git -C {} fsck`, and clone it again from its remote if need be",
                engine.library_folder()
            );
            HealthCheck { hint: Some(hint), ..fail("library", error.to_string()) }
        }
    }
}

fn state(engine: &Engine) -> HealthCheck {
    let name = "state";
    let path = engine.store().path().display().to_string();
    let hint = format!("move `{path}` away; a new one is made, and the timeline begins anew");
    match engine.store().quick_check() {
        Ok(problems) => match problems.first() {
            None => ok(name, format!("`{path}` is whole")),
            Some(first) => {
                HealthCheck { hint: Some(hint), ..fail(name, format!("`{path}` is damaged: {first}")) }
            }
        },
        Err(error) => HealthCheck { hint: Some(hint), ..fail(name, error.to_string()) },
    }
}

fn database(engine: &Engine) -> HealthCheck {
    let name = "database";
    match engine.database() {
        Ok(database) => match database.look("SELECT count(*) FROM sqlite_schema") {
            Ok(_) => ok(name, format!("`{}` can be read", database.path().display())),
            Err(error) => fail(name, error.to_string()),
        },
        Err(refusal)
            if refusal.code == tgp_protocol::client::ErrorCode::DatabaseMissing
                && !names_database(engine) =>
        {
            warn(
                name,
                refusal.message,
                "set `database` in the configuration or `DATABASE_URL`, if tools need one",
            )
        }
        Err(refusal) => {
            let hint = "check the path in `database` or `DATABASE_URL`, and the file's rights".to_owned();
            HealthCheck { hint: Some(hint), ..fail(name, refusal.message) }
        }
    }
}

fn names_database(engine: &Engine) -> bool {
    engine.config().database.is_some()
        || engine.environment.get("DATABASE_URL").is_some_and(|url| !url.is_empty())
}

fn remote(engine: &Engine) -> HealthCheck {
    let name = "remote";
    let Some(remote) = &engine.library().library.settings().remote else {
        return ok(name, "none is configured; the library lives on this machine only".to_owned());
    };
    let pause = |_| {};
    let clock = engine.clock();
    let message = CommitMessage {
        subject: "Join what the remote has".to_owned(),
        action: new_action_id(clock),
        session: engine.session(),
        agent: AgentName::default(),
        installation: engine.installation().to_owned(),
        when: clock.now(),
    };
    let request = SyncRequest { message, attempts: 1, pause: &pause, push_trunk: false };
    let credentials = crate::open::credentials(engine.config());
    match engine.library().library.hydrate(remote, &credentials, &request) {
        Ok(Hydration::Offline { reason }) => {
            warn(name, reason.to_string(), "what was written is kept here; `tgp sync` brings it out later")
        }
        Ok(_) => ok(name, format!("`{}` can be reached", remote.as_str())),
        Err(error) => {
            let refusal = from_sync(&error);
            HealthCheck { hint: refusal.hint, ..fail(name, refusal.message) }
        }
    }
}

fn types(engine: &Engine) -> HealthCheck {
    match crate::type_check::native_compiler(engine.root()) {
        Some(program) => ok("types", format!("checked by `{}`", program.display())),
        None => warn(
            "types",
            "are not checked: no TypeScript 7 in `node_modules`".to_owned(),
            "run `npm install --save-dev typescript@7` to let `check_tool` check types",
        ),
    }
}

fn ok(name: &str, message: String) -> HealthCheck {
    HealthCheck { name: name.to_owned(), health: Health::Ok, message, hint: None }
}

fn warn(name: &str, message: String, hint: &str) -> HealthCheck {
    HealthCheck { name: name.to_owned(), health: Health::Warn, message, hint: Some(hint.to_owned()) }
}

fn fail(name: &str, message: String) -> HealthCheck {
    HealthCheck { name: name.to_owned(), health: Health::Fail, message, hint: None }
}
