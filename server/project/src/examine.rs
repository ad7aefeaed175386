//! The part of `tgp doctor` that looks inside an open project, and says what to do where something is wrong.

use std::collections::BTreeMap;
use std::path::Path;

use tgp_database::Database;
use tgp_gate::{Gate, new_action_id};
use tgp_model::mount::Mount;
use tgp_model::{AgentName, Config, RepoPath, SessionId};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::project::{Health, HealthCheck};
use tgp_repo::{CommitMessage, Hydration, Library, SyncRequest};
use tgp_store::STORAGE_WARNING;

use crate::open_refusal::from_sync;
use crate::settings::credentials;

/// What is looked at.
pub struct Patient<'a> {
    /// Folder of the project.
    pub root: &'a Path,
    /// The settings in force.
    pub config: &'a Config,
    /// What the configuration may name, and `DATABASE_URL`.
    pub environment: &'a BTreeMap<String, String>,
    /// The tool library.
    pub library: &'a Library,
    /// Its folder, relative to the project.
    pub library_folder: &'a RepoPath,
    /// Where agents see the tools.
    pub mount: &'a Mount,
    /// The timeline and the clock.
    pub gate: &'a Gate,
    /// The user's database, or why there is none.
    pub database: &'a dyn Fn() -> Result<&'a Database, Refusal>,
    /// The session.
    pub session: SessionId,
    /// The number of this installation.
    pub installation: &'a str,
}

/// Looks at everything an open project needs, in the order in which one thing needs the other.
pub fn examine(patient: &Patient<'_>) -> Vec<HealthCheck> {
    vec![
        library(patient),
        branches(patient),
        state(patient),
        database(patient),
        remote(patient),
        types(patient),
    ]
}

fn library(patient: &Patient<'_>) -> HealthCheck {
    let library = patient.library;
    let readable = library.list(patient.mount.stored()).and_then(|files| {
        files.iter().try_for_each(|path| library.read(path).map(|_| ())).map(|()| files.len())
    });
    match readable {
        Ok(count) if library.repairs().is_empty() => {
            let files = if count == 1 { "file" } else { "files" };
            ok("library", format!("{count} {files} in `{}`, all readable", patient.library_folder))
        }
        Ok(_) => {
            let repairs = library.repairs().len();
            let mut message = format!("{repairs} thing(s) a process that died left behind were put right");
            for repair in library.repairs() {
                if let tgp_repo::Repair::RefRemoved { name } = repair {
                    message.push_str("; `");
                    message.push_str(name.trim_start_matches("refs/heads/"));
                    message.push_str("` named nothing and was taken away");
                }
            }
            warn("library", message, "nothing to do; look at `tgp timeline` for what was abandoned")
        }
        Err(error) => {
            let hint = format!(
                "run `git -C {} fsck`, and clone it again from its remote if need be",
                patient.library_folder
            );
            HealthCheck { hint: Some(hint), ..fail("library", error.to_string()) }
        }
    }
}

fn branches(patient: &Patient<'_>) -> HealthCheck {
    let name = "branches";
    match patient.library.broken_branches() {
        Ok(broken) if broken.is_empty() => ok(name, "all branches for review can be read".to_owned()),
        Ok(broken) => {
            let list: Vec<String> =
                broken.iter().map(|broken| format!("`{}`: {}", broken.branch, broken.why)).collect();
            let hint = format!(
                "look with `git -C {} reflog show <branch>`, and set or remove it with `git update-ref`",
                patient.library_folder
            );
            HealthCheck { hint: Some(hint), ..fail(name, list.join("; ")) }
        }
        Err(error) => fail(name, error.to_string()),
    }
}

fn state(patient: &Patient<'_>) -> HealthCheck {
    let name = "state";
    let path = patient.gate.store().path().display().to_string();
    let hint = format!("move `{path}` away; a new one is made, and the timeline begins anew");
    match patient.gate.store().quick_check() {
        Ok(problems) => match problems.first() {
            None => chain(patient, &path),
            Some(first) => {
                HealthCheck { hint: Some(hint), ..fail(name, format!("`{path}` is damaged: {first}")) }
            }
        },
        Err(error) => HealthCheck { hint: Some(hint), ..fail(name, error.to_string()) },
    }
}

/// The audit chain as far as the start looked, and how much of the disk it takes.
fn chain(patient: &Patient<'_>, path: &str) -> HealthCheck {
    let name = "state";
    if let Some(damage) = patient.gate.store().audit_damage() {
        let hint = "look with `tgp audit verify`; `tgp audit accept` begins a new chain".to_owned();
        let message = format!("the audit chain is damaged ({}): {damage}", damage.name());
        return HealthCheck { hint: Some(hint), ..fail(name, message) };
    }
    match patient.gate.store().storage().map(|used| used.warning(STORAGE_WARNING)) {
        Ok(Some(message)) => warn(name, message, "run `tgp audit archive --before TIME FILE`"),
        _ => ok(name, format!("`{path}` is whole")),
    }
}

fn database(patient: &Patient<'_>) -> HealthCheck {
    let name = "database";
    match (patient.database)() {
        Ok(database) => match database.look("SELECT count(*) FROM sqlite_schema") {
            Ok(_) => ok(name, format!("`{}` can be read", database.path().display())),
            Err(error) => fail(name, error.to_string()),
        },
        Err(refusal)
            if refusal.code == tgp_protocol::client::ErrorCode::DatabaseMissing
                && !names_database(patient) =>
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

fn names_database(patient: &Patient<'_>) -> bool {
    patient.config.database.is_some()
        || patient.environment.get("DATABASE_URL").is_some_and(|url| !url.is_empty())
}

fn remote(patient: &Patient<'_>) -> HealthCheck {
    let name = "remote";
    let Some(remote) = &patient.library.settings().remote else {
        return ok(name, "none is configured; the library lives on this machine only".to_owned());
    };
    let pause = |_| {};
    let clock = patient.gate.clock();
    let message = CommitMessage {
        subject: "Join what the remote has".to_owned(),
        action: new_action_id(clock),
        session: patient.session,
        agent: AgentName::default(),
        installation: patient.installation.to_owned(),
        when: clock.now(),
    };
    let request = SyncRequest { message, attempts: 1, pause: &pause, push_trunk: false };
    let credentials = credentials(patient.config);
    match patient.library.hydrate(remote, &credentials, &request) {
        Ok(Hydration::Offline { reason }) => {
            warn(name, reason.to_string(), "what was written is kept here; `tgp sync` brings it out later")
        }
        Ok(_) => match patient.library.unpushed() {
            Ok(left) if !left.is_empty() => {
                let list: Vec<String> = left.iter().map(|branch| format!("`{branch}`")).collect();
                let message = format!("can be reached, and does not have {} yet", list.join(", "));
                warn(name, message, "run `tgp sync`; it says what the remote answers")
            }
            _ => ok(name, format!("`{}` can be reached", remote.as_str())),
        },
        Err(error) => {
            let refusal = from_sync(&error);
            HealthCheck { hint: refusal.hint, ..fail(name, refusal.message) }
        }
    }
}

fn types(patient: &Patient<'_>) -> HealthCheck {
    match tgp_command::native_compiler(patient.root) {
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
