//! A project in a temporary folder, and the built binary running in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use crate::editor::Editor;
use crate::places;
use crate::process::Finished;
use crate::session::{Era, Session};

/// A folder of its own, with a folder for temporary files beside it.
#[derive(Debug)]
pub struct Project {
    folder: TempDir,
    environment: Vec<(String, String)>,
    trusts: bool,
    trusted: Mutex<Option<(String, String)>>,
}

impl Project {
    /// A folder nobody initialised.
    pub fn untouched() -> Self {
        let folder = tempfile::Builder::new().prefix("tgp-test-").tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join("project")).expect("the folder can be made");
        fs::create_dir(folder.path().join("temporary")).expect("the folder can be made");
        Self { folder, environment: Vec::new(), trusts: true, trusted: Mutex::default() }
    }

    /// The same project, whose person trusts nothing but what `tgp init` wrote and what `tgp trust` was told.
    #[must_use]
    pub fn trusting_nothing(mut self) -> Self {
        self.trusts = false;
        self
    }

    /// A project after `tgp init`.
    pub fn new() -> Self {
        let project = Self::untouched();
        project.tgp(&["init"]).succeeded();
        project
    }

    /// A project after `tgp init --remote URL`.
    pub fn with_remote(url: &str) -> Self {
        let project = Self::untouched();
        project.tgp(&["init", "--remote", url]).succeeded();
        project
    }

    /// A project after `tgp init` whose configuration holds these settings, written as TypeScript.
    pub fn with_settings(settings: &str) -> Self {
        let project = Self::new();
        project.configure(settings);
        project
    }

    /// A project with a `SQLite` database made by these statements.
    pub fn with_database(schema: &str) -> Self {
        let project = Self::with_settings("database: 'sqlite:shop.db',");
        project.database().execute_batch(schema).expect("the schema is valid");
        project
    }

    /// Writes the configuration anew, with these settings.
    pub fn configure(&self, settings: &str) {
        self.write(
            "tgp.config.ts",
            format!("import {{ defineTGPConfig }} from '@tgp/core';\n\nexport default defineTGPConfig({{ {settings} }});\n"),
        );
    }

    /// The same project with one more variable in the environment of every process.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder of the project.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The folder above the project, where nothing may appear.
    pub fn above(&self) -> &Path {
        self.folder.path()
    }

    /// The folder its processes use for temporary files.
    pub fn temporary(&self) -> PathBuf {
        self.folder.path().join("temporary")
    }

    /// A path below the project.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// Writes a file as a person would, without tgp.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) {
        let file = self.path(relative);
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("the folder can be made");
        fs::write(file, text).expect("the file can be written");
    }

    /// Reads a file as a person would.
    pub fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// Everything the timeline and the audit table hold, as text.
    pub fn state_text(&self) -> String {
        let state = Connection::open(self.path(".tgp/state/tgp.db")).unwrap();
        let mut text = String::new();
        for sql in [
            "SELECT coalesce(description, '') || coalesce(details, '') || coalesce(sql, '') FROM agent_actions",
            "SELECT CAST(payload AS TEXT) FROM audit",
        ] {
            let mut statement = state.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            text.extend(rows.map(Result::unwrap));
        }
        text
    }

    /// The user's database, opened beside tgp.
    pub fn database(&self) -> Connection {
        Connection::open(self.path("shop.db")).expect("the database can be opened")
    }

    /// The binary in this project, with a clean environment. What lies in the project is trusted, as a deployment
    /// does it: by its hash in the environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare_command(arguments);
        if self.trusts
            && let Some(hash) = self.present_hash()
        {
            command.env("TGP_TRUST", hash);
        }
        command
    }

    /// The variables by which other programs hand on what is trusted here.
    pub fn trust_variables(&self) -> Vec<(String, String)> {
        let state = self.folder.path().join("state").display().to_string();
        let hash = self.present_hash().map(|hash| ("TGP_TRUST".to_owned(), hash));
        std::iter::once(("TGP_STATE_DIR".to_owned(), state)).chain(hash).collect()
    }

    /// The hash of what decides about agents, as it lies there now; none where it has a mistake.
    fn present_hash(&self) -> Option<String> {
        let mut present = fs::read_to_string(self.path("tgp.config.ts")).ok()?;
        for folder in [".tgp/policy", ".tgp/scopes"] {
            for file in walk(&self.path(folder)) {
                present.push_str(&file.display().to_string());
                present.push_str(&fs::read_to_string(&file).unwrap_or_default());
            }
        }
        if let Some((_, hash)) = self.trusted.lock().unwrap().as_ref().filter(|(known, _)| *known == present)
        {
            return Some(hash.clone());
        }
        let shown = Finished::run(&mut self.bare_command(&["trust", "--show", "--json"]));
        let hash =
            (shown.code == Some(0)).then(|| shown.json()["hash"].as_str().map(str::to_owned)).flatten()?;
        *self.trusted.lock().unwrap() = Some((present, hash.clone()));
        Some(hash)
    }

    fn bare_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(places::binary());
        command.current_dir(self.root()).args(arguments).env("TMPDIR", self.temporary());
        command.env("TGP_STATE_DIR", self.folder.path().join("state")).env_remove("TGP_TRUST");
        for name in ["DATABASE_URL", "NODE_ENV", "TGP_LOG", "GIT_DIR", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary to its end.
    pub fn tgp(&self, arguments: &[&str]) -> Finished {
        Finished::run(&mut self.command(arguments))
    }

    /// Runs the binary with `--json` to its end and parses what it printed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        self.tgp(&all).json()
    }

    /// A connected MCP client (2025-11-25).
    pub fn session(&self) -> Session {
        self.session_in(Era::Legacy)
    }

    /// A connected MCP client of an era.
    pub fn session_in(&self, era: Era) -> Session {
        let mut session = self.wire();
        session.connect(era);
        session
    }

    /// A client that has not said anything yet.
    pub fn wire(&self) -> Session {
        Session::start(&mut self.command(&["mcp"]))
    }

    /// An editor that opened this project and shows questions itself.
    pub fn editor(&self) -> Editor {
        let mut editor = Editor::start(&mut self.command(&["lsp"]));
        editor.connect(&self.root(), &serde_json::json!({ "approvals": true }));
        editor
    }

    /// Files in the folder for temporary files, and Git locks of the library.
    pub fn litter(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = walk(&self.temporary());
        found.extend(
            walk(&self.path(".tgp/.git"))
                .into_iter()
                .filter(|file| file.extension().is_some_and(|e| e == "lock")),
        );
        found
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

/// All files below a folder, sorted.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}
